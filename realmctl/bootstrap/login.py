"""The ways in which an account's client can prove itself: what Keycloak is told, and what the holder keeps.

Must not know about: which account it is, its rights.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.admin import keys
from realmctl.model.secret import Secret

ISSUER_ALIAS = "realmctl-kubernetes"
"""The identity provider that stands for the cluster whose tokens are taken."""


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
    """A key pair, made now: Keycloak gets the public half."""
    pem = keys.made()
    told = {"use.jwks.url": "false", "use.jwks.string": "true", "jwks.string": keys.key_set(pem)}
    return Login("key", {"clientAuthenticatorType": "client-jwt", "attributes": told}, key=Secret(pem))


def by_key_set(url: str) -> Login:
    """Keys that somebody else has: Keycloak fetches their public halves from `url`."""
    told = {"use.jwks.url": "true", "use.jwks.string": "false", "jwks.url": url}
    return Login("jwks", {"clientAuthenticatorType": "client-jwt", "attributes": told})


def by_kubernetes(issuer: str, namespace: str, name: str) -> Login:
    """The token that a cluster gives to the pods of a service account. Keycloak 26.7 and later."""
    told = {
        "jwt.credential.issuer": ISSUER_ALIAS,
        "jwt.credential.sub": f"system:serviceaccount:{namespace}:{name}",
    }
    cluster = {"providerId": "kubernetes", "displayName": "realmctl: the cluster", "config": {"issuer": issuer}}
    return Login(
        "kubernetes",
        {"clientAuthenticatorType": "federated-jwt", "attributes": told},
        providers={ISSUER_ALIAS: cluster},
    )


def way_of(client: Mapping[str, Any]) -> str:
    """The way that a live client proves itself; "" for one that realmctl does not offer."""
    kind, attributes = client.get("clientAuthenticatorType"), client.get("attributes") or {}
    if kind == "client-jwt":
        return "jwks" if attributes.get("use.jwks.url") == "true" else "key"
    return {"client-secret": "secret", "federated-jwt": "kubernetes"}.get(str(kind), "")
