"""Which role an account needs for a request, so that a refusal can name it.

Found by experiment on Keycloak 26.7.3. Must not know about: how requests are sent.
"""

from __future__ import annotations

from collections.abc import Sequence

_REALM = ("view-realm", "manage-realm")
_CLIENTS = ("view-clients", "manage-clients")
_EXPORT = "manage-realm, view-clients and query-groups"

_READ_WRITE = {
    "clients": _CLIENTS,
    "client-scopes": _CLIENTS,
    "default-default-client-scopes": _CLIENTS,
    "default-optional-client-scopes": _CLIENTS,
    "groups": ("view-users", "manage-users"),
    "users": ("view-users", "manage-users"),
    "identity-provider": ("view-identity-providers", "manage-identity-providers"),
    "events": ("view-events", "manage-events"),
    "admin-events": ("view-events", "manage-events"),
    "organizations": (
        "view-organizations (before Keycloak 26.7: manage-realm)",
        "manage-organizations (before Keycloak 26.7: manage-realm)",
    ),
    "workflows": ("realm-admin", "realm-admin"),
    "partial-export": (_EXPORT, _EXPORT),
    "roles-by-id": (
        "view-realm (for a client's role: view-clients)",
        "manage-realm (for a client's role: manage-clients)",
    ),
}
"""The first segment below the realm, and the roles to read and to write there; the realm's own roles for the rest."""


def needed_roles(method: str, path: Sequence[str]) -> str:
    """The roles of realm-management that `method` on `path` (below `/admin/realms`, not empty) needs, as words."""
    below = tuple(path[1:])
    read, write = _READ_WRITE.get(below[0], _REALM) if below else _REALM
    if below == ("users", "profile"):
        read, write = _REALM
    if "authz" in below and below[-1] == "settings":
        read = "manage-clients (Keycloak tells these settings to nobody who may only view)"
    if "scope-mappings" in below and below[-1] == "realm":
        write = "manage-clients and manage-realm"
    if "composites" in below:
        write = "manage-realm (and, where a client's role takes part, manage-clients)"
    if "role-mappings" in below:
        write = "manage-users (and, to give away a role of Keycloak's administration, that role)"
    return read if method == "GET" else write


def advice(method: str, path: Sequence[str], account: str, login_realm: str) -> str:
    """What to grant to whom, so that the request is allowed."""
    if not path:
        if login_realm == "master":
            return f"Grant {account} the realm role create-realm in the realm master."
        return "Only accounts of the realm master can create realms: create it once by hand, or log in to master."
    if login_realm not in ("master", path[0]):
        return (
            f"An account of the realm {login_realm} can't administer the realm {path[0]}: "
            f"set KEYCLOAK_REALM to {path[0]} or to master, with an account from there."
        )
    owner = f"{path[0]}-realm" if login_realm == "master" else "realm-management"
    return f"In the realm {login_realm}, grant {account} of the client {owner}: {needed_roles(method, path)}."
