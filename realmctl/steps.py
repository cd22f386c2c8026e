"""From a plan to steps: which requests carry out which changes, and what has to be done before what.

Pure. What a server takes in one body (a client with its mappers and scopes, a role with its composites) is one
request. Must not know about: sending, retrying, the order in time of what is independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from realmctl.kinds.base import Around
from realmctl.kinds.flow import LEFTOVER
from realmctl.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan, Request, Step
from realmctl.model.objects import Desired, Live, Snapshot
from realmctl.plan import holders

REALM = Address("realm")


def make_steps(plan: Plan, desired: Desired, snapshot: Snapshot) -> tuple[Step, ...]:
    """The steps of a plan for an existing realm; `snapshot` as `plan.seen` gives it."""
    around = Around(desired, snapshot)
    changes = [change for change in plan.changes if not (change.address == REALM and plan.creates_realm)]
    groups = _folded(changes, around)
    step_of = {change.address: index for index, (_, members) in enumerate(groups) for change in members}
    after: list[set[int]] = [set() for _ in groups]
    for index, (_, members) in enumerate(groups):
        for change in members:
            for target in _needs(change, around, step_of):
                if step_of[target] != index:
                    after[index].add(step_of[target])
    _one_by_one([index for index, (requests, _) in enumerate(groups) if _of_realm(requests)], after)
    return tuple(
        Step(requests, members, frozenset(before)) for (requests, members), before in zip(groups, after, strict=True)
    )


def _folded(changes: list[Change], around: Around) -> list[tuple[tuple[Request, ...], tuple[Change, ...]]]:
    """Changes as groups of requests: what is created with its owner goes into the owner's body."""
    created = {change.address for change in changes if change.action is Action.CREATE}
    belongs: dict[Address, list[Change]] = {}
    alone: list[Change] = []
    for change in changes:
        owner = next(holders(change.address), None)
        if change.action is Action.CREATE and owner in created and _may_fold(change, around):
            belongs.setdefault(owner, []).append(change)
        else:
            alone.append(change)
    groups: list[tuple[tuple[Request, ...], tuple[Change, ...]]] = []
    for change in alone:
        requests = _requests(change, around)
        members = [change]
        for child in belongs.get(change.address, ()):
            body = dict(requests[0].body)
            if kinds()[child.address.kind].fold(around.desired.resources[child.address], body):
                requests = (replace(requests[0], body=body), *requests[1:])
                members.append(child)
            else:
                groups.append((_requests(child, around), (child,)))
        groups.append((requests, tuple(members)))
    return groups


def _may_fold(change: Change, around: Around) -> bool:
    """Roles that include each other's clients could wait for one another for ever: those stay changes of their own."""
    return bool(kinds()[change.address.kind].fold(around.desired.resources[change.address], {}))


def _requests(change: Change, around: Around) -> tuple[Request, ...]:
    kind = kinds()[change.address.kind]
    have = around.snapshot.objects.get(change.address)
    if change.action is Action.DELETE:
        return kind.delete(have or Live(change.address, {}), around)
    want = around.desired.resources[change.address]
    if change.action is Action.CREATE and kind.model is not None:
        return kind.create(want, around)
    # A link that is not there yet has nothing in it.
    requests = kind.update(change, want, have or Live(change.address, {}), around)
    if change.renamed_from and requests:
        last = replace(requests[-1], renames=(change.renamed_from, change.address))
        requests = (*requests[:-1], last)
    return requests


def _needs(change: Change, around: Around, steps: Mapping[Address, int]) -> Iterator[Address]:
    """The changed objects whose change has to come first."""
    kind = kinds()[change.address.kind]
    if change.action is not Action.DELETE:
        for owner in holders(change.address):
            if owner in steps:
                yield owner
        for _, target in kind.references(around.desired.resources[change.address].fields):
            for one in (target, *holders(target)):
                if one in steps:
                    yield one
        return
    if LEFTOVER.search(change.address.name):
        real = Address(change.address.kind, (LEFTOVER.sub("", change.address.name),))
        if real in steps:
            yield real
    yield from _users(change.address, around, steps)


def _users(gone: Address, around: Around, steps: Mapping[Address, int]) -> Iterator[Address]:
    """What is changed and still refers to an object that goes: it has to let go of it first."""
    for address in steps:
        live = around.snapshot.objects.get(address)
        if live is None or address == gone:
            continue
        for _, target in kinds()[address.kind].references(live.fields):
            if target == gone or gone in holders(target):
                yield address


def _of_realm(requests: tuple[Request, ...]) -> bool:
    return any(not request.path for request in requests)


def _one_by_one(indices: list[int], after: list[set[int]]) -> None:
    """Writes to the realm itself at the same time answer 409 now and then (26.7.3): they wait for each other."""
    try:
        order = list(TopologicalSorter(dict(enumerate(after))).static_order())
    except CycleError as error:
        raise AssertionError(f"steps wait for each other: {error.args[1]}") from error
    queue = [index for index in order if index in set(indices)]
    for before, index in pairwise(queue):
        after[index].add(before)
