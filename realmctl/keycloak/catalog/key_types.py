"""What Keycloak means by one key of a map: of a `config`, of `attributes`, of `smtpServer`.

`setting(place, provider, key)` answers for the keys that Keycloak knows: those that a provider declares in its server
info, and those that Keycloak's classes read without declaring them (`map_keys`). Pure. Must not know about: files,
kinds, how a value is converted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

BOOLEAN, INTEGER, DURATION, LIST, JSON, PAIRS, TEXT = (
    "boolean", "integer", "duration", "list", "json", "pairs", "text",
)  # fmt: skip
"""Types of values. `pairs` is a map that Keycloak reads as JSON of the form `[{"key": …, "value": …}]`."""

REALM_ATTRIBUTES = "realm.attributes"
SMTP = "realm.smtpServer"
CLIENT_ATTRIBUTES = "client.attributes"
"""Type: the client's protocol."""
SCOPE_ATTRIBUTES = "client-scope.attributes"
"""Type: the client scope's protocol."""
PROTOCOL_MAPPER = "protocol-mapper.config"
IDENTITY_PROVIDER = "identity-provider.config"
IDENTITY_PROVIDER_MAPPER = "identity-provider-mapper.config"
AUTHENTICATOR = "authenticator.config"
"""Of executions: authenticators, form actions, client authenticators."""
REQUIRED_ACTION = "required-action.config"
COMPONENT = "component.config"
"""Type: provider type, a slash, provider id, such as `userFederation/ldap` or `keys/rsa`."""
EXECUTOR = "executor.configuration"
CONDITION = "condition.configuration"
VALIDATION = "user-profile.validations"
"""Type: the validator."""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What is known of one key."""

    type: str = TEXT
    unit: str = ""
    """Of a duration: ms, s, min, h or d, which is what Keycloak's number counts."""
    separator: str = ""
    """Of a list that is kept as one text: what stands between its items; "" where each item is stored by itself."""
    ordered: bool = False
    """Of a list: whether its order means something."""
    options: tuple[str, ...] = ()
    """The only values that Keycloak takes, where the choice is closed."""
    syntax: str = ""
    """What a text has to be beyond its type, such as a URL: one of `syntaxes`."""
    least: int | None = None
    """The smallest number that means something."""
    secret: bool = False
    state: bool = False
    """Keycloak writes it by itself, and a file can't say it: `lastSync`, `client.secret.creation.time`."""
    obsolete: str = ""
    """Why the key does nothing (any more), as the end of a sentence."""
    instead: str = ""
    """Of an obsolete key: what to write instead."""
    moved: str = ""
    """Of an obsolete key: the field of the object that means the same now."""
    reference: str = ""
    """The kind of the object whose name the value is: role, client, group, flow, identity-provider…"""
    form: str = ""
    """How the reference is written; this and the kind are what `references` says."""
    source: str = ""
    """Where this is known from: `serverinfo`, or the name of Keycloak's class."""


_DECLARED = {
    "boolean": KeyInfo(BOOLEAN),
    "Integer": KeyInfo(INTEGER),
    "Number": KeyInfo(INTEGER),
    "List": KeyInfo(TEXT),
    "MultivaluedString": KeyInfo(LIST, separator="##"),
    "MultivaluedList": KeyInfo(LIST, separator="##"),
    "IdentityProviderMultiList": KeyInfo(LIST, separator="##"),
    "Map": KeyInfo(PAIRS),
    "Password": KeyInfo(secret=True),
}
"""The property types of Keycloak's server info; what names another object is in `references`."""

_STORED_SINGLY = (COMPONENT, EXECUTOR, CONDITION, VALIDATION)
"""Places whose lists are lists on the wire, too."""


@cache
def setting(place: str, provider: str, key: str) -> KeyInfo | None:
    """What Keycloak means by `key`; None where it doesn't know it, such as a custom provider's or a free attribute.

    `provider` says whose key it is: see the places. "" where a place has none, or it is unknown: then only what holds
    for every type is found.
    """
    from realmctl.keycloak.catalog import map_keys, references, syntaxes

    found = map_keys.meaning(place, provider, key)
    declared = _properties(place, provider).get(key)
    if found is None and declared is not None:
        found = _declared(place, declared)
    elif found is None and (not provider or provider[-1] == "/"):
        found = _common(place, provider, key)
    found = syntaxes.narrow(place, provider, key, found)
    named = references.reference(place, provider, key)
    return replace(found or KeyInfo(), reference=named.kind, form=named.form) if named else found


def of_another_type(place: str, provider: str, key: str) -> KeyInfo | None:
    """What a client's attribute means to clients of another protocol than `provider`, which don't read it (26.7.3)."""
    from realmctl.keycloak.catalog import map_keys

    known = place == CLIENT_ATTRIBUTES and provider and provider in map_keys.TABLES[place]
    return setting(place, "", key) if known else None


def _common(place: str, section: str, key: str) -> KeyInfo | None:
    """What a key means to every type of the place (of components: of the section) that knows it, where they agree."""
    from realmctl.keycloak.catalog import map_keys, providers

    known = {*map_keys.TABLES.get(place, {}), *providers(place)} - {section}
    found = {setting(place, one, key) for one in known if one.startswith(section)} - {None}
    return found.pop() if len(found) == 1 else None


def _declared(place: str, known: Mapping[str, Any]) -> KeyInfo:
    base = _DECLARED.get("boolean" if known.get("boolean") else known.get("type", ""), KeyInfo())
    if base.type == LIST and place in _STORED_SINGLY:
        base = replace(base, separator="")
    options = tuple(known.get("options", ())) if known.get("type") in ("List", "MultivaluedList") else ()
    return replace(base, options=options, secret=base.secret or bool(known.get("secret")), source="serverinfo")


@cache
def _properties(place: str, provider: str) -> Mapping[str, Any]:
    """The keys that a type declares in Keycloak's server info."""
    from realmctl.keycloak.catalog import declared_properties

    return declared_properties(place, provider)
