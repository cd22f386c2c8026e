"""Every key of every map that the catalogue knows: written in the form of the language, it reads back as the same.

One object of each type holds all keys that go together, so that a realm or two are enough.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from realmctl.keycloak.admin import Admin
from realmctl.keycloak.catalog import catalogue, map_keys
from realmctl.keycloak.catalog import key_types as places
from realmctl.keycloak.catalog.key_types import DURATION, INTEGER, JSON, LIST, PAIRS, KeyInfo, setting
from realmctl.keycloak.catalog.references import GROUP_NAME, reference
from tests.live.every_kind import LDAP
from tests.live.scene import applied, planned, written

_NOT_THERE = frozenset(
    {
        "attestation-based", "default-trust", "instagram", "oidc-parameterized-scope-mapper",
        "oidc-parameterized-scope-user-property-mapper", "passkeys-authenticator", "spiffe",
        "java-keystore", "rsa", "rsa-enc", "rsa-enc-generated", "rsa-generated", "saml-authn-context-class-ref-mapper",
        "linkedin-openid-connect", "oidc-sha256-pairwise-sub-mapper", "federated-jwt",
    }
)  # fmt: skip
"""Features that are off; keys that need a file, a private key, or minutes for a new one; what asks other servers."""
_FITTING: dict[str, dict[str, Any]] = {
    **{name: {"issuer": f"https://{name}.example"} for name in ("jwt-authorization-grant", "kubernetes")},
    "allowed-client-templates": {"allowed-client-scopes": ["profile", "email"]},
    "google": {"issuer": "https://accounts.google.com"},
    "ldap": {
        "connectionUrl": ["ldap://a.example", "ldap://b.example"],
        "customUserSearchFilter": "(a=b)",
        "editMode": "WRITABLE",
        "enabled": False,
        "maxConditions": 9,
        "startTls": False,
    },
    "hardcoded-attribute-mapper": {"user.model.attribute": "mine"},
    "full-name-ldap-mapper": {"read.only": False},
    "group-ldap-mapper": {"groups.ldap.filter": "(a=b)", "groups.path": "/", "preserve.group.inheritance": False},
    "hardcoded-ldap-group-mapper": {"group": "/x"},
    "hardcoded-ldap-role-mapper": {"role": "offline_access"},
    "saml": {"signingCertificate": None},
    "role-ldap-mapper": {"client.id": None, "roles.ldap.filter": "(a=b)"},
}
"""What Keycloak wants beside the keys themselves: values that fit each other, and names of what is there."""
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
    named = reference(place, provider, key)
    if named is not None and named.kind in _THERE:
        there = "x" if named.form == GROUP_NAME else _THERE[named.kind]
        return [there] if known is not None and known.type == LIST else there
    if known is None or known.type == "text":
        return _text(key, known)
    if known.state or known.obsolete:
        return None
    if known.type == LIST:
        if key == "issuer":
            return [f"https://{provider}.example/b", f"https://{provider}.example/a"]  # No two may have the same one.
        return [*known.options[:2]] if known.options else ["b", "a"]
    plain: dict[str, Any] = {DURATION: "7m", INTEGER: 7, JSON: {"a": 1}, PAIRS: {"a": "b"}, "boolean": True}
    return plain[known.type]


_THERE = {
    "client": "account",
    "client-scope": "profile",
    "flow": "browser",
    "group": "/x",
    "identity-provider": "saml",
    "role": "offline_access",
    "user-attribute": "email",
}
"""What is there of each kind that a value may refer to."""


def _text(key: str, known: KeyInfo | None) -> Any:
    if (known is not None and (known.state or known.obsolete)) or key == "publicKeySignatureVerifier":
        return None  # A real key is wanted there.
    if known is not None and known.options:
        return known.options[-1]
    is_address = any(word in key.lower() for word in ("url", "uri", "endpoint"))
    return _TEXTS.get(key, f"https://i.example/{key}" if is_address else "x")


def _config(place: str, provider: str, keys: Any, **instead: Any) -> dict[str, Any]:
    values = {key: _value(place, provider, key) for key in sorted(keys)}
    return {key: value for key, value in {**values, **instead}.items() if value is not None}


def _table(place: str, provider: str = "") -> set[str]:
    tables = map_keys.TABLES[place]
    return {*tables.get("", {}), *tables.get(provider, {})}


def _smtp() -> dict[str, Any]:
    keys = _table(places.SMTP) - {"password"}
    login = {"host": "mail.example", "from": "a@mail.example", "replyTo": "b@mail.example", "auth": True,
             "authType": "token", "envelopeFrom": "c@mail.example", "authTokenClientSecret": "canary-mail"}  # fmt: skip
    return _config(places.SMTP, "", keys, **login)


def _realm() -> dict[str, Any]:
    keys = _table(places.REALM_ATTRIBUTES)
    # With ping, each client has to say where.
    attributes = _config(places.REALM_ATTRIBUTES, "", keys, cibaBackchannelTokenDeliveryMode="poll")
    return {"attributes": attributes, "smtpServer": _smtp()}


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
    attributes["openid-connect"] |= {
        "default.acr.values": ["a", "1"], "use.jwks.string": False,
        "post.logout.redirect.uris": ["https://a.example/b", "https://a.example/a"],
    }  # fmt: skip
    for key in ("saml.encryption.certificate", "saml.signing.certificate"):
        del attributes["saml"][key]
    attributes["saml"] |= {"saml.client.signature": False, "saml.encrypt": False}  # No keys are made for it.
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


def _scope() -> dict[str, Any]:
    # A parameterized scope has a type, too, and its own feature.
    keys = _table(places.SCOPE_ATTRIBUTES)
    return _config(places.SCOPE_ATTRIBUTES, "", keys, **{"is.parameterized.scope": False})


def everything() -> dict[str, Any]:
    """A realm with all keys."""
    return {
        **_realm(),
        "groups": {"x": {}},
        "clients": _clients(),
        "clientScopes": {"mine": {"attributes": _scope()}},
        "identityProviders": _brokers(),
        "components": _components(),
        "authenticationFlows": _flows(),
        **_policies(),
    }


def test_every_key_reads_back_as_it_was_written(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    want = written(tmp_path, realm_name, everything())
    assert [(str(change.address), why) for change, why in applied(admin, want).failed] == []
    assert [(str(one.address), [field.path for field in one.fields]) for one in planned(admin, want).changes] == []


def _secrets(value: str) -> dict[str, Any]:
    """Every kind of secret that Keycloak keeps for a realm."""
    recaptcha = {"site.key": "s", "secret.key": f"{value}-captcha"}
    form = {
        "flow": "my form",
        "providerId": "form-flow",
        "authenticator": "registration-page-form",
        "requirement": "REQUIRED",
        "executions": [
            {"authenticator": "registration-recaptcha-action", "requirement": "REQUIRED", "config": recaptcha}
        ],
    }
    broker = {"clientId": "kc", "authorizationUrl": "https://i.example/a", "tokenUrl": "https://i.example/t"}
    return {
        "smtpServer": {"host": "mail.example", "from": "a@mail.example", "auth": True, "authType": "token", "user": "a",
                       "authTokenUrl": "https://i.example/t", "authTokenScope": "s", "authTokenClientId": "m",
                       "authTokenClientSecret": f"{value}-mail"},
        "clients": {
            "job": {"secret": f"{value}-client"},
            "signing": {"attributes": {"jwt.credential.private.key": f"{value}-key"}},
        },
        "identityProviders": {
            "broker": {"providerId": "oidc", "config": {**broker, "clientSecret": f"{value}-broker"}}
        },
        "components": {
            "userFederation": {
                "people": {"providerId": "ldap", "config": {**LDAP["config"], "bindCredential": f"{value}-ldap"}}
            }
        },
        "authenticationFlows": {"mine": {"executions": [form]}},
    }  # fmt: skip


def test_a_secret_of_every_kind_is_noticed_when_it_changes(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    first, second = (written(tmp_path, realm_name, _secrets(f"canary-{which}")) for which in ("one", "two"))
    assert [why for _, why in applied(admin, first).failed] == []
    assert planned(admin, first).changes == ()
    changes = planned(admin, second).changes
    assert sorted(str(one.address) for one in changes) == [
        "client/job", "client/signing", "component/userFederation/people", "flow/mine", "identity-provider/broker",
        "realm",
    ]  # fmt: skip
    assert {len(one.fields) for one in changes} == {1}
    applied(admin, second)
    assert planned(admin, second).changes == ()
