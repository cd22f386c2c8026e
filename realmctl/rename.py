"""Renames: the live side seen under the new names, so that everything else compares as if it had always been so.

Pure. Must not know about: how a rename is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from realmctl.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Inventory, Snapshot


def renames(desired: Desired, snapshot: Snapshot) -> dict[Address, Address]:
    """Old → new address of every declared rename that is still to be done."""
    return {
        declared.renamed_from: address
        for address, declared in desired.resources.items()
        if declared.renamed_from
        and declared.renamed_from in snapshot.objects
        and address not in snapshot.objects
        and declared.renamed_from not in desired.resources
        and not kinds()[address.kind].fixed_name
    }


def renamed(snapshot: Snapshot, names: Mapping[Address, Address]) -> Snapshot:
    """The snapshot with every address and reference under the new names."""
    if not names:
        return snapshot

    def address(old: Address) -> Address:
        if old in names:
            return names[old]
        for holder in _holders(old):
            if holder in names:
                return Address(old.kind, (*names[holder].names, *old.names[len(holder.names) :]))
        return old

    objects = {}
    for old, live in snapshot.objects.items():
        kind = kinds()[old.kind]
        fields = live.fields
        if kind.model is None:
            fields = {name: _references(value, address) for name, value in fields.items()}
        objects[address(old)] = replace(live, address=address(old), fields=fields)
    owned = {address(old): flags for old, flags in snapshot.inventory.owned.items()}
    inventory = Inventory(owned, snapshot.inventory.others, snapshot.inventory.source)
    return replace(snapshot, objects=objects, inventory=inventory)


def _holders(address: Address) -> list[Address]:
    """The objects that an object belongs to, by what its kind says: a link has its owner's very names."""
    kind = kinds()[address.kind]
    found = []
    if kind.owner and kind.owner != "realm":
        names = address.names if kind.model is None else address.names[: len(address.names) - kind.levels]
        found.append(Address(kind.owner, names))
        found += _holders(found[0])
    if kind.nests:
        found += [Address(kind.name, address.names[:length]) for length in range(len(address.names) - 1, 0, -1)]
    return found


def _references(value: Any, address: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [str(address(Address.parse(one))) if "/" in one else one for one in value]
