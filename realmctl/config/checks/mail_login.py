"""Credentials of the mail server that Keycloak drops, since its way to log in doesn't need them (26.7.3)."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding

_NONE: tuple[str, ...] = ()
_TOKEN = ("authTokenUrl", "authTokenScope", "authTokenClientId", "authTokenClientSecret")


def check(subject: Subject) -> Iterator[Finding]:
    """What is declared of a login beside another way, or beside none."""
    for realm in subject.of("realm"):
        mail = realm.fields.get("smtpServer") or {}
        why, dropped = "", _NONE
        if str(mail.get("auth")).lower() == "false":
            why, dropped = "auth is false", ("user", "password", "authType", *_TOKEN)
        elif mail.get("authType") == "token":
            why, dropped = "authType is token", ("password",)
        elif mail.get("authType") == "basic":
            why, dropped = "authType is basic", _TOKEN
        for key in dropped:
            if mail.get(key):
                message = f"Keycloak drops smtpServer.{key} where {why}"
                yield Finding("dropped-key", message, realm.origin.place("smtpServer", key), "take one of them out")
