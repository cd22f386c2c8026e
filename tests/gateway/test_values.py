"""What the gateway is told is what goes to Keycloak; each case is a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from realmctl.config.loader import load
from realmctl.config.yaml.gateway_values import ValuesFile
from realmctl.errors import BadConfig, Refused
from realmctl.integrations.gateway.compilation import assumed_lifetimes, gateway
from realmctl.integrations.gateway.istio import GatewayPlacement, resources
from realmctl.integrations.gateway.values import schema
from realmctl.integrations.gateway.values_file import as_istio, as_json, as_yaml, data, differences
from tests.gateway.case import SECRET, Case, at

ROOT = Path(__file__).parents[2]
CASES = [Case.read(path) for path in sorted((Path(__file__).parent / "cases").glob("*.yaml"))]
NAMES = [case.path.stem for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_values_are_as_expected(case: Case, tmp_path: Path) -> None:
    found = data(case.gateway(tmp_path))["gateway"]
    assert {path: at(found, path) for path in case.said["values"]} == case.said["values"]


@pytest.mark.parametrize("case", [case for case in CASES if "assumed" in case.said], ids=lambda case: case.path.stem)
def test_what_no_file_says_is_told(case: Case, tmp_path: Path) -> None:
    assert assumed_lifetimes(case.config(tmp_path)) == case.said["assumed"]


@pytest.mark.parametrize("case", [case for case in CASES if "istio" in case.said], ids=lambda case: case.path.stem)
def test_the_resources_are_as_expected(case: Case, tmp_path: Path) -> None:
    found = list(resources(case.gateway(tmp_path), GatewayPlacement("edge", {"app": "gateway"}, "front")))
    assert found == case.said["istio"]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_format_says_the_same_and_fits_the_schema(case: Case, tmp_path: Path) -> None:
    found = case.gateway(tmp_path)
    assert yaml.safe_load(as_yaml(found)) == json.loads(as_json(found)) == data(found)
    Draft7Validator(schema()).validate(data(found))
    written = [one for one in yaml.safe_load_all(as_istio(found, GatewayPlacement())) if one]
    assert written == list(resources(found, GatewayPlacement()))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_no_secret_is_in_it(case: Case, tmp_path: Path) -> None:
    found = case.gateway(tmp_path)
    assert SECRET not in as_yaml(found) + as_json(found) + as_istio(found, GatewayPlacement())


def test_the_published_schema_is_fresh() -> None:
    Draft7Validator.check_schema(schema())
    published = (ROOT / "schemas" / "gateway.schema.json").read_text(encoding="utf-8")
    assert published == json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", "run: realmctl schema -o schemas"


@pytest.mark.parametrize(
    ("path", "value"), [("format", 2), ("issuer", None), ("hosts", []), ("lifetimes", {"accessToken": 0})], ids=str
)
def test_the_schema_refuses_what_a_chart_could_not_use(path: str, value: Any, tmp_path: Path) -> None:
    found = data(CASES[0].gateway(tmp_path))
    found["gateway"][path] = value
    assert list(Draft7Validator(schema()).iter_errors(found))


LEAK = "realm: r\noauth2Proxy: {hosts: [apps.example.com], clientSecret: $(env:PROXY)%s}\n%s"


@pytest.mark.parametrize(
    "text",
    [
        LEAK % (", cookieName: $(env:PROXY)", ""),
        LEAK % (", groupsClaim: $(env:PROXY)", ""),
        LEAK % ("", "attributes: {frontendUrl: 'https://x/$(env:PROXY)'}"),
        LEAK % ("", "clients: {oauth2-proxy: {attributes: {pkce.code.challenge.method: $(env:PROXY)}}}"),
    ],
)
def test_a_value_that_would_hold_a_secret_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "realm.yaml").write_text(text, encoding="utf-8")
    with pytest.raises((Refused, BadConfig)) as caught:
        gateway(*load([tmp_path], environ={"PROXY": SECRET}))
    assert SECRET not in str(caught.value)
    assert "$(env:PROXY)" in str(caught.value)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("clients:\n  oauth2-proxy:\n    redirectUris: ['https://other.example.com/oauth2/callback']\n", 5),
        ("clients:\n  oauth2-proxy:\n    attributes:\n      post.logout.redirect.uris: ''\n", 6),
    ],
)
def test_what_keycloak_would_not_take_is_found_where_it_is_said(said: str, line: int, tmp_path: Path) -> None:
    (tmp_path / "realm.yaml").write_text(LEAK % ("", said), encoding="utf-8")
    (config,) = load([tmp_path], environ={"PROXY": SECRET})
    with pytest.raises(BadConfig) as caught:
        gateway(config)
    (finding,) = caught.value.findings
    assert (finding.rule, finding.place and finding.place.line) == ("gateway-mismatch", line)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, (dict, list)) and value:
        keys = value if isinstance(value, dict) else range(len(value))
        return [leaf for key in keys for leaf in leaves(value[key], (*path, key))]
    return [path]


def test_a_file_that_render_wrote_is_true_until_something_changes(tmp_path: Path) -> None:
    """Every value of it, one by one: changed, it is found at its line."""
    case = next(case for case in CASES if case.path.stem == "rules")
    found = case.gateway(tmp_path)
    file = tmp_path / "values" / "gateway.yaml"
    file.parent.mkdir()
    file.write_text(as_yaml(found) + "replicas: 2\n", encoding="utf-8")
    read = ValuesFile(file)
    assert differences(found, read.data, read.place) == []
    for path in leaves(data(found)):
        changed = data(found)
        holder: Any = changed
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = "changed"
        (finding,) = differences(found, changed, read.place)
        assert (finding.rule, finding.place) == ("gateway-drift", read.place(path))
        del holder[path[-1]]
        assert differences(found, changed, read.place)


def test_a_file_without_values_of_a_gateway_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "gateway.json"
    file.write_text('{"replicas": 2}', encoding="utf-8")
    read = ValuesFile(file)
    (finding,) = differences(CASES[0].gateway(tmp_path), read.data, read.place)
    assert "the key 'gateway' is missing" in finding.message
