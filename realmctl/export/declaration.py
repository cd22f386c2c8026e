"""From what is live to what a file would declare: for every object the least that says the same.

Works on kinds as they describe themselves; `defaults` alone knows single ones. Pure. Must not know about: files, HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from realmctl.engine.plan.diff import alike
from realmctl.engine.plan.ownership import holders
from realmctl.errors import Place
from realmctl.export.baseline import Baseline
from realmctl.export.incidental_state import is_made_at_need, is_state, without
from realmctl.export.layout import declared_somewhere, path_of, put
from realmctl.export.minimal import NOTHING, minimal
from realmctl.export.omission import Beyond
from realmctl.export.relative_forms import difference_of_scopes, steps_of_builtin
from realmctl.export.secrets import Variables
from realmctl.export.yaml_values import CannotBeSaidError, yaml_value
from realmctl.keycloak.fresh_realm import is_builtin
from realmctl.keycloak.kinds.base import Kind
from realmctl.keycloak.kinds.map_values import as_people_write, without_state
from realmctl.keycloak.kinds.model_values import fitted, types
from realmctl.keycloak.kinds.registry import has_temporary_name, is_fixed, kinds
from realmctl.model.address import Address
from realmctl.model.fields import Compare, holds_secret
from realmctl.model.objects import Declared, Live, Snapshot, Written
from realmctl.model.secret import MASK

Path = tuple[str, ...]

BROKEN = f"the stored value of {{}} is {MASK} itself, from an import of a masked export: set it anew"
_OF_FIXED_CLIENT = frozenset({"client-role", "protocol-mapper"})
"""Objects of a client that the notes name one by one; `unsupported_objects` names its authorization settings."""


@dataclass(slots=True)
class Declaration:
    """A realm as its files will say it: layer two with references for secrets, and remarks by path."""

    realm: str
    sections: dict[str, Any] = field(default_factory=dict)
    remarks: dict[tuple[str | int, ...], list[str]] = field(default_factory=dict)
    variables: Variables = field(default_factory=Variables)
    from_server: bool = False
    lost: list[Beyond] = field(default_factory=list)
    """What the realm has and the files do not say."""
    shorter: dict[Path, Mapping[str, Any]] = field(default_factory=dict)
    """By path: what says a client's scopes in fewer words than their whole lists."""
    leftovers: dict[Address, int] = field(default_factory=dict)
    """How many values of an object mean the same as leaving them out."""

    def leave_out(self, address: Address, leftovers: int) -> None:
        """Counts values of an object that say nothing."""
        if leftovers:
            self.leftovers[address] = self.leftovers.get(address, 0) + leftovers

    def remark(self, path: Path, text: str) -> None:
        """A comment above what stands at `path`."""
        self.remarks.setdefault(path, []).append(text)


def declare(snapshot: Snapshot, *, whole: bool = True, from_server: bool = False) -> Declaration:
    """What the files of a realm would say. `whole`: what the snapshot doesn't hold isn't there (a server's realm).

    `from_server`: a mask in a place that Keycloak does not mask is the stored value itself.
    """
    declaration = Declaration(snapshot.realm, from_server=from_server)
    base = Baseline(snapshot.realm, snapshot.version, snapshot.objects)
    for address in _in_order(snapshot):
        live = snapshot.objects[address]
        if not declared_somewhere(address) or has_temporary_name(address) or is_made_at_need(live):
            continue
        if is_builtin(live, snapshot.realm) and not base.builtin(address) and address.kind != "flow":
            continue
        _object(declaration, base, live, whole=whole)
    # What a realm lacks can be said only where it is known which Keycloak would have made it.
    for address in _missing(snapshot, base) if whole and snapshot.version else ():
        put(declaration.sections, path_of(address), {"absent": True})
    return declaration


def _missing(snapshot: Snapshot, base: Baseline) -> Iterator[Address]:
    """What Keycloak makes in every realm of that version, and this realm has not: of an older one, or taken away."""
    for address in sorted(base.fresh):
        kind = kinds()[address.kind]
        if address in snapshot.objects or not (kind.owned and not kind.is_link and declared_somewhere(address)):
            continue
        # Of clients Keycloak keeps its own, and all of realm-management (26.7.3).
        if address.kind == "client" or is_fixed(address):
            continue
        if address.kind in snapshot.unseen_kinds:
            continue
        if all(above in snapshot.objects for above in holders(address)):
            yield address


def _in_order(snapshot: Snapshot) -> Iterator[Address]:
    """By kind in the order of the registry, then by name: owners before what they own."""
    order = {name: index for index, name in enumerate(kinds())}
    yield from sorted(snapshot.objects, key=lambda address: (order[address.kind], address.names))


def _object(declaration: Declaration, base: Baseline, live: Live, *, whole: bool) -> None:
    kind = kinds()[live.address.kind]
    path = path_of(live.address)
    live = replace(live, fields=without_state(live.address, live.fields))
    known = base.of(live)
    builtin = base.builtin(live.address)
    idle = base.undecided(live)
    if live.fields and idle >= set(live.fields):
        if whole and builtin and known is not None:
            _tell_fixed(declaration, kind, live, known)
        elif whole and not builtin and kind.name in _OF_FIXED_CLIENT:
            declaration.lost.append(
                Beyond(live.address, "not in a new realm, and Keycloak refuses to change its client")
            )
        return
    fields: dict[str, Any] = {}
    if whole and (changes := steps_of_builtin(live, base)):
        _field(declaration, kind, live, fields, "steps", changes["steps"])
        idle |= {"executions"}
    for name, compare in kind.fields().items():
        if name in idle or is_state(live, name) or (name == kind.key and live.fields.get(name) == live.address.name):
            continue
        default = fitted(types(kind)[name], (known or {}).get(name))
        value, leftovers = without(live, name, fitted(types(kind)[name], live.fields.get(name)), default)
        default, _ = without(live, name, default, default)
        declaration.leave_out(live.address, leftovers)
        if whole or live.fields.get(name) is not None:
            left = minimal(value, default, compare, whole=whole and known is not None)
            if (
                left is NOTHING
                and not builtin
                and ((known is None and value is False) or (compare is Compare.LIST and value == []))
            ):
                # Nobody measured what such a new object gets; or its being empty is all there is to say.
                left = value
            # What is not set here, and is in what Keycloak makes, can't always be taken away.
            if left is not NOTHING and not (left is None and kind.ignores_null(name)):
                _field(declaration, kind, live, fields, name, left)
    fields = _possible(declaration, kind, live, fields, base)
    if whole and (shorter := difference_of_scopes(live, base)):
        declaration.shorter[path] = shorter
    if fields or not (builtin or kind.is_link or live.address == Address("realm")):
        put(declaration.sections, path, fields)


def _tell_fixed(declaration: Declaration, kind: Kind, live: Live, known: Mapping[str, Any]) -> None:
    """Notes where an object that Keycloak lets nobody change is not as in a new realm."""
    names = []
    for name, compare in kind.fields().items():
        default = fitted(types(kind)[name], known.get(name))
        value, _ = without(live, name, fitted(types(kind)[name], live.fields.get(name)), default)
        same = minimal(value, without(live, name, default, default)[0], compare, whole=True) is NOTHING
        if not same and compare is not Compare.SECRET and not is_state(live, name):
            names.append(name)
    if names:
        holder = next(holders(live.address), live.address) if kind.is_link else live.address
        told = f"{', '.join(names)}: not as in a new realm, and Keycloak refuses to change that"
        declaration.lost.append(Beyond(holder, told))


def _field(declaration: Declaration, kind: Kind, live: Live, fields: dict[str, Any], name: str, value: Any) -> None:
    path = (*path_of(live.address), name)
    if kind.name == "realm" and name == "attributes":
        value = {key: item for key, item in value.items() if not is_copy(key, item, live)}
        if not value:
            return
    in_clear = declaration.from_server and name in kind.in_clear
    if in_clear and value == MASK:
        declaration.lost.append(Beyond(live.address, BROKEN.format(name)))
    value = readable(declaration, path, value, kind, name, in_clear=in_clear)
    if value is NOTHING:
        return
    try:
        said = as_people_write(live.address, live.fields, name, yaml_value(kind, name, value))
    except CannotBeSaidError as error:
        declaration.remark(path[:-1], f"{name} could not be taken over: {error}")
        return
    fields[name] = declaration.variables.referring(live.address, (name,), said, in_clear=in_clear)


def is_copy(key: str, item: Any, live: Live) -> bool:
    """Whether a realm's attribute is a copy of one of its fields, which Keycloak keeps in step."""
    return key in live.fields and key in kinds()["realm"].fields() and alike(str(live.fields[key]), str(item))


def readable(declaration: Declaration, path: Path, value: Any, kind: Kind, name: str, *, in_clear: bool = False) -> Any:
    """Without what the server hides and no secret stands for: an unknown key of a flow's settings, for one."""
    if isinstance(value, Mapping):
        found = {}
        for key, item in value.items():
            if in_clear and item in (MASK, [MASK]):
                declaration.remark(path, BROKEN.format(key))
            elif item == MASK and not _secret(kind, name, key):
                declaration.remark(path, f"{key} is there, but Keycloak hides its value ({MASK})")
            else:
                left = readable(declaration, (*path, key), item, kind, name)
                if left is not NOTHING:
                    found[key] = left
        return found or (NOTHING if value else value)
    if isinstance(value, list):
        return [readable(declaration, path, item, kind, name) for item in value]
    return value


def _secret(kind: Kind, name: str, key: str) -> bool:
    return holds_secret(key) or kind.fields()[name] is Compare.SECRET


def _possible(
    declaration: Declaration, kind: Kind, live: Live, fields: dict[str, Any], base: Baseline
) -> dict[str, Any]:
    """Without what a realm made anew could not be given, with a remark on each."""
    fresh = base.fresh.get(live.address)
    if fresh is None or not fields:
        return fields
    fresh = replace(fresh, builtin=False)  # As a plan sees a realm that is still to be made.
    want = Declared(live.address, {name: live.fields.get(name) for name in fields}, Written(Place("")))
    impossible = list(kind.problems(want, fresh))
    for where, told, _ in impossible:
        declaration.remark(path_of(live.address)[:1], told)
        fields = {name: item for name, item in fields.items() if name not in where[:1]}
    return {} if any(not where for where, *_ in impossible) else fields
