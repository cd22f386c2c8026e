"""Changes and requests as plain values: what a plan is made of, and what an apply sends.

Both can be compared and written to JSON; neither holds a secret's value outside `Secret`. Must not know about: HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from realmctl.errors import Finding, Place
from realmctl.model.address import Address
from realmctl.model.fields import Compare


class Action(StrEnum):
    """What happens to an object."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: `path` leads to it (`attributes.color`), `old` and `new` are wire values, secrets as HIDDEN."""

    path: str
    old: Any
    new: Any
    compare: Compare = Compare.VALUE
    unread: bool = False
    """Whether the server hides the old value and no apply has noted one: if it differs is not known."""

    def moved(self) -> tuple[list[Any], list[Any]]:
        """For a set: what is added and what is removed."""
        old, new = list(self.old or []), list(self.new or [])
        known, wanted = set(map(str, old)), set(map(str, new))
        return [item for item in new if str(item) not in known], [item for item in old if str(item) not in wanted]


@dataclass(frozen=True, slots=True)
class Change:
    """One object's difference."""

    action: Action
    address: Address
    fields: tuple[FieldChange, ...] = ()
    place: Place | None = None
    renamed_from: Address | None = None
    protected: bool = False
    """Whether a deletion takes away what is protected: the object itself, or what goes with it."""
    takes: tuple[Address, ...] = ()
    """Of such a deletion: what is protected of all that goes; itself, if nothing is named."""
    pruned: bool = False
    """Whether it is deleted only because its section is pruned: nobody declared it, and it may be Keycloak's own."""
    notes: tuple[str, ...] = ()
    """Sentences for the reader: what a deletion would cost, what goes with it."""

    @property
    def unread(self) -> bool:
        """Whether nothing is known to change but that values which the server hides are written."""
        return self.action is Action.UPDATE and bool(self.fields) and all(field.unread for field in self.fields)


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference between desired and live. Empty when nothing has to be written to any object."""

    realm: str
    changes: tuple[Change, ...] = ()
    creates_realm: bool = False
    adopted: tuple[Address, ...] = ()
    """Declared objects that exist already and are not in the inventory yet: an apply marks them as owned."""
    released: tuple[Address, ...] = ()
    """Owned, no longer declared and gone or built in: an apply forgets them."""
    undecided: tuple[Address, ...] = ()
    """Owned, no longer declared, and not visible to this account: they stay owned."""
    unmanaged: tuple[Address, ...] = ()
    """Objects nobody declared; nothing touches them."""
    warnings: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()
    version: str = ""
    owner: str = "realmctl"
    held: tuple[tuple[str, int], ...] = ()
    """How many objects of each kind the owner holds: what a share of deletions is measured by."""
    undoes: str = ""
    """Of an undo: which apply it takes back, in a sentence."""
    locked: bool = False
    """Whether the realm has the lock of an apply, be it one that has died: an apply takes a dead one away."""

    @property
    def empty(self) -> bool:
        """Whether live already is what is desired."""
        return not self.changes

    @property
    def writes(self) -> bool:
        """Whether an apply writes something that was shown: changes, or what is owned from now on."""
        return bool(self.changes or self.adopted or self.released)

    @property
    def has_work(self) -> bool:
        """Whether an apply has anything to do: to write, or to take away the lock of an apply that has died."""
        return self.writes or self.locked

    def of(self, action: Action) -> Iterator[Change]:
        """The changes of one action, in the plan's order."""
        return (change for change in self.changes if change.action is action)


@dataclass(frozen=True, slots=True)
class Id:
    """Stands in a request for the server's id of an object, known only when it is sent."""

    address: Address


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Stands in a body for a fresh fingerprint of the secret."""

    secret: Any


@dataclass(frozen=True, slots=True)
class Named:
    """Stands in a merge's body for a list of named items: each is laid over its namesake, None takes it away."""

    key: str
    items: Mapping[str, Any]


MERGE = "MERGE"
"""The method of a request that reads the object, lays `body` over it and writes the whole: GET, then PUT."""


CLEAR = "CLEAR"
"""The method of a request that deletes everything in the list at its path, as `body` (a query) asks for it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One Admin API request, relative to the realm (`/admin/realms/{realm}`).

    `path` holds unescaped segments and `Id`s; `body` may hold `Id`, `Secret` and `Fingerprint` anywhere. `creates` is
    the object whose id the answer's Location carries (or a look-up finds). Statuses in `fine` mean that the server is
    already as the request wants it.
    """

    method: str
    path: tuple[str | Id, ...]
    body: Any = None
    creates: Address | None = None
    query: tuple[tuple[str, str], ...] = ()
    fine: frozenset[int] = frozenset()
    only: frozenset[str] = frozenset()
    """For MERGE: the top-level keys to send back, where the server itself keeps what is left out; empty for all."""
    renames: tuple[Address, Address] | None = None
    """Old and new address of the object, once the request has succeeded: its id stays."""


@dataclass(frozen=True, slots=True)
class Step:
    """Requests sent one after the other, carrying out `changes`; `after` are the indices of steps that must be done."""

    requests: tuple[Request, ...]
    changes: tuple[Change, ...]
    after: frozenset[int] = frozenset()
    instead: tuple[Request, ...] = ()
    """Where the server refuses `requests`: one request for each of `changes`, each with a fate of its own."""


def merged_with(current: Any, patch: Any) -> Any:
    """`patch` laid over `current`: maps are merged key by key, None takes a key away, all else is replaced."""
    if isinstance(patch, Named):
        return _with_items(current or (), patch)
    if not isinstance(current, Mapping) or not isinstance(patch, Mapping):
        return patch
    merged = dict(current)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            kept = merged.get(key)
            if isinstance(value, Mapping) and not isinstance(kept, Mapping):
                kept = {}
            merged[key] = merged_with(kept, value)
    return merged


def _with_items(current: Sequence[Mapping[str, Any]], patch: Named) -> list[Any]:
    """The list with the named items changed, taken away, or added at its end."""
    known = {item[patch.key] for item in current}
    kept = [item for item in current if patch.items.get(item[patch.key], item) is not None]
    added = [item for name, item in patch.items.items() if name not in known and item is not None]
    return [*(merged_with(item, patch.items.get(item[patch.key], {})) for item in kept), *added]
