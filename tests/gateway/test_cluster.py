"""What a cluster shows of its gateway: one thing broken in each case, and the point that is open then."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from realmctl.integrations.gateway.probe.checks import POINTS, PointState, group_evidence
from realmctl.integrations.gateway.probe.cluster import cluster, merge_mesh_config, shared_mesh

HERE = Path(__file__).parent
WHOLE = yaml.safe_load((HERE / "cluster.yaml").read_text())
CASES: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "cluster_cases" / "cases.yaml").read_text())
SEEN = {"login", "exempt-paths", "services", "identity-headers", "check", "redis"}
"""Points that a cluster says something of."""


def changed(whole: Any, path: str, value: Any) -> None:
    """Puts a value at a dotted path of plain data; None takes it out. Numbers count items from 1."""
    *above, last = path.split(".")
    for step in above:
        whole = whole[int(step) - 1] if isinstance(whole, list) else whole[step]
    if value is None:
        del whole[int(last) - 1 if isinstance(whole, list) else last]
    else:
        whole[last] = value


@pytest.mark.parametrize("name", CASES)
def test_what_is_broken_is_open(name: str) -> None:
    case = dict(CASES[name])
    whole = copy.deepcopy(WHOLE)
    wanted = case.pop("open")
    more = case.pop("more", [])
    by_name = {f"{one['kind']}/{one['metadata']['name']}": one for one in whole["objects"]}
    for target, changes in case.items():
        for path, value in changes.items():
            changed(whole["mesh"] if target == "mesh" else by_name[target], path, value)
    found = group_evidence(cluster([*whole["objects"], *more], whole["mesh"], None))
    assert [one.point.id for one in found if one.state is PointState.OPEN] == wanted
    assert {one.point.id for one in found if one.state is not PointState.UNKNOWN} >= SEEN - {"redis", "exempt-paths"}


def test_every_point_that_a_cluster_shows_is_broken_once() -> None:
    assert {point for case in CASES.values() for point in case["open"]} == SEEN
    assert set(POINTS) > SEEN


def test_a_mesh_config_that_istiod_shares_counts() -> None:
    """Istiod merges the config map that SHARED_MESH_CONFIG names with its own, which wins."""
    env = [{"name": "SHARED_MESH_CONFIG", "value": "gateway-mesh"}]
    pod = {"spec": {"containers": [{"name": "discovery", "env": env}]}}
    istiod = {
        "kind": "Deployment",
        "metadata": {"name": "istiod", "namespace": "istio-system"},
        "spec": {"template": pod},
    }
    assert shared_mesh([istiod], "istio-system") == "gateway-mesh"
    assert shared_mesh([istiod], "elsewhere") is None
    assert shared_mesh(WHOLE["objects"], "istio-system") is None
    bare = {"kind": "Deployment", "metadata": {"name": "bare", "namespace": "istio-system"}}
    assert shared_mesh([bare, {**bare, "spec": {"template": None}}], "istio-system") is None
    shared = {"extensionProviders": [{"name": "a"}, {"name": "b", "from": "shared"}], "pathNormalization": {}}
    own = {"extensionProviders": [{"name": "b", "from": "own"}], "rootNamespace": "istio-system"}
    assert merge_mesh_config(own, shared) == {
        "extensionProviders": [{"name": "a"}, {"name": "b", "from": "own"}],
        "pathNormalization": {},
        "rootNamespace": "istio-system",
    }
    assert merge_mesh_config(None, shared) == shared
    assert merge_mesh_config(own, None) == own


def test_what_cannot_be_read_is_not_closed() -> None:
    found = {one.point.id: one.state for one in group_evidence(cluster([], None, None))}
    assert found["check"] is found["redis"] is found["login"] is PointState.UNKNOWN
