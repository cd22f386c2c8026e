"""Whom Keycloak's sidecar lets in: the chart's policy as istiod's own code puts it, at work in a stock Envoy."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.conftest import needed
from tests.charts.processes import free_port, running
from tests.charts.rendered import rendered

pytestmark = pytest.mark.xdist_group("sidecar")
KEYS = "/auth/realms/platform/protocol/openid-connect/certs"
ASKED = [
    ("GET", KEYS, 200),
    ("GET", f"{KEYS}?x=1", 200),
    ("POST", KEYS, 403),
    ("GET", "/auth/realms/platform/protocol/openid-connect/token", 403),
    ("GET", "/auth/realms/a/b/protocol/openid-connect/certs", 403),
    ("GET", f"{KEYS}/more", 403),
    ("GET", f"/auth/admin/realms/../..{KEYS.removeprefix('/auth')}/../../../../../admin/realms", 403),
    ("GET", "/auth/admin/realms", 403),
    ("GET", "/auth/realms/master", 403),
    ("GET", "/", 403),
]
"""By somebody of whom no certificate tells the namespace."""
_TYPES = "type.googleapis.com/envoy.extensions.filters"


def sent() -> list[dict[str, Any]]:
    """The filters that decide, of all that istiod sends to the sidecar of the chart's pod."""
    found = rendered("keycloak")
    spec = found["StatefulSet/keycloak"]["spec"]["template"]
    service, labels = found["Service/keycloak"], spec["metadata"]["labels"]
    service["spec"]["clusterIP"] = "10.1.0.3"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "keycloak-0", "namespace": "identity", "labels": labels},
        "spec": {"serviceAccountName": "keycloak", "containers": [{"name": "keycloak", "image": "any"}]},
        "status": {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}], "phase": "Running"},
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "identity"}}
    sidecar = {"name": "keycloak", "type": "sidecar", "namespace": "identity", "ip": "10.0.0.1", "labels": labels}
    job = {
        "mesh": "rootNamespace: istio-system\n",
        "istio": yaml.safe_dump(found["AuthorizationPolicy/keycloak"]),
        "kubernetes": yaml.safe_dump_all([namespace, service, pod]),
        "proxies": [{**sidecar, "serviceAccount": "keycloak"}],
    }
    done = subprocess.run(
        [needed("istio")], input=json.dumps(job), capture_output=True, text=True, check=False, timeout=120, env={}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [
        inner["typed_config"]
        for listener in json.loads(done.stdout)["keycloak"]["listeners"]
        if listener["name"] == "virtualInbound"
        for chain in listener["filter_chains"]
        for outer in chain["filters"]
        for inner in outer["typed_config"].get("http_filters", ())
        if inner["name"] == "envoy.filters.http.rbac"
    ]


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an Envoy with that filter; whatever passes it gets a 200."""
    envoy, filters = needed("envoy"), sent()
    assert filters, "the policy is in no inbound chain"
    assert all(one == filters[0] for one in filters)
    port = free_port()
    everything = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
    manager = {
        "@type": f"{_TYPES}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "normalize_path": True,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [everything]}]},
        "http_filters": [
            {"name": "envoy.filters.http.rbac", "typed_config": filters[0]},
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{_TYPES}.http.router.v3.Router"},
            },
        ],
    }
    listener = {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    folder = tmp_path_factory.mktemp("sidecar")
    config = folder / "envoy.json"
    config.write_text(json.dumps({"static_resources": {"listeners": [listener]}}), encoding="utf-8")
    command: list[str | Path] = [envoy, "-c", config, "--concurrency", "1", "--disable-hot-restart", "-l", "warn"]
    with running(command, port, folder / "log"):
        yield port


@pytest.mark.parametrize(("method", "path", "status"), ASKED)
def test_whoever_is_in_the_mesh_gets_the_keys_and_nothing_else(
    sidecar: int, method: str, path: str, status: int
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sidecar, timeout=30)
    connection.request(method, path)
    assert connection.getresponse().status == status
    connection.close()
