"""Authentication flows of a representation: a list of all flows, which name each other and their settings by alias.

Must not know about: what a flow does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.export.foreign.reader import ExportReader
from realmctl.export.foreign.reading import HOME

Steps = tuple[str | int, ...]

_STEP = frozenset({"authenticator", "flowAlias", "requirement", "priority", "authenticatorConfig"})
_IGNORED = frozenset({"authenticatorFlow", "autheticatorFlow", "userSetupAllowed", "id", "parentFlow"})
"""What Keycloak does not read: it follows from the rest, and a step decides by itself about setup (26.7.3)."""


def read(reader: ExportReader, data: Mapping[str, Any]) -> None:
    """Take the flows and their settings over."""
    export = reader.reading.export
    flows = data.get("authenticationFlows") or []
    configs = data.get("authenticatorConfig") or []
    known = {flow.get("alias") for flow in flows}
    settings = {config.get("alias"): config for config in configs}
    found: list[dict[str, Any]] = []
    used: set[str] = set()
    for flow, path in reader.items(flows, ("authenticationFlows",), "flow"):
        made = reader.fields("flow", flow, path, {"authenticationExecutions"})
        made |= {"topLevel": flow.get("topLevel", True), "builtIn": flow.get("builtIn", False)}
        if flow.get("authenticationExecutions") is not None:
            made["authenticationExecutions"] = [
                _step(reader, step, (*path, "authenticationExecutions", index), known, set(settings))
                for index, step in enumerate(flow["authenticationExecutions"])
            ]
            used |= {str(step.get(key)) for step in made["authenticationExecutions"] for key in _LEADING}
        found.append(made)
    for flow in found:
        if not flow["topLevel"] and flow["alias"] not in used:
            reader.problem(flow[HOME], f"the sub-flow '{flow['alias']}', which no flow holds", "name it in a flow")
    for index, config in enumerate(configs):
        if config.get("alias") not in used:
            message = f"the settings '{config.get('alias')}', which no execution has"
            reader.problem(("authenticatorConfig", index), message, "name them as authenticatorConfig of an execution")
        reader.demand_keys(config, {"id", "alias", "config"}, ("authenticatorConfig", index))
    export["authenticationFlows"] = found
    export["authenticatorConfig"] = [
        {**config, "config": reader.texts(config.get("config"), ("authenticatorConfig", index, "config"))}
        for index, config in enumerate(configs)
    ]


_LEADING = ("flowAlias", "authenticatorConfig")


def _step(
    reader: ExportReader, step: Mapping[str, Any], path: Steps, flows: set[Any], configs: set[Any]
) -> dict[str, Any]:
    reader.demand_keys(step, _STEP | _IGNORED, path)
    if not step.get("requirement"):
        reader.problem(path, "an execution without requirement", "write requirement: REQUIRED, ALTERNATIVE…")
    if step.get("flowAlias") and step["flowAlias"] not in flows:
        advice = "write that flow, too"
        reader.problem((*path, "flowAlias"), f"the sub-flow '{step['flowAlias']}', which the files have not", advice)
    if step.get("authenticatorConfig") and step["authenticatorConfig"] not in configs:
        message = f"the settings '{step['authenticatorConfig']}', which the files have not"
        reader.problem((*path, "authenticatorConfig"), message, "write them in authenticatorConfig")
    kept = {key: value for key, value in step.items() if key in _STEP and value is not None}
    return {"requirement": "DISABLED", **kept}
