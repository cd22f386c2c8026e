"""What a role leads to, and which roles the tokens of a client may hold, as far as the files say.

Must not know about: words, servers; who asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.kinds.scope_difference import applied, is_difference
from realmctl.model.address import Address
from realmctl.model.objects import Desired

_GRANT_ATTRIBUTES = (
    "oauth2.device.authorization.grant.enabled", "oidc.ciba.grant.enabled", "oauth2.jwt.authorization.grant.enabled",
)  # fmt: skip
"""Attributes of a client that switch a grant on."""

LINKS = {"role": "role-composites", "client-role": "client-role-composites"}
"""By the kind of a role: the kind of the object that says what it is composed of."""


def expand_roles(roles: Iterable[Address], composites: Callable[[Address], Iterable[str]]) -> set[Address]:
    """These roles, and all that they are composed of at any depth.

    `composites` answers the members of such an object (`role-composites/…`), as addresses in text.
    """
    found: set[Address] = set()
    todo = list(roles)
    while todo:
        role = todo.pop()
        if role in found or role.kind not in LINKS:
            continue
        found.add(role)
        todo += map(Address.parse, composites(Address(LINKS[role.kind], role.names)))
    return found


def default_scopes(desired: Desired, client: str) -> set[str]:
    """The names of a client's default scopes: its own, else the realm's, else those of a new realm."""
    own = desired.resources.get(Address("client-scopes-of-client", (client,)))
    realm = desired.resources.get(Address("realm-client-scopes"))
    said = own.fields.get("defaultClientScopes") if own else None
    if own and "defaultClientScopes" in own.fields and not is_difference(said):
        return {Address.parse(text).name for text in said or ()}
    if realm and realm.fields.get("defaultDefaultClientScopes") is not None:
        found = {Address.parse(text).name for text in realm.fields["defaultDefaultClientScopes"]}
    else:
        found = set(_shipped_scopes())
    base = [str(Address("client-scope", (name,))) for name in sorted(found)]
    return {Address.parse(text).name for text in applied(said, base)} if said else found


@cache
def _shipped_scopes() -> frozenset[str]:
    """Those of a new realm: asked for once for every client of a large realm."""
    return frozenset(fresh_realm()["defaultDefaultClientScopes"])


def admitted_roles(desired: Desired, client: str) -> set[Address] | None:
    """The roles that may get into a client's tokens; None where every role may (`fullScopeAllowed`, the default).

    Its own roles always may, without any mapping (26.7.3, by experiment).
    """
    declared = desired.resources.get(Address("client", (client,)))
    full = declared.fields.get("fullScopeAllowed") if declared else None
    if full is None or full:
        return None
    of_scopes = (Address("scope-mappings-of-scope", (scope,)) for scope in default_scopes(desired, client))
    mapped = [
        text
        for address in (Address("scope-mappings", (client,)), *of_scopes)
        for text in _field(desired, address, "scopeMappings")
    ]
    own = [address for address in desired.resources if address.kind == "client-role" and address.names[0] == client]
    return expand_roles([*own, *map(Address.parse, mapped)], lambda link: _field(desired, link, "composites"))


def gets_tokens(client: Mapping[str, Any]) -> bool:
    """Whether anything makes Keycloak issue OpenID Connect tokens to a client, given its declared fields.

    Unset fields count as in a new client: the authorization code flow is on, the other grants are off. Three grants are
    attributes: device authorization, CIBA and JWT authorization.
    """
    if client.get("protocol") == "saml" or client.get("bearerOnly"):
        return False
    code = client.get("standardFlowEnabled")
    flows = ("implicitFlowEnabled", "directAccessGrantsEnabled", "serviceAccountsEnabled")
    attributes = client.get("attributes") or {}
    by_attribute = any(str(attributes.get(name)).lower() == "true" for name in _GRANT_ATTRIBUTES)
    return bool(code is None or code or any(client.get(flow) for flow in flows) or by_attribute)


def _field(desired: Desired, address: Address, field: str) -> Iterable[str]:
    declared = desired.resources.get(address)
    return (declared.fields.get(field) or ()) if declared else ()
