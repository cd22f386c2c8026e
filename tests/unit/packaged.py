"""The config keys that the packaged catalogue has, with the types that Keycloak's server info gives them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

from realmctl.catalogue import settings

PLACES = {
    "authenticators": settings.AUTHENTICATOR,
    "clientAuthenticators": settings.AUTHENTICATOR,
    "formActions": settings.AUTHENTICATOR,
    "formAuthenticators": settings.AUTHENTICATOR,
    "conditions": settings.CONDITION,
    "executors": settings.EXECUTOR,
    "identityProviders": settings.IDENTITY_PROVIDER,
    "identityProviderMappers": settings.IDENTITY_PROVIDER_MAPPER,
    "requiredActions": settings.REQUIRED_ACTION,
    "validators": settings.VALIDATION,
}


def typed_keys() -> Iterator[tuple[str, str, str, str]]:
    """Yield place, provider, key and type of every key that a shipped type declares."""
    types = json.loads(files("realmctl.catalogue").joinpath("data", "types.json").read_text(encoding="utf-8"))
    found = [(place, "", types[section]) for section, place in PLACES.items()]
    found += [(settings.PROTOCOL_MAPPER, "", mappers) for mappers in types["protocolMappers"].values()]
    found += [(settings.COMPONENT, f"{kind}/", providers) for kind, providers in types["components"].items()]
    for place, prefix, providers in found:
        for provider, keys in providers.items():
            for key, described in keys.items():
                kind = "boolean" if described.get("boolean") else str(described.get("type") or "String")
                yield place, f"{prefix}{provider}", key, kind
