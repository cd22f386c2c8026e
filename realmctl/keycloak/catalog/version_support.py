"""What came with which Keycloak: fields, types and kinds that an older server does not know.

From the representations' classes and the server info of 26.4.7, 26.5.6 and 26.7.3, and from the classes of 26.6.0 and
the features that it has by default. Must not know about: how anything is declared or told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

FIELDS: Mapping[str, Mapping[str, str]] = {
    "realm": {
        "maxSecondaryAuthFailures": "26.6",
        "scimApiEnabled": "26.6",
        "webAuthnPolicyPasswordlessMediation": "26.7",
        "webAuthnPolicyPasswordlessResidentKey": "26.7",
        "webAuthnPolicyResidentKey": "26.7",
    },
    "client-policy": {"mode": "26.7"},
}
"""Kind → field → the version that brought it. An older one answers 400 to it, or forgets it."""

KINDS: Mapping[str, str] = {"workflow": "26.6"}
"""Kinds that are a preview before that version, and off."""

TYPES: Mapping[str, Mapping[str, str]] = {
    "protocolMapper": {
        "oidc-organization-group-membership-mapper": "26.6",
        "saml-authn-context-class-ref-mapper": "26.7",
        "saml-organization-group-membership-mapper": "26.6",
    },
    "providerId": {"jwt-authorization-grant": "26.6", "kubernetes": "26.6", "registration-web-origins": "26.5"},
    "authenticator": {"federated-jwt": "26.6"},
    "clientAuthenticatorType": {"federated-jwt": "26.6"},
    "executor": {
        "downscope-assertion-grant-enforcer": "26.5",
        "jwt-claim-enforcer": "26.5",
        "secure-client-uris-pattern": "26.5",
        "tls-client-auth-ca-subject-dn": "26.7",
    },
    "condition": {"identity-provider-alias": "26.5"},
}
"""The field that names a type → type → the version that brought it."""

_CREDENTIALS = ("CREATE_OFFER", "NONCE_REQUEST", "OFFER_REQUEST", "PRE_AUTHORIZED_GRANT", "REQUEST")
_EVENTS = {
    "USER_SESSION_DELETED": "26.5",
    "JWT_AUTHORIZATION_GRANT": "26.6",
    **{f"VERIFIABLE_CREDENTIAL_{name}": "26.6" for name in _CREDENTIALS},
}
MEMBERS: Mapping[str, Mapping[str, str]] = {
    "enabledEventTypes": {**_EVENTS, **{f"{name}_ERROR": version for name, version in _EVENTS.items()}},
}
"""The field that lists names → name → the version that brought it."""

Path = tuple[str | int, ...]


def newer(kind: str, fields: Mapping[str, Any], server: str) -> Iterator[tuple[Path, str, str]]:
    """What of an object's fields the server is too old for: path, what it is, and the version that has it."""
    if not server:
        return
    have = _order(server)
    if have >= _newest():
        return
    if _order(KINDS.get(kind, "0")) > have:
        yield (), "this", KINDS[kind]
        return
    for name, version in FIELDS.get(kind, {}).items():
        if name in fields and _order(version) > have:
            yield (name,), f"'{name}'", version
    for name, brought in MEMBERS.items():
        for index, member in enumerate(fields.get(name) or ()):
            version = brought.get(str(member), "0")
            if _order(version) > have:
                yield (name, index), f"'{member}'", version
    for path, name, said in _types(fields):
        version = TYPES[name].get(said, "0")
        if _order(version) > have:
            yield path, f"the type '{said}'", version


def _types(value: Any, path: Path = ()) -> Iterator[tuple[Path, str, str]]:
    """Every value in a field that names a type, at any depth."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in TYPES and isinstance(item, str):
                yield (*path, key), key, item
            elif isinstance(item, (Mapping, list)):
                yield from _types(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _types(item, (*path, index))


@cache
def _newest() -> tuple[int, ...]:
    """The version from which on a server knows everything here."""
    tables = (*FIELDS.values(), *TYPES.values(), *MEMBERS.values(), KINDS)
    return max(_order(version) for table in tables for version in table.values())


@cache
def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
