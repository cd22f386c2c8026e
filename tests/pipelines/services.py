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
HEAD, MERGED = "a" * 40, "b" * 40
Answer = tuple[int, Any]


class Service(ABC):
    """One service. `kept` is the artifact of the pull request's last run, None where it has none (any more)."""

    header: str
    token: str

    def __init__(self) -> None:
        self.url = ""
        self.comments: list[dict[str, Any]] = []
        self.kept: bytes | None = None
        self.head = HEAD
        """The commit that was planned; another one than what was merged is not what was reviewed."""
        self.status = "success"
        self.busy = 0
        """How many requests to answer with 503 first."""
        self.log: list[tuple[str, str]] = []
        self.leaked: list[str] = []
        """Requests to the artifacts' own address that brought the token along."""

    @property
    def bodies(self) -> list[str]:
        return [one["text"] for one in self.comments]

    def say(self, text: str, *, who: str = "me") -> None:
        """A comment that is there already."""
        self.comments.append({"id": len(self.comments) + 1, "who": who, "text": text})

    def zipped(self) -> bytes:
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


class GitHub(Service):
    header, token = "Authorization", f"Bearer {TOKEN}"

    def environ(self, *, merged: bool) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": "example/realms",
            "GITHUB_REF": "refs/heads/main" if merged else "refs/pull/7/merge",
            "GITHUB_SHA": MERGED,
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
        if path == f"{repo}/commits/{MERGED}/pulls":
            ours = {"number": 7, "merged_at": "2026-11-25T09:00:00Z", "merge_commit_sha": MERGED, "head": {"sha": HEAD}}
            return 200, [{**ours, "merged_at": None, "merge_commit_sha": "c" * 40}, ours]
        if path == f"{repo}/actions/runs":
            assert query["event"] == ["pull_request"]
            if query["head_sha"] != [self.head] or query["status"] != [self.status]:
                return 200, {"workflow_runs": []}
            run = {"id": 70, "run_number": 3, "path": ".github/workflows/realmctl.yml"}
            run |= {"head_repository": {"full_name": "example/realms"}}
            fork = {**run, "id": 71, "run_number": 9, "head_repository": {"full_name": "stranger/realms"}}
            other = {**run, "id": 72, "run_number": 9, "path": ".github/workflows/other.yml"}
            return 200, {"workflow_runs": [fork, other, {**run, "id": 69, "run_number": 2}, run]}
        if path == f"{repo}/actions/runs/70/artifacts":
            artifact = {"name": "realmctl-plan", "expired": self.kept is None}
            return 200, {
                "artifacts": [{**artifact, "archive_download_url": f"{self.url}{repo}/actions/artifacts/5/zip"}]
            }
        if path == f"{repo}/actions/artifacts/5/zip":
            return 302, f"{self.url}/elsewhere/5.zip?sig=x"
        return (200, self.zipped()) if path == "/elsewhere/5.zip" else (404, {})

    def _comment(self, one: dict[str, Any]) -> dict[str, Any]:
        kind = "Bot" if one["who"] == "me" else "User"
        url = f"{self.url}/repos/example/realms/issues/comments/{one['id']}"
        return {"url": url, "body": one["text"], "user": {"login": one["who"], "type": kind}}


class GitLab(Service):
    header, token = "PRIVATE-TOKEN", TOKEN

    def environ(self, *, merged: bool) -> dict[str, str]:
        mine = {"GITLAB_CI": "true", "CI_API_V4_URL": self.url, "CI_PROJECT_ID": "12", "CI_COMMIT_SHA": MERGED}
        return mine if merged else {**mine, "CI_MERGE_REQUEST_IID": "7"}

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
        if path == f"/projects/12/repository/commits/{MERGED}/merge_requests":
            return 200, [
                {"iid": 7, "state": "merged", "sha": HEAD, "merge_commit_sha": MERGED, "squash_commit_sha": None}
            ]
        if path == "/projects/12/merge_requests/7/pipelines":
            ref = "refs/merge-requests/7/head"
            return 200, [
                {"id": 70, "sha": self.head, "ref": ref, "status": self.status},
                {"id": 69, "sha": HEAD, "ref": ref, "status": "success"},
            ]
        if path == "/projects/12/pipelines/70/jobs":
            return 200, [{"id": 1, "name": "validate"}, {"id": 2, "name": "plan"}]
        if path == "/projects/12/jobs/2/artifacts/plan.realmctl" and self.kept is not None:
            return 200, self.kept
        return 404, {}

    def _note(self, one: dict[str, Any]) -> dict[str, Any]:
        return {"id": one["id"], "body": one["text"], "system": False, "author": {"id": 1 if one["who"] == "me" else 2}}


class Azure(Service):
    header, token = "Authorization", f"Bearer {TOKEN}"

    def environ(self, *, merged: bool) -> dict[str, str]:
        mine = {
            "TF_BUILD": "True",
            "SYSTEM_COLLECTIONURI": f"{self.url}/org/",
            "SYSTEM_TEAMPROJECTID": "project",
            "BUILD_REPOSITORY_ID": "repo",
            "BUILD_SOURCEVERSION": MERGED,
            "SYSTEM_DEFINITIONID": "4",
        }
        return mine if merged else {**mine, "SYSTEM_PULLREQUEST_PULLREQUESTID": "7"}

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
            return 200, {"results": [{MERGED: [{"pullRequestId": 7, "lastMergeSourceCommit": {"commitId": HEAD}}]}]}
        if path == "/org/project/_apis/build/builds":
            assert query["branchName"] == ["refs/pull/7/merge"]
            build = {"id": 70, "triggerInfo": {"pr.sourceSha": self.head}}
            return 200, {"value": [build] if self.status == "success" else []}
        if path == "/org/project/_apis/build/builds/70/artifacts" and self.kept is not None:
            return 200, {"resource": {"downloadUrl": f"{self.url}/org/project/_apis/zip?api-version=7.1"}}
        return (200, self.zipped()) if path == "/org/project/_apis/zip" else (404, {})

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
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
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
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
