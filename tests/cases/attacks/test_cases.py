"""What a pull request may try to read, as data: each is refused with its place, and the canary is printed nowhere."""

from __future__ import annotations

import os
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from realmctl.cli.main import run
from realmctl.config.loader import RealmConfig, load, read_variables
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig
from realmctl.model.address import Address
from realmctl.model.change import Plan
from realmctl.model.objects import Live, Snapshot
from realmctl.render.plan_html import html
from realmctl.render.plan_json import json_
from realmctl.render.plan_markdown import markdown
from realmctl.render.plan_text import text
from tests.support.case_file import case_paths, read_cases

FOLDER = Path(__file__).parent / "cases"
CASES = {name: case for file in case_paths(FOLDER) for name, case in read_cases(file).items()}
FIRST = [["validate", "-o", "text"], ["show", "-o", "yaml"], ["plan", "-o", "text"]]
OTHERS = [
    *(["validate", "-o", one] for one in ("json", "markdown", "sarif")),
    ["show", "-o", "json"],
    *(["plan", "-o", one] for one in ("json", "markdown", "html")),
]
NOWHERE = ["--url", "http://127.0.0.1:9", "--client-id", "none", "--client-secret", "none-at-all"]


def lay(root: Path, layout: dict[str, Any]) -> None:
    for name, said in layout.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(said, str):
            path.write_text(said)
        elif "link" in said:
            path.symlink_to(said["link"])
        elif "hard" in said:
            path.hardlink_to(root / said["hard"])
        elif "pipe" in said:
            os.mkfifo(path)
        elif "socket" in said:
            here = os.open(path.parent, os.O_RDONLY)  # The path of a socket may not be long.
            try:
                with socket.socket(socket.AF_UNIX) as made:
                    made.bind(f"/proc/self/fd/{here}/{path.name}")
            finally:
                os.close(here)
        else:
            with path.open("wb") as stream:
                stream.truncate(said["sparse"])


def git(repo: Path, *arguments: str) -> None:
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], cwd=repo, env=environ, check=True, capture_output=True)


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    said: dict[str, Any] = {"environment": {}, "options": [], "untracked": [], **CASES[request.param]}
    repo = tmp_path / "repo"
    declared = f"displayName: {said['text']}" if "text" in said else said.get("realm", "")
    whole = said.get("whole", f"realm: p\n{declared}\n").replace("{root}", str(tmp_path))
    lay(tmp_path, {**said.get("layout", {}), "repo/realms/p/realm.yaml": whole})
    (tmp_path / "outside").mkdir(exist_ok=True)
    git(repo, "init", "-q")
    for name in said["untracked"]:
        (repo / ".git" / "info" / "exclude").open("a").write(f"/{name}\n")
    git(repo, "add", "-A")
    for name in (".npmrc", ".docker", ".env"):
        if (repo / name).exists():
            git(repo, "add", "-f", name)
    (repo / ".git" / "config").open("a").write("[http]\n\textraheader = AUTHORIZATION: basic canary\n")
    lay(tmp_path, said.get("afterwards", {}))
    monkeypatch.chdir(repo)
    for name, value in {"CANARY": "canary", **said["environment"]}.items():
        monkeypatch.setenv(name, value)
    return said


def loaded(case: dict[str, Any]) -> RealmConfig | BadConfig:
    """What the files come to, with the options as the command line has them."""
    options = dict(zip(case["options"][::2], case["options"][1::2], strict=False))
    environ = dict(os.environ)
    for option, variable in (
        ("--secrets-dir", "REALMCTL_SECRETS_DIR"),
        ("--allow-variables", "REALMCTL_ALLOW_VARIABLES"),
    ):
        if option in options:
            environ[variable] = options[option]
    try:
        variables = read_variables([options["--var-file"]]) if "--var-file" in options else {}
        (config,) = load(case.get("paths", ["realms"]), environ=environ, variables=variables)
    except BadConfig as error:
        return error
    return config


def page(plans: list[Plan]) -> str:
    return html(plans, at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_it_is_refused_where_it_stands_or_hidden(case: dict[str, Any]) -> None:
    found = loaded(case)
    if "says" not in case:
        assert isinstance(found, RealmConfig), found.findings
        wanted = found.desired.resources[Address("realm")].fields["displayName"]
        assert ("hides" in case and str(wanted) == "(secret)") or wanted == case.get("shows")
        for snapshot in (Snapshot.absent("p"), Snapshot.of("p", [Live(Address("realm"), {"displayName": "x"}, "1")])):
            plan = make_plan(compare(found.desired, snapshot))
            assert "canary" not in "".join(made([plan]) for made in (text, json_, markdown, page))
        return
    assert isinstance(found, BadConfig)
    errors = [one for one in found.findings if one.severity == "error"]
    assert all(one.place for one in errors), errors
    assert any(case["says"] in one.message for one in errors), errors
    assert case.get("rule") in {None, *(one.rule for one in errors)}, errors


@pytest.mark.parametrize("case", CASES, indirect=True)
@pytest.mark.parametrize("commands", [FIRST, pytest.param(OTHERS, marks=pytest.mark.slow)], ids=["first", "others"])
def test_no_command_prints_the_canary(
    case: dict[str, Any], commands: list[list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    for command in commands:
        if case.get("only", command[0]) != command[0] or (command[0] == "plan" and "says" not in case):
            continue
        more = NOWHERE if command[0] == "plan" else []
        code = run([*command, *case["options"], *more, *case.get("paths", ["realms"])])
        out, err = capfd.readouterr()
        assert "canary" not in out + err, command
        assert "root:x:0" not in out + err, command
        assert "says" not in case or code == 4, (command, out, err)
