"""User names that Keycloak would change, refuse, or keep for itself (26.7.3, by experiment)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.model.address import Address

_SHORTEST = 3
_PROHIBITED = frozenset("<>&\"'$%!#?§,;:*~/\\|^=[]{}()")
"""What the profile's validator `username-prohibited-characters` refuses, beside whitespace."""
_SERVICE = "service-account-"


def check(subject: Subject) -> Iterator[Finding]:
    """Names that could never be found again, and those that the default user profile refuses."""
    said = subject.desired.resources.get(Address("user-profile"))
    attributes = (said.fields.get("attributes") or {}) if said else {}
    usual = "validations" not in (attributes.get("username") or {})
    for declared in subject.of("user"):
        name, place = declared.address.name, declared.origin.place()
        kept = unicodedata.normalize("NFC", name).lower()
        if name.startswith(_SERVICE):
            advice = "say serviceAccountRoles and serviceAccountGroups of its client"
            yield Finding("user-name", f"'{name}' is named as the account of a service is", place, advice)
        elif name != kept:
            yield Finding("user-name", f"Keycloak keeps this user name as '{kept}'", place, f"write {kept}")
        elif usual and len(name) < _SHORTEST:
            advice = "write more, or declare userProfile.attributes.username.validations"
            yield Finding("bad-name", f"a user name has {_SHORTEST} characters or more", place, advice)
        elif usual and (refused := [one for one in name if not _taken(one)]):
            told = "spaces" if refused[0].isspace() else refused[0]
            advice = "take it out, or declare userProfile.attributes.username.validations"
            yield Finding("bad-name", f"Keycloak refuses the user name '{name}': it takes no {told}", place, advice)


def _taken(character: str) -> bool:
    """Latin letters, and what belongs to no script."""
    category = unicodedata.category(character)
    if category.startswith("L"):
        return "LATIN" in unicodedata.name(character, "") or category == "Lm"
    return not (category[0] in "MC" or character.isspace() or character in _PROHIBITED)
