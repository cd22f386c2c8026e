"""Null where it takes nothing away: Keycloak ignores it, and every apply would end with a difference (26.7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.fields import Compare
from realmctl.model.objects import Declared


def check(subject: Subject) -> Iterator[Finding]:
    """Fields of every kind."""
    for declared in subject.of(*(name for name, kind in kinds().items() if kind.emptied_by is not None)):
        kind = kinds()[declared.address.kind]
        for name, value in declared.fields.items():
            if value is None and kind.ignores_null(name):
                told = f"null does not take {name} away: Keycloak ignores it"
                yield Finding("null", told, declared.origin.place(name), _advice(subject, declared, name))
            for key in kind.never_empty.get(name, ()) if isinstance(value, Mapping) else ():
                if key in value and value[key] is None:
                    told = f"null does not take {name}.{key} away: Keycloak answers with its default"
                    yield Finding("null", told, declared.origin.place(name, key), "write the value, or take it out")


def _advice(subject: Subject, declared: Declared, name: str) -> str:
    if kinds()[declared.address.kind].fields()[name] is Compare.KEYS:
        return "write null for each key that is to go, or take it out"
    fresh = subject.builtin.get(declared.address, {}).get(name)
    known = isinstance(fresh, (bool, int, str)) and fresh != ""
    default = (
        f" (a new one of Keycloak's has {str(fresh).lower() if isinstance(fresh, bool) else fresh})" if known else ""
    )
    return f"write the value that it is to have{default}, or take it out"
