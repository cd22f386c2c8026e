"""What still refers to an object that a plan deletes, and stays: Keycloak either refuses that, or drops the reference.

Pure. Must not know about: requests, why something is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from realmctl.engine.plan.comparison import Comparison
from realmctl.errors import Refused
from realmctl.keycloak.kinds.registry import kinds, left_over_of
from realmctl.model.address import Address
from realmctl.model.change import Change
from realmctl.model.objects import Desired, Live, Snapshot

_TOLD = 5


def with_uses(deletions: list[Change], comparison: Comparison, goes: Callable[[Address], bool]) -> Iterator[Change]:
    """The deletions, each with a note on what loses its reference by it. `goes` tells what is deleted.

    Raises Refused where Keycloak keeps what is in use.
    """
    targets = {change.address for change in deletions}
    users: dict[Address, list[str]] = {}
    for live in comparison.live.objects.values() if targets else ():
        if goes(live.address):
            continue
        for target in set(_kept_references(live, comparison.desired)) & targets:
            users.setdefault(target, []).append(_named(live.address))
    for change in deletions:
        found = users.get(change.address, [])
        if not found or _is_left_over(change.address, comparison.live, goes):
            yield change
            continue
        told = ", ".join(sorted(found)[:_TOLD]) + (f" and {len(found) - _TOLD} more" if len(found) > _TOLD else "")
        kind = kinds()[change.address.kind]
        if kind.kept_while_used:
            raise Refused(
                f"{change.address} is no longer declared, but can't be deleted: it is used by {told}",
                advice="say what to use in its place (of the realm's flows, such as browserFlow: browser), "
                "or declare it again",
            )
        yield replace(change, notes=(*change.notes, f"is taken out of {told}"))


def _is_left_over(address: Address, snapshot: Snapshot, goes: Callable[[Address], bool]) -> bool:
    """Whether whatever uses it is pointed to the flow that it was to take the place of, before it goes."""
    real = left_over_of(address)
    return real is not None and real in snapshot.objects and not goes(real)


def _kept_references(live: Live, desired: Desired) -> Iterator[Address]:
    """What a live object refers to and, with what is declared of it, will go on referring to."""
    kind = kinds()[live.address.kind]
    want = desired.resources.get(live.address)
    for path, target in kind.refers(live.address, live.fields):
        if want is None or not _says(want.fields, path):
            yield target


def _says(fields: Any, path: Sequence[str]) -> bool:
    """Whether the value at `path` is declared, be it as something else or as nothing."""
    for step in path:
        if not isinstance(fields, Mapping) or step not in fields:
            return False
        fields = fields[step]
    return True


def _named(address: Address) -> str:
    return " ".join((kinds()[address.kind].title, " / ".join(address.names))).strip()
