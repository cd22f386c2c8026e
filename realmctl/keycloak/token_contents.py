"""What the access token of a client carries as far as the files say: audiences, and roles by claim.

Read from what the words compiled to with everything laid over it, so an override counts. Must not know about: words,
servers; who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.keycloak.references import role_splits
from realmctl.keycloak.token_roles import default_scopes
from realmctl.model.address import Address
from realmctl.model.claim import claim_path
from realmctl.model.objects import Declared, Desired


@dataclass(frozen=True, slots=True)
class RoleClaim:
    """A claim with role names: of the realm, or of the client `client`."""

    name: str
    client: str | None
    prefix: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        """The claim's name in steps."""
        return claim_path(self.name)


@dataclass(frozen=True, slots=True)
class Carried:
    """What is in the access token."""

    audiences: tuple[str, ...]
    roles: tuple[RoleClaim, ...]

    def claims(self, role: Address) -> tuple[RoleClaim, ...]:
        """The claims that have this role in them, if the user has it; the plainest name first, whatever the files."""
        client = role.names[0] if role.kind == "client-role" else None
        found = (claim for claim in self.roles if claim.client == client)
        return tuple(sorted(found, key=lambda claim: (len(claim.path), "\\" in claim.name, claim.name)))

    def likely(self, text: str) -> Address:
        """The role that a text names which no file declares: a client's where a claim is about that client's roles."""
        clients = (claim.client for claim in self.roles if claim.client)
        client = next((one for one in clients if text.startswith(f"{one}.")), None)
        return Address("client-role", (client, text[len(client) + 1 :])) if client else Address("role", (text,))


def carried_contents(desired: Desired, client: str) -> Carried:
    """What the client's access tokens carry by its own mappers and those of its default scopes."""
    audiences: dict[str, None] = {}
    roles: dict[RoleClaim, None] = {}
    for mapper in mappers(desired, client):
        config: Mapping[str, Any] = mapper.fields.get("config") or {}
        if str(config.get("access.token.claim", "false")).lower() != "true":
            continue
        kind = mapper.fields.get("protocolMapper")
        name = str(config.get("claim.name") or "")
        owner = str(config.get("usermodel.clientRoleMapping.clientId") or "")
        if kind == "oidc-audience-mapper":
            found = config.get("included.client.audience") or config.get("included.custom.audience")
            audiences |= {str(found): None} if found else {}
        elif kind == "oidc-usermodel-realm-role-mapper" and name:
            prefix = str(config.get("usermodel.realmRoleMapping.rolePrefix") or "")
            roles[RoleClaim(name, None, prefix)] = None
        elif kind == "oidc-usermodel-client-role-mapper" and name and owner:
            prefix = str(config.get("usermodel.clientRoleMapping.rolePrefix") or "")
            roles[RoleClaim(name, owner, prefix)] = None
    return Carried(tuple(audiences), tuple(roles))


def mappers(desired: Desired, client: str) -> Iterator[Declared]:
    """The declared mappers of a client, and those of the scopes that it always has."""
    scopes = default_scopes(desired, client)
    for address, declared in desired.resources.items():
        own = address.kind == "protocol-mapper" and address.names[0] == client
        if own or (address.kind == "scope-mapper" and address.names[0] in scopes):
            yield declared


def role_named(text: str, exists: Callable[[Address], bool]) -> Address | None:
    """The role that a text names, a realm role before `client-id.role`, both of which may have dots in them."""
    parts = text.split(".")
    candidates = [Address("role", (text,))]
    candidates += [
        Address("client-role", (".".join(parts[:index]), ".".join(parts[index:]))) for index in range(1, len(parts))
    ]
    return next((address for address in candidates if exists(address)), None)


def splits(role: str) -> Iterator[tuple[str, str]]:
    """Client and role that a mapper's `a.b.c` may mean, in the order in which Keycloak tries them."""
    return role_splits(role)
