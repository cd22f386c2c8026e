"""What the charts render is a cluster in which `realmctl gateway check` finds nothing open, wherever the gateway is."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from realmctl.gateway.probe.cluster import cluster
from realmctl.gateway.probe.points import State, gathered
from realmctl.gateway.values import KEY, Gateway
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


@pytest.mark.parametrize("values", [VALUES, None], ids=["with values", "without"])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_open(place: str, values: Gateway | None, helm: Helm) -> None:
    namespace, said, labels = PLACES[place]
    objects = rendered(helm, "gateway", namespace, said)
    for name in ("oauth2-proxy", "redis", "keycloak"):
        objects += rendered(helm, name, "identity")
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"image": "auto"}]}}
    ingress = {"kind": "Deployment", "metadata": {"name": "ingress", "namespace": namespace}}
    objects.append({**ingress, "spec": {"template": pod}})
    (mesh,) = (one["data"]["mesh"] for one in objects if one["kind"] == "ConfigMap" and "mesh" in one["data"])
    found = {one.point.id: one for one in gathered(cluster(objects, yaml.safe_load(mesh), values))}
    assert [each for one in found.values() for each in one.evidence if each.state is State.OPEN] == []
    seen = {name for name, one in found.items() if one.state is State.CLOSED}
    assert seen >= {"login", "exempt-paths", "services", "identity-headers", "check", "redis"}
