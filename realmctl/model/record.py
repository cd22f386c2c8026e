"""The record of an apply: what it was about to change, as it was before, so that it can be taken back.

Holds no secret, ever. Must not know about: where records are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.model.address import Address
from realmctl.model.change import Action
from realmctl.model.objects import Limits


@dataclass(frozen=True, slots=True)
class Entry:
    """One object that an apply changes. `before` and `after` hold the fields that differ; of a new object there is no
    `before`, of a deleted one no `after`.
    """

    action: Action
    address: Address
    former: Address
    """Its address before the apply: another one where it, or what it belongs to, was renamed."""
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    renamed: bool = False
    owned: str | None = None
    """The flags with which it was owned before; None where it was not."""
    hidden: tuple[str, ...] = ()
    """Fields that hold a secret, of which neither value is kept."""


@dataclass(frozen=True, slots=True)
class Record:
    """One apply. `at` is a moment in UTC, as ISO 8601; `id` is made of it: one realm has one apply at a time."""

    id: str
    at: str
    realm: str
    owner: str
    by: str = ""
    source: str = ""
    counts: tuple[int, int, int] = (0, 0, 0)
    """Objects that were planned to be added, changed and deleted."""
    creates: bool = False
    """Whether it made the realm itself."""
    undoes: str = ""
    """The id of the apply that it took back."""
    ended: str = ""
    """Why not all of it was done, where that is known; an apply that was killed could not say."""
    limits: Limits = field(default_factory=Limits)
    entries: tuple[Entry, ...] = ()
    adopted: tuple[Address, ...] = ()
    released: Mapping[Address, str] | None = None
    """What it forgot to own, with the flags."""
    lost: tuple[tuple[Address, str], ...] = ()
    """What it took from people by its deletions, as its plan said."""
    kept: bool = True
    """Whether the entries are here: only those of the newest applies are kept in a realm."""
