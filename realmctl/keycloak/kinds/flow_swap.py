"""How an authentication flow is changed while people log in through it.

A new structure is built aside under a temporary alias, everything that used the old flow is pointed to it, the old
one is deleted and the new one takes its name. Wherever that is cut off, what is bound is whole, and the next run
finds what is left by the alias. Must not know about: how flows compare.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from realmctl.keycloak.kinds.base import Around
from realmctl.keycloak.kinds.request_parts import merge, part_of_client, part_of_realm
from realmctl.keycloak.kinds.temporary_name import NEXT
from realmctl.model.address import Address
from realmctl.model.change import Change, Fingerprint, Id, Request
from realmctl.model.objects import Declared, Live
from realmctl.model.secret import Secret

_FINGERPRINT = "realmctl.fingerprint.flow/"
_LONGEST = 245
Step = Mapping[str, Any]


def replace(want: Declared, have: Live | None, around: Around) -> tuple[Request, ...]:
    """Builds the flow as declared, in place of what is there (or of nothing)."""
    alias = want.address.name
    suffix = _free_suffix(around)
    temporary = alias + suffix
    declared = want.fields.get("executions")
    living = (have.fields["executions"] if have else None) or ()
    steps = _with_kept_settings(declared, living) if declared is not None else living
    described = {**{key: have.fields.get(key) for key in ("description", "providerId") if have}, **want.fields}
    top = Address("flow", (temporary,))
    requests = [_post_flow(top, described, top_level=True)]
    named_later: list[Request] = []
    old = list(_generations(alias, around))
    leaving = {alias for live in old for alias in _settings_of(live.fields.get("executions") or ())}
    requests += _build(top, (temporary,), steps, suffix, _config_aliases(around), leaving, named_later)
    for live in old:
        requests += _repoint(live, temporary, around)
    requests += [
        Request("DELETE", ("authentication", "flows", live.id or Id(live.address)), fine=frozenset({404}))
        for live in old
    ]
    requests += named_later
    requests += _freed({alias, *(step["flow"] for step in _sub_flows(steps))}, {live.address for live in old}, around)
    for step in _sub_flows(steps):
        sub = Address("flow", (step["flow"] + suffix,))
        requests.append(merge(("authentication", "flows", Id(sub)), {"alias": step["flow"]}))
    said = [(path, step) for path, step in _flat(declared or ()) if step.get("config")]
    requests += _fingerprinted(alias, said)
    requests.append(
        Request("MERGE", ("authentication", "flows", Id(top)), {"alias": alias}, renames=(top, want.address))
    )
    return tuple(requests)


def in_place(change: Change, want: Declared, have: Live) -> tuple[Request, ...]:
    """Requirements, settings, descriptions and aliases, without touching the structure."""
    alias = str(have.fields["alias"])
    requests: list[Request] = []
    declared = want.fields.get("executions")
    # A flow may be declared without its executions: those are then left alone.
    for path, step, live in _pairs(declared, have.fields["executions"]) if declared is not None else ():
        execution = Address("execution", (alias, *map(str, path)))
        if step["requirement"] != live["requirement"]:
            # Keycloak writes the priority that it is given, 0 where none is said (26.7.3): the step keeps its own.
            body = {"id": Id(execution), "requirement": step["requirement"], "priority": live["priority"]}
            requests.append(Request("PUT", ("authentication", "flows", alias, "executions"), body))
        patch = {"description": step["description"]} if step.get("description", live.get("description")) != live.get(
            "description"
        ) else {}  # fmt: skip
        if step.get("flow") and step["flow"] != live["flow"]:
            patch["alias"] = step["flow"]
        if patch and live.get("id"):
            requests.append(merge(("authentication", "flows", live["id"]), patch))
        if step.get("config") is not None or step.get("configAlias"):
            requests += _settings(execution, step, live)
    changed = [
        (path, step)
        for path, step in _flat(want.fields.get("executions") or ())
        if step.get("config") and _settings_change(change, step)
    ]
    if change.renamed_from:
        requests += moved_fingerprints(change.renamed_from.name, have, want.address.name)
    requests += _fingerprinted(want.address.name, changed)
    top = {key: want.fields[key] for key in ("description",) if key in want.fields}
    if alias != want.address.name:
        top["alias"] = want.address.name
    if any(field.path in ("description", "alias") for field in change.fields):
        requests.append(merge(("authentication", "flows", have.id or Id(want.address)), top))
    return tuple(requests)


def remove(have: Live, around: Around) -> tuple[Request, ...]:
    """Deletes a flow, after whatever uses a left-over one is pointed to the real one."""
    requests: list[Request] = []
    real = have.address.name.split(NEXT)[0]
    if real != have.address.name and Address("flow", (real,)) in around.snapshot.objects:
        requests += _repoint(have, real, around)
    requests.append(Request("DELETE", ("authentication", "flows", have.id or Id(have.address)), fine=frozenset({404})))
    return tuple(requests)


def settings(config: Mapping[str, Any]) -> Secret:
    """Declared settings of an execution as one text, of which a fingerprint is kept."""
    plain = {key: one.reveal() if isinstance(one, Secret) else one for key, one in sorted(config.items())}
    return Secret(json.dumps(plain, sort_keys=True), registered=False)


def place(path: Sequence[int]) -> str:
    """An execution's place in its flow, such as `1.0`."""
    return ".".join(map(str, path))


def fingerprints(alias: str, attributes: Mapping[str, Any]) -> dict[str, str]:
    """The fingerprints of a flow's settings, by place, among the realm's attributes."""
    prefix = _marks(alias)
    return {name.removeprefix(prefix): str(one) for name, one in attributes.items() if name.startswith(prefix)}


def moved_fingerprints(old: str, have: Live, new: str | None = None) -> Iterator[Request]:
    """Puts the fingerprints of a flow that was called `old` under its new alias; without one, they are forgotten."""
    marks: dict[str, str | None] = {_marks(old) + where: None for where in have.fingerprints}
    if new is not None:
        marks |= {_marks(new) + where: one for where, one in have.fingerprints.items()}
    if marks:
        yield part_of_realm({"attributes": marks})


def _marks(alias: str) -> str:
    """What the names of a flow's fingerprints begin with; Keycloak takes 255 characters of such a name, too."""
    return f"{_FINGERPRINT}{_fitting(alias, 180)}/"


def _fingerprinted(alias: str, steps: Sequence[tuple[tuple[int, ...], Step]]) -> Iterator[Request]:
    """Keeps fingerprints of settings in the realm's attributes: an execution's own hold nothing readable (26.7.3)."""
    marks = {_marks(alias) + place(path): Fingerprint(settings(step["config"])) for path, step in steps}
    if marks:
        yield part_of_realm({"attributes": marks})


def _flat(steps: Sequence[Step], above: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Step]]:
    for index, step in enumerate(steps):
        yield (*above, index), step
        yield from _flat(step.get("executions") or (), (*above, index))


def _settings_change(change: Change, step: Step) -> bool:
    # The ids of authenticators may have dots.
    start = f"executions.{step.get('authenticator')}.config."
    return any(field.path.startswith(start) for field in change.fields)


def _settings(execution: Address, step: Step, live: Step) -> Iterator[Request]:
    merged = {**(live.get("config") or {}), **(step.get("config") or {})}
    merged = {key: value for key, value in merged.items() if value is not None}
    alias = step.get("configAlias") or live.get("configAlias")
    if merged == (live.get("config") or {}) and alias == live.get("configAlias"):
        return
    if live.get("configAlias"):
        target = Id(Address("execution-config", execution.names))
        body = {"id": target, "alias": alias, "config": merged}
        yield Request("PUT", ("authentication", "config", target), body)
    else:
        name = alias or _made_up(execution.names[0], step, execution.names[1:])
        body = {"alias": name, "config": merged}
        yield Request(
            "POST", ("authentication", "executions", Id(execution), "config"), body,
            creates=Address("execution-config", execution.names),
        )  # fmt: skip


def _post_flow(address: Address, fields: Mapping[str, Any], *, top_level: bool) -> Request:
    body = {
        "alias": address.name, "description": fields.get("description") or "",
        "providerId": fields.get("providerId") or "basic-flow", "topLevel": top_level, "builtIn": False,
    }  # fmt: skip
    return Request("POST", ("authentication", "flows"), body, creates=address)


def _build(
    parent: Address,
    path: tuple[str, ...],
    steps: Sequence[Step],
    suffix: str,
    taken: set[str],
    leaving: set[str],
    named_later: list[Request],
) -> Iterator[Request]:
    """The requests that fill a flow. Settings are unique by alias: one that the old flow still has (`leaving`) is
    given to the new settings once that is gone, by what `named_later` collects.
    """
    for index, step in enumerate(steps):
        here = Address("execution", (*path, str(index)))
        body: dict[str, Any] = {"parentFlow": Id(parent), "requirement": step["requirement"], "priority": index}
        if step.get("authenticator"):
            body["authenticator"] = step["authenticator"]
        sub = Address("flow", (step["flow"] + suffix,)) if step.get("flow") else None
        if sub:
            yield _post_flow(sub, step, top_level=False)
            body |= {"flowId": Id(sub), "authenticatorFlow": True}
        yield Request("POST", ("authentication", "executions"), body, creates=here)
        if step.get("config") or step.get("configAlias"):
            wanted = step.get("configAlias") or _made_up(path[0].removesuffix(suffix), step, here.names[1:])
            alias = wanted
            while alias in taken:
                alias += "-next"
            taken.add(alias)
            said = {key: value for key, value in (step.get("config") or {}).items() if value is not None}
            settings = {"alias": alias, "config": said}
            config = Address("execution-config", here.names)
            if wanted != alias and (step.get("configAlias") or wanted in leaving):
                named = {**settings, "id": Id(config), "alias": wanted}
                named_later.append(Request("PUT", ("authentication", "config", Id(config)), named))
            yield Request("POST", ("authentication", "executions", Id(here), "config"), settings, creates=config)
        if sub:
            yield from _build(sub, here.names, step.get("executions") or (), suffix, taken, leaving, named_later)


def _free_suffix(around: Around) -> str:
    used = {address.name for address in around.snapshot.objects if address.kind == "flow"}
    used |= {str(live.fields.get("alias")) for a, live in around.snapshot.objects.items() if a.kind == "flow"}
    suffix, count = NEXT, 1
    while any(name.endswith(suffix) for name in used):
        count += 1
        suffix = f"{NEXT}-{count}"
    return suffix


def _generations(alias: str, around: Around) -> Iterator[Live]:
    """The flow as it is, and what an interrupted run left of it."""
    for address, live in around.snapshot.objects.items():
        if address.kind == "flow" and address.name.split(NEXT)[0] == alias:
            yield live


def _freed(aliases: set[str], own: set[Address], around: Around) -> Iterator[Request]:
    """Takes aliases that this flow is about to get from what has them, where that is about to go, or to be built anew.

    Whichever comes first then, none waits for the other; executions and bindings know a flow by its id.
    """
    for address, live in around.snapshot.objects.items():
        if address.kind != "flow" or address in own or live.builtin:
            continue
        want = around.desired.resources.get(address)
        if want is None and address in around.snapshot.inventory.owned and live.fields.get("alias") in aliases:
            yield _renamed_away(str(live.fields["alias"]), live.id)
        if (want is None and address in around.snapshot.inventory.owned) or (want and want.fields.get("executions")):
            for step in _sub_flows(live.fields.get("executions") or ()):
                if step["flow"] in aliases:
                    yield _renamed_away(step["flow"], step.get("id"))


def _renamed_away(alias: str, known: str | None) -> Request:
    flow = known or Id(Address("flow", (alias,)))
    # Its own flow may be deleted at this very moment (500 then); where it stays, the alias is refused next (409).
    gone = frozenset({404, 409, 500})
    return dataclasses.replace(merge(("authentication", "flows", flow), {"alias": f"{alias}{NEXT}-0"}), fine=gone)


def _repoint(live: Live, alias: str, around: Around) -> Iterator[Request]:
    """Points whatever uses a flow (by its alias on the server) to another one."""
    old = str(live.fields["alias"])
    for address, user in around.snapshot.objects.items():
        if address.kind == "flow-bindings":
            bound = {name: alias for name, flow in user.fields.items() if flow == old}
            if bound:
                yield part_of_realm(bound)
        elif address.kind == "client-flow-overrides":
            overrides = user.fields["authenticationFlowBindingOverrides"]
            if old in overrides.values():
                ids = {k: Id(Address("flow", (alias if flow == old else flow,))) for k, flow in overrides.items()}
                yield part_of_client(address.names, {"authenticationFlowBindingOverrides": ids}, around)
        elif address.kind == "identity-provider":
            names = ("firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias")
            patch = {name: alias for name in names if user.fields.get(name) == old}
            if patch:
                yield merge(("identity-provider", "instances", address.name), patch)


def _pairs(
    declared: Sequence[Step], living: Sequence[Step], above: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], Step, Step]]:
    for index, (step, live) in enumerate(zip(declared, living, strict=True)):
        yield (*above, index), step, live
        yield from _pairs(step.get("executions") or (), live.get("executions") or (), (*above, index))


def _sub_flows(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        if step.get("flow"):
            yield step
            yield from _sub_flows(step.get("executions") or ())


def _with_kept_settings(declared: Sequence[Step], living: Sequence[Step]) -> list[dict[str, Any]]:
    """The declared steps, with the live settings of the same authenticator where none are declared."""
    left = list(living)
    found: list[dict[str, Any]] = []
    for step in declared:
        runs = (step.get("authenticator"), step.get("flow"))
        match = next((one for one in left if (one.get("authenticator"), one.get("flow")) == runs), None)
        made = dict(step)
        if match is not None:
            left.remove(match)
            if step.get("config") is None and match.get("config"):
                made["config"] = match["config"]
            elif match.get("config"):
                made["config"] = {**match["config"], **step["config"]}
        if step.get("flow"):
            made["executions"] = _with_kept_settings(
                step.get("executions") or (), (match or {}).get("executions") or ()
            )
        found.append(made)
    return found


def _settings_of(steps: Sequence[Step]) -> Iterator[str]:
    """The aliases of the settings in a flow."""
    return (step["configAlias"] for _, step in _flat(steps) if step.get("configAlias"))


def _config_aliases(around: Around) -> set[str]:
    flows = (live for address, live in around.snapshot.objects.items() if address.kind == "flow")
    return {alias for live in flows for alias in _settings_of(live.fields.get("executions") or ())}


def _made_up(flow: str, step: Step, path: Sequence[str]) -> str:
    """The alias of settings that were given none: at most 255 characters, and room for what tells two apart."""
    below = f"-{step['authenticator']}-{'.'.join(path)}"
    return _fitting(flow, _LONGEST - len(below)) + below


def _fitting(alias: str, longest: int) -> str:
    """The alias, or its beginning with a mark that no other one has."""
    return alias if len(alias) <= longest else f"{alias[: longest - 9]}~{sha256(alias.encode()).hexdigest()[:8]}"
