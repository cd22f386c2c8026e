"""The password policy: parts that Keycloak does not have, and values that it can't use (26.7.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from realmctl.config.checks.subject import Subject
from realmctl.config.checks.texts import regex
from realmctl.errors import Finding
from realmctl.keycloak.catalog.server import server
from realmctl.model.suggestion import meant

_RULE = "password-policy"
_PART = re.compile(r"([^()\s]+)\s*(?:\((.*)\))?", re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,9}")
_NEEDED = frozenset({"regexPattern", "hashAlgorithm"})
"""Parts that Keycloak refuses without a value."""
_ONCE = "forceExpiredPasswordChange"
_FROM_ZERO = frozenset({"hashIterations", "passwordHistory"})
Wrong = tuple[str, str]


def check(subject: Subject) -> Iterator[Finding]:
    """Each part of the realm's policy."""
    for realm in subject.of("realm"):
        policy = realm.fields.get("passwordPolicy")
        if not isinstance(policy, str) or not policy.strip():
            continue
        # Keycloak takes it apart at exactly this, wherever it stands.
        parts = [part.strip() for part in policy.split(" and ")]
        for at, part in enumerate(parts):
            wrong = _wrong(part, parts[:at], subject.custom)
            if wrong:
                yield Finding(_RULE, f"the password policy {wrong[0]}", realm.origin.place("passwordPolicy"), wrong[1])


def _wrong(part: str, before: Sequence[str], custom: frozenset[str]) -> Wrong | None:
    """Return the problem of a part and the advice; `before` are the parts before it."""
    known = server().password_policies
    found = _PART.fullmatch(part)
    if not found:
        advice = "write parts such as length(12), with 'and' between them: length(12) and notUsername"
        return f"has a part that Keycloak can't read: '{part}'", advice
    name, value = found[1], found[2]
    if name in custom:
        return None
    if name not in known:
        advice = f"Keycloak has: {', '.join(known)}"
        return f"has a part that Keycloak does not have: '{name}'{meant(name, known)}", advice
    if any(other[1] == name for other in map(_PART.fullmatch, before) if other):
        return f"says {name} twice, and Keycloak keeps the last one", "write it once"
    if value is None:
        return (f"has {name} without a value", f"write {name}(…)") if name in _NEEDED else None
    return _wrong_value(name, value, known[name].takes, custom)


def _wrong_value(name: str, value: str, takes: str, custom: frozenset[str]) -> Wrong | None:
    if takes == "int" or name == _ONCE:
        if not _NUMBER.fullmatch(value):
            return f"has {name}({value}), and {name} takes a whole number", f"write {name}(8)"
        if int(value) < 0 and name not in _FROM_ZERO:
            return f"has {name}({value}), which holds nobody to anything", "write 1 or more, or take it out"
    if name == "regexPattern" and (wrong := regex(value)):
        return f"has a regexPattern that {wrong[0]}", wrong[1]
    hashes = server().hash_algorithms
    if name == "hashAlgorithm" and value not in hashes and value not in custom:
        return f"has the unknown hash algorithm '{value}'{meant(value, hashes)}", f"Keycloak has: {', '.join(hashes)}"
    return None
