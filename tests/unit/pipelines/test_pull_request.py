"""The comment's poster and the fetcher of reviewed plans, against servers that behave like the services' APIs."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest import mock

import pytest

from tests.unit.pipelines.services import SERVICES, TOKEN, Service, serving

PROGRAM = Path(__file__).parents[3] / "pipelines" / "pull_request.py"


def program() -> ModuleType:
    """Return the program as a module: its folder is no package, since it is a file to be copied."""
    spec = importlib.util.spec_from_file_location("pull_request", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


pull_request = program()
PAUSES: list[float] = []
"""Seconds that the program would have waited."""
MARKER = "<!-- realmctl:plan -->"
VARIABLE = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "azure": "SYSTEM_ACCESSTOKEN"}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with serving(request.param) as found:
        yield found


def run(
    service: Service,
    command: str,
    file: Path,
    *,
    token: str = TOKEN,
    merged: bool = False,
    more: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    name = next(name for name, kind in SERVICES.items() if isinstance(service, kind))
    environ = {"PATH": os.environ["PATH"], VARIABLE[name]: token, **service.environ(merged=merged), **(more or {})}
    out, err = io.StringIO(), io.StringIO()
    # In this process, and without its pauses: an interpreter takes longer to start than the program runs.
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        mock.patch.object(pull_request, "time", SimpleNamespace(sleep=PAUSES.append)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = pull_request.main([command, str(file)], os.environ)
    done = subprocess.CompletedProcess([command, str(file)], code, out.getvalue(), err.getvalue())
    assert TOKEN not in done.stdout + done.stderr
    return done


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "plan.md"
    file.write_text(f"{MARKER}\n## realmctl plan: 1 to add\n`ö`\n", encoding="utf-8")
    return file


def test_there_is_one_comment_however_often_it_is_posted(service: Service, page: Path) -> None:
    for _ in range(150):
        service.say("looks good to me")
    service.say("<!-- realmctl:drift -->\nanother one of ours")
    assert run(service, "comment", page).returncode == 0
    assert service.bodies[-1] == page.read_text(encoding="utf-8")
    service.say("thanks")
    page.write_text(f"{MARKER}\n## realmctl plan: no changes\n")
    done = run(service, "comment", page)
    assert (done.returncode, done.stdout) == (0, "The comment was updated.\n")
    assert service.bodies[-2:] == [page.read_text(), "thanks"]
    assert len(service.bodies) == 153


def test_a_strangers_comment_is_left_alone(service: Service, page: Path) -> None:
    service.say(f"{MARKER}\nmine to change later", who="stranger")
    service.say(f"> {MARKER}\nquoted")
    assert run(service, "comment", page).returncode == 0
    assert service.bodies[0] == f"{MARKER}\nmine to change later"
    assert len(service.bodies) == 3


def test_a_busy_service_is_asked_again(service: Service, page: Path) -> None:
    service.busy = 2
    PAUSES.clear()
    assert run(service, "comment", page).returncode == 0
    assert len(service.bodies) == 1
    assert PAUSES == [1.0, 2.0]


def test_a_token_that_is_refused_is_told(service: Service, page: Path) -> None:
    done = run(service, "comment", page, token="other")
    assert (done.returncode, done.stdout) == (1, "")
    assert "answers 401" in done.stderr


def test_without_a_marker_nothing_is_posted(service: Service, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("# no marker\n")
    done = run(service, "comment", tmp_path / "plan.md")
    assert (done.returncode, service.log) == (1, [])
    assert "begins with no marker" in done.stderr


LIMITS = {"github": 65_536, "gitlab": 1_000_000, "azure": 150_000}
JOBS = {
    "github": "https://github.example/example/realms/actions/runs/80",
    "gitlab": "https://gitlab.example/example/realms/-/jobs/80",
    "azure": "/org/project/_build/results?buildId=80",
}


def test_a_comment_that_is_too_long_is_cut_and_says_so_at_its_beginning(service: Service, tmp_path: Path) -> None:
    name = next(name for name, kind in SERVICES.items() if isinstance(service, kind))
    lines = "".join(f"+ role number-{number} ö\n" for number in range(90_000))
    file = tmp_path / "plan.md"
    file.write_text(f"{MARKER}\n## plan\n<details><summary>all</summary>\n\n```diff\n{lines}```\n</details>\n", "utf-8")
    assert run(service, "comment", file).returncode == 0
    (body,) = service.bodies
    assert LIMITS[name] - 500 < len(body) <= LIMITS[name]
    first, second, third, *rest = body.splitlines()
    assert (first, second) == (MARKER, "> [!CAUTION]")
    assert "This comment is cut" in third
    assert third.endswith(JOBS[name])
    assert sum(line.startswith("```") for line in rest) == 2
    assert "</details>" in rest
    assert rest[-1] == "**The plan goes on: this comment is cut here.**"
    assert run(service, "comment", file).returncode == 0
    assert len(service.bodies) == 1


def test_no_answer_becomes_a_command_of_the_service(service: Service, page: Path) -> None:
    service.reason = "no ::set-output name=x::y ##vso[task.setvariable]z ##[error]q"
    done = run(service, "comment", page, token="other")
    assert done.returncode == 1
    assert "answers 401 no" in done.stderr
    assert not any(sign in done.stderr for sign in ("::", "##"))


@pytest.mark.parametrize("file", ["a\n::error::b", "##vso[task.complete]", "::warning::x"])
def test_no_name_becomes_a_command_of_the_service(service: Service, file: str) -> None:
    done = run(service, "comment", Path(file))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert not any(sign in done.stderr for sign in ("::", "##"))


def test_a_redirect_of_a_comment_is_no_success(service: Service, page: Path) -> None:
    service.redirects = f"{service.url}/elsewhere/comment"
    done = run(service, "comment", page)
    assert (done.returncode, service.leaked, service.bodies) == (1, [], []), done.stderr


@pytest.mark.parametrize("where", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_redirect_leads_to_no_other_scheme(service: Service, page: Path, where: str) -> None:
    service.redirects = where
    done = run(service, "comment", page)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr


def test_an_answer_without_end_is_refused(service: Service, page: Path) -> None:
    service.padding = 17 * 1024 * 1024
    done = run(service, "comment", page)
    assert (done.returncode, "answers more than 16 MiB" in done.stderr) == (1, True), done.stderr


@pytest.mark.parametrize("answer", [b"", b"null", b"[1]", b'{"id": {}}', b"[" * 100_000, b"\xff", b"<html>"])
def test_an_odd_answer_ends_in_words(service: Service, page: Path, answer: bytes) -> None:
    service.odd = answer
    for command, merged in (("comment", False), ("plan", True)):
        done = run(service, command, page, merged=merged)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr


def test_outside_of_a_pipeline_it_says_so(page: Path) -> None:
    command = [sys.executable, str(PROGRAM), "comment", str(page)]
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, "this is no pipeline" in done.stderr) == (1, True)
