"""Texts longer than Keycloak's database takes, which it answers with 500 and no reason (26.7.3, by experiment)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding

_LONGEST = 255
_KINDS = frozenset(
    {"role", "client-role", "client", "client-scope", "group", "flow", "identity-provider", "required-action", "user"}
)
_SHORT_ATTRIBUTES = frozenset({"role", "client-role", "group"})
"""Whose attributes are short, too; those of clients and client scopes take thousands of characters."""
_SHORT_FIELDS: Mapping[str, frozenset[str]] = {
    "realm": frozenset(
        {
            "displayName", "loginTheme", "accountTheme", "adminTheme", "emailTheme", "defaultLocale",
            "supportedLocales", "eventsListeners", "enabledEventTypes",
        }
    ),
    "organization": frozenset({"name"}),
}  # fmt: skip
"""Of kinds that have longer texts, too: the fields that are as short."""
_LONGER: Mapping[tuple[str, str], int] = {
    ("realm", "passwordPolicy"): 2550, ("client-scope", "attributes"): 2048,
    ("organization", "description"): 4000,
}  # fmt: skip
"""By kind and field: how many characters a text has that is longer."""

Path = tuple[str | int, ...]


def check(subject: Subject) -> Iterator[Finding]:
    """Names people see, descriptions, addresses, and attributes."""
    for declared in subject.desired.resources.values():
        for path, text, most in _texts(declared.address.kind, declared.fields):
            if len(text) > most:
                told = f"this has {len(text)} characters; Keycloak takes {most}"
                yield Finding("too-long", told, declared.origin.place(*path), "write less")


def _texts(kind: str, fields: Mapping[str, Any]) -> Iterator[tuple[Path, str, int]]:
    """Every text of limited length: where, and how many characters Keycloak takes."""
    for name, value in fields.items():
        most = _LONGER.get((kind, name), _LONGEST)
        if name == "executions" and kind in _KINDS:
            yield from ((*one, most) for one in _steps((name,), value))
        elif name == "attributes" and (kind in _SHORT_ATTRIBUTES or (kind, name) in _LONGER):
            for key, values in (value or {}).items():
                listed = values if isinstance(values, list) else [values]
                yield from (((name, key), one, most) for one in listed if isinstance(one, str))
        elif name == "smtpServer":
            yield from (((name, key), one, most) for key, one in (value or {}).items() if isinstance(one, str))
        elif kind in _KINDS or name in _SHORT_FIELDS.get(kind, ()) or (kind, name) in _LONGER:
            if isinstance(value, str):
                yield (name,), value, most
            elif isinstance(value, list):
                yield from (((name, index), one, most) for index, one in enumerate(value) if isinstance(one, str))


def _steps(above: Path, steps: Any) -> Iterator[tuple[Path, str]]:
    for index, step in enumerate(steps or ()):
        for name in ("flow", "description", "configAlias"):
            if step.get(name):
                yield (*above, index, name), step[name]
        yield from _steps((*above, index, "executions"), step.get("executions"))
