"""The config keys that the packaged catalogue has, with the types that Keycloak's server info gives them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

from realmctl.keycloak.catalog import key_types

PLACES = {
    "authenticators": key_types.AUTHENTICATOR,
    "clientAuthenticators": key_types.AUTHENTICATOR,
    "formActions": key_types.AUTHENTICATOR,
    "formAuthenticators": key_types.AUTHENTICATOR,
    "conditions": key_types.CONDITION,
    "executors": key_types.EXECUTOR,
    "identityProviders": key_types.IDENTITY_PROVIDER,
    "identityProviderMappers": key_types.IDENTITY_PROVIDER_MAPPER,
    "requiredActions": key_types.REQUIRED_ACTION,
    "validators": key_types.VALIDATION,
}


def typed_keys() -> Iterator[tuple[str, str, str, str]]:
    """Yield place, provider, key and type of every key that a shipped type declares."""
    types = json.loads(files("realmctl.keycloak.catalog").joinpath("data", "types.json").read_text(encoding="utf-8"))
    found = [(place, "", types[section]) for section, place in PLACES.items()]
    found += [(key_types.PROTOCOL_MAPPER, "", mappers) for mappers in types["protocolMappers"].values()]
    found += [(key_types.COMPONENT, f"{kind}/", providers) for kind, providers in types["components"].items()]
    for place, prefix, providers in found:
        for provider, keys in providers.items():
            for key, described in keys.items():
                kind = "boolean" if described.get("boolean") else str(described.get("type") or "String")
                yield place, f"{prefix}{provider}", key, kind
