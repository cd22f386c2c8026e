"""Built-in flows as an older Keycloak made them: a realm has to be made with them, since nothing can change them later.

An import that is told flows makes those and none of its own (26.7.3, by experiment), so it is told all of them. Pure.
Must not know about: how flows compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Step = Mapping[str, Any]


def representations(flows: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """What the request that makes a realm says of its flows: alias and fields (as `Live.fields`) of each top-level one.

    Aliases of sub-flows are unique in a realm: of two flows that hold the same one, the first counts.
    """
    found: dict[str, dict[str, Any]] = {}
    configs: dict[str, dict[str, Any]] = {}
    for alias, fields in flows:
        for flow in _flow(alias, fields, fields.get("executions") or (), configs, top=True):
            found.setdefault(flow["alias"], flow)
    return {"authenticationFlows": list(found.values()), "authenticatorConfig": list(configs.values())}


def _flow(
    alias: str, fields: Mapping[str, Any], steps: Sequence[Step], configs: dict[str, dict[str, Any]], *, top: bool
) -> Iterator[dict[str, Any]]:
    yield {
        "alias": alias,
        "description": fields.get("description") or "",
        "providerId": fields.get("providerId") or "basic-flow",
        "topLevel": top,
        "builtIn": True,
        "authenticationExecutions": [_execution(step, index, alias, configs) for index, step in enumerate(steps)],
    }
    for step in steps:
        if step.get("flow"):
            yield from _flow(step["flow"], step, step.get("executions") or (), configs, top=False)


def _execution(step: Step, index: int, flow: str, configs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {"requirement": step["requirement"], "priority": index * 10}
    if step.get("authenticator"):
        made["authenticator"] = step["authenticator"]
    if step.get("flow"):
        made |= {"flowAlias": step["flow"], "authenticatorFlow": True}
    if step.get("config"):
        alias = step.get("configAlias") or f"{flow}-{step.get('authenticator')}-{index}"
        config = {key: value for key, value in step["config"].items() if value is not None}
        configs.setdefault(alias, {"alias": alias, "config": config})
        made["authenticatorConfig"] = alias
    return made
