"""Which role an account needs for a request, so that a refusal can name it.

Found by experiment on Keycloak 26.7.3. Must not know about: how requests are sent.
"""

from __future__ import annotations

from collections.abc import Sequence

_READ_WRITE = {
    "clients": ("view-clients", "manage-clients"),
    "client-scopes": ("view-clients", "manage-clients"),
    "default-default-client-scopes": ("view-clients", "manage-clients"),
    "default-optional-client-scopes": ("view-clients", "manage-clients"),
    "groups": ("query-groups and view-users", "manage-users"),
    "users": ("view-users", "manage-users"),
    "identity-provider": ("view-identity-providers", "manage-identity-providers"),
    "events": ("view-events", "manage-events"),
    "admin-events": ("view-events", "manage-events"),
    "organizations": ("view-organizations", "manage-organizations"),
    "partial-export": ("manage-realm, view-clients and query-groups",) * 2,
    "workflows": ("realm-admin", "realm-admin"),
}
"""The first segment below the realm, and the roles to read and to write there; the realm's own roles for the rest."""


def needed(method: str, path: Sequence[str]) -> str:
    """The roles that `method` on `path` (below `/admin/realms`) needs, as words."""
    if not path:
        return "create-realm" if method == "POST" else "view-realm"
    read, write = _READ_WRITE.get(path[1] if len(path) > 1 else "", ("view-realm", "manage-realm"))
    if path[1:2] == ("roles-by-id",):
        read, write = "view-realm (or view-clients)", "manage-realm (or manage-clients)"
    return read if method == "GET" else write


def advice(method: str, path: Sequence[str], account: str, login_realm: str) -> str:
    """What to grant to whom, so that the request is allowed."""
    roles = needed(method, path)
    if not path:
        return f"Grant {account} the realm role {roles} in the realm {login_realm}, or create the realm for it."
    owner = f"client {path[0]}-realm" if login_realm == "master" != path[0] else "client realm-management"
    if path[0] == login_realm == "master":
        owner = "client master-realm"
    return f"Grant {account} {roles} of the {owner} in the realm {login_realm} (realm-admin holds all)."
