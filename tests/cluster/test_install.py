"""The charts, installed: what a Kubernetes API server and istiod's webhook say to them, and what Helm makes of that."""

from __future__ import annotations

import base64
import copy
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.charts.helm import NAMES, Helm, Manifest, Refused
from tests.charts.test_house import EVERYTHING
from tests.cluster.control_plane import Cluster, alone
from tests.cluster.release import Install, Release, in_place
from tooling.gateway.stand.certificates import Authority

pytestmark = pytest.mark.skipif(
    not alone(), reason="NOT RUN, for a cluster needs a network of its own: make test-cluster"
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("everything", [False, True], ids=["defaults", "everything"])
def test_every_object_is_taken(name: str, everything: bool, cluster: Cluster, helm: Helm) -> None:
    """By the API server's own validation, the definitions' rules (CEL) and istiod's webhook, without a warning."""
    accepted(
        cluster,
        helm.template(Release(cluster, helm, name).chart(*([EVERYTHING[name]] if everything else []))).manifests,
    )


def test_the_gateway_api_s_kinds_are_taken(cluster: Cluster, helm: Helm) -> None:
    accepted(cluster, helm.template(Release(cluster, helm, "gateway").chart({"api": "kubernetes"})).manifests)


def accepted(cluster: Cluster, manifests: Sequence[Manifest]) -> None:
    in_place(cluster, manifests)
    done = cluster.apply(manifests, "--dry-run=server")
    assert done.returncode == 0, done.stderr
    assert unmeant(done.stderr) == []
    assert len(done.stdout.splitlines()) == len(manifests)


def unmeant(said: str) -> list[str]:
    """Warnings, without those of every EnvoyFilter and DENY by paths, and of a finalizer whose name is Argo CD's."""
    known = (
        "EnvoyFilter exposes internal implementation details",
        "will deny all traffic to TCP ports",
        '"resources-finalizer.argocd.argoproj.io": prefer a domain-qualified finalizer name',
    )
    return [line for line in said.splitlines() if line and not any(one in line for one in known)]


def test_pods_that_may_too_much_are_warned_of(cluster: Cluster, helm: Helm) -> None:
    rendered = helm.template(Release(cluster, helm, "echo").chart())
    in_place(cluster, rendered.manifests)
    deployment = rendered.find("Deployment")
    del deployment["spec"]["template"]["spec"]["securityContext"]
    (said,) = unmeant(cluster.apply([deployment], "--dry-run=server").stderr)
    assert 'would violate PodSecurity "restricted' in said


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *((name, {}) for name in NAMES),
        *((name, EVERYTHING[name]) for name in NAMES if EVERYTHING[name]),
        ("redis", {"mesh": {"inject": False, "mtls": ""}, "networkPolicy": {"istiod": {"namespace": ""}}}),
        ("gateway", {"api": "kubernetes"}),
    ],
)
def test_a_second_install_changes_nothing(name: str, values: Mapping[str, Any], release: Install) -> None:
    """What the API server keeps is what the chart says, so that no tool sees a difference for ever."""
    one = release(name, values)
    one.upgrade(values)
    first = versions(one)
    one.upgrade(values)
    assert versions(one) == first
    assert one.history() == [(1, "superseded"), (2, "deployed")]


def versions(one: Release) -> dict[str, str]:
    return {name: found["metadata"]["resourceVersion"] for name, found in one.objects().items()}


def specs(one: Release) -> dict[str, Any]:
    return {name: (found.get("spec"), found.get("data")) for name, found in one.objects().items()}


CHANGES: Mapping[str, tuple[Mapping[str, Any], set[str]]] = {
    "gateway": ({"check": {"timeout": "7s"}}, {"ConfigMap istio-system/gateway-mesh"}),
    "redis": ({"maxMemory": "64mb"}, {"ConfigMap identity/redis", "StatefulSet identity/redis"}),
    "realmctl": ({"drift": {"schedule": "5 * * * *"}}, {"CronJob identity/realmctl-drift"}),
}
"""Values that are said anew, and exactly what has to change with them."""


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_value_changes_what_it_is_about_and_a_rollback_brings_it_back(name: str, release: Install) -> None:
    one = release(name)
    change, wanted = CHANGES[name]
    one.upgrade()
    before, unchanged = specs(one), versions(one)
    one.upgrade(change)
    assert {key for key, value in versions(one).items() if unchanged[key] != value} == wanted
    assert specs(one) != before
    one.rollback(1)
    assert specs(one) == before
    assert [state for _, state in one.history()] == ["superseded", "superseded", "deployed"]


def test_a_value_that_the_api_server_refuses_leaves_what_is_there(release: Install) -> None:
    """The chart's schema knows a schedule's form; that no hour is the 99th, the API server knows."""
    one = release("realmctl")
    one.upgrade()
    before = specs(one)
    with pytest.raises(Refused, match="schedule"):
        one.upgrade({"drift": {"schedule": "99 99 * * *"}})
    assert specs(one) == before
    assert [state for _, state in one.history()] == ["deployed", "failed"]
    one.upgrade()
    assert specs(one) == before


def test_what_istiod_refuses_does_not_get_in(cluster: Cluster, helm: Helm) -> None:
    rendered = helm.template(Release(cluster, helm, "gateway").chart())
    in_place(cluster, rendered.manifests)
    policy = rendered.find("AuthorizationPolicy", "gateway-login")
    del policy["spec"]["provider"]
    done = cluster.apply([policy], "--dry-run=server")
    assert done.returncode != 0
    assert 'admission webhook "validation.istio.io" denied the request' in done.stderr


def test_a_field_that_nobody_knows_does_not_get_in(cluster: Cluster, helm: Helm) -> None:
    rendered = helm.template(Release(cluster, helm, "gateway").chart())
    in_place(cluster, rendered.manifests)
    policy = rendered.find("AuthorizationPolicy", "gateway-login")
    policy["spec"]["actions"] = "CUSTOM"
    done = cluster.apply([policy], "--dry-run=server")
    assert done.returncode != 0
    assert 'unknown field "actions"' in done.stderr


def test_istiod_merges_the_chart_s_mesh_config_and_follows_it(cluster: Cluster, release: Install) -> None:
    """The second of the three ways that the chart's page tells: SHARED_MESH_CONFIG."""
    one = release("gateway")
    one.upgrade()
    eventually(lambda: timeout(cluster.mesh()) == "5s")
    assert cluster.mesh()["pathNormalization"] == {"normalization": "DECODE_AND_MERGE_SLASHES"}
    one.upgrade({"check": {"timeout": "7s"}})
    eventually(lambda: timeout(cluster.mesh()) == "7s")


def timeout(mesh: Mapping[str, Any]) -> str | None:
    found = {one["name"]: one.get("envoyExtAuthzHttp", {}) for one in mesh.get("extensionProviders", ())}
    said: str | None = found.get("oauth2-proxy", {}).get("timeout")
    return said


def eventually(holds: Callable[[], bool], instead: Callable[[], str] = str) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, f"it has not come about within a minute; {instead()}"
        time.sleep(0.1)


def test_istiod_accepts_the_gateway_api_s_kinds(cluster: Cluster, release: Install, tmp_path: Path) -> None:
    """What only a running istiod says, in their status: accepted, and every reference leads somewhere."""
    values = {"api": "kubernetes"}
    one = release("gateway", values)
    objects = one.helm.template(one.chart(values)).manifests
    routes = [each for each in objects if each["kind"] == "HTTPRoute"]
    ends = {
        (end.get("namespace", route["metadata"]["namespace"]), end["name"], end["port"])
        for route in routes
        for rule in route["spec"]["rules"]
        for end in rule.get("backendRefs", ())
    }
    there = [service(*end) for end in sorted(ends)] + [certificate(tmp_path, one.namespace)]
    in_place(cluster, there)
    done = cluster.apply(there)
    assert done.returncode == 0, done.stderr
    one.upgrade(values)
    eventually(lambda: refusals(one, len(routes)) == [], lambda: str(refusals(one, len(routes))))
    assert cluster.apply([{**routes[0], "spec": misled(routes[0]["spec"])}], "--force-conflicts").returncode == 0
    eventually(lambda: any("ResolvedRefs" in each for each in refusals(one, len(routes))))


def service(namespace: str, name: str, port: int) -> Manifest:
    spec = {"ports": [{"name": "http", "port": port}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def certificate(folder: Path, namespace: str) -> Manifest:
    pair = Authority(folder, "public").pair("gateway", hosts=["apps.example.com"])
    files = {"tls.crt": pair.chain, "tls.key": pair.key}
    data = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}
    meta = {"name": "gateway-tls", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": data}


def misled(spec: dict[str, Any]) -> dict[str, Any]:
    """A route whose last end is nowhere."""
    found = copy.deepcopy(spec)
    ends = [end for rule in found["rules"] for end in rule.get("backendRefs", ())]
    ends[-1]["name"] = "nowhere"
    return found


def refusals(one: Release, routes: int) -> list[str]:
    """Conditions that are not as they should be; also where istiod has said nothing yet."""
    found = []
    objects = one.objects().values()
    told = [parent for each in objects if each["kind"] == "HTTPRoute" for parent in each["status"].get("parents", ())]
    told += [
        listener for each in objects if each["kind"] == "Gateway" for listener in each["status"].get("listeners", ())
    ]
    if len(told) < routes + 1:
        found.append("nothing is said yet")
    for each in told:
        states = {condition["type"]: condition for condition in each["conditions"]}
        found += [
            f"{name}: {states.get(name)}"
            for name in ("Accepted", "ResolvedRefs")
            if states.get(name, {}).get("status") != "True"
        ]
    return found
