"""Rules about the realm as a whole: lifetimes, who may come in, what is kept of what happened.

Must not know about: single clients, except for lifetimes of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.lint.rule import REALM, Doubt, LintedRealm, LintRule

ACCESS = 15 * 60
"""Seconds that an access token may live: it can't be called back."""
SESSION = 24 * 3600
"""Seconds after which people log in anew: what was withdrawn upstream holds until then."""
_FOREVER = 30 * 24 * 3600
_TOKENS = frozenset({"accessTokenLifespan", "accessTokenLifespanForImplicitFlow"})
"""Fields of which -1 is as long as the session."""


def _lifetimes(look: LintedRealm) -> Iterator[Doubt]:
    for field, most, what in (
        ("accessTokenLifespan", ACCESS, "access tokens live"),
        ("accessTokenLifespanForImplicitFlow", ACCESS, "access tokens of the implicit flow live"),
        ("ssoSessionMaxLifespan", SESSION, "people stay logged in"),
        ("ssoSessionIdleTimeout", SESSION, "who does nothing stays logged in"),
        ("ssoSessionMaxLifespanRememberMe", _FOREVER, "who is remembered stays logged in"),
    ):
        seconds = look.realm(field) or 0
        if field in _TOKENS and seconds < 0 and field in look.desired.resources[REALM].fields:
            yield Doubt(f"{what} as long as the session", look.setting_place(field))
        if seconds > most and field in look.desired.resources[REALM].fields:
            yield Doubt(f"{what} for {_told(seconds)}", look.setting_place(field))
    for client in look.clients:
        for key, most, what in (
            ("access.token.lifespan", ACCESS, "gets access tokens that live"),
            ("client.session.max.lifespan", SESSION, "keeps people logged in"),
        ):
            text = str(client.attributes.get(key) or "")
            if text.isdigit() and int(text) > most:
                yield client.doubt(f"{what} for {_told(int(text))}", "attributes", key)


def _brute_force(look: LintedRealm) -> Iterator[Doubt]:
    if not look.realm("bruteForceProtected"):
        yield Doubt("passwords can be guessed without end", look.setting_place("bruteForceProtected"))


def _ssl(look: LintedRealm) -> Iterator[Doubt]:
    if look.realm("sslRequired") == "none":
        yield Doubt("logins are taken over plain HTTP", look.setting_place("sslRequired"))


def _registration(look: LintedRealm) -> Iterator[Doubt]:
    if look.realm("registrationAllowed") and not look.realm("verifyEmail"):
        told = "anybody may register, under any address: nobody checks it"
        yield Doubt(told, look.setting_place("registrationAllowed"))


def _events(look: LintedRealm) -> Iterator[Doubt]:
    if not look.realm("adminEventsEnabled"):
        told = "nothing is kept of who changed the realm: a drift has no author"
        yield Doubt(told, look.setting_place("adminEventsEnabled"))


def _refresh(look: LintedRealm) -> Iterator[Doubt]:
    if look.realm("revokeRefreshToken"):
        return
    for client in look.clients:
        if client.is_("publicClient") and client.code_flow and client.attributes.get("use.refresh.tokens") != "false":
            yield client.doubt("is public, and its refresh tokens can be used again and again")


def _told(seconds: int) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"


RULES = (
    LintRule(
        "long-lifetime",
        "A token can't be called back before its end, and what was withdrawn upstream holds until the next login.",
        "Access tokens: 15 minutes at most; sessions: a day.",
        "RFC 9700 (OAuth 2.0 Security Best Current Practice), 2.2; NIST SP 800-63B, 4.2.3 (reauthentication)",
        _lifetimes,
    ),
    LintRule(
        "brute-force",
        "Keycloak does not slow down whoever tries passwords, unless it is told to.",
        "Write `bruteForceProtected: true`.",
        "Keycloak, Server Administration Guide: Brute force attacks",
        _brute_force,
    ),
    LintRule(
        "ssl-none",
        "Passwords and tokens can be read on the way.",
        "Write `sslRequired: external`.",
        "RFC 6749, 3.1 and 3.2",
        _ssl,
    ),
    LintRule(
        "open-registration",
        "Services that go by an address believe whoever typed it.",
        "Write `verifyEmail: true`, or `registrationAllowed: false`.",
        "OWASP, Authentication Cheat Sheet",
        _registration,
    ),
    LintRule(
        "no-admin-events",
        "Without admin events nobody can say who changed what, and when.",
        "Write `adminEventsEnabled: true` and `adminEventsDetailsEnabled: true`.",
        "Keycloak, Server Administration Guide: Auditing admin events",
        _events,
    ),
    LintRule(
        "refresh-reuse",
        "A refresh token that was stolen from a browser or a desktop works as long as the session, unnoticed.",
        "Write `revokeRefreshToken: true`: each is good for one use.",
        "RFC 9700 (OAuth 2.0 Security Best Current Practice), 2.2.2",
        _refresh,
    ),
)
