"""`realmctl gateway check`, on this cluster by kubectl: closed as the charts make it, open where a policy moved."""

from __future__ import annotations

import copy
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from realmctl.errors import Exit
from tests.charts.helm import EXAMPLE
from tests.cluster.control_plane import ADDRESS, Cluster, alone
from tests.cluster.release import Install

pytestmark = pytest.mark.skipif(
    not alone(), reason="NOT RUN, for a cluster needs a network of its own: make test-cluster"
)

SEEN = {"login", "exempt-paths", "services", "identity-headers", "check", "redis"}
"""Points that a cluster says something of."""

INGRESS: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "ingress", "namespace": "istio-system"},
    "spec": {
        "selector": {"matchLabels": {"istio": "ingressgateway"}},
        "template": {
            "metadata": {"labels": {"istio": "ingressgateway"}},
            "spec": {"containers": [{"name": "istio-proxy", "image": "auto"}]},
        },
    },
}
"""The gateway's pods, which Istio's own chart brings."""


class _Closed(http.server.BaseHTTPRequestHandler):
    """A door behind which nothing is: the check from outside is not what is tested here."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_request(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer((ADDRESS, 0), _Closed)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://{ADDRESS}:{server.server_port}"
    server.shutdown()


@pytest.fixture
def installed(cluster: Cluster, release: Install) -> Iterator[None]:
    """The gateway's charts, and the mesh config in istiod's own ConfigMap: the first of the three ways."""
    for name in ("redis", "oauth2-proxy", "gateway"):
        release(name).upgrade()
    mesh = cluster.read("configmap", "gateway-mesh", "--namespace=istio-system")["data"]["mesh"]
    before = cluster.read("configmap", "istio", "--namespace=istio-system")["data"]
    own = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": "istio-system"}}
    for one in ({**own, "data": {"mesh": mesh}}, INGRESS):
        done = cluster.apply([one])
        assert done.returncode == 0, done.stderr
    yield
    cluster.kubectl("delete", "deployment", "ingress", "--namespace=istio-system")
    cluster.apply([{**own, "data": before}])


def checked(cluster: Cluster, url: str) -> Mapping[str, Mapping[str, Any]]:
    """What only the cluster says, by point."""
    words = [url, "--values", str(EXAMPLE), "--kubeconfig", str(cluster.kubeconfig), "-o", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "realmctl", "gateway", "check", *words],
        env={**os.environ, "PATH": f"{cluster.programs['kubectl'].parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (Exit.OK, Exit.DIFFERENT), done.stderr
    return {one["id"]: one for one in json.loads(done.stdout)["points"]}


def opened(found: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Evidence from the cluster that is open; what was asked over HTTP begins with a method."""
    return {
        point: lines
        for point in SEEN
        if (
            lines := [
                each["message"]
                for each in found[point]["evidence"]
                if each["state"] == "open" and not (each["asked"] or "").startswith(("GET ", "POST ", "http"))
            ]
        )
    }


def test_as_installed_nothing_is_open(cluster: Cluster, url: str, installed: None) -> None:
    found = checked(cluster, url)
    assert opened(found) == {}
    said = {point for point in SEEN for each in found[point]["evidence"] if each["state"] == "closed"}
    assert said == SEEN


def test_a_policy_in_another_namespace_is_found(cluster: Cluster, url: str, installed: None) -> None:
    """Nothing refuses it, neither Kubernetes nor Istio, and all is open."""
    policy = cluster.read("authorizationpolicy", "gateway-login", "--namespace=istio-system")
    done = cluster.kubectl("delete", "authorizationpolicy", "gateway-login", "--namespace=istio-system")
    assert done.returncode == 0, done.stderr
    moved = {**policy, "metadata": {"name": "gateway-login", "namespace": "identity"}}
    assert cluster.apply([moved]).returncode == 0
    try:
        assert "no AuthorizationPolicy with action CUSTOM" in str(opened(checked(cluster, url)).get("login"))
    finally:
        cluster.kubectl("delete", "authorizationpolicy", "gateway-login", "--namespace=identity")


def test_a_service_without_its_policy_is_found(cluster: Cluster, url: str, installed: None) -> None:
    done = cluster.kubectl("delete", "requestauthentication", "--all", "--namespace=orders")
    assert done.returncode == 0, done.stderr
    assert "the service orders" in str(opened(checked(cluster, url)).get("services"))


def test_the_mesh_config_is_read_from_where_istiod_reads_it(cluster: Cluster, url: str, installed: None) -> None:
    """The second of the three ways: istiod merges the chart's own ConfigMap."""
    empty = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": "istio-system"}}
    assert cluster.apply([{**empty, "data": {"mesh": "{}"}}]).returncode == 0
    assert "normalized with BASE" in str(opened(checked(cluster, url)).get("check"))
    istiod = copy.deepcopy(INGRESS)
    istiod["metadata"]["name"] = "istiod"
    istiod["spec"]["selector"]["matchLabels"] = istiod["spec"]["template"]["metadata"]["labels"] = {"app": "istiod"}
    istiod["spec"]["template"]["spec"]["containers"][0] |= {
        "name": "discovery",
        "env": [{"name": "SHARED_MESH_CONFIG", "value": "gateway-mesh"}],
    }
    done = cluster.apply([istiod])
    assert done.returncode == 0, done.stderr
    try:
        assert opened(checked(cluster, url)) == {}
    finally:
        cluster.kubectl("delete", "deployment", "istiod", "--namespace=istio-system")
