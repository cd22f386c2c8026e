"""What the charts render is a cluster in which `realmctl gateway check` finds nothing open, wherever the gateway is."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from realmctl.integrations.gateway.probe.checks import CheckedPoint, PointState, group_evidence
from realmctl.integrations.gateway.probe.cluster import cluster
from realmctl.integrations.gateway.values import KEY, Gateway
from tests.charts.helm import EXAMPLE, Chart, Helm, Manifest, least

VALUES = Gateway.model_validate(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))[KEY])
ISTIO = {"istio": "ingressgateway"}
PLACES: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "in the root namespace": ("istio-system", {}, ISTIO),
    "in a namespace of its own": ("edge", {}, ISTIO),
    "by the Gateway API": ("edge", {"api": "kubernetes"}, {"gateway.networking.k8s.io/gateway-name": "gateway"}),
    "with closed namespaces": ("edge", {"services": {"closedNamespaces": True}}, ISTIO),
}
"""Where the gateway is, what is said of it, and the labels of its pods, which Istio makes."""


def rendered(helm: Helm, name: str, namespace: str, *more: dict[str, Any]) -> list[Manifest]:
    found = helm.template(Chart(name, [*least(name), *more], namespace=namespace)).manifests
    for one in found:
        one["metadata"].setdefault("namespace", namespace)
    return found


def looked_at(helm: Helm, place: str, values: Gateway | None, *more: dict[str, Any]) -> dict[str, CheckedPoint]:
    """What a cluster with the charts shows, by point."""
    namespace, said, labels = PLACES[place]
    objects = rendered(helm, "gateway", namespace, said, *more)
    for name in ("oauth2-proxy", "redis", "keycloak"):
        objects += rendered(helm, name, "identity")
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"image": "auto"}]}}
    ingress = {"kind": "Deployment", "metadata": {"name": "ingress", "namespace": namespace}}
    objects.append({**ingress, "spec": {"template": pod}})
    (mesh,) = (one["data"]["mesh"] for one in objects if one["kind"] == "ConfigMap" and "mesh" in one["data"])
    return {one.point.id: one for one in group_evidence(cluster(objects, yaml.safe_load(mesh), values))}


@pytest.mark.parametrize("values", [VALUES, None], ids=["with values", "without"])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_open(place: str, values: Gateway | None, helm: Helm) -> None:
    found = looked_at(helm, place, values)
    assert [each for one in found.values() for each in one.evidence if each.state is PointState.OPEN] == []
    seen = {name for name, one in found.items() if one.state is PointState.CLOSED}
    assert seen >= {"login", "exempt-paths", "services", "identity-headers", "check", "redis"}


def test_a_keycloak_that_only_the_chart_is_told_of_is_not_open(helm: Helm) -> None:
    """Without `internalUrl` the chart wants `keycloak.host`, which is in no realm's file."""
    plain = copy.deepcopy(VALUES.model_dump())
    plain["endpoints"]["internal"] = {
        name: plain["endpoints"]["public"][name] for name in ("token", "userinfo", "keys")
    }
    more = {KEY: plain, "keycloak": {"host": "keycloak.identity.svc.cluster.local", "port": 8080}}
    found = looked_at(helm, "in the root namespace", Gateway.model_validate(plain), more)
    assert [each for one in found.values() for each in one.evidence if each.state is PointState.OPEN] == []
    assert "whether it belongs there isn't known" in str(found["exempt-paths"].evidence)
