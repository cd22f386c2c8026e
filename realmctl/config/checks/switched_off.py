"""What a realm's own setting switches off, and is declared all the same: Keycloak answers 404 halfway (26.7.3)."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.model.address import Address

_REALM = Address("realm")


def check(subject: Subject) -> Iterator[Finding]:
    """Organizations of a realm that says it has none. Where nothing is said of it, the server may have them on."""
    realm = subject.desired.resources.get(_REALM)
    if realm is None or realm.fields.get("organizationsEnabled") is not False:
        return
    for declared in subject.of("organization"):
        told = f"organization '{declared.address.name}' is declared, and the realm has organizationsEnabled: false"
        advice = "write organizationsEnabled: true, or take the organizations out"
        yield Finding("switched-off", told, declared.origin.place(), advice)
