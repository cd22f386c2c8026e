"""Steps of authentication flows: authenticators Keycloak does not have, and their config keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from realmctl.config.checks.subject import Subject
from realmctl.config.checks.types import unknown_keys, unknown_type
from realmctl.errors import Finding
from realmctl.model.objects import Declared

_NUMBER = re.compile(r" \(\d+\)$")


def check(subject: Subject) -> Iterator[Finding]:
    """Every step of every declared flow, at any depth."""
    for flow in subject.of("flow"):
        yield from _steps(subject, flow, flow.fields.get("executions") or (), ("executions",))
        for name, change in (flow.fields.get("steps") or {}).items():
            yield from _changed(subject, flow, name, change or {})


def _changed(subject: Subject, flow: Declared, name: str, change: Mapping[str, Any]) -> Iterator[Finding]:
    """The same of a single step that is named; which steps the flow has, only the server knows."""
    here = ("steps", name)
    label = _NUMBER.sub("", name.rpartition(" / ")[2])
    if label in subject.catalogue.authenticators:
        known = subject.catalogue.authenticators[label]
        yield from unknown_keys(flow, (*here, "config"), label, change.get("config"), known)


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
