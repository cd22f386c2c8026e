"""A case of the kinds' tests: a small YAML file with what is declared, what is live, and the changes and requests.

`live` is laid over the export of an untouched realm: maps are merged, lists of named objects are merged by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from realmctl.engine.apply.request_graph import make_steps
from realmctl.engine.plan.comparison import Comparison, compare
from realmctl.engine.plan.inventory import mark
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import Place
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.fresh_realm import builtin, objects
from realmctl.keycloak.kinds.expansion import desired, expand
from realmctl.keycloak.kinds.map_values import give_meaning
from realmctl.keycloak.kinds.registry import kinds, realm_file
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Id, Named, Plan, Request, Step
from realmctl.model.objects import Desired, Inventory, Limits, Snapshot, Written
from realmctl.model.secret import Secret
from tests.support.case_file import CaseFile

GLYPHS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}


class Case(CaseFile):
    """One case, read from its file."""

    @property
    def realm(self) -> str:
        return self.said.get("realm") or "fresh"

    @cached_property
    def desired(self) -> Desired:
        file = realm_file().model_validate(self.said.get("desired") or {})
        where = Written(Place(self.path.name))
        prune = frozenset(self.said.get("prune") or ())
        found = desired(self.realm, expand(file, where), limits=Limits(), prune=prune)
        resources, _ = give_meaning(found.resources, lambda _address, _field: None)
        return replace(found, resources=resources)

    @cached_property
    def snapshot(self) -> Snapshot:
        export = merged(fresh_realm(), self.said.get("live") or {})
        owned = {Address.parse(text): "" for text in self.said.get("owned") or ()}
        owned |= {Address.parse(text): "p" for text in self.said.get("protected") or ()}
        hidden: dict[Address, str] = {}
        for text, places in (self.said.get("concealed") or {}).items():
            address = Address.parse(text)
            marks = owned if kinds()[address.kind].owned else hidden
            marks[address] = "".join(mark(tuple(place)) for place in places)
        others = {Address.parse(text): "another" for text in self.said.get("foreign") or ()}
        found = objects(export, builtin(""))
        unseen = frozenset(self.said.get("unseen") or ())
        version = self.said.get("keycloak") or ""
        return Snapshot(
            self.realm, True, found, Inventory(owned, others, hidden=hidden), unseen_kinds=unseen, version=version
        )

    @cached_property
    def comparison(self) -> Comparison:
        return compare(self.desired, self.snapshot)

    @cached_property
    def plan(self) -> Plan:
        return make_plan(self.comparison)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return make_steps(self.plan, self.comparison)


def merged(base: Any, over: Any) -> Any:
    """`over` laid over `base`, named objects by their name."""
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}
    if isinstance(base, list) and isinstance(over, list) and any(isinstance(item, dict) for item in over):
        named = {_name(item): item for item in base}
        for item in over:
            named[_name(item)] = merged(named.get(_name(item)), item)
        return list(named.values())
    return over


def _name(item: Any) -> Any:
    return next((item[key] for key in ("clientId", "alias", "name", "username") if key in item), repr(item))


def told_change(change: Change) -> str:
    """A change on one line: `~ role/a: description 'x' → 'y'`."""
    fields = []
    for field in change.fields:
        if field.compare.value == "set" and field.old is not None:
            added, removed = field.moved()
            fields.append(f"{field.path} {' '.join([*(f'+{one}' for one in added), *(f'-{one}' for one in removed)])}")
        else:
            fields.append(f"{field.path} {field.old!r} → {field.new!r}")
    return f"{GLYPHS[change.action]} {change.address}" + (f": {'; '.join(fields)}" if fields else "")


def told_request(request: Request) -> str | dict[str, Any]:
    """A request as data: `{"POST roles": body}`, or just the line where it has no body."""
    line = " ".join([request.method, "/".join(_plain(part) for part in request.path)]).strip()
    return line if request.body is None else {line: _plain(request.body)}


def _plain(value: Any) -> Any:
    if isinstance(value, Id):
        return f"<{value.address}>"
    if isinstance(value, Secret):
        return f"secret {value.reveal()}"
    if isinstance(value, Named):
        return {f"by {value.key}": _plain(value.items)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else f"<{type(value).__name__.lower()}>"


def in_order(steps: tuple[Step, ...]) -> list[Step]:
    """The steps in an order that their dependencies allow, the same one each time."""
    done: set[int] = set()
    found: list[Step] = []
    while len(done) < len(steps):
        index = min(i for i, step in enumerate(steps) if i not in done and step.after <= done)
        done.add(index)
        found.append(steps[index])
    return found
