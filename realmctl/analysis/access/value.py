"""The policy of a realm: everything in its files that decides who reaches what, or guards it, outside Keycloak.

Must not know about: how two policies are compared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from realmctl.config.checks import Subject
from realmctl.config.macros.oauth2_proxy import OAuth2ProxySaying
from realmctl.engine.plan.ownership import holder
from realmctl.errors import BadConfig, Place, Refused
from realmctl.keycloak.token_contents import Carried, carried_contents, role_named
from realmctl.keycloak.token_roles import expand_roles
from realmctl.model.address import Address
from realmctl.model.sentence import Name, Sentence

if TYPE_CHECKING:
    from realmctl.config.loader import RealmConfig
    from realmctl.config.loader.suppressions import Allowance


@dataclass(frozen=True, slots=True)
class GatewayRole:
    """A role as the gateway looks for it: a value of a claim. `address` says which role of the realm it is."""

    claim: str
    value: str
    address: Address = field(compare=False)

    @property
    def name(self) -> str:
        """`orders-reader`, or `orders-api / refund` for a client's."""
        return " / ".join(self.address.names)


@dataclass(frozen=True)
class Policy:
    """The policy of one realm. `allowances` are the comments in its files that silence findings."""

    config: RealmConfig
    allowances: tuple[Allowance, ...] = ()

    @property
    def realm(self) -> str:
        """The realm's name."""
        return self.config.name

    @cached_property
    def word(self) -> OAuth2ProxySaying | None:
        """What the files say of the gateway; None where the realm has none."""
        found = self.config.words.get("oauth2Proxy")
        return found if isinstance(found, OAuth2ProxySaying) else None

    @cached_property
    def gateway(self) -> Mapping[str, Any] | None:
        """The values that the gateway's charts take, as plain data; None where there are none."""
        from realmctl.integrations.gateway.compilation import gateway
        from realmctl.integrations.gateway.values import KEY
        from realmctl.integrations.gateway.values_file import data

        if self.word is None:
            return None
        try:
            found: Mapping[str, Any] = data(gateway(self.config))[KEY]
        except (BadConfig, Refused):
            return None
        return found

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The gateway's hosts."""
        return tuple(self.word.hosts) if self.word else ()

    @cached_property
    def _token(self) -> tuple[Subject, Carried]:
        client = self.word.clientId if self.word else ""
        return Subject(self.config.desired, self.config.origin), carried_contents(self.config.desired, client)

    def role(self, text: str, claim: str | None) -> GatewayRole:
        """The role that a rule of a service names."""
        subject, token = self._token
        address = role_named(text, subject.exists) or token.likely(text)
        found = next((one for one in token.claims(address) if claim in (None, one.name)), None)
        return (
            GatewayRole(found.name, found.prefix + address.name, address)
            if found
            else GatewayRole(claim or "", text, address)
        )

    def implied(self, role: Address) -> set[Address]:
        """Every role that a holder of the role has with it, as the files say."""

        def composites(link: Address) -> list[str]:
            want = self.config.desired.resources.get(link)
            return list(want.fields.get("composites") or ()) if want else []

        return expand_roles([role], composites) - {role}

    @cached_property
    def _starts(self) -> Mapping[str, tuple[list[int], list[Address]]]:
        """Where the objects of each file begin, in order."""
        found: dict[str, list[tuple[int, Address]]] = {}
        for address, want in self.config.desired.resources.items():
            place = want.origin.place()
            found.setdefault(place.file, []).append((place.line, address))
        ordered = {file: sorted(ones, key=lambda one: one[0]) for file, ones in found.items()}
        return {file: ([line for line, _ in ones], [one for _, one in ones]) for file, ones in ordered.items()}

    def object_at(self, place: Place | None) -> Address | None:
        """The object whose declaration a place is in: the last one that begins at or before it in the file."""
        lines, addresses = self._starts.get(place.file, ((), ())) if place else ((), ())
        at = bisect_right(lines, place.line) if place else 0
        return holder(addresses[at - 1]) if at else None

    def place(self, *path: str | int) -> Place:
        """Where the files say what stands at a path, or the nearest thing above it."""
        return self.config.origin.place(*path)


def quote_names(names: list[str], most: int = 40) -> Sentence:
    """`a`, `b` and `c`; of more than `most` the first ones, and how many follow."""
    parts: list[str | Name] = []
    for index, name in enumerate(names[:most]):
        parts += [", " if index else "", Name(name)]
    if len(names) > most:
        parts.append(f" and {len(names) - most} more")
    return tuple(part for part in parts if part != "")
