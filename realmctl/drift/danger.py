"""What drift puts at risk: the rules of danger over the way from the declared realm to the live one.

Pure. Must not know about: rules, how drift is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from realmctl.analysis.danger import Transition, dangers
from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.ownership import holder, holders
from realmctl.model.change import Plan
from realmctl.model.danger import Danger
from realmctl.model.drift import Deviation, rank


def judged(
    counted: Sequence[Deviation], ignored: Sequence[Deviation], plan: Plan, comparison: Comparison
) -> tuple[tuple[Deviation, ...], tuple[Deviation, ...]]:
    """Return both lists with each deviation's dangers, the worst deviations first, and else in the plan's order.

    A realm that is not there is no danger by itself. A danger belongs to the deviation of its object, or of the object
    that this one belongs to; of a deviation that is ignored in some fields, to what counts of it.
    """
    found = () if plan.creates_realm else dangers(Transition.of_drift(plan, comparison))
    mine: dict[int, list[Danger]] = {}
    for danger in found:
        if (place := _place(danger, (*counted, *ignored))) is not None:
            mine.setdefault(place, []).append(danger)
    both = [replace(one, dangers=tuple(mine.get(place, ()))) for place, one in enumerate((*counted, *ignored))]
    return tuple(sorted(both[: len(counted)], key=rank)), tuple(sorted(both[len(counted) :], key=rank))


def _place(danger: Danger, deviations: Sequence[Deviation]) -> int | None:
    """Which deviation a danger belongs to: its object's own, whoever changed what holds it, and else its holder's."""
    address = danger.address
    if address is None:
        return None
    # Of an object that nobody declared, what it holds is no deviation of its own.
    own = (place for place, one in enumerate(deviations) if address in one.parts)
    above = {holder(address), *holders(address)}
    held = (place for place, one in enumerate(deviations) if one.address in above)
    return next(own, next(held, None))
