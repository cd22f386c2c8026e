"""The gateway's chart as istiod understands it: where policies and filters end up, and whose routes count."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.conftest import needed
from tests.charts.helm import EXAMPLE, Chart, Helm
from tooling.gateway.stand.certificates import Authority

CLUSTER = Path(__file__).with_name("cluster.yaml")
PODS = {"istio": {"istio": "ingressgateway"}, "kubernetes": {"gateway.networking.k8s.io/gateway-name": "gateway"}}

BEFORE = ["gateway.https_only", "gateway.untrusted_headers"]
CHECK = ["envoy.filters.http.rbac", "envoy.filters.http.ext_authz", "envoy.filters.http.rbac"]
AFTER = ["gateway.session_cookie", "envoy.filters.http.router"]

EVIL = {
    "istio": {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "evil", "namespace": "orders"},
        "spec": {
            "hosts": ["apps.example.com"],
            "gateways": ["edge/gateway"],
            "http": [
                {
                    "match": [{"uri": {"prefix": "/auth/realms/platform/evil"}}],
                    "route": [{"destination": {"host": "orders.orders.svc.cluster.local"}}],
                }
            ],
        },
    },
    "kubernetes": {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "evil", "namespace": "orders"},
        "spec": {
            "hostnames": ["apps.example.com"],
            "parentRefs": [{"name": "gateway", "namespace": "edge"}],
            "rules": [
                {
                    "matches": [{"path": {"type": "PathPrefix", "value": "/auth/realms/platform/evil"}}],
                    "backendRefs": [{"name": "orders", "port": 80}],
                }
            ],
        },
    },
}
"""What a team might try: a path that needs no login, and that ends at its own service."""


@dataclass(frozen=True)
class Istiod:
    """istiod's own code, asked for what the gateway's Envoy gets."""

    helm: Helm
    folder: Path

    def sent(self, api: str, values: Mapping[str, Any] | None = None, *others: Mapping[str, Any]) -> Sent:
        """The chart in the namespace of the gateway's pods, which is not istiod's."""
        own = {"api": api, "services": {"policies": False}, **(values or {})}
        found = self.helm.template(Chart("gateway", [EXAMPLE, own], namespace="edge"))
        documents = [*found.manifests, *others]
        of_kubernetes = [one for one in documents if one["apiVersion"].startswith("gateway.networking.k8s.io/")]
        job = {
            "mesh": "rootNamespace: istio-system\n" + found.find("ConfigMap")["data"]["mesh"],
            "istio": yaml.safe_dump_all(one for one in documents if ".istio.io/" in one["apiVersion"]),
            "kubernetes": self._cluster(api) + "\n---\n" + yaml.safe_dump_all(of_kubernetes),
            "proxies": [
                {
                    "name": "ingress",
                    "type": "router",
                    "namespace": "edge",
                    "serviceAccount": "ingress",
                    "ip": "10.0.0.1",
                    "labels": PODS[api],
                }
            ],
        }
        done = subprocess.run(
            [needed("istio")], input=json.dumps(job), capture_output=True, text=True, check=False, timeout=120, env={}
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return Sent(json.loads(done.stdout)["ingress"])

    def _cluster(self, api: str) -> str:
        pair = Authority(self.folder, "public").pair("gateway", hosts=["apps.example.com"])
        files = {"tls.crt": pair.chain, "tls.key": pair.key}
        data = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}
        return (
            CLUSTER.read_text(encoding="utf-8")
            .partition("\n")[2]
            .replace("POD_LABELS", json.dumps(PODS[api]))
            .replace("NAME", {"istio": "ingress", "kubernetes": "gateway-istio"}[api])
            .replace("CERTIFICATE", json.dumps(data))
        )


@dataclass(frozen=True)
class Sent:
    """What istiod sends."""

    said: Mapping[str, Any]

    def managers(self) -> list[dict[str, Any]]:
        """The HTTP connection managers of all listeners."""
        return [
            one["typed_config"]
            for listener in self.said["listeners"]
            for chain in listener.get("filter_chains", ())
            for one in chain["filters"]
            if "http_filters" in one["typed_config"]
        ]

    def routes(self) -> Iterator[tuple[str, str]]:
        """Path and the end of the route, of every host."""
        for route in self.said["routes"]:
            for host in route["virtual_hosts"]:
                for one in host.get("routes", ()):
                    path = next(value for key, value in one["match"].items() if key != "case_sensitive")
                    yield str(path), one.get("route", {}).get("cluster", "")


@pytest.fixture
def istiod(helm: Helm, tmp_path: Path) -> Istiod:
    needed("istio")
    return Istiod(helm, tmp_path)


@pytest.mark.parametrize("api", ["istio", "kubernetes"])
def test_every_listener_asks_after_it_has_cleaned_up(istiod: Istiod, api: str) -> None:
    """The pods are in another namespace than istiod's, and the policies hold there all the same."""
    managers = istiod.sent(api).managers()
    assert len(managers) == 2
    for one in managers:
        filters = [filter_ for filter_ in one["http_filters"] if not filter_["name"].startswith("istio.")]
        names = [filter_["name"] for filter_ in filters]
        assert (names[:5], names[-2:]) == (BEFORE + CHECK, AFTER)
        assert "envoy.filters.http.jwt_authn" not in names
        assert (one["normalize_path"], one["merge_slashes"]) == (True, True)
        assert one["path_with_escaped_slashes_action"] == "UNESCAPE_AND_FORWARD"
        assert one["common_http_protocol_options"]["headers_with_underscores_action"] == "REJECT_REQUEST"
        check = filters[3]["typed_config"]
        assert (check["http_service"]["server_uri"]["timeout"], check.get("failure_mode_allow")) == ("5s", None)
        assert check["status_on_error"]["code"] == "ServiceUnavailable"
        assert check["http_service"]["server_uri"]["cluster"].endswith("||oauth2-proxy.identity.svc.cluster.local")


@pytest.mark.parametrize("api", ["istio", "kubernetes"])
def test_no_path_without_login_ends_at_a_service(istiod: Istiod, api: str) -> None:
    routes = list(istiod.sent(api, None, EVIL[api]).routes())
    exempt = [(path, end) for path, end in routes if path.startswith(("/auth", "/oauth2"))]
    assert any("keycloak.identity" in end for _, end in exempt)
    assert any("oauth2-proxy.identity" in end for _, end in exempt)
    assert not [path for path, end in exempt if "orders" in end]
    assert ("/robots.txt", "outbound|4180||oauth2-proxy.identity.svc.cluster.local") in routes
    assert any("orders.orders" in end for _, end in routes)


@pytest.mark.parametrize("api", ["istio", "kubernetes"])
def test_however_many_paths_there_are_the_longest_comes_first(istiod: Istiod, api: str) -> None:
    """Gateway API: in as many HTTPRoutes as it takes, and oauth2-proxy's and Keycloak's own before all of them."""
    service = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["gateway"]["services"]["orders"]
    own = [f"/o/{number}" for number in range(20)]
    services = {"orders": {**service, "prefixes": ["/", "/o", *own]}}
    sent = istiod.sent(api, {"gateway": {"services": services}}).said["routes"]
    (host,) = (one for said in sent for one in said["virtual_hosts"] if one["name"] == "apps.example.com:443")
    found = list(Sent({"routes": [{"virtual_hosts": [host]}]}).routes())
    paths = [path.rstrip("/") for path, _ in found]
    assert set(own) <= set(paths)
    assert paths.index("/o") > max(paths.index(path) for path in own)
    assert paths.index("") > paths.index("/o")
    kept = [index for index, path in enumerate(paths) if path.startswith(("/auth", "/oauth2"))]
    assert max(kept) < paths.index("/o")


@pytest.mark.parametrize("api", ["istio", "kubernetes"])
def test_the_page_of_a_logout_comes_before_oauth2_proxys_own(istiod: Istiod, api: str) -> None:
    routes = [
        one
        for said in istiod.sent(api).said["routes"]
        for host in said["virtual_hosts"]
        for one in host.get("routes", ())
        if host["name"] == "apps.example.com:443"
    ]
    assert routes[0]["match"] == {"path": "/oauth2/signed_out"}
    assert routes[0]["direct_response"]["status"] == 200


def test_a_selector_that_fits_no_pods_serves_nothing(istiod: Istiod) -> None:
    """A policy's own wrong selector would leave everything open; there is only one for both."""
    assert istiod.sent("istio", {"ingress": {"selector": {"istio": "another"}}}).managers() == []
