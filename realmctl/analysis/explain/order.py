"""What is sent for an object, what has to be written before it, and what waits for it: from an apply's own steps.

Must not know about: why anything is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from realmctl.engine.apply.request_graph import make_steps
from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.ownership import holder
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import MERGE, Id, Plan, Request, Step

_METHODS = {MERGE: "GET and PUT", "CLEAR": "GET and DELETE"}


class Order:
    """The steps of a plan, as they are asked about."""

    def __init__(self, plan: Plan, comparison: Comparison) -> None:
        self._steps = make_steps(plan, comparison)
        self._of = {change.address: index for index, step in enumerate(self._steps) for change in step.changes}
        self._creates = plan.creates_realm

    def requests(self, parts: Iterable[Address]) -> Iterator[str]:
        """What is sent for an object of these parts, in words; what goes with other objects says so."""
        if self._creates and Address("realm") in parts:
            yield "POST, which makes the realm"
        for step in self._with(parts):
            others = sorted({holder(change.address) for change in step.changes} - {holder(one) for one in parts})
            with_them = f", together with {_few(others)}" if others else ""
            yield from (f"{_told(request)}{with_them}" for request in step.requests)

    def first(self, parts: Iterable[Address]) -> list[Address]:
        """The objects that have to be written before it."""
        before = {index for step in self._with(parts) for index in step.after}
        return self._objects(before, parts)

    def waiting(self, parts: Iterable[Address]) -> list[Address]:
        """The objects that wait for it."""
        mine = {self._of[one] for one in parts if one in self._of}
        return self._objects((i for i, step in enumerate(self._steps) if step.after & mine), parts)

    def _with(self, parts: Iterable[Address]) -> list[Step]:
        return [self._steps[index] for index in sorted({self._of[one] for one in parts if one in self._of})]

    def _objects(self, indices: Iterable[int], parts: Iterable[Address]) -> list[Address]:
        found = {holder(change.address) for index in indices for change in self._steps[index].changes}
        return sorted(found - {holder(one) for one in parts})


def _told(request: Request) -> str:
    path = "/".join(f"{{{kinds()[one.address.kind].title}}}" if isinstance(one, Id) else one for one in request.path)
    return f"{_METHODS.get(request.method, request.method)} {path or 'the realm'}"


def _few(addresses: Sequence[Address]) -> str:
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    return ", ".join(map(str, addresses[:3])) + more
