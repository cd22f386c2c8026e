"""Required actions that Keycloak does not have, and their config keys."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.config.checks.types import unknown_keys, unknown_type
from realmctl.errors import Finding


def check(subject: Subject) -> Iterator[Finding]:
    """Every declared required action, by its provider or, without one, its alias."""
    known = subject.catalogue.required_actions
    for action in subject.of("required-action"):
        written = action.fields.get("providerId")
        name = written or subject.said(action.address, "providerId") or action.address.name
        if name in subject.custom:
            continue
        if name in known:
            yield from unknown_keys(action, ("config",), name, action.fields.get("config"), known[name])
        else:
            yield unknown_type(action, ("providerId",) if written else (), "required action", name, known)
