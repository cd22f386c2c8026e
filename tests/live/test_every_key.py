"""Every key of every map that the catalogue knows: written in the form of the language, it reads back as the same.

One object of each type holds all keys that go together, so that a realm or two are enough.
"""

from __future__ import annotations

from typing import Any

from realmctl.catalogue import catalogue, meanings
from realmctl.catalogue import settings as places
from realmctl.catalogue.settings import DURATION, INTEGER, JSON, LIST, PAIRS, Setting, setting

_TEXTS = {
    "bindCredential": "canary-bind",
    "clientSecret": "canary-client",
    "entityId": "https://k.example",
    "kc.org.domain": "ANY",
    "syncMode": "FORCE",
}


def _value(place: str, provider: str, key: str) -> Any:
    """A value in the form in which a person would write it; None for a key that a file can't say."""
    known = setting(place, provider, key)
    if known is None or known.type == "text":
        return _text(key, known)
    if known.state or known.obsolete:
        return None
    if known.type == LIST:
        return [*known.options[:2]] if known.options else ["b", "a"]
    plain: dict[str, Any] = {DURATION: "7m", INTEGER: 7, JSON: {"a": 1}, PAIRS: {"a": "b"}, "boolean": True}
    return plain[known.type]


def _text(key: str, known: Setting | None) -> Any:
    if known is not None and (known.state or known.obsolete):
        return None
    if known is not None and known.options:
        return known.options[-1]
    return _TEXTS.get(key, f"https://i.example/{key}" if "url" in key.lower() else "x")


def _config(place: str, provider: str, keys: Any, **instead: Any) -> dict[str, Any]:
    values = {key: _value(place, provider, key) for key in sorted(keys)}
    return {key: value for key, value in {**values, **instead}.items() if value is not None}


def _table(place: str, provider: str = "") -> set[str]:
    tables = meanings.TABLES[place]
    return {*tables.get("", {}), *tables.get(provider, {})}


def _smtp() -> dict[str, Any]:
    keys = _table(places.SMTP) - {"password"}
    login = {"host": "mail.example", "from": "a@mail.example", "replyTo": "b@mail.example", "auth": True,
             "authType": "token", "envelopeFrom": "c@mail.example", "authTokenClientSecret": "canary-mail"}  # fmt: skip
    return _config(places.SMTP, "", keys, **login)


def _realm() -> dict[str, Any]:
    return {"attributes": _config(places.REALM_ATTRIBUTES, "", _table(places.REALM_ATTRIBUTES)), "smtpServer": _smtp()}


def _mappers(protocol: str) -> dict[str, Any]:
    found = catalogue().protocol_mappers[protocol]
    return {
        name: {"protocolMapper": name, "config": _config(places.PROTOCOL_MAPPER, name, keys)}
        for name, keys in found.items()
        if name not in _NOT_THERE
    }


def _clients() -> dict[str, Any]:
    attributes = {
        protocol: _config(places.CLIENT_ATTRIBUTES, protocol, _table(places.CLIENT_ATTRIBUTES, protocol))
        for protocol in ("openid-connect", "saml")
    }
    attributes["openid-connect"] |= {"post.logout.redirect.uris": ["https://a.example/b", "https://a.example/a"]}
    return {
        protocol: {"protocol": protocol, "attributes": found, "protocolMappers": _mappers(protocol)}
        for protocol, found in attributes.items()
    }


def _brokers() -> dict[str, Any]:
    brokers: dict[str, Any] = {
        name: {"providerId": name, "config": _config(places.IDENTITY_PROVIDER, name, keys, **_FITTING.get(name, {}))}
        for name, keys in catalogue().identity_providers.items()
        if name not in _NOT_THERE
    }
    for name, keys in catalogue().identity_provider_mappers.items():
        if name in _NOT_THERE:
            continue
        home = name.split("-")[0] if name.split("-")[0] in brokers else "oidc"
        config = _config(places.IDENTITY_PROVIDER_MAPPER, name, keys)
        brokers[home].setdefault("mappers", {})[name] = {"identityProviderMapper": name, "config": config}
    return brokers


def _components() -> dict[str, Any]:
    found: dict[str, Any] = {"keys": {}, "userFederation": {}, "clientRegistrationPolicies:anonymous": {}}
    known = catalogue().components
    for section in ("keys", "userFederation", "clientRegistrationPolicies"):
        home = next(name for name in found if name.startswith(section))
        for name, keys in known[section].items():
            if name not in _NOT_THERE:
                config = _config(places.COMPONENT, f"{section}/{name}", keys, **_FITTING.get(name, {}))
                found[home][f"my {name}"] = {"providerId": name, "config": config}
    found["userFederation"]["my ldap"]["subComponents"] = {
        "ldapMappers": {
            name: {
                "providerId": name,
                "config": _config(places.COMPONENT, f"ldapMappers/{name}", keys, **_FITTING.get(name, {})),
            }
            for name, keys in known["ldapMappers"].items()
        }
    }
    return found


def _flows() -> dict[str, Any]:
    steps = [
        {
            "authenticator": name,
            "requirement": "DISABLED",
            "config": _config(places.AUTHENTICATOR, name, keys, **_FITTING.get(name, {})),
        }
        for name, keys in catalogue().authenticators.items()
        if name not in _NOT_THERE and not name.startswith(("registration-", "client-"))
    ]
    return {"mine": {"executions": steps}}


def _policies() -> dict[str, Any]:
    executors = [
        {"executor": name, "configuration": _config(places.EXECUTOR, name, keys, **_FITTING.get(name, {}))}
        for name, keys in catalogue().executors.items()
        if name not in _NOT_THERE
    ]
    conditions = [
        {"condition": name, "configuration": _config(places.CONDITION, name, keys, **_FITTING.get(name, {}))}
        for name, keys in catalogue().conditions.items()
        if name not in _NOT_THERE
    ]
    return {
        "clientProfiles": {"mine": {"executors": executors}},
        "clientPolicies": {"mine": {"enabled": False, "conditions": conditions, "profiles": ["mine"]}},
    }


_NOT_THERE: frozenset[str] = frozenset()
_FITTING: dict[str, dict[str, Any]] = {}


def everything() -> dict[str, Any]:
    """All of it."""
    return {
        **_realm(),
        "clients": _clients(),
        "clientScopes": {"mine": {"attributes": _config(places.SCOPE_ATTRIBUTES, "", _table(places.SCOPE_ATTRIBUTES))}},
        "identityProviders": _brokers(),
        "components": _components(),
        "authenticationFlows": _flows(),
        **_policies(),
    }
