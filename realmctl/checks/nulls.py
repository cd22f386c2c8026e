"""Null where it takes nothing away: Keycloak ignores it, and every apply would end with a difference (26.7.3)."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.kinds.emptied import EMPTY, ignored
from realmctl.kinds.registry import kinds
from realmctl.model.fields import Compare


def check(subject: Subject) -> Iterator[Finding]:
    """Fields of the realm and of clients."""
    for declared in subject.of(*EMPTY):
        kind = declared.address.kind
        for name, value in declared.fields.items():
            if value is None and ignored(kind, name):
                told = f"null does not take {name} away: Keycloak ignores it"
                keys = kinds()[kind].fields()[name] is Compare.KEYS
                advice = "write null for each key that is to go" if keys else "write the value that it is to have"
                yield Finding("null", told, declared.origin.place(name), f"{advice}, or take it out")
