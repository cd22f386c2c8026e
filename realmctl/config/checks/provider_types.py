"""Components, client policies, validators and clients of a type that Keycloak does not have, and their config keys.

Keycloak refuses most unknown types, and keeps no key of a component that its type doesn't declare (26.7.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from realmctl.config.checks.subject import Subject
from realmctl.config.checks.types import unknown_keys, unknown_type
from realmctl.errors import Finding
from realmctl.keycloak.catalog import catalogue, key_types
from realmctl.keycloak.catalog.map_keys import meaning
from realmctl.keycloak.catalog.syntaxes import narrow
from realmctl.keycloak.kinds.component import ELSEWHERE, SHORT
from realmctl.model.objects import Declared
from realmctl.model.suggestion import meant

Path = tuple[str | int, ...]

_SHORT_OF = {full: short for short, full in SHORT.items()}
_TURNED = frozenset({"is-negative-logic"})
_PROTOCOLS = ("openid-connect", "saml", "docker-v2")
_SUBTYPES = ("anonymous", "authenticated")
_POLICIES = "clientRegistrationPolicies"
_KEYS = frozenset({"kid", "keyUse", "active", "enabled", "priority"})
"""Keys of key providers that imports have, and the server info not of each."""
_MAIL = frozenset(
    {
        "allowutf8", "auth", "authTokenClientId", "authTokenClientSecret", "authTokenScope", "authTokenUrl", "authType",
        "connectionTimeout", "debug", "envelopeFrom", "from", "fromDisplayName", "host", "password", "port", "replyTo",
        "replyToDisplayName", "ssl", "starttls", "timeout", "user", "writeTimeout",
    }
)  # fmt: skip
"""Keys of `smtpServer`: DefaultEmailSenderProvider and the admin console's form."""


def check(subject: Subject) -> Iterator[Finding]:
    """Every object that names the type of a provider and has no rule of its own."""
    for component in subject.of("component", "sub-component"):
        yield from _component(subject, component)
    for profile in subject.of("client-profile"):
        yield from _parts(subject, profile, "executors", "executor", key_types.EXECUTOR)
    for policy in subject.of("client-policy"):
        yield from _parts(subject, policy, "conditions", "condition", key_types.CONDITION)
    for profile in subject.of("user-profile"):
        yield from _validators(subject, profile)
    for client in subject.of("client"):
        yield from _client(subject, client)
    for realm in subject.of("realm"):
        found = unknown_keys(realm, ("smtpServer",), "smtpServer", realm.fields.get("smtpServer"), _MAIL)
        # Keycloak keeps the others, for a mail sender that somebody deployed.
        yield from (one if "did you mean" in one.message else replace(one, severity="warning") for one in found)


def _component(subject: Subject, component: Declared) -> Iterator[Finding]:
    above, _, subtype = component.address.names[-2].partition(":")
    above = _SHORT_OF.get(above, above)
    known = catalogue().components
    name = component.fields.get("providerId") or subject.said(component.address, "providerId")
    if above in ELSEWHERE or above in subject.custom or name in subject.custom:
        return
    if above not in known:
        if above not in SHORT:
            message = f"Keycloak has no type of components '{above}'{meant(above, known)}"
            advice = f"write one of {', '.join(SHORT)}; if someone deployed it, list it: customProviders: [{above}]"
            yield Finding("unknown-type", message, component.origin.place(), advice)
        return
    if above == _POLICIES and subtype and subtype not in _SUBTYPES:
        message = f"policies of client registration are for {' or '.join(_SUBTYPES)} clients, and not '{subtype}'"
        yield Finding("unknown-type", message, component.origin.place(), f"write {_POLICIES}:{_SUBTYPES[0]}")
    if not name:
        return
    if name not in known[above]:
        yield unknown_type(component, ("providerId",), f"component of {above} of type", name, known[above])
        return
    keys = known[above][name] | (_KEYS if above == "keys" else frozenset())
    config = _unexplained(key_types.COMPONENT, f"{above}/{name}", component.fields.get("config"))
    yield from unknown_keys(component, ("config",), name, config, keys)


def _parts(subject: Subject, holder: Declared, field: str, key: str, place: str) -> Iterator[Finding]:
    known = catalogue().executors if key == "executor" else catalogue().conditions
    for index, part in enumerate(holder.fields.get(field) or ()):
        name = part.get(key)
        if not name or name in subject.custom:
            continue
        if name not in known:
            yield unknown_type(holder, (field, index, key), f"{key} of client policies", name, known)
            continue
        config = _unexplained(place, name, part.get("configuration"))
        # Every condition can be turned around (ClientPolicyConditionConfigurationRepresentation).
        keys = known[name] | (_TURNED if key == "condition" else frozenset())
        yield from unknown_keys(holder, (field, index, "configuration"), name, config, keys)


def _validators(subject: Subject, profile: Declared) -> Iterator[Finding]:
    known = catalogue().validators
    for attribute, said in (profile.fields.get("attributes") or {}).items():
        for name in (said or {}).get("validations") or ():
            if name not in known and name not in subject.custom:
                path = ("attributes", attribute, "validations", name)
                yield unknown_type(profile, path, "validator", name, known)


def _client(subject: Subject, client: Declared) -> Iterator[Finding]:
    protocol = client.fields.get("protocol")
    if protocol and protocol not in _PROTOCOLS and protocol not in subject.custom:
        yield unknown_type(client, ("protocol",), "login protocol", protocol, _PROTOCOLS)
    authenticator = client.fields.get("clientAuthenticatorType")
    known = catalogue().client_authenticators
    if authenticator and authenticator not in known and authenticator not in subject.custom:
        yield unknown_type(client, ("clientAuthenticatorType",), "client authenticator", authenticator, known)


def _unexplained(place: str, provider: str, config: Mapping[str, Any] | None) -> dict[str, Any]:
    """The config without the keys that the catalogue explains though the type doesn't declare them."""

    def explained(key: str) -> bool:
        return meaning(place, provider, key) is not None or narrow(place, provider, key, None) is not None

    return {key: value for key, value in (config or {}).items() if not explained(key)}
