"""Redirect URIs that let a login end where an attacker wants it, and those that are none (26.7.3)."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.model.objects import Declared

_ANYWHERE = frozenset({"*", "http://*", "https://*", "http:*", "https:*"})


def check(subject: Subject) -> Iterator[Finding]:
    """A wildcard on a confidential client, and a URI that means anywhere on any client."""
    for client in subject.of("client"):
        for index, uri in enumerate(client.fields.get("redirectUris") or ()):
            place = client.origin.place("redirectUris", index)
            name = client.address.name
            if any(character.isspace() or character in '<>"{}|\\^`' for character in uri) and "${" not in uri:
                message = f"client '{name}' has a redirect URI that is none: '{uri}'"
                yield Finding("bad-uri", message, place, "write %20 for a space, and other such characters alike")
            elif uri.strip() in _ANYWHERE:
                message = f"client '{name}' lets a login end anywhere: '{uri}'"
                yield Finding("wildcard-redirect", message, place, "write the exact URIs of the application")
            elif "*" in uri and _confidential(subject, client):
                message = f"confidential client '{name}' has a redirect URI with a wildcard: '{uri}'"
                advice = "write exact URIs; who has a secret to keep knows its own callback"
                yield Finding("wildcard-redirect", message, place, advice)


def _confidential(subject: Subject, client: Declared) -> bool:
    """Whether it authenticates with a secret or key; a new OIDC client does unless it says otherwise."""
    if subject.said(client.address, "protocol") == "saml":
        return False
    return not any(subject.said(client.address, flag) for flag in ("publicClient", "bearerOnly"))
