"""The command line of drift, where no server is needed to say no."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from realmctl.cli.drift import _since
from realmctl.errors import Exit, UsageProblem
from tests.support.command_line import run_realmctl

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"KEYCLOAK_URL": "http://127.0.0.1:1", "KEYCLOAK_CLIENT_ID": "x", "KEYCLOAK_CLIENT_SECRET": "CANARY"}
    return run_realmctl(["drift", *arguments], {**environ, "KEYCLOAK_CLIENT_TIMEOUT": "1"})


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("24h", datetime(2026, 11, 24, 12, tzinfo=UTC)),
        ("1d12h", datetime(2026, 11, 24, 0, tzinfo=UTC)),
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("2026-11-24T10:00:00+02:00", datetime(2026, 11, 24, 8, tzinfo=UTC)),
    ],
)
def test_since(text: str, moment: datetime) -> None:
    assert _since(text, NOW) == moment


@pytest.mark.parametrize("text", ["yesterday", "24", "", "2026-13-01", "99999999999d"])
def test_a_time_that_is_none(text: str) -> None:
    with pytest.raises(UsageProblem, match="that is no time"):
        _since(text, NOW)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--fleet", "f.yaml", "realms/x"], "PATH and --fleet exclude each other"),
        (["--fleet", "f.yaml", "--login-realm", "x"], "--login-realm and --fleet exclude each other"),
        (["--fleet", "f.yaml", "--adopt", "realm"], "--adopt and --fleet exclude each other"),
        (["--since", "soon"], "that is no time"),
    ],
)
def test_what_makes_no_sense_together(arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert (done.returncode, told in done.stderr) == (Exit.USAGE, True), done.stderr


def test_a_server_that_does_not_answer_is_waited_for_once_and_told(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "realm.yaml").write_text(f"realm: {name}\n")
    gauges = tmp_path / "drift.prom"

    done = run(str(tmp_path), "--metrics", str(gauges))

    assert done.returncode == Exit.FAILED, done.stderr
    assert done.stdout.count("Could not be looked at:") == 2
    assert "CANARY" not in done.stdout + done.stderr
    lines = [line for line in gauges.read_text().splitlines() if line.startswith("realmctl_drift_up")]
    assert lines == ['realmctl_drift_up{realm="one"} 0', 'realmctl_drift_up{realm="two"} 0']
