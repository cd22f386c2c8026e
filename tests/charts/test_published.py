"""Every manifest against the schemas that others publish: Kubernetes' own, and the definitions of all other kinds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.charts.conftest import needed
from tests.charts.helm import EXAMPLE, NAMES, ROOT, Chart, Helm, Manifest, least
from tests.charts.test_house import EVERYTHING
from tooling.gateway import fetched


def wrong(manifests: Sequence[Manifest]) -> list[str]:
    """What kubeconform has against them. Strict: an unknown field is wrong, and so is a kind without a schema."""
    folder = needed("schemas")
    command = [
        str(needed("kubeconform")),
        "-strict",
        "-output=json",
        f"-schema-location={folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
        f"-schema-location={folder}/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json",
    ]
    text = yaml.safe_dump_all(manifests)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60, env={})
    assert done.stdout, done.stderr
    said = json.loads(done.stdout)
    return [f"{one['kind']} {one['name']}: {one['msg']}" for one in said["resources"] if one["status"] != "statusValid"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("everything", [False, True], ids=["defaults", "everything"])
def test_every_manifest_fits_its_schema(name: str, everything: bool, helm: Helm) -> None:
    values: list[Any] = [*least(name), *([EVERYTHING[name]] if everything else [])]
    assert wrong(helm.template(Chart(name, values)).manifests) == []


def test_the_gateway_api_s_kinds_fit(helm: Helm) -> None:
    assert wrong(helm.template(Chart("gateway", [EXAMPLE, {"api": "kubernetes"}])).manifests) == []


STORE = {"storeRef": {"kind": "SecretStore", "name": "vault"}}
DEFAULTED: list[tuple[str, dict[str, Any]]] = [
    *((name, EVERYTHING[name]) for name in NAMES),
    ("gateway", {**EVERYTHING["gateway"], "api": "kubernetes"}),
    (
        "redis",
        {"secrets": {"from": "external", "external": {**STORE, "remote": {"redis-password": {"key": "a"}}}}},
    ),
    (
        "oauth2-proxy",
        {
            "secrets": {
                "from": "external",
                "external": {**STORE, "remote": {"client-secret": {"key": "a"}, "cookie-secret": {"key": "b"}}},
            }
        },
    ),
    ("keycloak", {"secrets": {"external": {"keycloak-admin": {**STORE, "remote": {"password": {"key": "a"}}}}}}),
]


@pytest.mark.parametrize(("name", "values"), DEFAULTED, ids=[f"{name}-{n}" for n, (name, _) in enumerate(DEFAULTED)])
def test_no_list_leaves_a_default_to_the_cluster(name: str, values: dict[str, Any], helm: Helm) -> None:
    """Lists are compared as a whole: what the API server fills in would keep ArgoCD out of sync for ever."""
    for one in helm.template(Chart(name, [*least(name), values])).manifests:
        group, _, version = one["apiVersion"].rpartition("/")
        path = needed("schemas") / group / f"{one['kind'].lower()}_{version}.json"
        if path.is_file():
            assert list(left_out(json.loads(path.read_text(encoding="utf-8")), one, one["kind"])) == []


def left_out(schema: Any, said: Any, where: str, *, listed: bool = False) -> Iterator[str]:
    """The defaults of a definition that a manifest does not say, in lists alone."""
    if isinstance(said, list):
        for index, one in enumerate(said):
            yield from left_out(schema.get("items", {}), one, f"{where}[{index}]", listed=True)
    elif isinstance(said, dict):
        for field, inner in schema.get("properties", {}).items():
            if field in said:
                yield from left_out(inner, said[field], f"{where}.{field}", listed=listed)
            elif listed and "default" in inner:
                yield f"{where}.{field}"


@pytest.mark.parametrize("folder", sorted(path.parent for path in ROOT.glob("deploy/kustomize/*/kustomization.yaml")))
def test_the_kustomizations_fit(folder: Path) -> None:
    done = subprocess.run(
        [str(needed("kustomize")), "build", str(folder)], capture_output=True, text=True, check=False, timeout=60
    )
    assert wrong(list(yaml.safe_load_all(done.stdout))) == []


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("Deployment", {"spec": {"replica": 2}}),
        ("AuthorizationPolicy", {"spec": {"actions": "CUSTOM"}}),
        ("AuthorizationPolicy", {"spec": {"action": "CUSTOMS"}}),
        ("Service", {"kind": "Servize"}),
    ],
    ids=["unknown field", "unknown field of Istio's", "unknown word of Istio's", "unknown kind"],
)
def test_what_does_not_fit_is_found(kind: str, change: dict[str, Any], helm: Helm) -> None:
    for name in ("gateway", "oauth2-proxy"):
        for one in helm.template(Chart(name, least(name))).manifests:
            if one["kind"] == kind:
                spec = {**one["spec"], **change.get("spec", {})}
                assert wrong([{**one, **change, "spec": spec}])
                return
    pytest.fail(f"no chart renders a {kind}")


def test_a_definition_s_schema_is_closed_where_it_names_its_fields() -> None:
    named = {"type": "object", "properties": {"a": {"type": "string"}}}
    kept = {**named, "x-kubernetes-preserve-unknown-fields": True}
    found = fetched.strict({"type": "object", "properties": {"in": {"type": "array", "items": named}, "kept": kept}})
    assert found["additionalProperties"] is False
    assert found["properties"]["in"]["items"]["additionalProperties"] is False
    assert "additionalProperties" not in found["properties"]["kept"]
