"""The charts, installed: what a Kubernetes API server and istiod's webhook say to them, and what Helm makes of that."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from tests.charts.helm import NAMES, Helm, Manifest, Refused
from tests.charts.test_house import EVERYTHING
from tests.cluster.control_plane import Cluster, alone
from tests.cluster.release import Install, Release, in_place

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


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until, "it has not come about within a minute"
        time.sleep(0.1)
