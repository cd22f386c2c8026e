"""Talks with the pull request that a pipeline belongs to, on GitHub, GitLab or Azure Repos.

    python ci/pull_request.py comment FILE   posts FILE, or puts it in place of what was posted before
    python ci/pull_request.py plan FILE      fetches the saved plan that was reviewed for the commit that was merged

FILE of a comment begins with a marker (`<!-- realmctl:plan -->`), by which the comment is found again. Where it is, it
knows by the variables that each service sets; who it is, by a token: GITHUB_TOKEN, GITLAB_TOKEN or SYSTEM_ACCESSTOKEN.
Exits with 0, with 1 where the service refuses, and with 3 where no reviewed plan is left. Copy this file into your
repository as it is: it needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

ARTIFACT = "realmctl-plan"
PLAN = "plan.realmctl"
JOB = "plan"
"""The names that the pipelines give: of the artifact, of the file in it, and of GitLab's job that makes it."""

MARKER = re.compile(r"<!-- realmctl:[\w.-]+ -->")
ATTEMPTS = 4
SECONDS = 30
LARGEST = 100 * 1024 * 1024
NO_PLAN = 3


class Failed(Exception):
    """What a person is told; the exit code goes with it."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class Gone(Failed):
    """404 and 410: it is not there, or not for this token."""


class Elsewhere(HTTPRedirectHandler):
    """Artifacts lie on another server: the token does not follow there."""

    def redirect_request(self, req: Request, *answer: Any) -> Request | None:
        """The request to the new address, the last part of `answer`, with no header of the old one."""
        url = str(answer[-1])
        return Request(url) if urlsplit(url).scheme in ("https", urlsplit(req.full_url).scheme) else None


class Http:
    """Requests to one service's API. What may be repeated is asked again where the service is busy."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._opener = build_opener(Elsewhere)

    def get(self, url: str) -> Any:
        """A JSON document."""
        return json.loads(self.raw("GET", url) or b"null")

    def send(self, method: str, url: str, body: Mapping[str, Any]) -> Any:
        """A JSON document in, one out."""
        return json.loads(self.raw(method, url, json.dumps(body).encode()) or b"null")

    def raw(self, method: str, url: str, data: bytes | None = None) -> bytes:
        """The answer's bytes. Raises Failed, without the token and without the query."""
        request = Request(url, data=data, method=method, headers=self._headers)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS or method == "POST"
            try:
                with self._opener.open(request, timeout=SECONDS) as reply:
                    content: bytes = reply.read(LARGEST)
                    return content
            except HTTPError as error:
                if last or error.code not in (429, 500, 502, 503, 504):
                    kind = Gone if error.code in (404, 410) else Failed
                    raise kind(f"{method} {url.partition('?')[0]} answers {error.code} {error.reason}") from None
            except (URLError, OSError) as error:
                if last:
                    reason = getattr(error, "reason", error)
                    raise Failed(f"{method} {url.partition('?')[0]} can't be asked: {reason}") from None
            time.sleep(0.5 * 2**attempt)
        raise AssertionError("the last attempt returns or raises")


class Service(Protocol):
    """What the services have in common."""

    def comments(self) -> Iterator[tuple[str, str]]:
        """Where each comment of ours can be changed, and its text."""

    def add(self, text: str) -> None:
        """Posts a comment."""

    def change(self, where: str, text: str) -> None:
        """Puts another text in a comment's place."""

    def plan(self) -> bytes | None:
        """The plan that was reviewed, None where there is none (any more)."""


class GitHub:
    """docs.github.com/rest: issue comments, pull requests of a commit, runs and their artifacts."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._repo = f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}"
        self._name, self._sha = env["GITHUB_REPOSITORY"], env["GITHUB_SHA"]
        self._workflow = env["GITHUB_WORKFLOW_REF"].partition("@")[0].removeprefix(f"{self._name}/")
        number = re.fullmatch(r"refs/pull/(\d+)/merge", env.get("GITHUB_REF", ""))
        self._comments = f"{self._repo}/issues/{number[1] if number else 0}/comments"
        self._author = env.get("COMMENT_AUTHOR", "")
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        self._http = Http({**headers, "Authorization": f"Bearer {env['GITHUB_TOKEN']}"})

    def comments(self) -> Iterator[tuple[str, str]]:
        """Those of bots, or of COMMENT_AUTHOR: anybody may write our marker, and change their own text later."""
        for one in _pages(self._http, self._comments):
            user = one.get("user") or {}
            if user.get("login") == self._author if self._author else user.get("type") == "Bot":
                yield one["url"], one.get("body") or ""

    def add(self, text: str) -> None:
        """POST …/issues/NUMBER/comments."""
        self._http.send("POST", self._comments, {"body": text})

    def change(self, where: str, text: str) -> None:
        """PATCH …/issues/comments/ID."""
        self._http.send("PATCH", where, {"body": text})

    def plan(self) -> bytes | None:
        """Of the last good run of this workflow for the head of the pull request that became this commit."""
        pulls = [one for one in self._http.get(f"{self._repo}/commits/{self._sha}/pulls") if one.get("merged_at")]
        heads = [one["head"]["sha"] for one in pulls if one.get("merge_commit_sha") == self._sha]
        for head in heads[:1]:
            query = urlencode({"head_sha": head, "event": "pull_request", "status": "success", "per_page": 100})
            runs = self._http.get(f"{self._repo}/actions/runs?{query}")["workflow_runs"]
            # A fork's run of the same commit is not what was reviewed here.
            ours = [one for one in runs if one["path"].partition("@")[0] == self._workflow]
            ours = [one for one in ours if (one.get("head_repository") or {}).get("full_name") == self._name]
            for run in sorted(ours, key=lambda one: int(one["run_number"]), reverse=True)[:1]:
                found = self._http.get(f"{self._repo}/actions/runs/{run['id']}/artifacts?name={ARTIFACT}")
                kept = [one for one in found["artifacts"] if one["name"] == ARTIFACT and not one["expired"]]
                for artifact in kept[-1:]:
                    return _unpacked(self._http.raw("GET", artifact["archive_download_url"]))
        return None


class GitLab:
    """docs.gitlab.com/api: notes, merge requests of a commit, pipelines, jobs and their artifacts."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._api = env["CI_API_V4_URL"]
        self._project = f"{self._api}/projects/{env['CI_PROJECT_ID']}"
        self._sha = env["CI_COMMIT_SHA"]
        self._notes = f"{self._project}/merge_requests/{env.get('CI_MERGE_REQUEST_IID', 0)}/notes"
        self._http = Http({"PRIVATE-TOKEN": env["GITLAB_TOKEN"]})

    def comments(self) -> Iterator[tuple[str, str]]:
        """Those of the token's own account."""
        me = self._http.get(f"{self._api}/user")["id"]
        for one in _pages(self._http, self._notes):
            if not one.get("system") and one["author"]["id"] == me:
                yield f"{self._notes}/{one['id']}", one["body"]

    def add(self, text: str) -> None:
        """POST …/notes."""
        self._http.send("POST", self._notes, {"body": text})

    def change(self, where: str, text: str) -> None:
        """PUT …/notes/ID."""
        self._http.send("PUT", where, {"body": text})

    def plan(self) -> bytes | None:
        """Of the last pipeline of the merge request that became this commit, if that one passed."""
        merged = self._http.get(f"{self._project}/repository/commits/{self._sha}/merge_requests")
        shas = ("merge_commit_sha", "squash_commit_sha", "sha")
        ours = [one for one in merged if one["state"] == "merged" and self._sha in map(one.get, shas)]
        for request in ours[:1]:
            pipelines = self._http.get(f"{self._project}/merge_requests/{request['iid']}/pipelines")
            last = max(pipelines, key=lambda one: int(one["id"]), default=None)
            if last is None or last["status"] != "success":
                return None
            if last["ref"].endswith("/head") and last["sha"] != request["sha"]:
                return None
            for job in _pages(self._http, f"{self._project}/pipelines/{last['id']}/jobs"):
                if job["name"] == JOB:
                    return self._http.raw("GET", f"{self._project}/jobs/{job['id']}/artifacts/{PLAN}")
        return None


class Azure:
    """learn.microsoft.com/rest/api/azure/devops: threads, pull requests of a commit, builds and their artifacts."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._collection = env["SYSTEM_COLLECTIONURI"].rstrip("/")
        self._project = f"{self._collection}/{env['SYSTEM_TEAMPROJECTID']}/_apis"
        self._repo = f"{self._project}/git/repositories/{env['BUILD_REPOSITORY_ID']}"
        self._threads = f"{self._repo}/pullRequests/{env.get('SYSTEM_PULLREQUEST_PULLREQUESTID', 0)}/threads"
        self._sha, self._definition = env["BUILD_SOURCEVERSION"], env["SYSTEM_DEFINITIONID"]
        self._http = Http({"Authorization": f"Bearer {env['SYSTEM_ACCESSTOKEN']}"})

    def comments(self) -> Iterator[tuple[str, str]]:
        """The first ones of threads that the token's own account began."""
        me = self._http.get(f"{self._collection}/_apis/connectionData")["authenticatedUser"]["id"]
        for thread in self._http.get(f"{self._threads}?api-version=7.1")["value"]:
            for one in (thread.get("comments") or [])[:1]:
                if not thread.get("isDeleted") and one["author"]["id"] == me:
                    yield f"{self._threads}/{thread['id']}/comments/{one['id']}", one.get("content") or ""

    def add(self, text: str) -> None:
        """POST …/threads, closed: an open one may stand in the way of a merge."""
        comment = {"parentCommentId": 0, "content": text, "commentType": 1}
        self._http.send("POST", f"{self._threads}?api-version=7.1", {"comments": [comment], "status": 4})

    def change(self, where: str, text: str) -> None:
        """PATCH …/threads/ID/comments/ID."""
        self._http.send("PATCH", f"{where}?api-version=7.1", {"content": text})

    def plan(self) -> bytes | None:
        """Of the last good build of this pipeline for the head of the pull request that became this commit."""
        question = {"queries": [{"type": "lastMergeCommit", "items": [self._sha]}]}
        answer = self._http.send("POST", f"{self._repo}/pullrequestquery?api-version=7.1", question)
        pulls = [one for result in answer["results"] for one in result.get(self._sha, ())]
        for pull in pulls[:1]:
            query = urlencode(
                {
                    "definitions": self._definition,
                    "branchName": f"refs/pull/{pull['pullRequestId']}/merge",
                    "reasonFilter": "pullRequest",
                    "resultFilter": "succeeded",
                    "queryOrder": "finishTimeDescending",
                    "$top": 1,
                    "api-version": "7.1",
                }
            )
            head = pull["lastMergeSourceCommit"]["commitId"]
            for build in self._http.get(f"{self._project}/build/builds?{query}")["value"][:1]:
                if (build.get("triggerInfo") or {}).get("pr.sourceSha") != head:
                    return None
                where = f"{self._project}/build/builds/{build['id']}/artifacts?artifactName={ARTIFACT}&api-version=7.1"
                return _unpacked(self._http.raw("GET", self._http.get(where)["resource"]["downloadUrl"]))
        return None


def _pages(http: Http, url: str) -> Iterator[Any]:
    """A whole list, 100 at a time (GitHub and GitLab)."""
    page = 1
    while True:
        found = http.get(f"{url}?{urlencode({'per_page': 100, 'page': page})}")
        yield from found
        if len(found) < 100:
            return
        page += 1


def _unpacked(archive: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for info in files.infolist():
            if info.filename.rpartition("/")[2] == PLAN and info.file_size < LARGEST:
                return files.read(info)
    raise Failed(f"the artifact {ARTIFACT} holds no {PLAN}")


def service(env: Mapping[str, str]) -> Service:
    """The service whose pipeline this is. Raises Failed where it is none, or where it lacks a variable."""
    known: dict[str, Callable[[Mapping[str, str]], Service]] = {
        "GITHUB_ACTIONS": GitHub,
        "GITLAB_CI": GitLab,
        "TF_BUILD": Azure,
    }
    for variable, make in known.items():
        if env.get(variable):
            try:
                return make(env)
            except KeyError as missing:
                raise Failed(f"{missing.args[0]} is not set: docs/pipelines.md says what each service needs") from None
    raise Failed("this is no pipeline of GitHub, GitLab or Azure")


def comment(where: Service, file: str) -> str:
    """One comment for each marker, however often it is called."""
    text = Path(file).read_text(encoding="utf-8")
    marker = MARKER.match(text)
    if not marker:
        raise Failed(f"{file} begins with no marker such as <!-- realmctl:plan -->: write it with -o markdown")
    for there, said in where.comments():
        if said.startswith(marker[0]):
            where.change(there, text)
            return "The comment was brought up to date."
    where.add(text)
    return "The comment was posted."


def plan(where: Service, file: str) -> str:
    """The reviewed plan, in a file for its owner alone."""
    missing = "there is no reviewed plan for this commit (any more)"
    try:
        content = where.plan()
    except Gone as error:
        raise Failed(f"{missing}: {error}", NO_PLAN) from None
    if content is None:
        raise Failed(missing, NO_PLAN)
    Path(file).touch(mode=0o600)
    Path(file).write_bytes(content)
    return f"The reviewed plan is {file}."


def main(arguments: list[str], env: Mapping[str, str]) -> int:
    """The command line."""
    commands = {"comment": comment, "plan": plan}
    if len(arguments) != 2 or arguments[0] not in commands:
        print("usage: pull_request.py {comment|plan} FILE", file=sys.stderr)
        return 64
    try:
        print(commands[arguments[0]](service(env), arguments[1]))
    except (Failed, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return error.code if isinstance(error, Failed) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
