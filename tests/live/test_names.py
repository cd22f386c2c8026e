"""The table of names against a server: what it allows is taken and found again, what it refuses is refused."""

from __future__ import annotations

import string
from typing import Any

from realmctl.errors import ServerError
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.catalog.name_rules import RULES

_OIDC = {"clientId": "x", "authorizationUrl": "https://a.example/a", "tokenUrl": "https://a.example/t"}
_FLOW = {"providerId": "basic-flow", "topLevel": True, "builtIn": False}
_MAXIMUM = {"providerId": "max-clients", "subType": "anonymous", "config": {"max-clients": ["5"]}}
_REGISTRATION = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy"
BODIES: dict[str, tuple[tuple[str, ...], str, dict[str, Any]]] = {
    "role": (("roles",), "name", {}),
    "client": (("clients",), "clientId", {}),
    "client-scope": (("client-scopes",), "name", {"protocol": "openid-connect"}),
    "group": (("groups",), "name", {}),
    "flow": (("authentication", "flows"), "alias", _FLOW),
    "identity-provider": (("identity-provider", "instances"), "alias", {"providerId": "oidc", "config": _OIDC}),
    "organization": (("organizations",), "alias", {"domains": [{"name": "a.example"}]}),
    "component": (("components",), "name", {**_MAXIMUM, "providerType": _REGISTRATION}),
}
"""By kind: the list that a POST goes to, the key of the name, and what else it takes."""


def allowed(kind: str) -> str:
    """A name of all the punctuation, and a blank, that the table allows."""
    # The other way round, the braces would be in the order in which some kinds refuse them.
    candidates = [one for one in reversed(string.punctuation + " é") if not RULES[kind].wrong(f"a{one}b")]
    return f"a{''.join(candidates)}b"


def refused(kind: str) -> list[str]:
    """Names that the table refuses: by one character each, at most two of them."""
    found = [f"a{one}b" for one in "&/\\ é" if RULES[kind].wrong(f"a{one}b")]
    return found[:2]


def test_the_table_is_the_servers(admin: Admin, realm: str) -> None:
    admin.send("PUT", (realm,), {"organizationsEnabled": True})
    wrong = []
    for kind, (path, key, more) in BODIES.items():
        name = allowed(kind)
        same = {"name": name} if kind == "organization" else {}
        admin.send("POST", (realm, *path), {key: name, **same, **more})
        assert name in [one.get(key) for one in admin.get(realm, *path)], kind
        for other in refused(kind):
            try:
                admin.send("POST", (realm, *path), {key: other, **same, **more})
            except ServerError:
                continue
            wrong.append((kind, other))
    assert wrong == []
