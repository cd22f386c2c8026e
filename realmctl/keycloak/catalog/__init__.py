"""What Keycloak ships: its types with their config keys, and an untouched realm, as packaged data of a real server.

Must not know about: YAML, a live server (`refresh` makes the data from one).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from realmctl.keycloak.catalog import undeclared_keys

Keys = Mapping[str, Mapping[str, Any]]
"""Config keys with what is known of each: `help`, `options`, `boolean`, `secret`, all optional."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every type that Keycloak ships, and the config keys each accepts; features that are off by default included.

    `version` is the Keycloak it was read from. Scripts and other providers that someone deployed are not in it.
    """

    version: str
    protocol_mappers: Mapping[str, Mapping[str, frozenset[str]]]
    """Protocol → mapper type → config keys."""
    identity_providers: Mapping[str, frozenset[str]]
    identity_provider_mappers: Mapping[str, frozenset[str]]
    authenticators: Mapping[str, frozenset[str]]
    """All that may stand as an execution's `authenticator`: form actions, forms and client authenticators too."""
    required_actions: Mapping[str, frozenset[str]]
    components: Mapping[str, Mapping[str, frozenset[str]]]
    """Provider type, by its name in files (`keys`, `userFederation`…) → provider → the config keys that Keycloak shows.

    Of a component it hides every other key (26.7.3).
    """
    executors: Mapping[str, frozenset[str]]
    """Of client profiles, and `conditions` of client policies."""
    conditions: Mapping[str, frozenset[str]]
    validators: frozenset[str]
    client_authenticators: frozenset[str]
    _types: Mapping[str, Any]

    def protocol_mapper(self, protocol: str, mapper: str) -> Keys:
        """The config keys of a protocol mapper, described."""
        return _described(self._types["protocolMappers"][protocol][mapper], self.protocol_mappers[protocol][mapper])

    def identity_provider(self, provider: str) -> Keys:
        """The config keys of an identity provider, described."""
        return _described(self._types["identityProviders"][provider], self.identity_providers[provider])

    def identity_provider_mapper(self, mapper: str) -> Keys:
        """The config keys of an identity provider's mapper, described."""
        return _described(self._types["identityProviderMappers"][mapper], self.identity_provider_mappers[mapper])

    def authenticator(self, authenticator: str) -> Keys:
        """The config keys of an authenticator, described."""
        found: Keys = next(
            self._types[name][authenticator] for name in _EXECUTIONS if authenticator in self._types[name]
        )
        return _described(found, self.authenticators[authenticator])


_EXECUTIONS = ("authenticators", "formActions", "formAuthenticators", "clientAuthenticators")


def _described(known: Keys, accepted: Iterable[str]) -> Keys:
    return {key: known.get(key, {}) for key in sorted(accepted)}


@cache
def catalogue() -> Catalogue:
    """What Keycloak ships; read once."""
    types = _types()
    return Catalogue(
        version=types["version"],
        protocol_mappers={
            protocol: {
                name: frozenset(keys) | undeclared_keys.protocol_mapper_keys(protocol) for name, keys in found.items()
            }
            for protocol, found in types["protocolMappers"].items()
        },
        identity_providers={
            name: frozenset(keys) | undeclared_keys.provider_keys(name)
            for name, keys in types["identityProviders"].items()
        },
        identity_provider_mappers={
            name: frozenset(keys) | undeclared_keys.PROVIDER_MAPPER
            for name, keys in types["identityProviderMappers"].items()
        },
        authenticators={
            name: frozenset(keys) | undeclared_keys.execution_keys(name)
            for section in _EXECUTIONS
            for name, keys in types[section].items()
        },
        required_actions={name: frozenset(keys) for name, keys in types["requiredActions"].items()},
        components={
            above: {
                name: frozenset(keys) | (undeclared_keys.STORAGE if above == "userFederation" else frozenset())
                for name, keys in found.items()
            }
            for above, found in types["components"].items()
        },
        executors={name: frozenset(keys) for name, keys in types["executors"].items()},
        conditions={name: frozenset(keys) for name, keys in types["conditions"].items()},
        validators=frozenset(types["validators"]),
        client_authenticators=frozenset(types["clientAuthenticators"]),
        _types=types,
    )


_SECTIONS = {
    "identity-provider.config": ("identityProviders",),
    "identity-provider-mapper.config": ("identityProviderMappers",),
    "authenticator.config": _EXECUTIONS,
    "required-action.config": ("requiredActions",),
    "executor.configuration": ("executors",),
    "condition.configuration": ("conditions",),
    "user-profile.validations": ("validators",),
}


@cache
def _types() -> Mapping[str, Any]:
    found: Mapping[str, Any] = _packaged("types.json")
    return found


def declared_properties(place: str, provider: str) -> Keys:
    """The keys that a type declares in Keycloak's server info, by a place of `key_types`."""
    types = _types()
    if place == "component.config":
        above, _, name = provider.partition("/")
        found: Keys = types["components"].get(above, {}).get(name, {})
        return found
    if place == "protocol-mapper.config":
        return next((one[provider] for one in types["protocolMappers"].values() if provider in one), {})
    return next((types[one][provider] for one in _SECTIONS.get(place, ()) if provider in types[one]), {})


def providers(place: str) -> list[str]:
    """The types whose keys `declared_properties` knows at a place of `key_types`."""
    types = _types()
    if place == "component.config":
        return [f"{above}/{name}" for above, found in types["components"].items() for name in found]
    if place == "protocol-mapper.config":
        return [name for found in types["protocolMappers"].values() for name in found]
    return [name for one in _SECTIONS.get(place, ()) for name in types[one]]


def fresh_realm(version: str | None = None) -> dict[str, Any]:
    """The export of an untouched realm named `fresh`, as Keycloak `version` makes it; ids left out.

    Where that version is not packaged: the newest packaged one that is not newer, else the oldest. Yours to change.
    """
    found: dict[str, Any] = json.loads(_text(f"realm-{_nearest(version)}.json"))
    return found


def fresh_profile() -> dict[str, Any]:
    """The user profile of an untouched realm, which its export leaves out. Yours to change."""
    found: dict[str, Any] = json.loads(_text("profile.json"))
    return found


def _packaged(name: str) -> Any:
    return json.loads(_text(name))


@cache
def _text(name: str) -> str:
    """Return the text of a packaged file. To parse it again is several times quicker than to copy what it says."""
    return files(__name__).joinpath("data", name).read_text(encoding="utf-8")


@cache
def versions() -> tuple[str, ...]:
    """The Keycloak versions whose untouched realm is packaged, oldest first."""
    names = (entry.name for entry in files(__name__).joinpath("data").iterdir())
    found = (re.fullmatch(r"realm-(.+)\.json", name) for name in names)
    return tuple(sorted((match[1] for match in found if match), key=_order))


def knows(version: str) -> bool:
    """Whether what that Keycloak ships is packaged, be it of another patch; where nobody told the version (""), yes."""
    return not version or any(_order(one)[:2] == _order(version)[:2] for one in versions())


def _nearest(version: str | None) -> str:
    known = versions()
    if version is None:
        return known[-1]
    not_newer = [one for one in known if _order(one) <= _order(version)]
    return not_newer[-1] if not_newer else known[0]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
