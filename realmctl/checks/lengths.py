"""Texts longer than Keycloak's database takes, which it answers with 500 and no reason (26.7.3, by experiment)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.checks.subject import Subject
from realmctl.errors import Finding

_LONGEST = 255
_KINDS = frozenset(
    {"role", "client-role", "client", "client-scope", "group", "flow", "identity-provider", "required-action", "user"}
)
_SHORT_ATTRIBUTES = frozenset({"role", "client-role", "group"})
"""Whose attributes are short, too; those of clients and client scopes take thousands of characters."""

Path = tuple[str | int, ...]


def check(subject: Subject) -> Iterator[Finding]:
    """Names people see, descriptions, addresses, and the attributes of roles and groups."""
    for declared in subject.desired.resources.values():
        kind = declared.address.kind
        if kind in _KINDS:
            for path, text in _texts(kind, declared.fields):
                if len(text) > _LONGEST:
                    told = f"this has {len(text)} characters; Keycloak takes {_LONGEST}"
                    yield Finding("too-long", told, declared.origin.place(*path), "write less")


def _texts(kind: str, fields: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    for name, value in fields.items():
        if isinstance(value, str):
            yield (name,), value
        elif name == "executions":
            yield from _steps((name,), value)
        elif isinstance(value, list):
            yield from (((name, index), one) for index, one in enumerate(value) if isinstance(one, str))
        elif name == "attributes" and kind in _SHORT_ATTRIBUTES:
            for key, values in (value or {}).items():
                yield from (((name, key), one) for one in values or () if isinstance(one, str))


def _steps(above: Path, steps: Any) -> Iterator[tuple[Path, str]]:
    for index, step in enumerate(steps or ()):
        for name in ("flow", "description", "configAlias"):
            if step.get(name):
                yield (*above, index, name), step[name]
        yield from _steps((*above, index, "executions"), step.get("executions"))
