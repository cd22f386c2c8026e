"""The comment's poster and the fetcher of reviewed plans, against servers that behave like the services' APIs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.services import SERVICES, TOKEN, Service, serving

PROGRAM = Path(__file__).parents[2] / "pipelines" / "pull_request.py"
MARKER = "<!-- realmctl:plan -->"
VARIABLE = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_TOKEN", "azure": "SYSTEM_ACCESSTOKEN"}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with serving(request.param) as found:
        yield found


def run(
    service: Service, command: str, file: Path, *, token: str = TOKEN, merged: bool = False
) -> subprocess.CompletedProcess[str]:
    name = next(name for name, kind in SERVICES.items() if isinstance(service, kind))
    environ = {"PATH": os.environ["PATH"], VARIABLE[name]: token, **service.environ(merged=merged)}
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), command, str(file)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
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
    assert (done.returncode, done.stdout) == (0, "The comment was brought up to date.\n")
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
    assert run(service, "comment", page).returncode == 0
    assert len(service.bodies) == 1


def test_a_token_that_is_refused_is_told(service: Service, page: Path) -> None:
    done = run(service, "comment", page, token="other")
    assert (done.returncode, done.stdout) == (1, "")
    assert "answers 401" in done.stderr


def test_without_a_marker_nothing_is_posted(service: Service, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("# no marker\n")
    done = run(service, "comment", tmp_path / "plan.md")
    assert (done.returncode, service.log) == (1, [])
    assert "begins with no marker" in done.stderr


def test_the_reviewed_plan_comes_back_as_it_was(service: Service, tmp_path: Path) -> None:
    service.kept = b'{"realmctl": "saved plan"}\n\xc3\xb6'
    done = run(service, "plan", tmp_path / "plan.realmctl", merged=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "plan.realmctl").read_bytes() == service.kept
    assert (tmp_path / "plan.realmctl").stat().st_mode & 0o077 == 0
    assert service.leaked == []


@pytest.mark.parametrize("why", ["of another commit", "failed"])
def test_what_was_not_reviewed_is_no_plan(service: Service, tmp_path: Path, why: str) -> None:
    service.kept = b"x"
    if why == "failed":
        service.status = "failed"
    else:
        service.head = "d" * 40
    done = run(service, "plan", tmp_path / "plan.realmctl", merged=True)
    assert (done.returncode, list(tmp_path.iterdir())) == (3, []), done.stderr


def test_a_plan_that_is_kept_no_longer_is_none(service: Service, tmp_path: Path) -> None:
    done = run(service, "plan", tmp_path / "plan.realmctl", merged=True)
    assert (done.returncode, list(tmp_path.iterdir())) == (3, []), done.stderr


def test_outside_of_a_pipeline_it_says_so(page: Path) -> None:
    command = [sys.executable, str(PROGRAM), "comment", str(page)]
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, "this is no pipeline" in done.stderr) == (1, True)
