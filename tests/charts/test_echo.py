"""The echo outside of a cluster: the same script that runs in the pod."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.charts.helm import CHARTS
from tests.charts.processes import ask, free_port, running

SCRIPT = CHARTS / "echo" / "files" / "echo.py"


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


TOKEN = f"{part({'alg': 'RS256'})}.{part({'sub': '1', 'roles': ['réader']})}.c2lnbmF0dXJl"


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    log = tmp_path_factory.mktemp("echo") / "echo.log"
    with running([sys.executable, "-I", SCRIPT, "--port", str(port)], port, log):
        yield port
    assert log.read_text(encoding="utf-8") == f"listening on 127.0.0.1:{port}\n"


def test_it_tells_what_arrived(echo: int) -> None:
    headers = [("Host", "apps.example.com"), ("X-A", "1"), ("x-a", "2"), ("authorization", f"Bearer {TOKEN}")]
    answer = ask(echo, "/orders/a%2Fb?x=1&x=&y=%20", headers, "POST")
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    found = json.loads(answer.body)
    assert (found["method"], found["path"], found["host"]) == ("POST", "/orders/a%2Fb", "apps.example.com")
    assert found["query"] == [["x", "1"], ["x", ""], ["y", " "]]
    assert found["headers"]["x-a"] == ["1", "2"]
    assert found["claims"] == {"sub": "1", "roles": ["réader"]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", f"Bearer {TOKEN}"),
        ("Authorization", "Basic c2lnbmF0dXJl"),
        ("X-Auth-Request-Access-Token", TOKEN),
        ("X-Auth-Request-Access-Token", "c2lnbmF0dXJl"),
    ],
)
def test_what_it_shows_opens_no_door(echo: int, name: str, value: str) -> None:
    answer = ask(echo, "/", [(name, value)])
    assert answer.status == 200
    assert "c2lnbmF0dXJl" not in answer.body


@pytest.mark.parametrize("value", ["Bearer x", "Bearer a.b.c", "Bearer a.!!!.c", "Bearer", ""])
def test_what_is_no_token_has_no_claims(echo: int, value: str) -> None:
    assert json.loads(ask(echo, "/", [("authorization", value)]).body)["claims"] is None


@pytest.mark.parametrize("length", ["-1", "x", str(64 * 1024 + 1)])
def test_a_body_is_bounded(echo: int, length: str) -> None:
    assert ask(echo, "/", [("content-length", length)], "POST").status == 413


def test_it_is_healthy(echo: int) -> None:
    assert ask(echo, "/healthz").body == "ok\n"


def test_it_stops_when_it_is_told_to() -> None:
    with subprocess.Popen(
        [sys.executable, "-I", str(SCRIPT), "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("listening on 127.0.0.1:")
        process.terminate()
        assert process.wait(20) == 0


def test_it_needs_nothing_but_the_standard_library() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), "--help"], capture_output=True, check=False, timeout=20
    )
    assert done.returncode == 0
    assert Path(SCRIPT).stat().st_size < 20_000
