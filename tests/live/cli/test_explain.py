"""--explain on the command line: of a plan, of drift, and of what `validate` finds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Keycloak

Run = Callable[..., "subprocess.CompletedProcess[str]"]

BEFORE = """\
realm: {}
adminEventsEnabled: true
tokens: {{ audiences: [orders-api] }}
roles:
  reader: {{ description: Reads }}
  approver: {{ description: Approves }}
"""
AFTER = """\
realm: {}
adminEventsEnabled: true
tokens: {{ audiences: [orders-api, shipping] }}
roles:
  approver: {{ description: Approves orders }}
"""


@pytest.fixture(name="run")
def _run(keycloak: Keycloak) -> Run:
    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "realmctl", *map(str, arguments)]
        environ = {**os.environ, **keycloak.environ()}
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    return run


def test_a_plan_and_drift_are_explained(run: Run, realm_name: str, tmp_path: Path) -> None:
    file = tmp_path / "realm.yaml"
    file.write_text(BEFORE.format(realm_name))
    assert run("apply", tmp_path, "--auto-approve").returncode == 0
    file.write_text(AFTER.format(realm_name))

    told = run("plan", tmp_path, "--explain", "role/*", "--explain", "scope-mapper/*", "--detailed-exitcode")
    assert told.returncode == 2, told.stderr
    assert f"asked for at {file}:5:28" in told.stdout
    assert "by the word tokens.audiences.1" in told.stdout
    assert "- realm role reader  (role/reader): it is deleted" in told.stdout
    assert "It is owned by realmctl" in told.stdout
    assert told.stdout.endswith("Plan: 1 to add, 1 to change, 1 to destroy.\n")

    told = run("drift", tmp_path, "--explain", "role/approver")
    assert told.returncode == 2, told.stderr
    assert 'description: "Approves" → "Approves orders"' in told.stdout
    assert "(role/approver): by an apply it is changed" in told.stdout

    told = run("plan", tmp_path, "--explain", "role/aprover")
    assert told.returncode == 64
    assert "Did you mean role/approver?" in told.stderr
    assert run("plan", tmp_path, "--explain", "role/*", "-o", "json").returncode == 64


@pytest.fixture(name="doubtful")
def _doubtful(tmp_path: Path) -> Path:
    (tmp_path / "realm.yaml").write_text("realm: shop\nclients:\n  web: { directAccessGrantsEnabled: true, nme: x }\n")
    return tmp_path


def test_validate_explains_a_rule_and_a_place(run: Run, doubtful: Path) -> None:
    told = run("validate", doubtful, "--explain", f"{doubtful}/realm.yaml:3")
    assert told.returncode == 4
    assert "[unknown-key]" in told.stdout
    assert "no comment and no `accept` silences it" in told.stdout

    file = doubtful / "realm.yaml"
    file.write_text(file.read_text().replace(", nme: x", ""))
    told = run("validate", doubtful, "--explain", "password-grant")
    assert told.returncode == 0, told.stderr
    assert f"{file}:3:37: warning: client 'web' may ask people for their password" in told.stdout
    assert "# realmctl: allow password-grant: because …" in told.stdout
    assert "full-scope-allowed" not in told.stdout

    told = run("validate", doubtful, "--explain", "pasword-grant")
    assert told.returncode == 64
    assert "Did you mean 'password-grant'?" in told.stderr
