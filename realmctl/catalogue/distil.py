"""Makes the packaged data out of what a real Keycloak answers: pure, and in an order that never varies.

Must not know about: where the answers came from, where the data is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SAMPLE = "fresh"
"""The name the untouched realm has in the packaged data."""

_VARYING = frozenset({"id", "containerId", "internalId"})
_OPAQUE = frozenset({"config", "attributes"})
_ORDERED = frozenset({"authenticationExecutions", "otpSupportedApplications"})
_NAMES = ("clientId", "alias", "name", "client", "clientScope", "providerId")


def fresh_realm(export: Mapping[str, Any]) -> dict[str, Any]:
    """A realm's partial export → the same without ids and without the realm's own name (`fresh` stands in its place).

    An export holds no key material, so none can get into the result.
    """
    realm: dict[str, Any] = _steady(_renamed(export, export["realm"]), "")
    return realm


def _renamed(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return value.replace(name, SAMPLE)
    if isinstance(value, Mapping):
        return {key: _renamed(item, name) for key, item in value.items()}
    return [_renamed(item, name) for item in value] if isinstance(value, list) else value


def _steady(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        kept = value if key in _OPAQUE else {k: v for k, v in value.items() if k not in _VARYING}
        return {k: _steady(kept[k], k) for k in sorted(kept)}
    if isinstance(value, list):
        items = [_steady(item, "") for item in value]
        return items if key in _ORDERED else sorted(items, key=_rank)
    return value


def _rank(item: Any) -> tuple[str, ...]:
    if isinstance(item, Mapping):
        return tuple(str(item.get(name, "")) for name in (*_NAMES, "subType"))
    return (str(item),)


def types(
    server: Mapping[str, Any],
    *,
    required_actions: Iterable[Mapping[str, Any]],
    clients: Mapping[str, Sequence[Mapping[str, Any]]],
    undeclared: Mapping[str, Iterable[str]],
) -> dict[str, Any]:
    """`/admin/serverinfo` and its companions → every type that Keycloak ships, with its config keys and their help.

    `undeclared` maps an identity provider's id to keys that its code reads and serverinfo does not list.
    """
    components = server["componentTypes"]
    return {
        "version": server["systemInfo"]["version"],
        "protocolMappers": {
            protocol: _described(found) for protocol, found in sorted(server["protocolMapperTypes"].items())
        },
        "identityProviders": {
            name: {**{key: {} for key in sorted(undeclared.get(name, ()))}, **keys}
            for name, keys in _described(
                [
                    *components["org.keycloak.broker.provider.IdentityProvider"],
                    *components["org.keycloak.broker.social.SocialIdentityProvider"],
                ]
            ).items()
        },
        "identityProviderMappers": _described(components["org.keycloak.broker.provider.IdentityProviderMapper"]),
        "authenticators": _described(components["org.keycloak.authentication.Authenticator"]),
        "formActions": _described(components["org.keycloak.authentication.FormAction"]),
        "formAuthenticators": _described(components["org.keycloak.authentication.FormAuthenticator"]),
        "clientAuthenticators": {
            **_described(components["org.keycloak.authentication.ClientAuthenticator"]),
        },
        "clientAuthenticatorAttributes": {name: _keys(found) for name, found in sorted(clients.items())},
        "requiredActions": sorted(action["providerId"] for action in required_actions),
    }


def _described(found: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {one["id"]: _keys(one["properties"]) for one in sorted(found, key=lambda one: str(one["id"]))}


def _keys(properties: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {one["name"]: _key(one) for one in sorted(properties, key=lambda one: str(one["name"]))}


def _key(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"help": found.get("helpText"), "type": found.get("type"), "options": found.get("options")}
    if found.get("secret"):
        kept["secret"] = True
    return {name: value for name, value in kept.items() if value}
