"""What came of looking for drift: what on a server is not as declared, who did it as far as that is known, what is
ignored and why.

Must not know about: how any of it was found, or is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from realmctl.errors import Finding, Place, RealmctlError
from realmctl.model.address import Address
from realmctl.model.change import FieldChange
from realmctl.model.danger import Danger, Severity
from realmctl.model.ignore_rule import IgnoreRule
from realmctl.model.objects import Snapshot


class What(StrEnum):
    """In which way an object is not as declared."""

    CHANGED = "changed"
    """Fields have other values than the declared ones."""
    DELETED = "deleted"
    """It was there, owned, and is gone."""
    MISSING = "missing"
    """It is declared and not there, and nothing says that it ever was."""
    UNDECLARED = "undeclared"
    """It is there, and the files want it away: no longer declared, declared absent, or pruned."""
    UNMANAGED = "unmanaged"
    """It is there, and nobody declared it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One admin event, as it is told: who, when, from where, with what operation of Keycloak's."""

    at: datetime
    operation: str
    who: str
    """The user's name, or the client's whose service account it was; an id where neither could be looked up."""
    service: bool = False
    """Whether it was a client's service account."""
    named: bool = True
    """Whether `who` is a name."""
    through: str = ""
    """The client that it was done with, such as `security-admin-console`."""
    address: str = ""
    """The IP address that Keycloak saw."""
    own: bool = False
    """Whether an apply of realmctl did it."""
    sure: bool = True
    """Whether the event's details show that it did just this; else it is the last one that wrote the object."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Who did it: the deeds, the newest first; or, without any, why nobody can tell."""

    deeds: tuple[Deed, ...] = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to paste: its key for programs, what it does, and its text, quoted for a shell."""

    key: str
    does: str
    text: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """One object that is not as declared. `fields` are as in a plan: `old` is live, `new` is declared."""

    what: What
    address: Address
    fields: tuple[FieldChange, ...] = ()
    place: Place | None = None
    notes: tuple[str, ...] = ()
    trace: Trace = Trace()
    ignored: IgnoreRule | None = None
    parts: tuple[Address, ...] = field(default=(), compare=False)
    """What it is put together of: the object itself, and links that are told as fields of it."""
    dangers: tuple[Danger, ...] = ()
    """What the change on the server puts at risk, the worst first."""
    commands: tuple[Command, ...] = ()
    """What a reader may do about it."""

    @property
    def severity(self) -> Severity | None:
        """How bad it is; None where no rule of danger found anything."""
        return self.dangers[0].severity if self.dangers else None


@dataclass(frozen=True, slots=True)
class Edit:
    """A value (plain data, as a file has it) for a path from the top of the files; `home` is its object's path."""

    address: Address
    field: str
    """The field that it takes over; "" for a whole object."""
    path: tuple[str, ...]
    value: Any
    home: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Adopted:
    """What of an object was taken over into which file; or why it was not."""

    address: Address
    fields: tuple[str, ...] = ()
    file: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class RealmDrift:
    """One realm of one server. With an `error` it could not be looked at, and nothing is known of it."""

    realm: str
    server: str = ""
    """Its name in the fleet file; "" outside of a fleet."""
    version: str = ""
    deviations: tuple[Deviation, ...] = ()
    ignored: tuple[Deviation, ...] = ()
    warnings: tuple[Finding, ...] = ()
    """About the rules: expired, unused."""
    unseen: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """The kinds of which something was compared."""
    error: RealmctlError | None = None
    seconds: float = 0.0
    snapshot: Snapshot | None = field(default=None, repr=False, compare=False)
    """The realm as it was read, for whoever goes on with it."""
    adopted: tuple[Adopted, ...] = ()
    """What was asked to be taken over into the files: it is no deviation any more where that was done."""
    to_set: tuple[str, ...] = ()
    """Environment variables that the files refer to since then."""

    @property
    def name(self) -> str:
        """The realm, with its server where there are several."""
        return f"{self.server} / {self.realm}" if self.server else self.realm

    @property
    def worst(self) -> Deviation | None:
        """The deviation whose danger is the worst; None where no rule of danger found anything."""
        return min((one for one in self.deviations if one.dangers), key=rank, default=None)

    @property
    def severity(self) -> Severity | None:
        """How bad the worst deviation is."""
        return self.worst.severity if self.worst else None

    def of(self, what: What) -> Iterator[Deviation]:
        """The deviations of one sort, in order."""
        return (one for one in self.deviations if one.what is what)


def rank(one: Deviation) -> int:
    """The position of a deviation in the order from the worst to those without any danger."""
    return one.severity.rank if one.severity else len(Severity)


def worst_of(found: Sequence[RealmDrift]) -> tuple[RealmDrift, Deviation] | None:
    """The deviation of all realms whose danger is the worst; None where no rule of danger found anything."""
    every = [(realm, realm.worst) for realm in found]
    known = [(realm, one) for realm, one in every if one is not None]
    return min(known, key=lambda pair: rank(pair[1]), default=None)


def has_drift(found: Sequence[RealmDrift]) -> bool:
    """Whether anything is not as declared."""
    return any(one.deviations for one in found)
