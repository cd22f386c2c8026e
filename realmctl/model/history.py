"""What realmctl did in a realm, as far as the realm and its admin events tell.

Must not know about: where that is read, how it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from realmctl.model.record import Record


@dataclass(frozen=True, slots=True)
class OwnerSummary:
    """An owner: how many objects it owns, and where its last apply came from."""

    owner: str
    objects: int
    source: str


@dataclass(frozen=True, slots=True)
class Run:
    """An apply as admin events show it: from making the lock of the realm until giving it back."""

    since: datetime
    until: datetime
    by: str
    writes: int
    """Events that are not the lock's own."""
    whole: bool
    """Whether it gave the lock back; else it died, or is still running."""


@dataclass(frozen=True, slots=True)
class History:
    """One realm: its applies, the newest first, and what else is known."""

    realm: str
    applies: tuple[Record, ...]
    holdings: tuple[OwnerSummary, ...] = ()
    running: str = ""
    """Who holds the lock, in a sentence; "" where nobody does."""
    runs: Mapping[str, Run] = field(default_factory=dict)
    """By the id of the apply, what the events show of it."""
    others: tuple[Run, ...] = ()
    """Runs of which the realm keeps no record."""
    unseen: str = ""
    """Why admin events tell nothing."""

    def undone_by(self, record: Record) -> str:
        """The id of the undo that took the apply back, and was not taken back itself; "" where there is none."""
        for one in self.applies:
            if one.undoes == record.id and not self.undone_by(one):
                return one.id
        return ""
