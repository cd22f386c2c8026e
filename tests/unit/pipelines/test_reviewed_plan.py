"""Which plan is taken for the reviewed one after a merge, and in which stories none is: forks, second pull requests,
other bases, re-runs, expired and doubled artifacts, and archives that lie.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.pipelines.services import (
    BASE,
    FORK,
    HEAD,
    MERGE,
    SERVICES,
    Azure,
    artifact,
    pull,
    run,
    serving,
)
from tests.unit.pipelines.test_pull_request import run as program

PLAN = b'{"realmctl": "saved plan"}\n\xc3\xb6'
LATER = "2026-11-25T09:30:00Z"
GITHUB_TAKEN: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda it: None,
    "a squash or a rebase: another commit than the head": lambda it: None,
    "the head of a fast-forward": lambda it: it.pulls[0]["head"].update(sha=HEAD),
    "an older run failed": lambda it: it.runs[0].update(conclusion="failure"),
    "a fork's run of the same commit": lambda it: it.runs.append(run(99, head_repository=FORK)),
    "another workflow's run": lambda it: it.runs.append(run(99, path=".github/workflows/other.yml")),
    "a run on a same-named branch's other commit": lambda it: it.runs.append(run(99, head_sha="f" * 40)),
    "a run of another branch with the same commit": lambda it: it.runs.append(run(99, head_branch="evil")),
    "a run of pull_request_target": lambda it: it.runs.append(run(99, event="pull_request_target")),
    "a path with its ref": lambda it: it.runs[1].update(path=f"example/realms/{it.runs[1]['path']}@refs/heads/main"),
    "a re-run with an artifact of its own": lambda it: (
        it.runs[1].update(run_started_at=LATER),
        it.artifacts.append(artifact(2, created_at="2026-11-25T09:40:00Z")),
    ),
    "an artifact of another name": lambda it: it.artifacts.append(artifact(2, name="realmctl-page")),
    "a pull request that was closed": lambda it: it.pulls.append(pull(8, merged_at=None)),
    "a base that changed before the run": lambda it: it.events.append(
        {"event": "base_ref_changed", "created_at": "2026-11-25T08:00:00Z"}
    ),
    "many files": lambda it: it.changed.extend(f"realms/{number}.yaml" for number in range(250)),
    "a digest": lambda it: it.artifacts[0].update(digest=f"sha256:{hashlib.sha256(it.zipped()).hexdigest()}"),
}
GITHUB_NONE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a push without a pull request": (lambda it: it.pulls.clear(), "no pull request of this repository"),
    "closed unmerged, then pushed": (lambda it: it.pulls[0].update(merged_at=None), "no pull request"),
    "merged as another commit": (lambda it: it.pulls[0].update(merge_commit_sha="f" * 40), "no pull request"),
    "merged into another branch": (lambda it: it.pulls[0]["base"].update(ref="evil"), "no pull request"),
    "a pull request of a fork": (lambda it: it.pulls[0]["head"].update(repo=FORK), "no pull request"),
    "a fork that is gone": (lambda it: it.pulls[0]["head"].update(repo=None), "no pull request"),
    "two pull requests merged as one commit": (
        lambda it: it.pulls.append(pull(8, branch="b")),
        "several pull requests",
    ),
    "a second pull request to the author's base": (
        lambda it: it.pulls.append(pull(8, base="evil", merged_at=None)),
        "pull request 8 proposes the same branch for another base",
    ),
    "a second one that was closed after another push": (
        lambda it: it.pulls.append(pull(8, base="evil", merged_at=None, sha="f" * 40)),
        "pull request 8 proposes the same branch",
    ),
    "retargeted after the plan": (
        lambda it: it.events.append({"event": "base_ref_changed", "created_at": LATER}),
        "had another base",
    ),
    "retargeted at the same second": (
        lambda it: it.events.append({"event": "base_ref_changed", "created_at": it.runs[1]["created_at"]}),
        "had another base",
    ),
    "a run of another pull request": (lambda it: it.runs[1].update(pull_requests=[{"number": 8}]), "another pull"),
    "no run": (lambda it: it.runs.clear(), "does not exist"),
    "a plan older than the last push": (lambda it: [one.update(head_sha="f" * 40) for one in it.runs], "not exist"),
    "the newest was cancelled": (lambda it: it.runs[1].update(conclusion="cancelled"), "did not succeed"),
    "the newest failed": (lambda it: it.runs[1].update(conclusion="failure"), "did not succeed"),
    "the newest is still running": (lambda it: it.runs[1].update(status="queued", conclusion=None), "did not succeed"),
    "another workflow alone": (lambda it: [one.update(path="ci.yml") for one in it.runs], "does not exist"),
    "it expired": (lambda it: it.artifacts[0].update(expired=True), "keeps no artifacts"),
    "uploaded twice": (lambda it: it.artifacts.append(artifact(2)), "keeps 2 artifacts"),
    "of another run": (lambda it: it.artifacts[0].update(workflow_run={"id": 71}), "keeps no artifacts"),
    "of an earlier attempt": (lambda it: it.runs[1].update(run_started_at=LATER), "keeps no artifacts"),
    "another digest": (lambda it: it.artifacts[0].update(digest="sha256:" + "0" * 64), "its digest differs"),
    "the workflow was changed": (lambda it: it.changed.append(".github/workflows/realmctl.yml"), "changes .github/"),
    "an action was changed": (lambda it: it.changed.append(".github/actions/x/action.yml"), "changes .github/"),
    "ci was changed": (lambda it: it.changed.append("ci/pull_request.py"), "changes ci/pull_request.py"),
    "more files than are listed": (lambda it: setattr(it, "count", 5000), "more files than can be listed"),
}
GITLAB_TAKEN: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda it: None,
    "a squash": lambda it: it.requests[0].update(
        merge_commit_sha=None, squash_commit_sha=it.requests[0]["merge_commit_sha"]
    ),
    "a merged result": lambda it: it.pipelines[0].update(ref="refs/merge-requests/7/merge", sha=MERGE),
    "a merge train": lambda it: it.pipelines[0].update(ref="refs/merge-requests/7/train", sha=MERGE),
    "an open one of the same commit": lambda it: it.requests.append({**it.requests[0], "iid": 8, "state": "opened"}),
    "one of a fork": lambda it: it.requests.append({**it.requests[0], "iid": 8, "source_project_id": 13}),
    "one into another branch": lambda it: it.requests.append({**it.requests[0], "iid": 8, "target_branch": "evil"}),
}
GITLAB_NONE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a push without a merge request": (lambda it: it.requests.clear(), "no pull request"),
    "closed unmerged": (lambda it: it.requests[0].update(state="closed"), "no pull request"),
    "merged into another branch": (lambda it: it.requests[0].update(target_branch="evil"), "no pull request"),
    "from a fork": (lambda it: it.requests[0].update(source_project_id=13), "no pull request"),
    "two merged as one": (lambda it: it.requests.append({**it.requests[0], "iid": 8}), "several pull requests"),
    "no pipeline": (lambda it: it.pipelines.clear(), "has no pipeline"),
    "the newest failed": (lambda it: it.pipelines[0].update(status="failed"), "did not succeed"),
    "the newest was cancelled": (lambda it: it.pipelines[0].update(status="canceled"), "did not succeed"),
    "the newest is a branch's": (lambda it: it.pipelines[0].update(source="push"), "not one of a merge request"),
    "of another merge request": (lambda it: it.pipelines[0].update(ref="refs/merge-requests/8/head"), "did not run on"),
    "older than the last push": (lambda it: it.pipelines[0].update(sha="f" * 40), "did not run on"),
    "a merged result of another commit": (
        lambda it: (
            it.pipelines[0].update(ref="refs/merge-requests/7/merge", sha=MERGE),
            it.parents.__setitem__(1, BASE),
        ),
        "did not run on",
    ),
    "retargeted after the plan": (
        lambda it: (
            it.pipelines[0].update(ref="refs/merge-requests/7/merge", sha=MERGE),
            it.__setattr__("merge_base", "f" * 40),
        ),
        "did not run on",
    ),
    "a job twice": (lambda it: it.jobs.append(it.jobs[1]), "no single job plan"),
    "a job that failed": (lambda it: it.jobs[1].update(status="failed"), "no single job plan"),
    "its own pipeline": (lambda it: it.changed.append(".gitlab-ci.yml"), "changes .gitlab-ci.yml"),
    "an include": (lambda it: it.changed.append(".gitlab/plan.yml"), "changes .gitlab/plan.yml"),
    "ci was changed": (lambda it: it.changed.append("ci/install.sh"), "changes ci/install.sh"),
    "more files than are listed": (lambda it: setattr(it, "count", "1000+"), "more files than can be listed"),
}
AZURE_TAKEN: dict[str, Callable[[Any], Any]] = {
    "as it is": lambda it: None,
    "an abandoned one of the same commit": lambda it: it.pulls.append({**it.pulls[0], "status": "abandoned"}),
    "many files": lambda it: it.changed.extend(f"realms/{number}.yaml" for number in range(5)),
    "an artifact on Azure's own server": lambda it: setattr(it, "download", ""),
}
AZURE_NONE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a push without a pull request": (lambda it: it.pulls.clear(), "no pull request"),
    "merged into another branch": (lambda it: it.pulls[0].update(targetRefName="refs/heads/evil"), "no pull request"),
    "from a fork": (lambda it: it.pulls[0].update(forkSource={"name": "x"}), "no pull request"),
    "of another repository": (lambda it: it.pulls[0].update(repository={"id": "other"}), "no pull request"),
    "abandoned": (lambda it: it.pulls[0].update(status="abandoned"), "no pull request"),
    "two merged as one": (lambda it: it.pulls.append({**it.pulls[0], "pullRequestId": 8}), "several pull requests"),
    "no build": (lambda it: it.builds.clear(), "does not exist"),
    "the newest failed": (lambda it: it.builds[0].update(result="failed"), "did not succeed"),
    "the newest was cancelled": (lambda it: it.builds[0].update(result="canceled"), "did not succeed"),
    "the newest partly succeeded": (lambda it: it.builds[0].update(result="partiallySucceeded"), "did not succeed"),
    "started by hand": (lambda it: it.builds[0].update(reason="manual"), "not one of pull request 7"),
    "of another pipeline": (lambda it: it.builds[0].update(definition={"id": 5}), "not one of pull request 7"),
    "of another repository's build": (lambda it: it.builds[0].update(repository={"id": "x"}), "not one of"),
    "of another pull request": (lambda it: it.builds[0]["triggerInfo"].update({"pr.number": "8"}), "not one of"),
    "older than the last push": (
        lambda it: it.builds[0]["triggerInfo"].update({"pr.sourceSha": BASE}),
        "did not run on",
    ),
    "a merge of another commit": (lambda it: it.parents.__setitem__(1, BASE), "did not run on"),
    "retargeted after the plan": (lambda it: setattr(it, "merge_base", "f" * 40), "did not run on"),
    "a rebase, whose earlier commits are before the last one": (
        lambda it: setattr(it, "before", "f" * 40),
        "merged as several commits",
    ),
    "its own pipeline": (lambda it: it.changed.append("azure-pipelines.yml"), "changes azure-pipelines.yml"),
    "its own pipeline by another name": (
        lambda it: (it.__setattr__("yaml", "/build.yml"), it.changed.append("build.yml")),
        "changes build.yml",
    ),
    "ci was changed": (lambda it: it.changed.append("ci/realmctl-step.yml"), "changes ci/realmctl-step.yml"),
}
TAKEN = {"github": GITHUB_TAKEN, "gitlab": GITLAB_TAKEN, "azure": AZURE_TAKEN}
NONE = {"github": GITHUB_NONE, "gitlab": GITLAB_NONE, "azure": AZURE_NONE}


@pytest.mark.parametrize(("name", "story"), [(name, story) for name, stories in TAKEN.items() for story in stories])
def test_the_reviewed_plan_comes_back_as_it_was(name: str, story: str, tmp_path: Path) -> None:
    with serving(name) as service:
        service.kept = PLAN
        TAKEN[name][story](service)
        done = program(service, "plan", tmp_path / "plan", merged=True)
        assert done.returncode == 0, done.stderr
        assert hashlib.sha256(PLAN).hexdigest() in done.stdout
        assert (tmp_path / "plan").read_bytes() == PLAN
        assert stat.S_IMODE((tmp_path / "plan").stat().st_mode) == 0o600
        assert service.leaked == []


@pytest.mark.parametrize(("name", "story"), [(name, story) for name, stories in NONE.items() for story in stories])
def test_no_other_plan_is_taken(name: str, story: str, tmp_path: Path) -> None:
    with serving(name) as service:
        service.kept = PLAN
        change, told = NONE[name][story]
        change(service)
        done = program(service, "plan", tmp_path / "plan", merged=True)
        assert (done.returncode, list(tmp_path.iterdir())) == (3, []), done.stderr
        assert "no reviewed plan can be used for this commit: " in done.stderr
        assert told in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_a_plan_that_is_kept_no_longer_is_none(name: str, tmp_path: Path) -> None:
    with serving(name) as service:
        done = program(service, "plan", tmp_path / "plan", merged=True)
    assert (done.returncode, list(tmp_path.iterdir())) == (3, []), done.stderr


def zipped(*files: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", kind) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, kind)
    return content.getvalue()


def lying() -> bytes:
    """65 MiB whose headers say that they are one byte."""
    size = 65 * 1024 * 1024
    return zipped(("plan.realmctl", b"\0" * size)).replace(size.to_bytes(4, "little"), (1).to_bytes(4, "little"))


def encrypted() -> bytes:
    content = bytearray(zipped(("plan.realmctl", PLAN)))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "no archive": lambda: b"hello",
    "nothing": lambda: b"",
    "cut off": lambda: zipped(("plan.realmctl", PLAN))[:-10],
    "no plan in it": lambda: zipped(("other", PLAN)),
    "two plans": lambda: zipped(("plan.realmctl", PLAN), ("a/plan.realmctl", PLAN)),
    "a bomb": lambda: zipped(("plan.realmctl", b"\0" * (65 * 1024 * 1024))),
    "a bomb that lies": lying,
    "encrypted": encrypted,
    "an unknown method": lambda: zipped(("plan.realmctl", PLAN)).replace(
        b"\x08\x00\x00\x00!\x00", b"\x63\x00\x00\x00!\x00"
    ),
    "a wrong checksum": lambda: zipped(("plan.realmctl", PLAN), kind=zipfile.ZIP_STORED).replace(
        b"saved plan", b"SAVED plan"
    ),
}


@pytest.mark.parametrize("odd", ARCHIVES)
@pytest.mark.parametrize("name", ["github", "azure"])
def test_an_odd_archive_ends_in_words(name: str, odd: str, tmp_path: Path) -> None:
    with serving(name) as service:
        service.kept, service.archive = PLAN, ARCHIVES[odd]()
        done = program(service, "plan", tmp_path / "plan", merged=True)
        assert (done.returncode, list(tmp_path.iterdir())) == (1, []), done.stderr
        assert "Traceback" not in done.stderr


def test_azures_token_is_sent_to_azure_alone(tmp_path: Path) -> None:
    with serving("azure") as service:
        assert isinstance(service, Azure)
        service.kept, service.download = PLAN, "https://artifacts.example/x.zip"
        done = program(service, "plan", tmp_path / "plan", merged=True)
        assert (done.returncode, "where the token is not sent" in done.stderr) == (1, True)


def test_a_file_or_link_that_lies_there_is_replaced(tmp_path: Path) -> None:
    with serving("github") as service:
        service.kept = PLAN
        (tmp_path / "target").write_text("mine")
        (tmp_path / "plan").symlink_to("target")
        assert program(service, "plan", tmp_path / "plan", merged=True).returncode == 0
    assert (tmp_path / "target").read_text() == "mine"
    assert not (tmp_path / "plan").is_symlink()


GH = """#!/bin/sh
[ "$GH_TOKEN" = CANARY-token ] || exit 9
printf '%s ' "$@" | sed 's|/[^ ]*/tmp[^ ]*\\.realmctl|FILE|' > "$HOME/asked"
cp "$3" "$HOME/subject"
exit {code}
"""


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 3)])
def test_an_attestation_binds_workflow_and_pull_request(
    code: int, ends: int, tmp_path: Path, service_path: Any
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "gh").write_text(GH.replace("{code}", str(code)))
    (tools / "gh").chmod(0o755)
    with serving("github") as service:
        service.kept = PLAN
        done = program(service, "plan", tmp_path / "plan", merged=True, more=service_path(tools, tmp_path))
    assert done.returncode == ends, done.stderr
    assert (tmp_path / "plan").exists() == (ends == 0)
    assert (tmp_path / "subject").read_bytes() == PLAN
    asked = (tmp_path / "asked").read_text()
    workflow = "https://github.example/example/realms/.github/workflows/realmctl.yml@refs/pull/7/merge"
    assert f"--repo example/realms --cert-identity {workflow} --source-ref refs/pull/7/merge" in asked


@pytest.fixture
def service_path() -> Callable[[Path, Path], dict[str, str]]:
    return lambda tools, home: {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "HOME": str(home),
        "REALMCTL_ATTESTATION": "required",
    }
