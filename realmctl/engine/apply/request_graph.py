"""From a plan to steps: which requests carry out which changes, and what has to be done before what.

Pure. What a server takes in one body (a client with its mappers and scopes, a role with its composites) is one
request. Must not know about: sending, retrying, the order in time of what is independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from realmctl.engine.apply.preferred_order import with_acyclic
from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.ownership import holders
from realmctl.keycloak.kinds.base import Around
from realmctl.keycloak.kinds.registry import kinds, left_over_of
from realmctl.keycloak.references import Names, named_targets
from realmctl.model.address import Address
from realmctl.model.change import MERGE, Action, Change, Id, Plan, Request, Step
from realmctl.model.objects import Desired, Live

REALM = Address("realm")
MANY = 50
"""Creations of a kind from which on they go together, where the kind can."""
BATCH = 25
"""How many at a time: the cost of a transaction grows faster than what is in it (26.7.3)."""


def make_steps(plan: Plan, comparison: Comparison) -> tuple[Step, ...]:
    """Return the steps of a plan for an existing realm, which was made from the comparison."""
    around = comparison.around
    changes = [change for change in plan.changes if not (change.address == REALM and plan.creates_realm)]
    groups = _folded(changes, around)
    step_of = {change.address: index for index, (_, members) in enumerate(groups) for change in members}
    after: list[set[int]] = [set() for _ in groups]
    leaving = {change.renamed_from: change.address for change in changes if change.renamed_from}
    for index, (_, members) in enumerate(groups):
        for change in members:
            # A name can be taken once whoever has it has another one.
            taken = (leaving[change.address],) if change.address in leaving and change.renamed_from else ()
            for target in (*_needs(change, around, step_of), *taken, *_moved_out(change, changes)):
                if step_of[target] != index:
                    after[index].add(step_of[target])
    after = with_acyclic(after, _naming(groups, step_of, around))
    last = {index for index, (_, members) in enumerate(groups) if all(one.action is Action.DELETE for one in members)}
    for indices in _sharing([requests for requests, _ in groups]):
        for before, index in pairwise(_in_turn(indices, after, last)):
            after[index].add(before)
    steps = [
        Step(requests, members, frozenset(before)) for (requests, members), before in zip(groups, after, strict=True)
    ]
    return tuple(_together(steps, comparison.desired))


_Groups = list[tuple[tuple[Request, ...], tuple[Change, ...]]]


def _folded(changes: list[Change], around: Around) -> _Groups:
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
    groups: _Groups = []
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


def _together(steps: list[Step], desired: Desired) -> list[Step]:
    """The steps with many creations of a kind put into fewer requests, where the kind has such; others as they are."""
    awaited = {before for step in steps for before in step.after}
    alike: dict[str, list[int]] = {}
    for index, step in enumerate(steps):
        (first, *more) = step.changes
        # What another step waits for stays by itself: its fate must not hang on its neighbours'.
        if not more and first.action is Action.CREATE and index not in awaited:
            alike.setdefault(first.address.kind, []).append(index)
    joined: dict[int, Step] = {}
    gone: set[int] = set()
    for name, indices in alike.items():
        for batch in batched(indices, BATCH) if len(indices) >= MANY else ():
            members = [steps[index] for index in batch]
            request = kinds()[name].together([desired.resources[one.changes[0].address] for one in members])
            if request:
                after = frozenset().union(*(one.after for one in members))
                changes = tuple(one.changes[0] for one in members)
                joined[batch[0]] = Step((request,), changes, after, tuple(r for one in members for r in one.requests))
                gone.update(batch[1:])
    return _renumbered([(index, joined.get(index, step)) for index, step in enumerate(steps) if index not in gone])


def _renumbered(steps: list[tuple[int, Step]]) -> list[Step]:
    place = {index: new for new, (index, _) in enumerate(steps)}
    return [replace(step, after=frozenset(place[before] for before in step.after)) for _, step in steps]


def batched(indices: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """The list in pieces of at most `size`."""
    return (indices[start : start + size] for start in range(0, len(indices), size))


def _may_fold(change: Change, around: Around) -> bool:
    """Roles that include each other's clients could wait for one another for ever: those stay changes of their own."""
    return bool(kinds()[change.address.kind].fold(around.desired.resources[change.address], {}))


def _requests(change: Change, around: Around) -> tuple[Request, ...]:
    kind = kinds()[change.address.kind]
    have = around.snapshot.objects.get(change.address)
    if change.action is Action.DELETE:
        return kind.delete(have or Live(change.address, {}), around)
    want = around.desired.resources[change.address]
    if change.action is Action.CREATE and not kind.is_link:
        return kind.create(want, around)
    # A link that is not there yet has nothing in it.
    have = have or Live(change.address, {})
    return kind.update(change, kind.complete(want, have), have, around)


def _needs(change: Change, around: Around, steps: Mapping[Address, int]) -> Iterator[Address]:
    """The changed objects whose change has to come first."""
    kind = kinds()[change.address.kind]
    if change.action is Action.CREATE and kind.made_after:
        # Deletions come after everything else: what waited for one of them would never begin.
        wanted = around.desired.resources
        yield from (one for one in steps if one.kind in kind.made_after and one in wanted)
    if change.action is not Action.DELETE:
        for owner in holders(change.address):
            if owner in steps:
                yield owner
        for _, target in kind.refers(change.address, around.desired.resources[change.address].fields):
            for one in (target, *holders(target)):
                if one in steps:
                    yield one
        live = around.snapshot.objects.get(change.address)
        for _, target in kind.refers(change.address, live.fields) if live else ():
            want = around.desired.resources.get(target)
            # A flow that is built anew takes with it whatever used it: who lets go of it does so afterwards. And what
            # is renamed is let go of by its new name: Keycloak looks for roles by their names, too (26.7.3).
            if want and target in steps and (kinds()[target.kind].kept_while_used or want.renamed_from):
                yield target
        return
    real = left_over_of(change.address)
    if real is not None and real in steps:
        yield real
    yield from _users(change.address, around, steps)


def _naming(groups: _Groups, step_of: Mapping[Address, int], around: Around) -> list[set[int]]:
    """Return for each group those of objects that it names by a text: Keycloak takes the text before they are there.

    What is named is written first, and deleted last.
    """
    declared = {address: one.fields for address, one in around.desired.resources.items()}
    live = {address: one.fields for address, one in around.snapshot.objects.items()}
    after, before = Names(declared, live), Names(live)
    gone = {change.address for _, members in groups for change in members if change.action is Action.DELETE}
    found: list[set[int]] = [set() for _ in groups]
    for index, (_, members) in enumerate(groups):
        for change in members:
            address = change.address
            if address in declared:
                for _, target in named_targets(address, declared[address], after):
                    found[index] |= {
                        step_of[one] for one in (target, *holders(target)) if one in step_of and one not in gone
                    }
            if gone and address in live:
                for _, target in named_targets(address, live[address], before):
                    for one in (target, *holders(target)):
                        if one in gone and one in step_of:
                            found[step_of[one]].add(index)
    return found


def _moved_out(gone: Change, changes: Sequence[Change]) -> Iterator[Address]:
    """What moves out of an object that is deleted: it would go with it."""
    if gone.action is Action.DELETE:
        yield from (one.address for one in changes if one.renamed_from and gone.address in holders(one.renamed_from))


def _users(gone: Address, around: Around, steps: Mapping[Address, int]) -> Iterator[Address]:
    """What is changed and still refers to an object that goes: it has to let go of it first."""
    kept = kinds()[gone.kind].kept_while_used
    for address in around.snapshot.objects if kept else steps:
        live = around.snapshot.objects.get(address)
        # What refers to it may go with its owner, and has no change of its own then.
        changed = next((one for one in (address, *(holders(address) if kept else ())) if one in steps), None)
        if live is None or changed is None or changed == gone:
            continue
        for _, target in kinds()[address.kind].refers(address, live.fields):
            if target == gone or gone in holders(target):
                yield changed


def _sharing(groups: Sequence[tuple[Request, ...]]) -> Iterator[list[int]]:
    """The groups that write the same document: the realm itself, or one that is read, merged and written."""
    sharing: dict[tuple[str | Id, ...], list[int]] = {}
    for index, requests in enumerate(groups):
        for path in {request.path for request in requests if not request.path or request.method == MERGE}:
            sharing.setdefault(path, []).append(index)
    return (indices for indices in sharing.values() if len(indices) > 1)


def _in_turn(indices: list[int], after: Sequence[set[int]], last: set[int]) -> list[int]:
    """Return groups in the order in which they are to be written, one after the other.

    Of two writes to the realm at the same time one answers 409 now and then (26.7.3). Those in `last`, which delete,
    stand at the end: nothing else may wait for them.
    """
    try:
        order = list(TopologicalSorter(dict(enumerate(after))).static_order())
    except CycleError as error:
        raise AssertionError(f"steps wait for each other: {error.args[1]}") from error
    return sorted((index for index in order if index in set(indices)), key=lambda index: index in last)
