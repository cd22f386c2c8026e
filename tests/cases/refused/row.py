"""One value, and what becomes of it: how it is declared in a file, and how it is sent through the Admin API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

REFUSED, ALTERED, KEPT, WORKS = "refused", "altered", "kept", "works"
"""What Keycloak does.

It answers with an error. It keeps another value, or none. It keeps the value, and what fails later needs more than one
server (a directory, a mail server, the other side of a login). It keeps the value and it works: realmctl must not
refuse it.
"""


@dataclass(frozen=True)
class Row:
    """A value: the kind of the object, its fields, realmctl's rule ("" for none), and what Keycloak does.

    `does` is one of the above, or the name of a proof in the live test: what does not work with the value. `syntax` is
    the syntax of which this is the example.
    """

    kind: str
    body: Mapping[str, Any]
    rule: str
    does: str
    name: str = ""
    syntax: str = ""

    def __str__(self) -> str:
        said = f"{self.name} {dict(self.body)}".strip()
        return f"{self.kind} {said if len(said) < 120 else f'{said[:100]}…'}"


@dataclass(frozen=True)
class Home:
    """Where objects of a kind are: the section of a file, the list of the Admin API, and the key of the name there."""

    section: tuple[str, ...]
    path: tuple[str, ...]
    key: str
    declared: Mapping[str, Any]
    sent: Mapping[str, Any]


_OIDC = {
    "providerId": "oidc",
    "config": {"clientId": "x", "authorizationUrl": "https://a.example/a", "tokenUrl": "https://a.example/t"},
}
_SAML = {"providerId": "saml", "config": {"entityId": "e", "singleSignOnServiceUrl": "https://a.example/s"}}
_LDAP = {
    "providerId": "ldap",
    "config": {
        "connectionUrl": ["ldap://127.0.0.1:1"], "usersDn": ["x"], "vendor": ["other"], "rdnLDAPAttribute": ["uid"],
        "uuidLDAPAttribute": ["u"], "userObjectClasses": ["p"], "usernameLDAPAttribute": ["uid"], "authType": ["none"],
        "editMode": ["READ_ONLY"],
    },
}  # fmt: skip
_STORAGE = {"providerType": "org.keycloak.storage.UserStorageProvider"}
_KEYS = {"providerType": "org.keycloak.keys.KeyProvider"}
_REGISTRATION = {
    "providerType": "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy", "subType": "anonymous",
}  # fmt: skip
_NONE: Mapping[str, Any] = {}
_SCOPE = {"protocol": "openid-connect"}
_FLOW = {"providerId": "basic-flow", "topLevel": True, "builtIn": False}

HOMES: Mapping[str, Home] = {
    "client": Home(("clients",), ("clients",), "clientId", _NONE, _NONE),
    "client-scope": Home(("clientScopes",), ("client-scopes",), "name", _SCOPE, _SCOPE),
    "role": Home(("roles",), ("roles",), "name", _NONE, _NONE),
    "group": Home(("groups",), ("groups",), "name", _NONE, _NONE),
    "user": Home(("users",), ("users",), "username", _NONE, {"enabled": True}),
    "flow": Home(("authenticationFlows",), ("authentication", "flows"), "alias", {"executions": []}, _FLOW),
    "organization": Home(("organizations",), ("organizations",), "alias", _NONE, _NONE),
    "oidc": Home(
        ("identityProviders",), ("identity-provider", "instances"), "alias", _OIDC, {**_OIDC, "enabled": True}
    ),
    "saml": Home(
        ("identityProviders",), ("identity-provider", "instances"), "alias", _SAML, {**_SAML, "enabled": True}
    ),
    "ldap": Home(("components", "userFederation"), ("components",), "name", _LDAP, {**_LDAP, **_STORAGE}),
    "key": Home(("components", "keys"), ("components",), "name", _NONE, _KEYS),
    "registration": Home(
        ("components", "clientRegistrationPolicies:anonymous"), ("components",), "name", _NONE, _REGISTRATION
    ),
}


def merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return both maps in one; the maps in them, too."""
    found = {**base, **more}
    for name in base.keys() & more.keys():
        if isinstance(base[name], Mapping) and isinstance(more[name], Mapping):
            found[name] = {**base[name], **more[name]}
    return found


def declared(row: Row, name: str) -> dict[str, Any]:
    """Return the file that declares the row's value, for an object of that name."""
    if row.kind == "realm":
        return {"realm": "r", **row.body}
    home = HOMES[row.kind]
    found: Any = {name: merged(home.declared, row.body)}
    if row.kind == "organization":
        found[name] = {"name": f"Name of {name[:20]}", "domains": [f"{crc32(name.encode())}.example"], **found[name]}
    for part in reversed(home.section):
        found = {part: found}
    more = {"organizationsEnabled": True} if row.kind == "organization" else {}
    return {"realm": "r", **more, **found}
