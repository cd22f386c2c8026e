"""What a cluster shows of its gateway to who knows the values: one thing changed in each case, and what is told then.

The cluster is that of `cluster.yaml`, but with what the values of `charts/example` make of policies.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from realmctl.integrations.gateway.istio import GatewayPlacement, resources
from realmctl.integrations.gateway.probe.checks import PointState, group_evidence
from realmctl.integrations.gateway.probe.cluster import cluster
from realmctl.integrations.gateway.values import KEY, Gateway
from tests.charts.helm import EXAMPLE
from tests.gateway.test_cluster import WHOLE, changed

CASES: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cluster_cases" / "with_values.yaml").read_text(encoding="utf-8")
)
VALUES: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))[KEY]
PLACE = GatewayPlacement("istio-ingress", {"istio": "ingress"})
MADE = ("AuthorizationPolicy", "RequestAuthentication")
"""Kinds that the values make."""


@pytest.mark.parametrize("name", CASES)
def test_what_is_told(name: str) -> None:
    case = copy.deepcopy(CASES[name])
    plain = copy.deepcopy(VALUES)
    for path, value in case.pop("values", {}).items():
        changed(plain, path, value)
    values = Gateway.model_validate(plain)
    objects = [one for one in copy.deepcopy(WHOLE["objects"]) if one["kind"] not in MADE]
    objects += copy.deepcopy([*resources(values, PLACE)])
    by_name = {f"{one['kind']}/{one['metadata']['name']}": one for one in objects}
    objects += case.pop("more", [])
    mesh: Any = copy.deepcopy(WHOLE["mesh"])
    told = {state: case.pop(state.value, {}) for state in PointState}
    for target, changes in case.items():
        if target == "mesh" and changes is None:
            mesh = None
        elif changes is None:
            objects.remove(by_name[target])
        for path, value in (changes or {}).items():
            changed(mesh if target == "mesh" else by_name[target], path, value)
    found = {one.point.id: one for one in group_evidence(cluster(objects, mesh, values))}
    evidence = [each for one in found.values() for each in one.evidence]
    assert {one.point for one in evidence if one.state is PointState.OPEN} == {*told[PointState.OPEN]}, [
        each for each in evidence if each.state is PointState.OPEN
    ]
    for state, points in told.items():
        for point, words in points.items():
            messages = [f"{each.message} [{each.asked}]" for each in found[point].evidence if each.state is state]
            assert any(words in each for each in messages), (state, point, found[point].evidence)
