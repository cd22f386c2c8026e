"""`render` and `validate --gateway`: what is written, what is told, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from realmctl.cli.main import run
from realmctl.errors import Exit
from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EXAMPLE_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def realm(folder: Path, name: str, text: str) -> Path:
    path = folder / name / "realm.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"realm: {name}\n{text}", encoding="utf-8")
    return path.parent


def test_the_example_says_who_may_do_what(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["render", str(EXAMPLE)]) == Exit.OK
    written = capsys.readouterr()
    found = yaml.safe_load(written.out)["gateway"]
    rules = {
        name: [({role["value"] for role in rule["anyOf"]}, rule["paths"][0]) for rule in service["rules"]]
        for name, service in found["services"].items()
    }
    assert rules == {
        "orders": [
            ({"orders-reader", "platform-admin"}, "/*"),
            ({"orders-approver"}, "/orders/approve"),
            ({"refund"}, "/orders/refunds"),
        ],
        "billing": [({"billing-reader", "platform-admin"}, "/*"), ({"billing-clerk"}, "/billing/invoices")],
    }
    assert {service["audience"] for service in found["services"].values()} == set(found["audiences"])
    assert written.err == "", "the example declares its lifetimes"
    assert "canary" not in written.out


def test_a_file_is_true_until_the_realm_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "oauth2Proxy: {hosts: [apps.example.com], clientSecret: $(env:OAUTH2_PROXY_CLIENT_SECRET)}\n"
    folder = realm(tmp_path, "mine", said)
    file = tmp_path / "gateway.json"
    assert run(["render", str(folder), "-o", str(file), "--format", "json"]) == Exit.OK
    written = capsys.readouterr()
    assert written.out == f"{file}\n"
    assert "accessTokenLifespan is not declared" in written.err
    assert run(["validate", str(folder), "--gateway", str(file)]) == Exit.OK
    assert capsys.readouterr().out.endswith("Valid: mine.\n")

    with (folder / "realm.yaml").open("a", encoding="utf-8") as stream:
        stream.write("accessTokenLifespan: 1m\n")
    assert run(["validate", str(folder), "--gateway", str(file), "-o", "json"]) == Exit.BAD_CONFIG
    found = json.loads(capsys.readouterr().out)
    lines = file.read_text(encoding="utf-8").splitlines()
    told = {
        (one["rule"], lines[one["place"]["line"] - 1].split(":")[0].strip())
        for one in found["findings"]
        if one["severity"] == "error"
    }
    assert (found["valid"], told) == (False, {("gateway-drift", '"refresh"'), ("gateway-drift", '"accessToken"')})


@pytest.mark.parametrize(
    ("realms", "says"),
    [
        ({"a": "roles: {x: {}}\n"}, "no realm here has a gateway: a"),
        (
            dict.fromkeys("ab", "oauth2Proxy: {hosts: [a.example.com], clientSecret: '${vault.x}'}\n"),
            "several realms have a gateway: a, b",
        ),
    ],
)
def test_it_takes_one_realm_with_a_gateway(
    realms: dict[str, str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in realms.items():
        realm(tmp_path, name, text)
    assert run(["render", str(tmp_path)]) == Exit.USAGE
    assert says in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "gateway.yaml"
    assert run(["validate", str(EXAMPLE), "--gateway", str(missing)]) == Exit.BAD_CONFIG
    assert f"{missing}:1:1: error: cannot read the file" in capsys.readouterr().out


def test_istio_is_told_where_the_gateway_runs(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--gateway-namespace", "edge", "--gateway-label", "app=front", "--provider", "login"]
    assert run(["render", str(EXAMPLE), "--format", "istio", *options]) == Exit.OK
    first = next(one for one in yaml.safe_load_all(capsys.readouterr().out) if one)
    assert first["metadata"] == {"name": "oauth2-proxy", "namespace": "edge"}
    assert first["spec"]["selector"] == {"matchLabels": {"app": "front"}}
    assert first["spec"]["provider"] == {"name": "login"}
    assert run(["render", str(EXAMPLE), "--format", "istio", "--gateway-label", "front"]) == Exit.USAGE
    assert "write KEY=VALUE" in capsys.readouterr().err
