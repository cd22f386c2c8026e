"""Parts of the requests that several kinds send: bodies, patches, read-merge-writes.

Must not know about: any single kind, except that clients and the realm are written in parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.keycloak.kinds.base import Around
from realmctl.keycloak.kinds.field_groups import CLIENT_SWITCHES, REALM_UNITS, sent_with
from realmctl.model.address import Address
from realmctl.model.change import MERGE, Change, FieldChange, Id, Request
from realmctl.model.objects import Declared


def body_of(want: Declared, key: str) -> dict[str, Any]:
    """The representation that creates a declared object: its name and fields, without the asked-for absences."""
    body: dict[str, Any] = {key: want.address.name}
    for name, value in want.fields.items():
        if isinstance(value, Mapping):
            body[name] = {k: v for k, v in value.items() if v is not None}
        elif value is not None:
            body[name] = value
    return body


def merge(path: tuple[str | Id, ...], patch: Mapping[str, Any], *only: str) -> Request:
    """A read-merge-write of one object."""
    return Request(MERGE, path, dict(patch), only=frozenset(only))


def part_of_realm(patch: Mapping[str, Any]) -> Request:
    """The change of a part of the realm, with the fields that Keycloak would reset without them (`units`)."""
    return merge((), patch, *patch, *sent_with(REALM_UNITS, patch))


def moved(change: Change, path: str) -> tuple[list[Address], list[Address]]:
    """The addresses that a set field gains and loses."""
    field = next((f for f in change.fields if f.path == path), None)
    if field is None:
        return [], []
    added, removed = field.moved()
    return [Address.parse(text) for text in added], [Address.parse(text) for text in removed]


def field_of(change: Change, path: str) -> FieldChange | None:
    """The change of one field, or None."""
    return next((f for f in change.fields if f.path == path), None)


def part_of_client(names: tuple[str, ...], body: Mapping[str, Any], around: Around) -> Request:
    """The PUT of a part of a client, with what Keycloak would take away where it isn't said again (26.7.3).

    Without web origins, a client that has none is given those of its redirect URIs, and pages of these may call
    Keycloak. Without `authorizationServicesEnabled`, all its authorization services are deleted (`CLIENT_SWITCHES`).
    """
    client = Address("client", names)
    want, live = around.desired.resources.get(client), around.live(client)
    has = {**(live.fields if live else {"webOrigins": None}), **(want.fields if want else {})}
    kept: dict[str, Any] = {}
    if has.get("webOrigins", []) == [] or (want and want.fields.get("webOrigins", []) is None):
        kept["webOrigins"] = []
    kept |= {name: True for name in CLIENT_SWITCHES if has.get(name)}
    return Request("PUT", ("clients", Id(client)), {"clientId": client.name, **kept, **body})
