"""Where a difference from something says an object better than its whole: a client's scopes, steps of built-in flows.

Pure. Must not know about: how a difference is written, files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.export.baseline import Baseline
from realmctl.keycloak.kinds import flow_steps
from realmctl.keycloak.kinds.base import Around
from realmctl.keycloak.kinds.model_values import fitted, types
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.kinds.scope_difference import OF_REALM, SERVICE_ACCOUNT, difference, is_difference, of_new_client
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired, Live, Snapshot


def steps_of_builtin(live: Live, base: Baseline) -> dict[str, Any]:
    """Return the changes of single steps by which a built-in flow differs; nothing where it is not said so."""
    fresh = base.fresh.get(live.address) if live.address.kind == "flow" else None
    if fresh is None or not live.builtin:
        return {}
    annotation = types(kinds()["flow"])["executions"]
    old, new = (fitted(annotation, one.fields.get("executions")) for one in (fresh, live))
    found = flow_steps.between(live.address.name, old, new)
    return {"steps": found} if found else {}


def difference_of_scopes(live: Live, base: Baseline) -> dict[str, Any] | None:
    """Return a client's scopes as the difference from a new client's, by field; None where a list is shorter."""
    if live.address.kind != "client-scopes-of-client":
        return None
    snapshot = Snapshot("", True, base.objects)
    new = of_new_client(live.address.name, Around(Desired("", {}), snapshot))
    lists = {name: live.fields.get(name) or [] for name in new}
    found = {name: difference(lists[name], new[name]) for name in new}
    sizes = sum(len(items) for one in found.values() for items in one.values())
    # A list of scopes says nothing of this one: Keycloak adds it to every client with a service account.
    lacks_implied = SERVICE_ACCOUNT in found["defaultClientScopes"].get("remove", ())
    if not sizes or (sizes > sum(map(len, lists.values())) and not lacks_implied):
        return None
    return {name: _named(one) for name, one in found.items() if one}


def relative_value(
    part: Declared, top: str, live: Live, desired: Desired, snapshot: Snapshot
) -> tuple[tuple[str, ...], Any] | None:
    """Return where a declared difference stands below its object, and what it has to be for the live value.

    None where the field `top` is not declared as a difference. `snapshot` is as `plan.seen` gives it.
    """
    if part.address.kind == "client-scopes-of-client" and is_difference(part.fields.get(top)):
        base = of_new_client(part.address.name, Around(desired, snapshot))[top]
        return (top,), _named(difference(live.fields.get(top) or [], base)) or {"add": []}
    if part.address.kind == "flow" and top == "executions" and part.fields.get("steps") is not None:
        return ("steps",), _steps_as_live(part, live)
    return None


def _steps_as_live(part: Declared, live: Live) -> dict[str, Any]:
    """The declared changes of steps with the live values in their place."""
    found = flow_steps.found_steps(part, live)
    said: dict[str, Any] = {}
    for name, change in (part.fields["steps"] or {}).items():
        step = found[name]
        said[name] = {key: step.get(key) for key in change or {} if key != "config"}
        if change and "config" in change:
            config = step.get("config") or {}
            said[name]["config"] = {key: config.get(key) for key in change["config"]}
    return said


def shorten_lists(sections: dict[str, Any], shorter: Mapping[tuple[str, ...], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the sections with differences in place of whole lists, wherever the lists are still there."""
    for path, said in shorter.items():
        sections = _replaced(sections, path, said)
    return sections


def _replaced(here: dict[str, Any], path: tuple[str, ...], said: Mapping[str, Any]) -> dict[str, Any]:
    if path:
        inner = here.get(path[0])
        return {**here, path[0]: _replaced(inner, path[1:], said)} if isinstance(inner, dict) else here
    if OF_REALM.keys().isdisjoint(here) and not here.get("serviceAccountsEnabled"):
        return here
    return {**{name: value for name, value in here.items() if name not in OF_REALM}, **said}


def _named(lists: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {way: [Address.parse(one).name for one in scopes] for way, scopes in lists.items()}
