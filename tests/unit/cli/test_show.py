"""`show`: what the files compile to, which realmctl itself can read again, without a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from realmctl.cli.main import run
from realmctl.config.loader import load
from realmctl.render.desired_realm import show_yaml

ROOT = Path(__file__).parents[3]
ENVIRON = {
    "ENTRA_TENANT_ID": "11111111-0000-4000-8000-000000000000",
    "ENTRA_CLIENT_ID": "22222222-0000-4000-8000-000000000000",
    "ENTRA_CLIENT_SECRET": "CANARY-entra",
    "OAUTH2_PROXY_CLIENT_SECRET": "CANARY-proxy",
    "ORDERS_BATCH_CLIENT_SECRET": "CANARY-batch",
}

HARD = """\
realm: hard
displayName: "yes"
accessTokenLifespan: 5m
roles:
  "a: b": {description: "# no comment"}
  "- c": {description: "line\\nbreak \\u202e \\x07"}
  "null": {description: "012"}
  "'quoted'": {description: '$$(env:NOT_ME)'}
  "2024-01-01": {description: " spaces "}
  "{braces}": {description: "1e3", attributes: {"~": ["0x1f", "", "true", "@x", "%y", "`z`", "!t", "&a", "*b"]}}
  "end:": {description: "a #b"}
  münze: {description: "…"}
  "$$(env:PATH": {composites: ["$$(env:PATH)"], attributes: {"$$(file:/etc/x)": ["$$$$(y)"]}}
  "$$(env:PATH)": {description: "$$("}
clients:
  api: {secret: CANARY-clear, publicClient: false, redirectUris: []}
  vault: {secret: "${vault.api}", publicClient: false}
"""


@pytest.fixture
def hard(tmp_path: Path) -> Path:
    file = tmp_path / "realm.yaml"
    file.write_text(HARD, encoding="utf-8")
    return file


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["show", *arguments]) == 0
    return capsys.readouterr().out


def test_the_example_read_again_declares_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    again = tmp_path / "again.yaml"
    again.write_text(shown(capsys, str(ROOT / "realms" / "platform")), encoding="utf-8")
    (first,) = load([ROOT / "realms" / "platform"], environ=ENVIRON)
    (second,) = load([again], environ=ENVIRON)
    assert {address: one.fields for address, one in second.desired.resources.items()} == {
        address: one.fields for address, one in first.desired.resources.items()
    }
    assert {address: one.protected for address, one in second.desired.resources.items()} == {
        address: one.protected for address, one in first.desired.resources.items()
    }
    assert (second.desired.owner, second.desired.limits) == (first.desired.owner, first.desired.limits)


def test_hard_texts_come_back_as_they_were(capsys: pytest.CaptureFixture[str], hard: Path, tmp_path: Path) -> None:
    again = tmp_path / "again" / "realm.yaml"
    again.parent.mkdir()
    again.write_text(shown(capsys, str(hard)), encoding="utf-8")
    (first,), (second,) = load([hard], environ={}), load([again], environ={})
    wanted = {str(address): one.fields for address, one in first.desired.resources.items() if address.kind != "client"}
    assert wanted == {str(a): one.fields for a, one in second.desired.resources.items() if a.kind != "client"}


def test_no_secret_is_shown(capsys: pytest.CaptureFixture[str], hard: Path) -> None:
    for form in ("yaml", "json"):
        out = shown(capsys, str(hard), "-o", form) + shown(capsys, str(ROOT / "realms"), "-o", form)
        assert "CANARY" not in out
        assert "(secret)" in out
        assert "$(env:ENTRA_CLIENT_SECRET)" in out
        assert "${vault.api}" in out


def test_a_secret_used_where_none_is_expected_is_shown_as_its_reference(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "realm.yaml"
    file.write_text("realm: r\nroles: {a: {description: 'x $(env:ENTRA_CLIENT_SECRET)'}}\n", encoding="utf-8")
    assert "x $(env:ENTRA_CLIENT_SECRET)" in shown(capsys, str(file))


def test_json_is_one_document(capsys: pytest.CaptureFixture[str], hard: Path) -> None:
    document = json.loads(shown(capsys, str(hard), "-o", "json"))
    assert document["format"] == 1
    assert document["realms"][0]["realm"] == "hard"


def test_several_realms_are_several_documents() -> None:
    assert show_yaml([{"realm": "a"}, {"realm": "b", "roles": {}}]) == "realm: a\n---\nrealm: b\nroles: {}\n"
