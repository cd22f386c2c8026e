"""What drift puts at risk: the rules of danger over the way from the declared realm to the live one.

Pure. Must not know about: rules, how drift is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from realmctl.danger import Transition, dangers
from realmctl.model.change import Plan
from realmctl.model.danger import Danger
from realmctl.model.drift import Deviation, rank
from realmctl.model.objects import Desired, Snapshot
from realmctl.plan import holders
from realmctl.render.objects import holder


def judged(
    counted: Sequence[Deviation], ignored: Sequence[Deviation], plan: Plan, desired: Desired, snapshot: Snapshot
) -> tuple[tuple[Deviation, ...], tuple[Deviation, ...]]:
    """Return both lists with each deviation's dangers, the worst deviations first, and else in the plan's order.

    A realm that is not there is no danger by itself. A danger belongs to the deviation of its object, or of the object
    that this one belongs to; of a deviation that is ignored in some fields, to what counts of it.
    """
    found = () if plan.creates_realm else dangers(Transition.of_drift(plan, desired, snapshot))
    left = list(found)

    def told(group: Sequence[Deviation]) -> Iterator[Deviation]:
        for one in group:
            mine = tuple(danger for danger in left if _belongs(danger, one))
            for danger in mine:
                left.remove(danger)
            yield replace(one, dangers=mine)

    return tuple(sorted(told(counted), key=rank)), tuple(sorted(told(ignored), key=rank))


def _belongs(danger: Danger, one: Deviation) -> bool:
    address = danger.address
    if address is None:
        return False
    # Of an object that nobody declared, what it holds is no deviation of its own.
    return address in one.parts or one.address in (holder(address), *holders(address))
