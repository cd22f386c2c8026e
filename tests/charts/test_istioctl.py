"""All charts in one cluster of files, read by istioctl's validation and by every one of its analyzers."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from realmctl.integrations.gateway.values_file import as_yaml
from tests.charts.conftest import needed
from tests.charts.helm import EXAMPLE, Chart, Helm, Manifest, least
from tests.gateway.case import Case
from tooling.gateway.stand.certificates import Authority

REALMS = [Case.read(path) for path in sorted((Path(__file__).parents[1] / "gateway/cases").glob("*.yaml"))]

OURS = ("keycloak", "oauth2-proxy", "redis", "echo", "realmctl")

KNOWN = {
    "IST0133 EnvoyFilter": "what the edge takes out of requests can't be said by another resource",
    "IST0151 EnvoyFilter": "its patches are relative, on purpose: before the check, and before the router",
    "IST0133 AuthorizationPolicy": "a DENY by paths closes ports that speak no HTTP, which is meant",
}
"""What the analyzers say of the charts, and why it stays. All are warnings."""


def said(resources: Sequence[Manifest]) -> dict[str, list[Any]]:
    """What istioctl would: `refused` by its validation, `messages` of its analyzers, analyzers that were `skipped`."""
    (mesh,) = (one["data"]["mesh"] for one in resources if one["metadata"]["name"] == "gateway-mesh")
    given = json.dumps({"mesh": mesh, "resources": yaml.safe_dump_all(resources)})
    done = subprocess.run(
        [str(needed("istio")), "check"], input=given, capture_output=True, text=True, check=False, timeout=120, env={}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[Any]] = json.loads(done.stdout)
    return found


def unexpected(messages: Sequence[dict[str, str]]) -> list[str]:
    return [
        f"{one['level']} {one['code']} {one['resource']}: {one['says']}"
        for one in messages
        if f"{one['code']} {one['resource'].split()[0]}" not in KNOWN or one["level"] == "Error"
    ]


def pod(name: str, namespace: str, labels: dict[str, str]) -> Manifest:
    containers = [{"name": "app", "image": "app:1"}, {"name": "istio-proxy", "image": "proxyv2:1.31.0"}]
    meta = {"name": name, "namespace": namespace, "labels": labels}
    meta |= {"annotations": {"sidecar.istio.io/status": "{}"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": containers}}


@pytest.fixture
def cluster(helm: Helm, tmp_path: Path) -> list[Manifest]:
    """Every chart that the mesh knows of, the teams' services, and the pods that the policies are for."""
    found = list(helm.template(Chart("gateway", [EXAMPLE], namespace="istio-system")).manifests)
    for name in OURS:
        found += helm.template(Chart(name, least(name), namespace="identity")).manifests
    for one in list(found):
        if one["kind"] in ("Deployment", "StatefulSet"):
            labels = one["spec"]["template"]["metadata"]["labels"]
            found.append(pod(one["metadata"]["name"], "identity", labels))
    for name, service in yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["gateway"]["services"].items():
        workload = service["workload"]
        found.append(pod(name, workload["namespace"], workload["labels"]))
        ports = [{"name": "http", "port": service["backend"]["port"]}]
        meta = {"name": service["backend"]["name"], "namespace": workload["namespace"]}
        spec = {"selector": workload["labels"], "ports": ports}
        found.append({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})
    gateway = {"istio": "ingressgateway"}
    found.append(pod("ingress", "istio-system", gateway))
    ports = [
        {"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"},
        {"name": "https", "port": 443, "targetPort": 8443, "protocol": "TCP"},
    ]
    meta = {"name": "ingress", "namespace": "istio-system"}
    found.append(
        {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"selector": gateway, "ports": ports}}
    )
    pair = Authority(tmp_path, "public").pair("gateway", hosts=["apps.example.com"])
    files = {"tls.crt": pair.chain, "tls.key": pair.key}
    data = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}
    meta = {"name": "gateway-tls", "namespace": "istio-system"}
    found.append({"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": data})
    for name in sorted({one["metadata"]["namespace"] for one in found}):
        meta = {"name": name, "labels": {"istio-injection": "enabled"}}
        found.append({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    return found


def test_istioctl_has_nothing_against_the_charts(cluster: list[Manifest]) -> None:
    found = said(cluster)
    assert found["refused"] == []
    assert found["skipped"] == []
    assert unexpected(found["messages"]) == []
    of = {f"{one['code']} {one['resource'].split()[0]}" for one in found["messages"]}
    assert of == set(KNOWN), "what is no longer said need not be known"


@pytest.mark.parametrize("realm", REALMS, ids=lambda case: case.path.stem)
def test_whatever_render_writes_istiod_would_take(realm: Case, helm: Helm, tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    gateway = realm.gateway(tmp_path)
    file.write_text(as_yaml(gateway), encoding="utf-8")
    keycloak = {"keycloak": {"host": "keycloak.identity.svc.cluster.local", "port": 8080}}
    refused = said(helm.template(Chart("gateway", [file, keycloak])).manifests)["refused"]
    # A machine of one's own: istiod serves no host without a dot, but a stand may.
    expected = ["short names (non FQDN) are not allowed"] if any("." not in one.name for one in gateway.hosts) else []
    assert [one["says"] for one in refused] == expected


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("gateway-login", {"provider": None}, "`provider.name` must not be empty"),
        ("gateway-login", {"actions": "DENY"}, "unknown field"),
        ("gateway-login", {"rules": [{"to": [{"operation": {"paths": ["/{*}/{**}/{*}"]}}]}]}, "path"),
    ],
    ids=["a check by nobody", "unknown field", "a path template that is none"],
)
def test_what_istiod_would_refuse(name: str, change: dict[str, Any], says: str, cluster: list[Manifest]) -> None:
    (policy,) = (one for one in cluster if one["metadata"]["name"] == name)
    policy["spec"] = {key: value for key, value in {**policy["spec"], **change}.items() if value is not None}
    (refused,) = said(cluster)["refused"]
    assert refused["resource"] == f"AuthorizationPolicy istio-system/{name}"
    assert says in refused["says"]


def test_what_an_analyzer_would_find(cluster: list[Manifest]) -> None:
    (route,) = (one for one in cluster if one["kind"] == "VirtualService")
    route["spec"]["gateways"] = ["gatewya"]
    found = unexpected(said(cluster)["messages"])
    assert any(
        one.startswith("Error IST0101 VirtualService istio-system/gateway") and "gatewya" in one for one in found
    )
