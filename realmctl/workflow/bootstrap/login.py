"""The ways in which an account's client can prove itself: what Keycloak is told, and what the holder keeps.

Must not know about: which account it is, its rights.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from realmctl.keycloak.admin import keys
from realmctl.model.secret import Secret

ISSUER_ALIAS = "realmctl-kubernetes"
"""The identity provider that stands for the cluster whose tokens are taken."""

_ALGORITHM = "token.endpoint.auth.signing.alg"
"""The attribute with the one algorithm that Keycloak takes from a client; any where there is none."""


@dataclass(frozen=True, slots=True)
class Login:
    """One way: `fields` are the client's. At most one of `secret` and `key` (PEM) is set; nobody is told it twice."""

    way: str
    fields: Mapping[str, Any]
    secret: Secret | None = None
    key: Secret | None = None
    providers: Mapping[str, Any] = field(default_factory=dict)
    """Identity providers that it needs."""


def by_secret() -> Login:
    """A client secret, made up now: 256 bits."""
    made = Secret(secrets.token_urlsafe(32), "")
    return Login("secret", {"clientAuthenticatorType": "client-secret", "secret": made}, secret=made)


def by_key() -> Login:
    """A key pair, made now: Keycloak gets the public half. No other algorithm than the key's own is taken, so that no
    shared secret can sign.
    """
    pem = keys.generate_key()
    told = {
        "use.jwks.url": "false",
        "use.jwks.string": "true",
        "jwks.string": keys.key_set(pem),
        _ALGORITHM: keys.ALGORITHM,
    }
    return Login("key", {"clientAuthenticatorType": "client-jwt", "attributes": told}, key=Secret(pem))


def by_key_set(url: str) -> Login:
    """Keys that somebody else has: Keycloak fetches their public halves from `url`."""
    told = {"use.jwks.url": "true", "use.jwks.string": "false", "jwks.url": url, _ALGORITHM: None}
    return Login("jwks", {"clientAuthenticatorType": "client-jwt", "attributes": told})


def by_kubernetes(issuer: str, namespace: str, name: str) -> Login:
    """The token that a cluster gives to the pods of a service account. Keycloak 26.7 and later."""
    told = {
        "jwt.credential.issuer": ISSUER_ALIAS,
        "jwt.credential.sub": f"system:serviceaccount:{namespace}:{name}",
        _ALGORITHM: None,
    }
    cluster = {"providerId": "kubernetes", "displayName": "realmctl: the cluster", "config": {"issuer": issuer}}
    return Login(
        "kubernetes",
        {"clientAuthenticatorType": "federated-jwt", "attributes": told},
        providers={ISSUER_ALIAS: cluster},
    )


def without_secret(login: Login) -> Login:
    """The same login for a client that had a secret: Keycloak keeps a client's secret for a later change of the login
    back to secrets (26.7.3), so the old one is replaced by one that is kept nowhere.
    """
    return replace(login, fields={**login.fields, "secret": Secret(secrets.token_urlsafe(32), "")})


def way_of(client: Mapping[str, Any]) -> str:
    """The way that a live client proves itself; "" for one that realmctl does not offer."""
    kind, attributes = client.get("clientAuthenticatorType"), client.get("attributes") or {}
    if kind == "client-jwt":
        if attributes.get("use.jwks.url") == "true":
            return "jwks"
        # Else Keycloak may have made the key itself, and shows its private half to viewers of clients.
        return "key" if attributes.get("use.jwks.string") == "true" else ""
    return {"client-secret": "secret", "federated-jwt": "kubernetes"}.get(str(kind), "")
