"""What render writes is what the charts take: its schema, its resources, the example that is checked in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft7Validator

from realmctl.cli.main import cli
from realmctl.integrations.gateway.istio import GatewayPlacement, resources
from realmctl.integrations.gateway.values_file import as_yaml
from tests.charts.helm import CHARTS, EXAMPLE, NAMES, ROOT, Chart, Helm, Rendered
from tests.gateway.case import SECRET, Case
from tooling.chart_schemas import OF_THE_REALM, path_of, read, with_published

REALMS = [Case.read(path) for path in sorted((ROOT / "tests/gateway/cases").glob("*.yaml"))]
PLATFORM = ROOT / "realms" / "platform"


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> str:
    """Everything that realms/platform takes from its environment; the text that is in each of them is returned."""
    canary = "0c5f2a7e"
    for path in PLATFORM.glob("*.yaml"):
        for name in re.findall(r"\$\(env:([A-Z0-9_]+)\)", path.read_text(encoding="utf-8")):
            monkeypatch.setenv(name, f"{canary}-0000-4000-8000-{len(name):012}")
    return canary


@pytest.mark.parametrize("chart", OF_THE_REALM)
def test_the_copy_of_the_schema_is_fresh(chart: str) -> None:
    assert read(chart) == with_published(read(chart)), "run: python -m tooling.chart_schemas"


@pytest.mark.parametrize("chart", NAMES)
def test_no_key_of_a_chart_s_own_passes_that_it_does_not_know(chart: str) -> None:
    """Strict all the way down; `gateway` is render's, where a later realmctl may add keys."""
    Draft7Validator.check_schema(read(chart))
    free = {"requests", "limits", "claims", "affinity", "global", "gateway", "items"}

    def open_objects(schema: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
        if isinstance(schema, dict) and not free & set(path[-2:]):
            if schema.get("type") == "object" and schema.get("additionalProperties") in (None, True):
                yield ".".join(path)
            for key, inner in schema.get("properties", {}).items():
                yield from open_objects(inner, (*path, key))

    assert list(open_objects(read(chart))) == []


@pytest.mark.parametrize("chart", NAMES)
def test_every_default_is_in_the_schema(chart: str) -> None:
    text = (CHARTS / chart / "values.yaml").read_text(encoding="utf-8")
    known = set(read(chart)["properties"]) - {"global", "gateway"}
    assert set(yaml.safe_load(text)) == known


@pytest.mark.parametrize("realm", REALMS, ids=lambda case: case.path.stem)
@pytest.mark.parametrize("api", ["istio", "kubernetes"])
def test_whatever_render_writes_the_charts_take(realm: Case, api: str, tmp_path: Path, helm: Helm) -> None:
    gateway = realm.gateway(tmp_path)
    file = tmp_path / "gateway.yaml"
    file.write_text(as_yaml(gateway), encoding="utf-8")
    own = {"api": api, "keycloak": {"host": "keycloak.identity.svc.cluster.local", "port": 8080}}
    # Not every realm has `internalUrl`: where Keycloak's public address is, no realm's file tells.
    away = {"networkPolicy": {"extraEgress": [{"ports": [{"port": 443}]}]}}
    texts = []
    for chart in (Chart("gateway", [file, own], namespace="edge"), Chart("oauth2-proxy", [file, away])):
        helm.lint(chart)
        values: dict[str, Any] = {}
        for one in chart.values:
            values |= yaml.safe_load(one.read_text(encoding="utf-8")) if isinstance(one, Path) else one
        Draft7Validator(read(chart.name)).validate(values)
        texts.append(helm.template(chart).text)
    assert SECRET not in "".join(texts)


@pytest.mark.parametrize("realm", REALMS, ids=lambda case: case.path.stem)
def test_its_policies_are_those_that_render_draws_itself(realm: Case, tmp_path: Path, helm: Helm) -> None:
    """`render --format istio` and the chart say the same, so either may be installed."""
    gateway = realm.gateway(tmp_path)
    file = tmp_path / "gateway.yaml"
    file.write_text(as_yaml(gateway), encoding="utf-8")
    keycloak = {"keycloak": {"host": "keycloak.identity.svc.cluster.local"}}
    rendered = helm.template(Chart("gateway", [file, keycloak]))
    for drawn in resources(gateway, GatewayPlacement()):
        name = drawn["metadata"]["name"]
        found = _of(rendered, drawn["kind"], "gateway-login" if name == "oauth2-proxy" else name, drawn["metadata"])
        assert found["spec"] == drawn["spec"]


def _of(rendered: Rendered, kind: str, name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    where = (kind, name, metadata["namespace"])
    (found,) = (
        one
        for one in rendered.manifests
        if (one["kind"], one["metadata"]["name"], one["metadata"]["namespace"]) == where
    )
    return found


def test_the_example_is_what_render_writes(environ: str, helm: Helm, tmp_path: Path) -> None:
    """What `render` writes → the charts' schemas → helm template, as the README says; no secret comes along."""
    file = tmp_path / "gateway.yaml"
    done = CliRunner().invoke(cli, ["render", str(PLATFORM), "-o", str(file)])
    assert done.exit_code == 0, done.output
    assert file.read_text(encoding="utf-8") == EXAMPLE.read_text(encoding="utf-8"), (
        "run: realmctl render realms/platform -o charts/example/gateway.yaml"
    )
    done = CliRunner().invoke(cli, ["validate", str(PLATFORM), "--gateway", str(EXAMPLE)])
    assert done.exit_code == 0, done.output
    for name in OF_THE_REALM:
        assert environ not in helm.template(Chart(name, [file])).text


def test_both_charts_say_the_same_about_identity_headers() -> None:
    gateway, proxy = (
        yaml.safe_load((CHARTS / name / "values.yaml").read_text())["identityHeaders"] for name in OF_THE_REALM
    )
    assert gateway == proxy


def test_schemas_are_in_their_canonical_form() -> None:
    import json

    for chart in NAMES:
        assert (
            path_of(chart).read_text(encoding="utf-8") == json.dumps(read(chart), indent=2, ensure_ascii=False) + "\n"
        )


def test_istiod_s_values_are_the_mesh_config_of_the_defaults(helm: Helm) -> None:
    rendered = yaml.safe_load(helm.template(Chart("gateway", [EXAMPLE])).find("ConfigMap")["data"]["mesh"])
    said = yaml.safe_load((CHARTS / "gateway" / "istiod" / "values.yaml").read_text(encoding="utf-8"))
    assert said["meshConfig"] == rendered
