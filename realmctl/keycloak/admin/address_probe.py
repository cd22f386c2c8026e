"""Finds out where Keycloak is when it is not at the address that was given: with `/auth`, without, or not at all.

Must not know about: tokens, retries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from urllib.parse import quote, urlsplit

from urllib3.exceptions import HTTPError

from realmctl.errors import ServerError
from realmctl.keycloak.admin.connection_settings import Connection
from realmctl.keycloak.admin.transport import Wire


class _Found(Enum):
    REALM = "Keycloak, and the realm"
    KEYCLOAK = "Keycloak without that realm"
    NOTHING = "something else"


def elsewhere(wire: Wire, connection: Connection, status: int) -> ServerError:
    """The error for a login that something other than Keycloak (or than this realm) answered with `status`.

    Asks at the given address and at its neighbours, one small request each.
    """
    found = {url: _at(wire, replace(connection, url=url)) for url in (connection.url, *_neighbours(connection.url))}
    # The realm itself is the surest sign; below /realms/… Keycloak's "no such realm" may mean any part of the path.
    for sign in (_Found.REALM, _Found.KEYCLOAK):
        if sign is _Found.KEYCLOAK and found[connection.url] is sign:
            return _no_realm(connection)
        for url, what in found.items():
            if what is sign and url != connection.url:
                return ServerError(
                    f"Keycloak is at {url}, not at {connection.url}.", advice=f"Set KEYCLOAK_URL={url}", status=status
                )
    return ServerError(
        f"What answers at {connection.url} ({status}) is not a Keycloak.",
        advice="Set KEYCLOAK_URL to Keycloak's address with its path, such as https://example.com/auth.",
        status=status,
    )


def _no_realm(connection: Connection) -> ServerError:
    return ServerError(
        f"The Keycloak at {connection.url} has no realm {connection.realm} to log in to.",
        advice="Set KEYCLOAK_REALM to the realm that the account belongs to.",
        status=404,
    )


def _at(wire: Wire, connection: Connection) -> _Found:
    try:
        answer = wire.exchange("GET", f"{connection.url}/realms/{quote(connection.realm, safe='')}")
        told = json.loads(answer.content)
    except (HTTPError, ValueError):
        return _Found.NOTHING
    if not isinstance(told, dict):
        return _Found.NOTHING
    if "token-service" in told:
        return _Found.REALM
    # 26.7.3 and 26.4.0 say "Realm does not exist"; any other 404 in JSON is just a path that Keycloak lacks.
    return _Found.KEYCLOAK if "realm" in str(told.get("error", "")).lower() else _Found.NOTHING


def _neighbours(url: str) -> Iterator[str]:
    """The addresses at which Keycloak would be, had the path `/auth` been forgotten, added or grown too long."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    segments = [part for part in parts.path.split("/") if part]
    seen = {url}
    for length in range(len(segments) + 1):
        base = "/".join((root, *segments[:length]))
        for candidate in (f"{base}/auth", base):
            if candidate not in seen:
                seen.add(candidate)
                yield candidate
