"""How commands end: the exit codes, words instead of tracebacks, and no secret in either."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from realmctl import __version__
from realmctl.cli.main import run
from realmctl.errors import Exit
from realmctl.model.secret import HIDDEN

GOOD = "realm: one\nroles:\n  reader: {description: Reads}\n"


@pytest.fixture
def realm(tmp_path: Path) -> Path:
    file = tmp_path / "realm.yaml"
    file.write_text(GOOD, encoding="utf-8")
    return file


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("KEYCLOAK_"):
            monkeypatch.delenv(name)


def process(*arguments: str, code: str = "from realmctl.cli.main import main; main()") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plam"], "Did you mean 'plan'?"),
        (["frobnicate"], "There are: init, validate"),
        (["plan", "--detailed-exit"], "--detailed-exitcode"),
        (["plan", "-o", "xml"], "'xml' is not one of"),
        (["completion", "tcsh"], "'tcsh' is not one of"),
        (["schema"], "Missing option"),
        (["local"], "Usage"),
    ],
)
def test_bad_usage_is_64(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == Exit.USAGE
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_what_is_missing_to_connect_is_usage(realm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(realm)]) == Exit.USAGE
    assert "KEYCLOAK_URL" in capsys.readouterr().err


def test_a_variable_without_a_value_is_usage(realm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", str(realm), "--var", "stage"]) == Exit.USAGE
    assert "NAME=VALUE" in capsys.readouterr().err


def test_apply_without_a_terminal_does_not_guess(realm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["apply", str(realm), "--url", "http://127.0.0.1:9/auth"]) == Exit.USAGE
    assert "--auto-approve" in capsys.readouterr().err


def test_bad_configuration_is_4_with_its_place(realm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    realm.write_text("realm: one\nroless: {}\n", encoding="utf-8")
    assert run(["validate", str(realm)]) == Exit.BAD_CONFIG
    assert f"{realm}:2:1: error:" in capsys.readouterr().out
    assert run(["plan", str(realm)]) == Exit.BAD_CONFIG
    captured = capsys.readouterr()
    assert f"{realm}:2:1: error:" in captured.err
    assert captured.out == ""


def test_a_program_gets_the_failure_where_it_looks_for_the_result(
    realm: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    realm.write_text("realm: one\nroless: {}\n", encoding="utf-8")
    run(["plan", str(realm), "-o", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["error"]["exit"] == Exit.BAD_CONFIG
    assert document["error"]["findings"][0]["place"]["line"] == 2
    run(["plan", str(realm), "-o", "markdown"])
    assert capsys.readouterr().out.startswith("<!-- realmctl:plan -->\n## realmctl plan: bad configuration")


def test_nobody_there_is_1_and_one_sentence(realm: Path) -> None:
    done = process("plan", str(realm), "--url", "http://127.0.0.1:9/auth", "--user", "a", "--password", "CANARY")
    out, err = done.communicate(timeout=60)
    assert done.returncode == Exit.FAILED
    *waits, error, _ = err.splitlines()
    assert all("can't be connected to: connection refused. Trying again in" in line for line in waits), err
    assert error.startswith("error:")
    assert "Traceback" not in err
    assert "CANARY" not in out + err


def test_debug_shows_the_traceback_of_an_expected_error(realm: Path) -> None:
    done = process(
        "plan", str(realm), "--url", "http://127.0.0.1:9/auth", "--user", "a", "--password", "CANARY", "--debug"
    )
    out, err = done.communicate(timeout=60)
    assert done.returncode == Exit.FAILED
    assert "Traceback" in err
    assert "CANARY" not in out + err


BROKEN = """
import sys
from realmctl.cli import main, terminal
from realmctl.model.secret import Secret
held = Secret("CANARY-held")
def fall(text):
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.CANARYsignature"
    raise ValueError("CANARY-held " + token + " \\x1b[2J")
terminal.result = fall
main.main()
"""


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_a_defect_is_one_sentence_and_holds_no_secret(realm: Path, debug: list[str]) -> None:
    done = process("validate", str(realm), *debug, code=BROKEN)
    _, err = done.communicate(timeout=60)
    assert done.returncode == Exit.FAILED
    assert "ValueError" in err
    assert "--debug" in err or debug
    assert ("Traceback" in err) == bool(debug)
    assert "CANARY-held" not in err
    assert "CANARYsignature" not in err
    assert HIDDEN in err


SLOW = """
import signal, sys, time
from realmctl.cli import main, variables
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell runs in the background
def wait(*_):
    print("waiting", file=sys.stderr, flush=True)
    time.sleep(60)
variables.variables = wait
main.main()
"""


def test_an_interruption_is_130(realm: Path) -> None:
    started = process("validate", str(realm), code=SLOW)
    assert started.stderr
    assert started.stderr.readline() == "waiting\n"
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=60)
    assert started.returncode == Exit.INTERRUPTED
    assert "Traceback" not in err


def test_a_reader_that_leaves_is_no_defect(realm: Path) -> None:
    many = "".join(f"  role-{number}: {{description: Reads}}\n" for number in range(5_000))
    realm.write_text("realm: one\nroles:\n" + many, encoding="utf-8")
    started = process("show", str(realm))
    assert started.stdout
    started.stdout.close()
    assert started.stderr
    err = started.stderr.read()
    started.stderr.close()
    assert started.wait(timeout=60) == Exit.FAILED
    assert err == ""


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"realmctl {__version__}\n"
    for words in (["--help"], ["-h"], ["plan", "-h"], ["local", "up", "--help"]):
        assert run(words) == 0
        assert capsys.readouterr().out.startswith("Usage: realmctl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux alone has /dev/full")
def test_a_full_disk_is_told_in_words(realm: Path) -> None:
    command = [sys.executable, "-m", "realmctl", "show", str(realm)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == Exit.FAILED
    assert done.stderr.startswith("error: cannot write the result: ")
    assert "defect" not in done.stderr


def test_closed_streams_do_no_harm(realm: Path) -> None:
    command = f"exec {sys.executable} -m realmctl validate {realm} >&- 2>&-"
    assert subprocess.run(command, shell=True, check=False).returncode == Exit.OK
