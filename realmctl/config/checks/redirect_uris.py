"""Redirect URIs that let a login end where an attacker wants it, and those that are none (26.7.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.model.joined_list import Joined
from realmctl.model.objects import Declared

_SCRIPTS = ("javascript", "data")
"""What Keycloak refuses; it takes vbscript, of which a review warns."""
_AFTER_LOGOUT = "post.logout.redirect.uris"
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#\s]+|\*)")
_ANYWHERE = frozenset({"*", "http://*", "https://*", "http:*", "https:*"})


def check(subject: Subject) -> Iterator[Finding]:
    """A wildcard on a confidential client, and a URI that means anywhere on any client."""
    for client in subject.of("client"):
        yield from _elsewhere(client)
        for index, uri in enumerate(client.fields.get("redirectUris") or ()):
            place = client.origin.place("redirectUris", index)
            name = client.address.name
            if any(character.isspace() or character in '<>"{}|\\^`' for character in uri) and "${" not in uri:
                message = f"client '{name}' has a redirect URI that is none: '{uri}'"
                yield Finding("bad-uri", message, place, "write %20 for a space, and other such characters alike")
            elif wrong := _refused(uri):
                message = f"client '{name}' has a redirect URI that Keycloak refuses: '{uri}' {wrong}"
                yield Finding("bad-uri", message, place, "write the URI of the application without it")
            elif uri.strip() in _ANYWHERE:
                message = f"client '{name}' lets a login end anywhere: '{uri}'"
                yield Finding("wildcard-redirect", message, place, "write the exact URIs of the application")
            elif "*" in uri and _confidential(subject, client):
                message = f"confidential client '{name}' has a redirect URI with a wildcard: '{uri}'"
                advice = "write exact URIs; who has a secret to keep knows its own callback"
                yield Finding("wildcard-redirect", message, place, advice)


def _refused(uri: str) -> str:
    """What of a URI Keycloak refuses (26.7.3), "" for nothing."""
    scheme = uri.partition(":")[0].strip().lower()
    if scheme in _SCRIPTS:
        return f"has the scheme {scheme}"
    return "has a fragment (#)" if "#" in uri else ""


def _elsewhere(client: Declared) -> Iterator[Finding]:
    """Redirect URIs after a logout, and web origins, which browsers compare as a whole."""
    name = client.address.name
    after = (client.fields.get("attributes") or {}).get(_AFTER_LOGOUT)
    for uri in Joined.read(after, "##").items if isinstance(after, str) else ():
        if wrong := _refused(uri):
            message = f"client '{name}' has a redirect URI after logout that Keycloak refuses: '{uri}' {wrong}"
            place = client.origin.place("attributes", _AFTER_LOGOUT)
            yield Finding("bad-uri", message, place, "write the URI of the application without it")
    for index, origin in enumerate(client.fields.get("webOrigins") or ()):
        if origin not in ("+", "*") and "$" not in origin and not _ORIGIN.fullmatch(origin):
            message = f"client '{name}' has a web origin that no browser sends: '{origin}'"
            place = client.origin.place("webOrigins", index)
            advice = "write scheme, host and port alone, such as https://app.example.com"
            yield Finding("bad-origin", message, place, advice, "warning")


def _confidential(subject: Subject, client: Declared) -> bool:
    """Whether it authenticates with a secret or key; a new OIDC client does unless it says otherwise."""
    if subject.said(client.address, "protocol") == "saml":
        return False
    return not any(subject.said(client.address, flag) for flag in ("publicClient", "bearerOnly"))
