"""Renames: the live side seen under the new names, so that everything else compares as if it had always been so.

Pure. Must not know about: how a rename is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from realmctl.engine.plan.ownership import holders
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.references import Names, changed_targets, follow_renames
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired, Snapshot


def renames(desired: Desired, snapshot: Snapshot) -> dict[Address, Address]:
    """Live → new address of every declared rename that is still to be done, the outermost objects first."""
    found: dict[Address, Address] = {}
    waiting = _declared(desired)
    # A name is free once whoever has it moves on: of a chain (b from a, c from b) the last one is found first.
    while waiting:
        left = []
        for address in waiting:
            live = _live_address(address, desired, snapshot, found)
            if live is None:
                left.append(address)
            else:
                found[live] = address
        if len(left) == len(waiting):
            break
        waiting = left
    return found


def before(desired: Desired) -> dict[Address, Address]:
    """New → old address of whatever a declared rename may still be ahead of, what belongs to it included."""
    back: dict[Address, Address] = {}
    for address in _declared(desired):
        back[address] = _before_rename(desired.resources[address], back)
    if not back:
        return {}
    known = {address: back.get(address) or former(address, back) for address in desired.resources}
    return {address: old for address, old in known.items() if old != address}


def exchanged(desired: Desired) -> Iterator[Address]:
    """Objects that take each other's names: once done it looks as before, so that it can't be known to be done."""
    for start in _declared(desired):
        if desired.resources[start].renamed_from == start:
            continue  # It names itself (`useless`).
        here: Address | None = start
        for _ in range(len(desired.resources)):
            declared = desired.resources.get(here) if here else None
            here = declared.renamed_from if declared else None
            if here is None:
                break
            if here == start:
                yield start
                break


def useless(desired: Desired, snapshot: Snapshot | None = None) -> Iterator[tuple[Declared, str, str]]:
    """Return what is declared with a `renamedFrom` that can do nothing, with the reason and what to do."""
    for address, want in desired.resources.items():
        old, kind = want.renamed_from, kinds()[address.kind]
        told = f"{kind.title} {' / '.join(address.names)}"
        if old is None:
            continue
        if kind.fixed_name:
            yield want, f"{told} can't be renamed. {kind.fixed_name}", "take renamedFrom out"
        elif old == address:
            path = ", or write the path that a group moves from: /team/leads" if kind.nests else ""
            yield want, f"renamedFrom names {told} itself", f"write the name that it had{path}"
        elif snapshot and snapshot.exists and _stays(old, desired, snapshot) and address not in snapshot.objects:
            named = " / ".join(old.names)
            advice = f"declare {named} in a later apply, or take renamedFrom out: {told} is then a new one"
            yield want, f"renamedFrom names {named}, which is declared as well", advice


def _stays(address: Address, desired: Desired, snapshot: Snapshot) -> bool:
    """Return whether an object is there and keeps its name."""
    want = desired.resources.get(address)
    return want is not None and want.renamed_from is None and address in snapshot.objects


def _declared(desired: Desired) -> list[Address]:
    """What is declared with a former name, the outermost first."""
    found = [
        address
        for address, declared in desired.resources.items()
        if declared.renamed_from and not kinds()[address.kind].fixed_name
    ]
    return sorted(found, key=lambda address: len(address.names))


def _live_address(
    address: Address, desired: Desired, snapshot: Snapshot, found: Mapping[Address, Address]
) -> Address | None:
    """Return the live object that is to be renamed to `address`; None unless that can be done after those `found`."""
    back = {new: old for old, new in found.items()}
    before_it = desired.resources[address].renamed_from or address
    live, there = _before_rename(desired.resources[address], back, snapshot), former(address, back)
    if live not in snapshot.objects or live in found or (there in snapshot.objects and there not in found):
        return None
    if before_it in desired.resources:
        # Whoever is declared under the former name has to come to it by a rename that is still to be done, too.
        source = desired.resources[before_it].renamed_from
        if source is None or former(source, back) not in snapshot.objects:
            return None
    return live


def _is_move(want: Declared) -> bool:
    """Return whether the declaration's `renamedFrom` names a place below another object."""
    old = want.renamed_from
    return old is not None and old.names[:-1] != want.address.names[:-1]


def _before_rename(want: Declared, back: Mapping[Address, Address], snapshot: Snapshot | None = None) -> Address:
    """Return the live address of what a declaration renames or moves.

    A name stands beside the object, and follows the renames of what holds it. A path is the live one. An apply that was
    killed may have left the object between the two places; an undo names what holds it by the name after its renames.
    """
    old = want.renamed_from or want.address
    if not _is_move(want):
        return former(old, back)
    places = (old, former(old, back), *kinds()[old.kind].on_the_way(old, former(want.address, back)))
    return next((one for one in places if snapshot and one in snapshot.objects), old)


def former(address: Address, back: Mapping[Address, Address]) -> Address:
    """The address where what it belongs to still has its former name."""
    for holder in holders(address):
        if holder in back:
            return Address(address.kind, (*back[holder].names, *address.names[len(holder.names) :]))
    return address


def under_new_name(old: Address, names: Mapping[Address, Address]) -> Address:
    """Return the address that an object has after the renames `names` (old → new) of itself or of what holds it."""
    if old in names:
        return names[old]
    for holder in holders(old):
        if holder in names:
            return Address(old.kind, (*names[holder].names, *old.names[len(holder.names) :]))
    return old


def former_address(address: Address, back: Mapping[Address, Address]) -> Address:
    """Return the address that an object had before the renames `back` (new → old) of itself or of what holds it."""
    return back.get(address) or former(address, back)


def renamed(snapshot: Snapshot, names: Mapping[Address, Address]) -> Snapshot:
    """The snapshot with every address and reference under the new names."""
    if not names:
        return snapshot

    def address(old: Address) -> Address:
        return under_new_name(old, names)

    known = Names({old: live.fields for old, live in snapshot.objects.items()})
    objects = {}
    for old, live in snapshot.objects.items():
        kind = kinds()[old.kind]
        fields = live.fields
        if kind.is_link:
            fields = {name: _references(value, address) for name, value in fields.items()}
        elif old.kind in _FOLLOWED:
            fields = follow_renames(fields, changed_targets(old, fields, known, address))
        fields = kind.with_renamed(old, fields, address)
        objects[address(old)] = replace(live, address=address(old), fields=fields)
    owned = {address(old): flags for old, flags in snapshot.inventory.owned.items()}
    inventory = replace(snapshot.inventory, owned=owned)
    return replace(snapshot, objects=objects, inventory=inventory)


_FOLLOWED = frozenset({"identity-provider-mapper"})
"""Kinds in whose config Keycloak itself writes the new name of what is renamed (26.7.3)."""


def has_moved(old: Address, new: Address, names: Mapping[Address, Address]) -> bool:
    """Return whether an object comes below another one. What holds it may have another name by the same plan."""
    above = old.names[:-1]
    return (under_new_name(Address(old.kind, above), names).names if above else ()) != new.names[:-1]


def _references(value: Any, address: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [str(address(Address.parse(one))) if "/" in one else one for one in value]
