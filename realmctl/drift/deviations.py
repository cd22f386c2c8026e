"""A plan from the server's side: what changed there, what is gone, what nobody declared.

Pure. Must not know about: admin events, rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.kinds.flow import LEFTOVER
from realmctl.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.model.drift import Deviation, What
from realmctl.model.fields import Compare
from realmctl.model.objects import Desired, Snapshot
from realmctl.render.objects import holder, objects

REALM = Address("realm")
_ABSENT = "declared absent"


def deviations(plan: Plan, desired: Desired, snapshot: Snapshot) -> tuple[Deviation, ...]:
    """Every object that is not as declared, in the plan's order; unmanaged ones last."""
    if plan.creates_realm:
        count = len(plan.changes) - 1
        told = f"The realm does not exist on the server; {count:,} further objects are declared in it."
        place = next((change.place for change in plan.changes if change.address == REALM), None)
        return (Deviation(What.MISSING, REALM, place=place, notes=(told,)),)
    parts: dict[Address, list[Address]] = {}
    for change in plan.changes:
        parts.setdefault(holder(change.address), []).append(change.address)
    return (
        *(_deviation(change, tuple(parts[change.address]), desired, snapshot) for change in objects(plan.changes)),
        *_unmanaged(plan),
    )


def _deviation(change: Change, parts: tuple[Address, ...], desired: Desired, snapshot: Snapshot) -> Deviation:
    what = _what(change, snapshot)
    fields = change.fields if what is What.CHANGED else ()
    notes = change.notes if what is What.UNDECLARED else ()
    if what is What.UNDECLARED and _ABSENT not in notes and not LEFTOVER.search(change.address.name):
        pruned = change.address.kind in desired.prune and change.address not in snapshot.inventory.owned
        notes = (*notes, "its section is pruned" if pruned else "no longer declared")
    return Deviation(what, change.address, fields, change.place, notes, parts=parts)


def _what(change: Change, snapshot: Snapshot) -> What:
    if change.action is Action.UPDATE:
        return What.CHANGED
    if change.action is Action.DELETE:
        return What.UNDECLARED
    return What.DELETED if change.address in snapshot.inventory.owned else What.MISSING


def _unmanaged(plan: Plan) -> Iterator[Deviation]:
    return (Deviation(What.UNMANAGED, address, parts=(address,)) for address in plan.unmanaged)


def taken_along(one: Deviation, plan: Plan) -> set[Address]:
    """What a changed object should refer to and no longer does: a deletion takes references along."""
    found: set[Address] = set()
    for change in plan.changes:
        if change.address in one.parts and kinds()[change.address.kind].model is None:
            for field in change.fields:
                found |= (
                    {Address.parse(str(text)) for text in field.moved()[0]} if field.compare is Compare.SET else set()
                )
    return found
