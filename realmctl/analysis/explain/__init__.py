"""Why a plan has what it has: from the two sides and the plan to an `Explanation` of each object that is asked for.

Pure. Must not know about: output formats, how files or servers are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from realmctl.analysis.explain.order import Order
from realmctl.analysis.explain.verdict import guards, verdict
from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.ownership import holder
from realmctl.errors import Refused, UsageProblem
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.references import Names, targets
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.model.explanation import ExplainedField, Explanation
from realmctl.model.ignore_rule import pattern
from realmctl.model.objects import Declared, Desired
from realmctl.model.suggestion import did_you_mean

_NEAR = 10


def explained(
    plan: Plan, comparison: Comparison, wanted: Sequence[str], *, refusal: Refused | None = None
) -> tuple[Explanation, ...]:
    """Return an explanation of every object whose address fits one of `wanted`: `*` and `?` as in a shell.

    A pattern is held against what the plan speaks of, an address without one against all that is declared or live.
    The plan was made from the comparison. Empty where this realm has no such object.
    """
    told = _told(plan)
    declared = comparison.declared
    everything = dict.fromkeys((*told, *map(holder, declared.resources), *declared.absent, *comparison.live.objects))
    found: dict[Address, None] = {}
    for text in wanted:
        among = told if {"*", "?"} & set(text) else everything
        found |= {address: None for address in among if _fits(text, address)}
    if not found:
        return ()
    explainer = _Explainer(plan, comparison, refusal)
    return tuple(map(explainer.explain, found))


def demand(wanted: Sequence[str], found: Sequence[Explanation], plans: Sequence[tuple[Plan, Desired]]) -> None:
    """Raises UsageProblem, with the nearest names, where nothing found in any realm is what was asked for."""
    missing = [text for text in wanted if not any(_fits(text, one.address) for one in found)]
    if not missing:
        return
    known = [str(address) for plan, desired in plans for address in (*_told(plan), *map(holder, desired.resources))]
    known = list(dict.fromkeys(known))
    guess = did_you_mean(missing[0], known)
    told = f"Did you mean {guess}?" if guess else f"There is: {', '.join(known[:_NEAR])}."
    raise UsageProblem(f"--explain {missing[0]}: nothing declared, live or planned has such an address", advice=told)


def _told(plan: Plan) -> dict[Address, None]:
    """The objects that a plan speaks of, in its order."""
    changed = (holder(change.address) for change in plan.changes)
    return dict.fromkeys((*changed, *plan.adopted, *plan.released, *plan.unmanaged))


def _fits(text: str, address: Address) -> bool:
    """Whether a pattern means the object; names may be written as they are, or as addresses have them."""
    fits = pattern(text).fullmatch
    return bool(fits(str(address)) or fits("/".join((address.kind, *address.names))))


class _Explainer:
    """Explains objects of one plan."""

    def __init__(self, plan: Plan, comparison: Comparison, refusal: Refused | None) -> None:
        self._plan, self._comparison, self._refusal = plan, comparison, refusal
        self._order = Order(plan, comparison)
        self._users = _users(comparison.declared)
        self._changes: dict[Address, list[Change]] = {}
        for change in plan.changes:
            self._changes.setdefault(holder(change.address), []).append(change)

    def explain(self, address: Address) -> Explanation:
        """Return the explanation of one object."""
        plan, desired = self._plan, self._comparison.declared
        changes = self._changes.get(address, [])
        own = next((change for change in changes if change.address == address), None)
        what, why = verdict(address, changes, plan, self._comparison)
        parts = [change.address for change in changes] or [address]
        return Explanation(
            address,
            what,
            own.action if own else Action.UPDATE if changes else None,
            tuple(why),
            tuple(asked for change in changes for asked in _fields(change, desired.resources.get(change.address))),
            tuple(self._order.requests(parts)),
            tuple(self._order.first(parts)),
            tuple(self._order.waiting(parts)),
            tuple(_refers(address, desired)) if address in desired.resources else (),
            tuple(self._users.get(address, ())),
            tuple(note for change in changes for note in change.notes),
            tuple(guards(address, own, plan, desired, self._refusal)),
        )


def _fields(change: Change, want: Declared | None) -> Iterator[ExplainedField]:
    if want is None:
        return
    for field in change.fields:
        if change.renamed_from and field.path == kinds()[change.address.kind].key:
            yield ExplainedField(field, change.address, want.origin.place("renamedFrom"))
            continue
        path = steps(field.path, want.fields)
        yield ExplainedField(
            field, change.address, want.origin.place(*path), ".".join(map(str, want.origin.word(*path)))
        )


def steps(path: str, fields: object) -> tuple[str, ...]:
    """The keys that a change's dotted path goes through; keys may have dots themselves."""
    if isinstance(fields, Mapping):
        fitting = (key for key in map(str, fields) if path == key or path.startswith(f"{key}."))
        key = max(fitting, key=len, default="")
        if key:
            rest = path[len(key) + 1 :]
            return (key, *(steps(rest, fields[key]) if rest else ()))
    return tuple(path.split("."))


def _refers(address: Address, desired: Desired) -> Iterator[Address]:
    """What an object refers to, by itself or by its links."""
    found: dict[Address, None] = {}
    names = _names(desired)
    for one, want in desired.resources.items():
        if one == address or (kinds()[one.kind].is_link and holder(one) == address):
            found |= {holder(target): None for _, target in targets(one, want.fields, names)}
    return (target for target in found if target not in (address, Address("realm")))


def _names(desired: Desired) -> Names:
    return Names({address: one.fields for address, one in desired.resources.items()})


def _users(desired: Desired) -> dict[Address, list[Address]]:
    """By object: the declared ones that refer to it."""
    found: dict[Address, dict[Address, None]] = {}
    names = _names(desired)
    for address, want in desired.resources.items():
        for _, target in targets(address, want.fields, names):
            if holder(address) != holder(target):
                found.setdefault(holder(target), {})[holder(address)] = None
    return {address: list(users) for address, users in found.items()}
