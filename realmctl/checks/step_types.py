"""Steps of authentication flows: authenticators Keycloak does not have, and their config keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from realmctl.checks.subject import Subject
from realmctl.checks.types import unknown_keys, unknown_type
from realmctl.errors import Finding
from realmctl.model.objects import Declared


def check(subject: Subject) -> Iterator[Finding]:
    """Every step of every declared flow, at any depth."""
    for flow in subject.of("flow"):
        yield from _steps(subject, flow, flow.fields.get("executions") or (), ("executions",))


def _steps(subject: Subject, flow: Declared, steps: Sequence[Any], path: tuple[str | int, ...]) -> Iterator[Finding]:
    known = subject.catalogue.authenticators
    for index, step in enumerate(steps):
        here = (*path, index)
        name = step.get("authenticator")
        if name and name not in subject.custom:
            if name in known:
                yield from unknown_keys(flow, (*here, "config"), name, step.get("config"), known[name])
            else:
                yield unknown_type(flow, (*here, "authenticator"), "authenticator", name, known)
        yield from _steps(subject, flow, step.get("executions") or (), (*here, "executions"))
