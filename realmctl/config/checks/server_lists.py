"""Names of what a server has, in the realm's settings: themes, locales, event listeners, event types, algorithms.

Keycloak keeps any text there, and falls back to something else or does nothing (26.7.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from realmctl.config.checks.subject import Subject
from realmctl.config.checks.texts import web_url
from realmctl.errors import Finding
from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.catalog.key_types import setting
from realmctl.keycloak.catalog.server import server
from realmctl.keycloak.catalog.syntaxes import THEME
from realmctl.model.objects import Declared
from realmctl.model.suggestion import did_you_mean, meant

_THEMES = {"loginTheme": "login", "accountTheme": "account", "adminTheme": "admin", "emailTheme": "email"}
_BASE = frozenset({"base", ""})
"""The theme that all others build upon, which Keycloak does not list."""
_WEBAUTHN = ("webAuthnPolicy", "webAuthnPolicyPasswordless")
_SIGNATURES = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "RS1", "Ed25519", "PS256", "PS384", "PS512")
"""What WebAuthn policies know; Keycloak keeps any other text, and no authenticator can sign by it."""
_CREDENTIALS = ("password", "totp", "cert", "secret", "kerberos")


def check(subject: Subject) -> Iterator[Finding]:
    """The realm's settings, and the themes of clients."""
    for realm in subject.of("realm"):
        yield from _themes(subject, realm)
        yield from _events(subject, realm)
        yield from _credentials(realm)
        yield from _webauthn(realm)
    for client in subject.of("client"):
        for key, value in (client.fields.get("attributes") or {}).items():
            known = setting(key_types.CLIENT_ATTRIBUTES, "", key)
            if known and known.syntax == THEME and isinstance(value, str):
                yield from _theme(subject, client, ("attributes", key), "login", value)


def _themes(subject: Subject, realm: Declared) -> Iterator[Finding]:
    for field, kind in _THEMES.items():
        if isinstance(name := realm.fields.get(field), str):
            yield from _theme(subject, realm, (field,), kind, name)


def _theme(subject: Subject, declared: Declared, path: tuple[str, ...], kind: str, name: str) -> Iterator[Finding]:
    known = server().themes[kind]
    if name not in known and name not in _BASE and name not in subject.custom:
        message = f"Keycloak ships no {kind} theme '{name}', and uses its own where there is none{meant(name, known)}"
        advice = f"if someone deployed it, list it: customProviders: [{name}]; Keycloak has: {', '.join(known)}"
        yield Finding("unknown-theme", message, declared.origin.place(*path), advice, _severity(name, known))


def _severity(name: str, known: Sequence[str]) -> str:
    """An error where it looks misspelt. Anything else may be deployed on the server, which the plan can't see."""
    return "error" if did_you_mean(name, known) else "warning"


def _events(subject: Subject, realm: Declared) -> Iterator[Finding]:
    lists = (
        ("eventsListeners", "event listener", server().event_listeners),
        ("enabledEventTypes", "event type", server().event_types),
    )
    for field, what, known in lists:
        for index, name in enumerate(realm.fields.get(field) or ()):
            if name not in known and name not in subject.custom:
                message = f"Keycloak has no {what} '{name}'{meant(name, known)}"
                advice = f"if someone deployed it, list it: customProviders: [{name}]"
                advice = advice if what == "event listener" else "Keycloak writes them in upper case, such as LOGIN"
                severity = _severity(name, known) if what == "event listener" else "error"
                yield Finding("unknown-event", message, realm.origin.place(field, index), advice, severity)


def _credentials(realm: Declared) -> Iterator[Finding]:
    yield from _choices(realm, "requiredCredentials", _CREDENTIALS, "required credential")
    algorithm = realm.fields.get("defaultSignatureAlgorithm")
    if algorithm and algorithm not in server().signatures:
        message = f"Keycloak signs nothing by '{algorithm}'{meant(algorithm, server().signatures)}"
        advice = f"write one of {', '.join(server().signatures)}"
        yield Finding("unknown-choice", message, realm.origin.place("defaultSignatureAlgorithm"), advice)


def _webauthn(realm: Declared) -> Iterator[Finding]:
    for policy in _WEBAUTHN:
        yield from _choices(realm, f"{policy}SignatureAlgorithms", _SIGNATURES, "signature algorithm of WebAuthn")
        for index, name in enumerate(realm.fields.get(f"{policy}AcceptableAaguids") or ()):
            if not _is_uuid(name):
                message = f"'{name}' is no AAGUID, so that no authenticator is accepted by it"
                place = realm.origin.place(f"{policy}AcceptableAaguids", index)
                yield Finding("bad-text", message, place, "write one such as ee882879-721c-4913-9775-3dfcce97072a")
        for index, name in enumerate(realm.fields.get(f"{policy}ExtraOrigins") or ()):
            if "://" not in name and not name.startswith("android:") and (wrong := web_url(name)):
                place = realm.origin.place(f"{policy}ExtraOrigins", index)
                yield Finding("bad-text", f"an extra origin {wrong[0]}", place, wrong[1])


def _choices(realm: Declared, field: str, known: Sequence[str], what: str) -> Iterator[Finding]:
    for index, name in enumerate(realm.fields.get(field) or ()):
        if name not in known:
            message = f"Keycloak has no {what} '{name}'{meant(name, known)}"
            place = realm.origin.place(field, index)
            yield Finding("unknown-choice", message, place, f"write one of {', '.join(known)}")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
