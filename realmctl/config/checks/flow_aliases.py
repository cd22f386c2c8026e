"""Aliases of flows: one realm, one name each, sub-flows included (26.7.3: 409 halfway through)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding, Place
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.kinds.temporary_name import NEXT
from realmctl.model.objects import Declared

_LONGEST = 255 - len(f"{NEXT}-99")
"""Keycloak takes 255; while a flow is built anew, it and its sub-flows have names with this at their ends."""


def check(subject: Subject) -> Iterator[Finding]:
    """Every alias that a second flow has, too: one of the files, or one that Keycloak ships."""
    seen: dict[str, Place] = {}
    shipped = _shipped() if any(address.kind == "flow" for address in subject.desired.resources) else {}
    for declared in subject.desired.resources.values():
        if declared.address.kind != "flow":
            continue
        own = shipped.get(declared.address.name, False)
        for alias, place in [(declared.address.name, declared.origin.place()), *_below(declared)]:
            if alias in seen:
                told = f"two flows have the alias '{alias}', which is unique in a realm; the other one: {seen[alias]}"
                yield Finding("flow-alias", told, place, "give a sub-flow the name of its flow, such as browser forms")
            elif alias in shipped and not own:
                told = f"Keycloak itself ships a flow with the alias '{alias}', which is unique in a realm"
                yield Finding(
                    "flow-alias", told, place, f"write another one, such as '{declared.address.name} {alias}'"
                )
            elif len(alias) > _LONGEST:
                told = f"the alias has {len(alias)} characters; with more than {_LONGEST} a flow can't be built anew"
                yield Finding("flow-alias", told, place, "write a shorter one")
            seen.setdefault(alias, place)


def _shipped() -> dict[str, bool]:
    """The aliases of the flows of a fresh realm, and whether each is a top-level one."""
    return {flow["alias"]: bool(flow.get("topLevel")) for flow in fresh_realm()["authenticationFlows"]}


def _below(declared: Declared) -> Iterator[tuple[str, Place]]:
    def walk(path: tuple[str | int, ...], steps: Any) -> Iterator[tuple[str, Place]]:
        for index, step in enumerate(steps or ()):
            if step.get("flow"):
                yield step["flow"], declared.origin.place(*path, index, "flow")
                yield from walk((*path, index, "executions"), step.get("executions"))

    return walk(("executions",), declared.fields.get("executions"))
