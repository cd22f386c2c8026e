"""The app of apps: what it tells the charts, held against the charts."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.charts.helm import CHARTS
from tests.charts.rendered import helm, rendered
from tests.charts.test_house import DNS

CHART = "platform"
EXAMPLE = CHARTS / "example" / "gateway.yaml"
OWN = ("keycloak", "realmctl", "redis", "oauth2-proxy", "gateway", "echo")


def test_helm_has_nothing_to_say() -> None:
    done = helm("lint", "--strict", str(CHARTS / CHART), "-f", str(CHARTS / CHART / "ci" / "values.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr


def applications() -> dict[str, dict[str, Any]]:
    solver = {"certificates": {"email": "p@example.com", "solver": {"dns01": {"azureDNS": DNS}}}}
    return {
        name.removeprefix("Application/"): one
        for name, one in rendered(CHART, solver).items()
        if name.startswith("Application/")
    }


@pytest.mark.parametrize("name", OWN)
def test_each_chart_takes_what_it_is_told(name: str) -> None:
    """As ArgoCD would: the values file that render wrote, where the Application names one, and the values on top."""
    source, *more = applications()[name]["spec"]["sources"]
    assert source["path"] == f"charts/{name}"
    files = source["helm"].get("valueFiles", [])
    assert files == (["$files/gateway.yaml"] if more else [])
    assert bool(more) == (name in ("gateway", "oauth2-proxy"))
    given = ["-f", str(EXAMPLE)] if files else []
    namespace = applications()[name]["spec"]["destination"]["namespace"]
    chart = str(CHARTS / name)
    done = helm("template", name, chart, "-n", namespace, *given, values=source["helm"]["valuesObject"])
    assert done.returncode == 0, done.stderr
    assert list(yaml.safe_load_all(done.stdout))


def test_every_part_is_an_application_and_nothing_is_at_an_open_version() -> None:
    parts = yaml.safe_load((CHARTS / CHART / "values.yaml").read_text(encoding="utf-8"))["parts"]
    found = applications()
    assert found.keys() == parts.keys()
    waves = [int(found[name]["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]) for name in parts]
    assert waves == sorted(waves), "the file lists the parts in the order in which they come"


def test_the_parts_find_each_other() -> None:
    """Names, namespaces and labels by which one part reaches another."""
    found = applications()

    def objects(name: str) -> list[dict[str, Any]]:
        source = found[name]["spec"]["sources"][0]
        given = ["-f", str(EXAMPLE)] if source["helm"].get("valueFiles") else []
        namespace = found[name]["spec"]["destination"]["namespace"]
        values = source["helm"]["valuesObject"]
        done = helm("template", name, str(CHARTS / name), "-n", namespace, *given, values=values)
        return [one for one in yaml.safe_load_all(done.stdout) if one]

    keycloak = [one for one in objects("keycloak") if one["kind"] == "Service"]
    told = found["realmctl"]["spec"]["sources"][0]["helm"]["valuesObject"]["keycloak"]
    assert told["url"] == f"http://{keycloak[0]['metadata']['name']}.identity.svc.cluster.local:8080/auth"
    rendered_by_realmctl = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["gateway"]
    assert rendered_by_realmctl["endpoints"]["internal"]["keys"].startswith(told["url"])
    assert rendered_by_realmctl["issuer"].startswith(told["publicUrl"])
    mesh = [one for one in objects("gateway") if one["kind"] == "ConfigMap" and "mesh" in one.get("data", {})]
    istiod = found["istiod"]["spec"]["source"]["helm"]["valuesObject"]["env"]
    shared = (istiod["SHARED_MESH_CONFIG"], "istio-system")
    assert [(one["metadata"]["name"], one["metadata"]["namespace"]) for one in mesh] == [shared]
    asked = yaml.safe_load((CHARTS / "gateway" / "istiod" / "values.yaml").read_text(encoding="utf-8"))
    assert istiod.items() >= asked["env"].items()
    (policy,) = (one for one in objects("keycloak") if one["kind"] == "NetworkPolicy")
    peers = policy["spec"]["ingress"][0]["from"]
    gateway_labels = found["istio-ingressgateway"]["spec"]["source"]["helm"]["valuesObject"]["labels"]
    wanted = [peer["podSelector"]["matchLabels"] for peer in peers if "podSelector" in peer]
    assert any(gateway_labels.items() >= labels.items() for labels in wanted)


def told(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """What the Application says to its chart."""
    found: dict[str, Any] = rendered(CHART, values)[f"Application/{name}"]["spec"]["sources"][0]["helm"]["valuesObject"]
    return found


def test_what_is_said_of_a_part_is_laid_over_what_it_is_told() -> None:
    parts = {"keycloak": {"values": {"replicas": 3}}, "kube-prometheus-stack": {"enabled": False}}
    found = told("keycloak", {"parts": parts})
    assert (found["replicas"], found["hostname"]) == (3, "https://apps.example.com/auth")
    assert found["serviceMonitor"] == {"enabled": False}
    assert told("realmctl", {"parts": parts})["alerts"]["enabled"] is False


def test_parts_that_live_elsewhere_are_found_there() -> None:
    moved = {
        "istio-ingressgateway": "edge",
        "gateway": "edge",
        "keycloak": "sso",
        "oauth2-proxy": "login",
        "realmctl": "realms",
    }
    values = {"parts": {name: {"namespace": namespace} for name, namespace in moved.items()}}
    keycloak = told("keycloak", values)
    assert {"edge", "login", "realms"} <= set(keycloak["mesh"]["callers"])
    let_in = {
        peer["namespaceSelector"]["matchLabels"].get("kubernetes.io/metadata.name")
        for peer in keycloak["networkPolicy"]["from"]
    }
    assert {"edge", "login", "realms"} <= let_in
    assert told("realmctl", values)["keycloak"]["url"] == "http://keycloak.sso.svc.cluster.local:8080/auth"
    assert "sso" in str(told("realmctl", values)["networkPolicy"]["to"])
    proxy = told("oauth2-proxy", values)["networkPolicy"]
    assert (proxy["gateway"]["namespace"], proxy["keycloak"]["namespace"]) == ("edge", "sso")
    assert told("gateway", values)["oauth2Proxy"]["namespace"] == "login"


@pytest.mark.parametrize(
    ("host", "zones"),
    [
        ("apps.example.com", "example.com"),
        ("apps.corp.example.com", "corp.example.com"),
        ("example.com", "example.com"),
    ],
)
def test_external_dns_takes_up_the_zone_that_the_host_is_in(host: str, zones: str) -> None:
    """It leaves out zones whose names don't end in a domain of its filter (external-dns 0.20, provider/azure)."""
    found = rendered(CHART, {"host": host})["Application/external-dns"]["spec"]["source"]["helm"]["valuesObject"]
    assert found["domainFilters"] == [zones]
