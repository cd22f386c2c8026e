"""Makes the packaged data out of what a real Keycloak answers: pure, and in an order that never varies.

Must not know about: where the answers came from, where the data is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SAMPLE = "fresh"
"""The name the untouched realm has in the packaged data."""

_PLAIN = ("String", "boolean", "None")
"""The types of properties that are a text or a switch, which is not noted."""

_VARYING = frozenset({"id", "containerId", "internalId"})
_OPAQUE = frozenset({"config", "attributes"})
_ORDERED = frozenset({"authenticationExecutions", "otpSupportedApplications"})
_NAMES = ("clientId", "alias", "name", "client", "clientScope", "providerId", "subType")

_COMPONENTS = {
    "identityProviderMappers": "org.keycloak.broker.provider.IdentityProviderMapper",
    "authenticators": "org.keycloak.authentication.Authenticator",
    "formActions": "org.keycloak.authentication.FormAction",
    "formAuthenticators": "org.keycloak.authentication.FormAuthenticator",
    "clientAuthenticators": "org.keycloak.authentication.ClientAuthenticator",
}
_SINGLY = {
    "executors": "org.keycloak.services.clientpolicy.executor.ClientPolicyExecutorProvider",
    "conditions": "org.keycloak.services.clientpolicy.condition.ClientPolicyConditionProvider",
    "validators": "org.keycloak.validate.Validator",
}
COMPONENT_TYPES = {
    "keys": "org.keycloak.keys.KeyProvider",
    "userFederation": "org.keycloak.storage.UserStorageProvider",
    "clientRegistrationPolicies": "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy",
    "ldapMappers": "org.keycloak.storage.ldap.mappers.LDAPStorageMapper",
    "workflowSteps": "org.keycloak.models.workflow.WorkflowStepProvider",
}
"""Types of components, by the names that files use (`keycloak/kinds/component.py`)."""
_PROVIDERS = (
    "org.keycloak.broker.provider.IdentityProvider",
    "org.keycloak.broker.social.SocialIdentityProvider",
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What one server said: `/admin/serverinfo`, and each required action's config properties by provider id."""

    server: Mapping[str, Any]
    required_actions: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def version(self) -> str:
        """The server's version."""
        return str(self.server["systemInfo"]["version"])


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
        return tuple(str(item.get(name, "")) for name in _NAMES)
    return (str(item),)


_LISTS = {
    "hashAlgorithms": "password-hashing",
    "eventListeners": "eventsListener",
    "signatures": "signature",
    "keyEncryptions": "cekmanagement",
    "contentEncryptions": "contentencryption",
}
"""Lists of the server's providers, by their SPI."""
_SHOWN = ("login", "account", "admin", "email")


def server(answers: Sequence[Answers]) -> dict[str, Any]:
    """What these servers have beside types of objects: password policies, themes, locales, events, algorithms."""
    found: dict[str, Any] = {}
    for one in answers:
        said = one.server
        _join(
            found,
            {
                "passwordPolicies": {
                    part["id"]: {"takes": part.get("configType") or "", "several": part["multipleSupported"]}
                    for part in said["passwordPolicies"]
                },
                "themes": {kind: {theme["name"]: True for theme in said["themes"].get(kind, ())} for kind in _SHOWN},
                "locales": {
                    locale: True
                    for kind in _SHOWN
                    for theme in said["themes"].get(kind, ())
                    for locale in theme.get("locales", ())
                },
                "eventTypes": dict.fromkeys(said["enums"]["eventType"], True),
                **{
                    name: dict.fromkeys(said["providers"].get(spi, {}).get("providers", ()), True)
                    for name, spi in _LISTS.items()
                },
            },
        )
    made: dict[str, Any] = {name: sorted(one) for name, one in found.items() if name != "passwordPolicies"}
    made["themes"] = {kind: sorted(found["themes"][kind]) for kind in sorted(found["themes"])}
    parts = found["passwordPolicies"]
    return {"version": answers[0].version, **made, "passwordPolicies": {name: parts[name] for name in sorted(parts)}}


def labels(answers: Sequence[Answers]) -> dict[str, list[str]]:
    """What forms call the keys of components: label → keys."""
    found: dict[str, set[str]] = {}
    for one in answers:
        for types_of in one.server["componentTypes"].values():
            for described in types_of:
                for known in described.get("properties", ()):
                    label = str(known.get("label") or "")
                    if " " in label and known.get("name"):
                        found.setdefault(label, set()).add(known["name"])
    return {label: sorted(found[label]) for label in sorted(found)}


def types(answers: Sequence[Answers]) -> dict[str, Any]:
    """Every type that these servers have, with its config keys, their help and their choices.

    Where two servers know the same key, the earlier one's words are kept.
    """
    found: dict[str, Any] = {}
    for one in answers:
        _join(found, _types_of(one))
    return {"version": answers[0].version, **_sorted(found)}


def _types_of(answers: Answers) -> dict[str, Any]:
    components = answers.server["componentTypes"]
    return {
        "protocolMappers": {
            protocol: _described(mappers) for protocol, mappers in answers.server["protocolMapperTypes"].items()
        },
        "identityProviders": _described(one for kind in _PROVIDERS for one in components[kind]),
        **{name: _described(components.get(kind, ())) for name, kind in _COMPONENTS.items()},
        **{name: _typed(components.get(kind, ())) for name, kind in _SINGLY.items()},
        "components": {name: _typed(components.get(kind, ())) for name, kind in COMPONENT_TYPES.items()},
        "requiredActions": {name: _keys(found) for name, found in answers.required_actions.items()},
    }


def _described(found: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {one["id"]: _keys(one["properties"]) for one in found}


def _typed(found: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The keys without their help, which nothing shows."""
    return {
        name: {key: {what: item for what, item in known.items() if what != "help"} for key, known in keys.items()}
        for name, keys in _described(found).items()
    }


def _keys(properties: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {one["name"]: _key(one) for one in properties if one.get("name")}


def _key(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        "help": _help(found),
        "options": sorted(found.get("options") or ()),
        "boolean": found.get("type") == "boolean",
        "type": "" if str(found.get("type")) in _PLAIN else found["type"],
        "secret": bool(found.get("secret")),
    }
    return {name: value for name, value in kept.items() if value}


def _help(found: Mapping[str, Any]) -> str:
    """The help where it is a text; Keycloak answers the key of a message where its console has a translation."""
    texts = (str(found.get(name) or "") for name in ("helpText", "label"))
    return next((text for text in texts if " " in text.strip()), "")


def _join(into: dict[str, Any], found: Mapping[str, Any]) -> None:
    for key, value in found.items():
        if isinstance(into.get(key), dict) and isinstance(value, Mapping):
            _join(into[key], value)
        else:
            into.setdefault(key, value)


def _sorted(value: Any) -> Any:
    return {key: _sorted(value[key]) for key in sorted(value)} if isinstance(value, dict) else value
