"""What a read of a realm has to look at: the objects that somebody declares, touched or asks about.

Pure. Must not know about: requests, whether the account may see any of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.engine.plan.renames import before
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.references import mentions, possible
from realmctl.model.address import Address
from realmctl.model.objects import Desired


@dataclass(frozen=True, slots=True)
class Scope:
    """What to look at in a realm. An account that may export sees the rest, too."""

    realm: str
    owner: str
    """Whose inventory counts as ours: what it holds is looked at as well. "" for nobody's."""
    objects: frozenset[Address]
    absent: frozenset[Address] = frozenset()
    """Objects that are declared not to be there."""
    former: frozenset[Address] = frozenset()
    """The addresses that some of the objects have until they are renamed."""
    referred: frozenset[Address] = frozenset()
    """The objects to which those that are looked at refer."""
    client_secrets: bool = False
    """Whether the clients' secrets are read: the export masks them, and they take a request of their own."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of the objects, be they declared absent."""
        return frozenset(address.kind for address in (*self.objects, *self.absent))


def scope_of(desired: Desired) -> Scope:
    """Return what to read for a plan of what is desired."""
    resources = desired.resources
    return Scope(
        desired.realm,
        desired.owner,
        frozenset(resources),
        frozenset(desired.absent),
        frozenset(before(desired).values()),
        frozenset(one for address, want in resources.items() for one in _referred(address, want.fields)),
        client_secrets=any(a.kind == "client" and "secret" in want.fields for a, want in resources.items()),
    )


def scope_to(realm: str, addresses: Iterable[Address], *, owner: str = "", client_secrets: bool = False) -> Scope:
    """Return a scope of objects by their addresses alone."""
    objects = frozenset(addresses)
    referred = frozenset(one for address in objects for one in _referred(address, {}))
    return Scope(realm, owner, objects, referred=referred, client_secrets=client_secrets)


def _referred(address: Address, fields: Mapping[str, Any]) -> Iterator[Address]:
    yield from (target for _, target in kinds()[address.kind].refers(address, fields))
    yield from (target for mention in mentions(address, fields) for target in possible(mention))
