"""Realm names that Keycloak refuses, or takes and can never serve (26.7.3, by experiment)."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding

_REFUSED = "!#$&()*+,/:;=?@[]\\"
_LONGEST = 238
"""The account client's base URL, /realms/NAME/account/, has 255 characters."""


def check(subject: Subject) -> Iterator[Finding]:
    """Refused characters, lengths, and the names `.` and `..`, which Keycloak takes and no URL can reach."""
    name = subject.desired.realm
    refused = sorted({character for character in name if character in _REFUSED})
    if refused:
        message = f"Keycloak refuses a realm name with {' '.join(refused)}"
    elif name in (".", ".."):
        message = f"no URL can reach a realm named '{name}'"
    elif len(name) > _LONGEST:
        message = f"the realm's name has {len(name)} characters; Keycloak takes {_LONGEST}"
    elif any(ord(character) < 32 for character in name) or name != name.strip():
        message = "the realm's name has a line break, a tab, or a space at its end, which would be part of every URL"
    else:
        return
    yield Finding("realm-name", message, subject.origin.place("realm"), "use letters, digits, '-', '_' and '.'")
