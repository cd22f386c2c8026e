"""What in a client's access tokens speaks of roles and groups: values in claims, and audiences.

Must not know about: graphs, services.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from realmctl.errors import Place
from realmctl.keycloak.token_contents import carried_contents, mappers
from realmctl.keycloak.token_roles import admitted_roles, default_scopes
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired

_SHIPPED = "roles"
"""The client scope with which Keycloak puts roles into a token, and the clients whose roles they are into `aud`."""

_CLIENT_ROLES = "oidc-usermodel-client-role-mapper"
_OF_CLIENT = "usermodel.clientRoleMapping.clientId"
_PREFIX = "usermodel.clientRoleMapping.rolePrefix"


@dataclass(frozen=True, slots=True)
class ClaimValue:
    """A value in a claim; or, with `audience`, one in `aud`."""

    claim: str
    value: str
    place: Place | None = field(default=None, compare=False)
    audience: bool = False


@dataclass(frozen=True, slots=True)
class TokenContents:
    """What a client's tokens hold: audiences for everybody, and values for whoever has a role or is in a group."""

    audiences: tuple[str, ...]
    values: tuple[tuple[Address, ClaimValue], ...]


def token_contents(desired: Desired, client: str, holders: Iterable[Address]) -> TokenContents:
    """What the client's access tokens hold of each of these roles and groups."""
    token = carried_contents(desired, client)
    own = list(mappers(desired, client))
    places = {str(one.fields["config"]["claim.name"]): one.origin.place() for one in own if _config(one, "claim.name")}
    groups = [one for one in own if one.fields.get("protocolMapper") == "oidc-group-membership-mapper"]
    # Without a client's id, such a mapper is about the roles of every client.
    every = [one for one in own if one.fields.get("protocolMapper") == _CLIENT_ROLES and not _config(one, _OF_CLIENT)]
    shipped = _SHIPPED in default_scopes(desired, client)
    allowed = admitted_roles(desired, client)

    def of(holder: Address) -> Iterator[ClaimValue]:
        if holder.kind == "group":
            for mapper in groups:
                if _config(mapper, "access.token.claim") == "true" and _config(mapper, "claim.name"):
                    claim, whole = _config(mapper, "claim.name"), _config(mapper, "full.path").lower() == "true"
                    # In a token a slash within a name is as plain as those between names.
                    path = f"/{'/'.join(holder.names)}"
                    yield ClaimValue(claim, path if whole else holder.name, mapper.origin.place())
            return
        if allowed is not None and holder not in allowed:
            return
        for found in token.claims(holder):
            yield ClaimValue(found.name, found.prefix + holder.name, places.get(found.name))
        for mapper in every if holder.kind == "client-role" else ():
            if _config(mapper, "access.token.claim") == "true" and _config(mapper, "claim.name"):
                claim = _config(mapper, "claim.name").replace("${client_id}", holder.names[0].replace(".", "\\."))
                yield ClaimValue(claim, _config(mapper, _PREFIX) + holder.name, mapper.origin.place())
        if shipped and holder.kind == "role":
            yield ClaimValue("realm_access.roles", holder.name)
        elif shipped:
            within = holder.names[0].replace(".", "\\.")
            yield ClaimValue(f"resource_access.{within}.roles", holder.name)
            # The client itself is not put into the audience of its own tokens (26.7.3, by experiment).
            if holder.names[0] != client:
                yield ClaimValue("aud", holder.names[0], audience=True)

    return TokenContents(token.audiences, tuple((holder, one) for holder in holders for one in of(holder)))


def _config(mapper: Declared, key: str) -> str:
    config: Any = mapper.fields.get("config") or {}
    return str(config.get(key) or "")
