"""A plan from the server's side: what changed there, what is gone, what nobody declared.

Pure. Must not know about: admin events, rules.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.object_changes import objects
from realmctl.engine.plan.ownership import holder
from realmctl.keycloak.kinds.maps import Path
from realmctl.keycloak.kinds.registry import has_temporary_name, kinds
from realmctl.keycloak.references import Names
from realmctl.keycloak.references.targets import targets
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.model.drift import Deviation, What

REALM = Address("realm")
_ABSENT = "declared absent"


def deviations(plan: Plan, comparison: Comparison) -> tuple[Deviation, ...]:
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
        *(_deviation(change, tuple(parts[change.address]), comparison) for change in objects(plan.changes)),
        *_unmanaged(plan, comparison),
    )


def _deviation(change: Change, parts: tuple[Address, ...], comparison: Comparison) -> Deviation:
    owned = comparison.as_read.inventory.owned
    what = _what(change, owned)
    fields = change.fields if what is What.CHANGED else ()
    notes = change.notes if what is What.UNDECLARED else ()
    if what is What.UNDECLARED and _ABSENT not in notes and not has_temporary_name(change.address):
        pruned = change.address.kind in comparison.declared.prune and change.address not in owned
        notes = (*notes, "its section is pruned" if pruned else "no longer declared")
    return Deviation(what, change.address, fields, change.place, notes, parts=parts)


def _what(change: Change, owned: Container[Address]) -> What:
    if change.action is Action.UPDATE:
        return What.CHANGED
    if change.action is Action.DELETE:
        return What.UNDECLARED
    return What.DELETED if change.address in owned else What.MISSING


def _unmanaged(plan: Plan, comparison: Comparison) -> Iterator[Deviation]:
    mine = {*comparison.declared.resources, *comparison.as_read.inventory.owned}
    live = comparison.live.objects
    for address in plan.unmanaged:
        # What Keycloak made along with an object that is declared or owned is no drift.
        if kinds()[address.kind].brought_by(live[address], live) not in mine:
            yield Deviation(What.UNMANAGED, address, parts=(address,))


def lost_references(found: Sequence[Deviation], comparison: Comparison) -> dict[Address, dict[str, set[Address]]]:
    """Return by changed object and field which of its references are gone: a deletion takes references along."""
    names = Names(
        {address: one.fields for address, one in comparison.declared.resources.items()},
        {address: one.fields for address, one in comparison.live.objects.items()},
    )
    return {one.address: _lost(one, comparison, names) for one in found if one.what is What.CHANGED}


def _lost(one: Deviation, comparison: Comparison, names: Names) -> dict[str, set[Address]]:
    desired, live = comparison.declared, comparison.live
    found: dict[str, set[Address]] = {}
    changed = sorted((field.path for field in one.fields), key=len, reverse=True)
    for part in one.parts:
        want, have = desired.resources.get(part), live.objects.get(part)
        if want is None:
            continue
        still = {target for _, target in targets(part, have.fields, names)} if have else set()
        for path, target in targets(part, want.fields, names):
            field = next((each for each in changed if _leads(each, path)), "")
            if field and target not in still and target not in live.objects:
                found.setdefault(field, set()).add(target)
    return found


def _leads(field: str, path: Path) -> bool:
    """Whether a reference at `path` stands in the field, which is a whole list, a map, or a key of one."""
    joined = ".".join(map(str, path))
    return joined == field or joined.startswith(f"{field}.") or field.startswith(f"{joined}.")
