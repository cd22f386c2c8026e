"""Settings of a client that exclude each other: Keycloak refuses them with no reason, or ignores one (26.7.3)."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.model.objects import Declared

_RULE = "contradiction"
_FLOWS = ("implicitFlowEnabled", "directAccessGrantsEnabled", "serviceAccountsEnabled")
"""What only a person turns on: every new client has standardFlowEnabled, Keycloak's own bearer-only one, too."""
_EXCHANGE = "standard.token.exchange.enabled"


def check(subject: Subject) -> Iterator[Finding]:
    """Errors where Keycloak answers 500; warnings where it ignores one of the two."""
    for client in subject.of("client"):
        if client.fields.get("protocol") != "saml":
            yield from _authorization(client)
            yield from _ignored(client)


def _authorization(client: Declared) -> Iterator[Finding]:
    fields = client.fields
    if not fields.get("authorizationServicesEnabled"):
        return
    # Authorization services act by the client's service account, which public and bearer-only clients can't have.
    for flag, wrong in (("publicClient", True), ("bearerOnly", True), ("serviceAccountsEnabled", False)):
        if fields.get(flag) is wrong:
            said = f"{flag}: {str(wrong).lower()}"
            message = f"client '{client.address.name}' has authorizationServicesEnabled: true and {said}"
            advice = f"write {flag}: {str(not wrong).lower()}: authorization services need a service account"
            yield Finding(_RULE, message, client.origin.place(flag), advice)


def _ignored(client: Declared) -> Iterator[Finding]:
    fields, name = client.fields, client.address.name
    if fields.get("bearerOnly"):
        for flag in (*_FLOWS, "publicClient"):
            if fields.get(flag):
                message = f"client '{name}' is bearer-only, so that {flag}: true means nothing"
                advice = f"take {flag} out, or write bearerOnly: false"
                yield Finding(_RULE, message, client.origin.place(flag), advice, "warning")
    kind = fields.get("clientAuthenticatorType")
    if fields.get("publicClient") and kind and kind != "client-secret":
        message = f"client '{name}' is public, and a public client does not authenticate by {kind}"
        advice = "write publicClient: false, or take clientAuthenticatorType out"
        yield Finding(_RULE, message, client.origin.place("clientAuthenticatorType"), advice, "warning")
    attributes = fields.get("attributes") or {}
    if (fields.get("publicClient") or fields.get("bearerOnly")) and attributes.get(_EXCHANGE) == "true":
        message = f"client '{name}' is {'public' if fields.get('publicClient') else 'bearer-only'}"
        message += ", and standard token exchange is refused to such a client"
        advice = "write publicClient: false and give it a secret, or take the attribute out"
        yield Finding(_RULE, message, client.origin.place("attributes", _EXCHANGE), advice, "warning")
