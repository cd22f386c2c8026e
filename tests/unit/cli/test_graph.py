"""`graph`: a picture on stdout in the format asked for, and nothing of a server or a secret in it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from realmctl.cli.main import run
from realmctl.errors import Exit
from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EXAMPLE_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    # Nothing is asked of a server: with this one, it would fail.
    monkeypatch.setenv("KEYCLOAK_URL", "http://127.0.0.1:9")


def test_svg_unless_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", str(EXAMPLE)]) == Exit.OK
    written = capsys.readouterr()
    assert ET.fromstring(written.out).tag == "{http://www.w3.org/2000/svg}svg"
    assert "canary" not in written.out
    assert written.err == ""


@pytest.mark.parametrize(("output", "begins"), [("mermaid", "flowchart LR\n"), ("html", "<!doctype html>\n")])
def test_other_formats(output: str, begins: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", str(EXAMPLE), "-o", output, "--from", "Orders.*", "--to", "service/orders"]) == Exit.OK
    written = capsys.readouterr().out
    assert written.startswith(begins)
    assert "canary" not in written
    assert "orders-reader" in written
    assert "billing-reader" not in written


def test_a_name_that_is_not_there_has_a_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", str(EXAMPLE), "--of", "orders-aprover"]) == Exit.USAGE
    written = capsys.readouterr()
    assert written.out == ""
    assert "did you mean 'orders-approver'?" in written.err


def test_a_picture_is_of_one_realm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "realm.yaml").write_text(f"realm: {name}\n", encoding="utf-8")
    assert run(["graph", str(tmp_path)]) == Exit.USAGE
    assert "one picture is of one realm, and here are a, b" in capsys.readouterr().err
    assert run(["graph", str(tmp_path / "a")]) == Exit.OK, "a realm without anything has an empty picture"


@pytest.mark.parametrize("command", ["graph", "plan"])
def test_what_went_wrong_is_a_page_too(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "realm.yaml").write_text("realm: a\n<b>x</b>: 1\n", encoding="utf-8")
    assert run([command, str(tmp_path), "-o", "html"]) == Exit.BAD_CONFIG
    written = capsys.readouterr()
    assert f"<h1>{command}: bad configuration, 1 error</h1>" in written.out
    assert "&lt;b&gt;x&lt;/b&gt;" in written.out
    assert "<b>" not in written.out
