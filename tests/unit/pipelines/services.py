"""Servers that behave like the APIs of GitHub, GitLab and Azure Repos, as far as `pull_request.py` asks them.

They hold the comments of one pull request, and what its pipeline kept; a request without the token gets 401. Shapes are
those of docs.github.com/rest, docs.gitlab.com/api and learn.microsoft.com/rest/api/azure/devops.
"""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "CANARY-token"
HEAD, MERGED, BASE, MERGE = "a" * 40, "b" * 40, "d" * 40, "e" * 40
"""The pull request's last commit, what it was merged as, the branch before that, and the merge that was planned."""
Answer = tuple[int, Any]


class Service(ABC):
    """One service. `kept` is the artifact of the pull request's last run, None where it has none (any more).

    What a test changes of the story (pull requests, runs, files) is in each service's own attributes.
    """

    header: str
    token: str

    def __init__(self) -> None:
        self.url = ""
        self.comments: list[dict[str, Any]] = []
        self.kept: bytes | None = None
        self.archive: bytes | None = None
        """An archive in place of a zip with `kept`."""
        self.redirects = ""
        """Where every request is redirected to."""
        self.odd: bytes | None = None
        """What every request is answered."""
        self.reason: str | None = None
        """The text beside the status."""
        self.padding = 0
        """Bytes that every answer is longer than it should be."""
        self.busy = 0
        """How many requests to answer with 503 first."""
        self.log: list[tuple[str, str]] = []
        self.leaked: list[str] = []
        """Requests to the artifacts' own address that brought the token along."""
        self.changed: list[str] = ["realms/platform/orders.yaml"]
        """The files that the pull request changes."""

    @property
    def bodies(self) -> list[str]:
        return [one["text"] for one in self.comments]

    def say(self, text: str, *, who: str = "me") -> None:
        """A comment that is there already."""
        self.comments.append({"id": len(self.comments) + 1, "who": who, "text": text})

    def zipped(self) -> bytes:
        if self.archive is not None:
            return self.archive
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("realmctl-plan/plan.realmctl", self.kept or b"")
        return content.getvalue()

    def page(self, query: dict[str, list[str]], items: list[Any]) -> list[Any]:
        size, page = int(query["per_page"][0]), int(query["page"][0])
        return items[(page - 1) * size : page * size]

    @abstractmethod
    def environ(self, *, merged: bool) -> dict[str, str]:
        """The variables that the service sets in a pull request's pipeline, or after its merge."""

    @abstractmethod
    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        """Status and document."""


REALMS = {"full_name": "example/realms"}
FORK = {"full_name": "stranger/realms"}


def pull(number: int, **more: Any) -> dict[str, Any]:
    """A pull request of GitHub's, merged into main."""
    base = {"ref": more.pop("base", "main"), "repo": REALMS}
    head = {"ref": more.pop("branch", "change"), "sha": more.pop("sha", HEAD), "repo": more.pop("repo", REALMS)}
    merged = {"merged_at": "2026-11-25T10:00:00Z", "merge_commit_sha": MERGED}
    return {"number": number, "base": base, "head": head, **merged, **more}


def run(number: int, **more: Any) -> dict[str, Any]:
    """A run of GitHub's, of the pull request's last commit; `number` is its id and its order."""
    sides = {"repository": REALMS, "head_repository": REALMS, "head_branch": "change", "head_sha": HEAD}
    ended = {"status": "completed", "conclusion": "success", "event": "pull_request"}
    at = {"created_at": "2026-11-25T09:00:00Z", "run_started_at": "2026-11-25T09:00:00Z"}
    path = ".github/workflows/realmctl.yml"
    return {"id": number, "run_number": number, "path": path, "pull_requests": [], **sides, **ended, **at, **more}


def artifact(number: int = 1, **more: Any) -> dict[str, Any]:
    """What the last run uploaded."""
    own = {"id": number, "name": "realmctl-plan", "expired": False, "created_at": "2026-11-25T09:05:00Z"}
    return {**own, "workflow_run": {"id": 70}, **more}


class GitHub(Service):
    header, token = "Authorization", f"Bearer {TOKEN}"

    def __init__(self) -> None:
        super().__init__()
        self.pulls = [pull(7), pull(5, merged_at=None, merge_commit_sha="c" * 40, branch="other")]
        self.events: list[dict[str, Any]] = [{"event": "merged", "created_at": "2026-11-25T10:00:00Z"}]
        self.runs = [run(69), run(70)]
        self.artifacts = [artifact()]
        self.count: int | None = None
        """How many files the pull request changes; None for as many as are listed."""

    def environ(self, *, merged: bool) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "example/realms",
            "GITHUB_REF": "refs/heads/main" if merged else "refs/pull/7/merge",
            "GITHUB_BASE_REF": "" if merged else "main",
            "GITHUB_SHA": MERGED,
            "GITHUB_RUN_ID": "80",
            "GITHUB_WORKFLOW_REF": "example/realms/.github/workflows/realmctl.yml@refs/heads/main",
        }

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        repo = "/repos/example/realms"
        if path == f"{repo}/issues/7/comments" and method == "GET":
            return 200, self.page(query, [self._comment(one) for one in self.comments])
        if path == f"{repo}/issues/7/comments" and method == "POST":
            self.say(body["body"])
            return 201, self._comment(self.comments[-1])
        if (found := re.fullmatch(rf"{repo}/issues/comments/(\d+)", path)) and method == "PATCH":
            self.comments[int(found[1]) - 1]["text"] = body["body"]
            return 200, {}
        return self._history(path.removeprefix(repo), query)

    def _history(self, path: str, query: dict[str, list[str]]) -> Answer:
        if path == f"/commits/{MERGED}/pulls":
            return 200, self.page(query, self.pulls)
        if path == "/pulls/7":
            return 200, {"changed_files": len(self.changed) if self.count is None else self.count}
        if path == "/pulls/7/files":
            return 200, self.page(query, [{"filename": name} for name in self.changed])
        if path == "/pulls":
            assert query["state"] == ["all"]
            owner, _, branch = query["head"][0].partition(":")
            return 200, self.page(
                query, [one for one in self.pulls if (owner, one["head"]["ref"]) == ("example", branch)]
            )
        if path == "/issues/7/events":
            return 200, self.page(query, self.events)
        if path == "/actions/runs":
            found = [one for one in self.runs if [one["head_sha"]] == query["head_sha"]]
            return 200, {"workflow_runs": [one for one in found if [one["event"]] == query["event"]]}
        if path == "/actions/runs/70/artifacts":
            return 200, {"artifacts": self.artifacts if self.kept is not None else []}
        if re.fullmatch(r"/actions/artifacts/\d+/zip", path):
            return 302, f"{self.url}/elsewhere/zip"
        return (200, self.zipped()) if path == "/elsewhere/zip" else (404, {})

    def _comment(self, one: dict[str, Any]) -> dict[str, Any]:
        login = "github-actions[bot]" if one["who"] == "me" else one["who"]
        return {"id": one["id"], "body": one["text"], "user": {"login": login, "type": "Bot"}}


class GitLab(Service):
    header, token = "PRIVATE-TOKEN", TOKEN

    def __init__(self) -> None:
        super().__init__()
        request = {"iid": 7, "state": "merged", "sha": HEAD, "merge_commit_sha": MERGED, "squash_commit_sha": None}
        self.requests = [{**request, "target_branch": "main", "source_project_id": 12, "target_project_id": 12}]
        pipeline = {"id": 70, "sha": HEAD, "ref": "refs/merge-requests/7/head", "status": "success"}
        self.pipelines = [{**pipeline, "source": "merge_request_event"}, {**pipeline, "id": 69, "source": "push"}]
        self.jobs = [{"id": 1, "name": "validate", "status": "success"}, {"id": 2, "name": "plan", "status": "success"}]
        self.parents = [BASE, HEAD]
        self.merge_base = BASE
        self.count: str | None = None

    def environ(self, *, merged: bool) -> dict[str, str]:
        mine = {"GITLAB_CI": "true", "CI_API_V4_URL": self.url, "CI_PROJECT_ID": "12", "CI_COMMIT_SHA": MERGED}
        mine["CI_JOB_URL"] = "https://gitlab.example/example/realms/-/jobs/80"
        request = {"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
        return {**mine, "CI_COMMIT_BRANCH": "main"} if merged else {**mine, **request}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        notes = "/projects/12/merge_requests/7/notes"
        if path == "/user":
            return 200, {"id": 1}
        if path == notes and method == "GET":
            return 200, self.page(query, [self._note(one) for one in self.comments])
        if path == notes and method == "POST":
            self.say(body["body"])
            return 201, self._note(self.comments[-1])
        if (found := re.fullmatch(rf"{notes}/(\d+)", path)) and method == "PUT":
            self.comments[int(found[1]) - 1]["text"] = body["body"]
            return 200, {}
        return self._history(path.removeprefix("/projects/12"), query)

    def _history(self, path: str, query: dict[str, list[str]]) -> Answer:
        if path == f"/repository/commits/{MERGED}/merge_requests":
            return 200, self.page(query, self.requests)
        if path == "/merge_requests/7":
            return 200, {**self.requests[0], "changes_count": self.count or str(len(self.changed))}
        if path == "/merge_requests/7/diffs":
            return 200, self.page(query, [{"new_path": name, "old_path": name} for name in self.changed])
        if path == "/merge_requests/7/pipelines":
            return 200, self.page(query, [{"id": one["id"]} for one in self.pipelines])
        if found := re.fullmatch(r"/pipelines/(\d+)", path):
            return 200, next(one for one in self.pipelines if one["id"] == int(found[1]))
        if path == f"/repository/commits/{MERGE}":
            return 200, {"parent_ids": self.parents}
        if path == "/repository/merge_base":
            assert query["refs[]"] == [self.parents[0], MERGED]
            return 200, {"id": self.merge_base}
        if path == f"/pipelines/{self.pipelines[0]['id']}/jobs":
            return 200, self.page(query, self.jobs)
        if path == "/jobs/2/artifacts/plan.realmctl" and self.kept is not None:
            return 200, self.kept
        return 404, {}

    def _note(self, one: dict[str, Any]) -> dict[str, Any]:
        return {"id": one["id"], "body": one["text"], "system": False, "author": {"id": 1 if one["who"] == "me" else 2}}


class Azure(Service):
    header, token = "Authorization", f"Bearer {TOKEN}"

    def __init__(self) -> None:
        super().__init__()
        own = {"pullRequestId": 7, "status": "completed", "targetRefName": "refs/heads/main"}
        shas = {"lastMergeCommit": {"commitId": MERGED}, "lastMergeSourceCommit": {"commitId": HEAD}}
        shas["lastMergeTargetCommit"] = {"commitId": BASE}
        self.pulls: list[dict[str, Any]] = [{**own, **shas, "repository": {"id": "repo"}}]
        build = {"id": 70, "status": "completed", "result": "succeeded", "reason": "pullRequest"}
        trigger = {"pr.sourceSha": HEAD, "pr.number": "7"}
        where = {"sourceBranch": "refs/pull/7/merge", "definition": {"id": 4}, "repository": {"id": "repo"}}
        self.builds: list[dict[str, Any]] = [{**build, **where, "sourceVersion": MERGE, "triggerInfo": trigger}]
        self.parents = [BASE, HEAD]
        self.before = BASE
        self.merge_base = BASE
        self.yaml = "/azure-pipelines.yml"
        self.download = ""

    def environ(self, *, merged: bool) -> dict[str, str]:
        mine = {
            "TF_BUILD": "True",
            "SYSTEM_COLLECTIONURI": f"{self.url}/org/",
            "SYSTEM_TEAMPROJECTID": "project",
            "BUILD_REPOSITORY_ID": "repo",
            "BUILD_SOURCEVERSION": MERGED,
            "BUILD_BUILDID": "80",
            "SYSTEM_DEFINITIONID": "4",
            "BUILD_SOURCEBRANCH": "refs/heads/main" if merged else "refs/pull/7/merge",
        }
        target = {"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"}
        return mine if merged else {**mine, **target, "SYSTEM_PULLREQUEST_PULLREQUESTID": "7"}

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Answer:
        git = "/org/project/_apis/git/repositories/repo"
        threads = f"{git}/pullRequests/7/threads"
        if path == "/org/_apis/connectionData":
            return 200, {"authenticatedUser": {"id": "me"}}
        assert query["api-version"] == ["7.1"], path
        if path == threads and method == "GET":
            return 200, {"value": [{"id": one["id"], "comments": [self._comment(one)]} for one in self.comments]}
        if path == threads and method == "POST":
            self.say(body["comments"][0]["content"])
            return 200, {}
        if (found := re.fullmatch(rf"{threads}/(\d+)/comments/1", path)) and method == "PATCH":
            self.comments[int(found[1]) - 1]["text"] = body["content"]
            return 200, {}
        if path == f"{git}/pullrequestquery" and method == "POST":
            assert body == {"queries": [{"type": "lastMergeCommit", "items": [MERGED]}]}
            return 200, {"results": [{MERGED: self.pulls}]}
        return self._history(path.removeprefix("/org/project/_apis"), query)

    def _history(self, path: str, query: dict[str, list[str]]) -> Answer:
        git = "/git/repositories/repo"
        if path == f"{git}/pullRequests/7/iterations":
            return 200, {"value": [{"id": 1}, {"id": 2}]}
        if path == f"{git}/pullRequests/7/iterations/2/changes":
            skip = int(query["$skip"][0])
            page = [{"item": {"path": f"/{name}"}} for name in self.changed[skip : skip + 2]]
            return 200, {"changeEntries": page, "nextSkip": skip + 2 if skip + 2 < len(self.changed) else 0}
        if path == f"{git}/commits/{MERGE}":
            return 200, {"parents": self.parents}
        if path == f"{git}/commits/{MERGED}":
            return 200, {"parents": [self.before]}
        if path == f"{git}/diffs/commits":
            assert (query["baseVersion"], query["targetVersion"]) == ([self.parents[0]], [MERGED])
            return 200, {"commonCommit": self.merge_base}
        if path == "/build/definitions/4":
            return 200, {"process": {"yamlFilename": self.yaml}}
        if path == "/build/builds":
            assert query["branchName"] == ["refs/pull/7/merge"]
            return 200, {"value": self.builds[:1]}
        if path == "/build/builds/70/artifacts" and self.kept is not None:
            where = self.download or f"{self.url}/org/project/_apis/zip?api-version=7.1"
            return 200, {"resource": {"downloadUrl": where}}
        return (200, self.zipped()) if path == "/zip" else (404, {})

    def _comment(self, one: dict[str, Any]) -> dict[str, Any]:
        return {"id": 1, "content": one["text"], "author": {"id": one["who"]}}


SERVICES: dict[str, type[Service]] = {"github": GitHub, "gitlab": GitLab, "azure": Azure}


@contextmanager
def serving(name: str) -> Iterator[Service]:
    """A service on a port of this machine."""
    service = SERVICES[name]()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service.log.append((self.command, parts.path))
            told = self.headers.get(service.header) == service.token
            if parts.path.startswith("/elsewhere/"):
                service.leaked += [self.path] * told
                told = True
            if service.busy > 0:
                service.busy -= 1
                answered: Answer = (503, {})
            elif told:
                answered = service.answer(self.command, parts.path, parse_qs(parts.query), json.loads(body or b"null"))
            else:
                answered = (401, {})
            status, document = answered
            if service.redirects:
                status, document = 302, service.redirects
            if service.odd is not None:
                status, document = 200, service.odd
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            content += b" " * service.padding
            self.send_response(status, service.reason)
            if status == 302:
                self.send_header("Location", document)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = _take

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
