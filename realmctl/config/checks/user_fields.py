"""Fields of users that Keycloak would change, or drop without a word (26.7.3, by experiment)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding

_OWN = frozenset({"email", "firstName", "lastName"})


def check(subject: Subject) -> Iterator[Finding]:
    """Addresses in upper case; attributes that are fields of the user, and those without a text."""
    for declared in subject.of("user"):
        email = declared.fields.get("email")
        if email and email != email.lower():
            place = declared.origin.place("email")
            yield Finding("user-email", "Keycloak keeps e-mail addresses in lower case", place, "write it so")
        for name, told, advice in _wrong(declared.fields.get("attributes") or {}):
            yield Finding("user-attribute", told, declared.origin.place("attributes", name), advice)


def _wrong(attributes: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, values in attributes.items():
        if name == "username":
            yield name, f"'{name}' is no attribute", "the username is the name that the user stands under"
        elif name in _OWN:
            yield name, f"'{name}' is a field of the user, and no attribute", f"write {name} beside attributes"
        elif any(not value.strip() for value in values or ()):
            yield name, f"Keycloak keeps no empty value, and '{name}' has one", "take it out; null asks for none at all"
