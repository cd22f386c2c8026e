"""Odd settings of the environment end as errors that say what to do, and not as defects."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import run_realmctl

HERE = {"KEYCLOAK_USER": "a", "KEYCLOAK_PASSWORD": "b", "KEYCLOAK_URL": "http://keycloak.svc/auth"}


def run(arguments: list[str], environ: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "realm.yaml").write_text("realm: acme\nroles: {reader: {}}\n")
    return run_realmctl(arguments, environ, folder)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTP_PROXY", "socks5://127.0.0.1:9"),
        ("ALL_PROXY", "socks5h://me:pw-4711@127.0.0.1:9"),
        ("HTTP_PROXY", "http://[::1"),
        ("HTTP_PROXY", "http://proxy:99999"),
        ("HTTP_PROXY", "http://proxy:abc"),
        ("HTTP_PROXY", "http://:pw-4711@"),
        ("HTTP_PROXY", "://"),
    ],
)
def test_a_proxy_that_is_none(variable: str, value: str, tmp_path: Path) -> None:
    ended = run(["plan", "realm.yaml"], {**HERE, variable: value}, tmp_path)
    assert ended.returncode == 64
    assert "is not the address of a proxy" in ended.stderr
    assert "pw-4711" not in ended.stderr


@pytest.mark.parametrize("value", ["10.0.0.0/99,[::1,*.x", "/", "10.0.0.0/", ",,", "*"])
def test_an_odd_list_of_hosts_without_proxy(value: str, tmp_path: Path) -> None:
    asked = {**HERE, "KEYCLOAK_URL": "http://127.0.0.1:9/auth", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": value}
    ended = run(["plan", "realm.yaml"], asked, tmp_path)
    assert ended.returncode == 1
    assert "defect" not in ended.stderr


@pytest.mark.parametrize("value", ["1e300", "1e10", "1e-320", "nan", "inf", "-1", "0", "1_0", "\u0661", "soon"])
def test_a_time_out_that_is_none(value: str, tmp_path: Path) -> None:
    ended = run(["plan", "realm.yaml"], {**HERE, "KEYCLOAK_CLIENT_TIMEOUT": value}, tmp_path)
    assert ended.returncode == 64
    assert "is not a time-out that realmctl can use" in ended.stderr


def test_stdin_that_is_closed(tmp_path: Path) -> None:
    (tmp_path / "realm.yaml").write_text("realm: acme\nroles: {reader: {}}\n")
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    ended = subprocess.run(
        [sys.executable, "-m", "realmctl", "apply", "realm.yaml"],
        cwd=tmp_path,
        env={**kept, **HERE},
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.close(0),
        check=False,
    )
    assert ended.returncode == 64
    assert "There is no terminal to ask on." in ended.stderr


@pytest.mark.parametrize("text", ["", "{", '{"realmctl": "saved', '{"realmctl": "saved plan", "format": 3, "ver'])
def test_a_saved_plan_that_was_cut_off(text: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text)
    ended = run(["apply", "plan.json"], HERE, tmp_path)
    assert ended.returncode == 4
    assert "the saved plan is damaged" in ended.stderr
