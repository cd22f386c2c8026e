"""Rules for every manifest of every chart, and for the charts themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.helm import CHARTS, NAMES, Chart, Helm, Manifest, least
from tooling.chart_schemas import OF_THE_REALM

DNS = {"resourceGroupName": "dns", "subscriptionID": "00000000-0000-4000-8000-000000000000"}
EVERYTHING: dict[str, dict[str, Any]] = {
    "echo": {},
    "redis": {"tls": {"secretName": "redis-tls"}},
    "oauth2-proxy": {
        "tls": {"secretName": "t"},
        "metrics": {"serviceMonitor": {"enabled": True}},
        "redis": {"ca": {"secretName": "c"}},
    },
    "gateway": {
        "certificate": {"enabled": True, "issuerRef": {"name": "i"}},
        "oauth2Proxy": {"tls": {"enabled": True, "caSecretName": "c"}},
        "services": {"closedNamespaces": True},
    },
    "keycloak": {"serviceMonitor": {"enabled": True}},
    "platform": {"certificates": {"email": "p@example.com", "solver": {"dns01": {"azureDNS": DNS}}}},
    "realmctl": {"apply": {"enabled": True}, "alerts": {"enabled": True}, "dashboard": {"enabled": True}},
}
"""Values that switch on what is off."""


def _host(name: str) -> dict[str, str]:
    origin = f"https://{name}"
    ways = {"redirectUri": "callback", "logout": "sign_out", "afterLogout": "signed_out"}
    return {"name": name, "origin": origin, **{way: f"{origin}/oauth2/{path}" for way, path in ways.items()}}


SEVERAL: dict[str, Any] = {
    "gateway": {"hosts": [_host(f"{name}.example.com") for name in ("apps", *"abcd")]},
    "identityHeaders": {f"x-auth-request-{name}": name for name in ("one", "two", "three", "four", "five")},
}
"""What there may be several of, in no order that a template keeps by itself."""

CLUSTER_WIDE = ("ClusterIssuer",)


def manifests(helm: Helm, name: str, *, everything: bool) -> list[Manifest]:
    values: list[Any] = [*least(name)]
    if everything:
        values.append(EVERYTHING[name])
    return helm.template(Chart(name, values, namespace="somewhere")).manifests


@pytest.mark.parametrize("name", OF_THE_REALM)
def test_the_same_values_render_the_same(name: str, helm: Helm) -> None:
    """Else a cluster would be out of step with them for ever, and pods restarted for nothing."""
    chart = Chart(name, [*least(name), SEVERAL], namespace="somewhere")
    assert len({helm.template(chart).text for _ in range(5)}) == 1


def pods(found: list[Manifest]) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in found:
        job = one.get("spec", {}).get("jobTemplate", one)
        if template := job.get("spec", {}).get("template", {}).get("spec"):
            yield one["kind"], template


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("everything", [False, True], ids=["defaults", "everything"])
def test_every_manifest(name: str, everything: bool, helm: Helm) -> None:
    found = manifests(helm, name, everything=everything)
    for one in found:
        where = f"{one['kind']} {one['metadata']['name']}"
        assert one["kind"] != "Secret", f"{where}: secrets come by name only"
        assert one["metadata"].get("namespace") or one["kind"] in CLUSTER_WIDE, where
        assert one["metadata"]["labels"]["app.kubernetes.io/instance"] == name, where
        if one["kind"] == "Service":
            assert one["spec"]["selector"]["app.kubernetes.io/instance"] == name, where
    keys = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in found]
    assert len(keys) == len(set(keys))
    for kind, pod in pods(found):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert re.search(r":[^:/]+$|@sha256:", container["image"])
            assert not container["image"].endswith(":latest")
            context = container["securityContext"]
            assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            if kind not in ("Job", "CronJob"):
                assert container["readinessProbe"]
                assert container["livenessProbe"]


@pytest.mark.parametrize("name", NAMES)
def test_lint_has_nothing_to_say(name: str, helm: Helm) -> None:
    said = helm.lint(Chart(name, least(name)))
    assert "[WARNING]" not in said
    assert "0 chart(s) failed" in said


@pytest.mark.parametrize("name", NAMES)
def test_a_new_configuration_replaces_the_pods(name: str, helm: Helm) -> None:
    """What is read at the start has its checksum on the pods: another text, another checksum."""
    changes: dict[str, list[dict[str, Any]]] = {
        "oauth2-proxy": [{"loginTimeout": "3m"}, {"secrets": {"revision": "2"}}, {"identityHeaders": {"x-a": "a"}}],
        "redis": [{"maxMemory": "64mb"}, {"secrets": {"revision": "2"}}],
        "keycloak": [
            {"log": {"level": "debug"}},
            {"secrets": {"revision": "2"}},
            {"secrets": {"sealed": {"keycloak-admin": {"encryptedData": {"password": "AgC" + "B" * 341}}}}},
        ],
    }
    for change in changes.get(name, []):
        values = least(name)
        before, after = (
            [
                one["spec"]["template"]["metadata"]["annotations"]
                for one in helm.template(Chart(name, [*values, *laid])).manifests
                if one["kind"] in ("Deployment", "StatefulSet")
            ]
            for laid in ([], [change])
        )
        assert before != after, change


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_s_examples_work(name: str, helm: Helm) -> None:
    """Every ```yaml block of a chart's README is values for it."""
    text = (CHARTS / name / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for block in blocks:
        values: list[Any] = [*least(name)]
        said = yaml.safe_load(block)
        helm.lint(Chart(name, [*values, said]))
        assert helm.template(Chart(name, [*values, said])).manifests


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_names_every_value(name: str) -> None:
    text = (CHARTS / name / "README.md").read_text(encoding="utf-8")
    values = yaml.safe_load((CHARTS / name / "values.yaml").read_text(encoding="utf-8"))
    assert [key for key in values if f"`{key}" not in text] == []


PAGES = [CHARTS.parent / "docs" / "gateway.md", *(CHARTS / name / "README.md" for name in NAMES)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_no_link_leads_nowhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        target, _, anchor = link.partition("#")
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), link
        if anchor:
            heads = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads], link
