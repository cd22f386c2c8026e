"""What is declared and what is live: the two sides of a comparison, in the same shape.

Must not know about: how either was obtained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from realmctl.errors import Finding, Place
from realmctl.model.address import Address


class Origin(Protocol):
    """Tells where a declaration, or a field of it, was written."""

    def place(self, *path: str | int) -> Place:
        """The place of the value at `path` below the declaration; of the nearest thing above it where it has none."""
        ...

    def word(self, *path: str | int) -> tuple[str | int, ...]:
        """The path inside the platform's word that was compiled to the value at `path`; () where the files say it."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """The simplest origin: one place for everything."""

    at: Place

    def place(self, *_path: str | int) -> Place:
        """Always the same place."""
        return self.at

    def word(self, *_path: str | int) -> tuple[str | int, ...]:
        """No word's."""
        return ()


@dataclass(frozen=True, slots=True)
class Declared:
    """One object as the files want it. `fields` holds only what was declared, in wire form, secrets as `Secret`."""

    address: Address
    fields: Mapping[str, Any]
    origin: Origin
    renamed_from: Address | None = None
    protected: bool = False
    absent: bool = False
    """Whether it is declared not to be there."""


@dataclass(frozen=True, slots=True)
class Live:
    """One object as the server has it. `fields` is Keycloak's representation, whole, references by name."""

    address: Address
    fields: Mapping[str, Any]
    id: str | None = None
    builtin: bool = False
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    """Of the secrets that the server masks, by the path of the field."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many deletions one apply may do without being told: a count, and a share of the owned objects of a kind."""

    count: int = 5
    share: float = 0.25


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything the files of one realm declare."""

    realm: str
    resources: Mapping[Address, Declared]
    owner: str = "realmctl"
    limits: Limits = Limits()
    prune: frozenset[str] = frozenset()
    """Kinds of which even unmanaged objects are deleted."""
    absent: Mapping[Address, Declared] = field(default_factory=dict)
    """What must not be there, whoever made it."""
    let_go: frozenset[Address] = frozenset()
    """What is not owned any more, and stays: an apply that adopted it is taken back."""
    undoes: str = ""
    """The id of the apply that this takes back, where it does."""
    demanded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The roles that services at the gateway ask for (`role` or `client.role`), with the names of these services."""
    accepted: frozenset[str] = frozenset()
    """The rules whose findings the files accept."""
    adoption: Callable[[Declared], Finding | None] | None = field(default=None, compare=False, repr=False)
    """Refuses a declaration whose object is on the server and not owned; None where every file may adopt objects."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What realmctl knows to be its own in a realm, kept in the realm's attributes.

    `owned` maps this owner's addresses to flags ("p": protected); `others` maps a foreign owner's addresses to its
    name; `source` says where the last apply came from; `hidden` maps what nobody owns, such as the realm itself, to the
    marks of places that held a secret.
    """

    owned: Mapping[Address, str] = field(default_factory=dict)
    others: Mapping[Address, str] = field(default_factory=dict)
    source: str = ""
    hidden: Mapping[Address, str] = field(default_factory=dict)

    def marks(self, address: Address) -> str:
        """The flags of an object, the marks of places that held a secret among them."""
        return self.owned.get(address, "") + self.hidden.get(address, "")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A realm as it was read. `unseen` says in sentences what the account could not see."""

    realm: str
    exists: bool
    objects: Mapping[Address, Live]
    inventory: Inventory = Inventory()
    unseen: tuple[str, ...] = ()
    unseen_kinds: frozenset[str] = frozenset()
    version: str = ""
    locked: bool = False
    """Whether the realm has the lock of an apply, be it one that has died."""

    @classmethod
    def of(cls, realm: str, objects: Iterable[Live], **rest: Any) -> Snapshot:
        """A snapshot of an existing realm from its objects."""
        return cls(realm, True, {live.address: live for live in objects}, **rest)

    @classmethod
    def absent(cls, realm: str, version: str = "") -> Snapshot:
        """The snapshot of a realm that does not exist."""
        return cls(realm, False, {}, version=version)
