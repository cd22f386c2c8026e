"""Talks to the pull request that a pipeline belongs to, on GitHub, GitLab or Azure Repos.

    python -I ci/pull_request.py comment FILE   posts FILE as a comment, or updates the comment that it posted before
    python -I ci/pull_request.py plan FILE      fetches the saved plan of the pull request merged as this commit

A comment's FILE begins with a marker (`<!-- realmctl:plan -->`), by which the program finds the comment again. The
program reads the variables that each service sets, and a token: GITHUB_TOKEN, GITLAB_TOKEN or SYSTEM_ACCESSTOKEN. It
exits with 0; with 1 if the service refuses; with 3 if no plan is sure to be the reviewed one. Copy this file into your
repository as it is: it needs Python 3.11 and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

ARTIFACT = "realmctl-plan"
PLAN = "plan.realmctl"
JOB = "plan"
"""The names that the pipelines give: of the artifact, of the file in it, and of GitLab's job that makes it."""

PIPELINE_FILES = ("ci/", ".github/", ".gitlab/", ".gitlab-ci.yml", "azure-pipelines")
"""Paths that begin like this decide what a plan job runs. A pull request that changes one made its own plan job."""

MARKER = re.compile(r"<!-- realmctl:[\w.-]+ -->")
ATTEMPTS = 4
SECONDS = 30
LARGEST_ANSWER = 16 * 1024 * 1024
LARGEST_PLAN = 64 * 1024 * 1024
LARGEST_PAGE = 8 * 1024 * 1024
NO_PLAN = 3


class Failed(Exception):
    """An error for a person, with the exit code of the program."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class Gone(Failed):
    """404 or 410: the object does not exist, or not for this token."""


class NoPlan(Failed):
    """There is no plan that is sure to be the reviewed one. Somebody has to review a new one."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no reviewed plan can be used for this commit: {why}", NO_PLAN)


class Elsewhere(HTTPRedirectHandler):
    """Follows redirects of GET requests only, and without any header of the first request: no token, no cookie."""

    def redirect_request(self, req: Request, *answer: Any) -> Request | None:
        """The request to the new address, which is the last part of `answer`; None if it is not followed."""
        url = str(answer[-1])
        safe = urlsplit(url).scheme in ("https", urlsplit(req.full_url).scheme)
        return Request(url) if safe and req.get_method() == "GET" else None


class Http:
    """Requests to one service's API. Repeats what is safe to repeat while the service is busy."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._opener = build_opener(Elsewhere)

    def get(self, url: str) -> Any:
        """Return a JSON document."""
        return _document(self.raw("GET", url), url)

    def send(self, method: str, url: str, body: Mapping[str, Any]) -> Any:
        """Send a JSON document, return the answer's."""
        return _document(self.raw(method, url, json.dumps(body).encode()), url)

    def raw(self, method: str, url: str, data: bytes | None = None, *, most: int = LARGEST_ANSWER) -> bytes:
        """Return the answer's bytes, `most` at most. Raises Failed, without the token and without the query."""
        request = Request(url, data=data, method=method, headers=self._headers)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        told = f"{method} {url.partition('?')[0]}"
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS or method == "POST"
            try:
                with self._opener.open(request, timeout=SECONDS) as reply:
                    content: bytes = reply.read(most + 1)
                if len(content) > most:
                    raise Failed(f"{told} answers more than {most // 1024 // 1024} MiB")
                return content
            except HTTPError as error:
                if last or error.code not in (429, 500, 502, 503, 504):
                    kind = Gone if error.code in (404, 410) else Failed
                    raise kind(f"{told} answers {error.code} {error.reason}") from None
            except (URLError, OSError) as error:
                if last:
                    raise Failed(f"{told} gets no answer: {getattr(error, 'reason', error)}") from None
            time.sleep(0.5 * 2**attempt)
        raise AssertionError("the last attempt returns or raises")


def _document(content: bytes, url: str) -> Any:
    try:
        return json.loads(content or b"null")
    except (ValueError, RecursionError):
        raise Failed(f"{url.partition('?')[0]} answers something that is not JSON") from None


class Service(Protocol):
    """What the services have in common."""

    longest: int
    """Characters of a comment."""
    job: str
    """The address of this run or job, "" if it is not known."""

    def comments(self) -> Iterator[tuple[str, str]]:
        """Yield the address of each comment of this account, and its text."""

    def add(self, text: str) -> None:
        """Post a comment."""

    def change(self, where: str, text: str) -> None:
        """Replace a comment's text."""

    def plan(self) -> bytes:
        """Return the plan of the pull request that was merged as this commit. Raises NoPlan with the reason."""


class GitHub:
    """docs.github.com/rest: issue comments, pull requests of a commit, runs and their artifacts."""

    longest = 65_536

    def __init__(self, env: Mapping[str, str]) -> None:
        self._name, self._sha = env["GITHUB_REPOSITORY"], env["GITHUB_SHA"]
        self._server = env.get("GITHUB_SERVER_URL", "https://github.com")
        self._repo = f"{env['GITHUB_API_URL']}/repos/{self._name}"
        self._workflow = self._path(env["GITHUB_WORKFLOW_REF"])
        self._branch = env.get("GITHUB_REF", "").removeprefix("refs/heads/")
        number = re.fullmatch(r"refs/pull/(\d+)/merge", env.get("GITHUB_REF", ""))
        self._issue = f"{self._repo}/issues/{number[1] if number else 0}"
        self._author = env.get("COMMENT_AUTHOR") or "github-actions[bot]"
        self._attested = env.get("REALMCTL_ATTESTATION") == "required"
        self._gh = {name: env[name] for name in ("PATH", "HOME") if name in env} | {"GH_TOKEN": env["GITHUB_TOKEN"]}
        run = env.get("GITHUB_RUN_ID", "")
        self.job = f"{self._server}/{self._name}/actions/runs/{run}" if run else ""
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        self._http = Http({**headers, "Authorization": f"Bearer {env['GITHUB_TOKEN']}"})

    def comments(self) -> Iterator[tuple[str, str]]:
        """Those of the workflow's own account, or of COMMENT_AUTHOR: anybody may write a comment with the marker."""
        for one in _pages(self._http, f"{self._issue}/comments"):
            if (one.get("user") or {}).get("login") == self._author:
                yield f"{self._repo}/issues/comments/{int(one['id'])}", one.get("body") or ""

    def add(self, text: str) -> None:
        """POST …/issues/NUMBER/comments."""
        self._http.send("POST", f"{self._issue}/comments", {"body": text})

    def change(self, where: str, text: str) -> None:
        """PATCH …/issues/comments/ID."""
        self._http.send("PATCH", where, {"body": text})

    def plan(self) -> bytes:
        """Of the last run for the merged head, if that run can only be of this pull request and this workflow."""
        found = _pages(self._http, f"{self._repo}/commits/{self._sha}/pulls")
        pull = _only(one for one in found if self._is_merged_here(one))
        number = int(pull["number"])
        count = self._http.get(f"{self._repo}/pulls/{number}")["changed_files"]
        files = list(_pages(self._http, f"{self._repo}/pulls/{number}/files"))
        if len(files) != count:
            raise NoPlan(f"pull request {number} changes more files than can be listed")
        _check_files((one.get(key) for one in files for key in ("filename", "previous_filename")), self._workflow)
        run = self._run(pull, self._last_retarget(pull))
        content = self._artifact(run)
        if self._attested:
            self._verify(content, number)
        return content

    def _is_merged_here(self, pull: Mapping[str, Any]) -> bool:
        base, head = pull["base"], pull["head"]
        return (
            bool(pull.get("merged_at"))
            and (pull.get("merge_commit_sha"), base["ref"]) == (self._sha, self._branch)
            and all((side.get("repo") or {}).get("full_name") == self._name for side in (base, head))
        )

    def _last_retarget(self, pull: Mapping[str, Any]) -> str:
        """When the pull request got its base. Raises NoPlan if the same branch was proposed for another base, too.

        A run tells the commit, not the base that it was merged into, and takes the workflow file from both.
        """
        owner, number = self._name.partition("/")[0], pull["number"]
        others = _pages(self._http, f"{self._repo}/pulls", state="all", head=f"{owner}:{pull['head']['ref']}")
        rivals = [one["number"] for one in others if one["number"] != number and one["base"]["ref"] != self._branch]
        if rivals:
            raise NoPlan(f"pull request {rivals[0]} proposes the same branch for another base")
        events = _pages(self._http, f"{self._repo}/issues/{number}/events")
        return max((one["created_at"] for one in events if "base" in one["event"]), default="")

    def _run(self, pull: Mapping[str, Any], since: str) -> Any:
        head = pull["head"]
        query = urlencode({"head_sha": head["sha"], "event": "pull_request", "per_page": 100})
        runs = [
            one
            for one in self._http.get(f"{self._repo}/actions/runs?{query}")["workflow_runs"]
            if (one["event"], one["head_sha"], one["head_branch"]) == ("pull_request", head["sha"], head["ref"])
            and self._path(one["path"]) == self._workflow
            and all((one.get(side) or {}).get("full_name") == self._name for side in ("repository", "head_repository"))
        ]
        run = max(runs, key=lambda one: int(one["run_number"]), default=None)
        if run is None or (run["status"], run["conclusion"]) != ("completed", "success"):
            raise NoPlan(f"the last run for {head['sha'][:12]} {'did not succeed' if run else 'does not exist'}")
        if run["created_at"] <= since:
            raise NoPlan(f"pull request {pull['number']} had another base when its last run began")
        if any(one["number"] != pull["number"] for one in run.get("pull_requests") or ()):
            raise NoPlan(f"the last run for {head['sha'][:12]} belongs to another pull request")
        return run

    def _artifact(self, run: Mapping[str, Any]) -> bytes:
        found = self._http.get(f"{self._repo}/actions/runs/{int(run['id'])}/artifacts?name={ARTIFACT}&per_page=100")
        kept = [
            one
            for one in found["artifacts"]
            if one["name"] == ARTIFACT
            and not one["expired"]
            and one["created_at"] >= run["run_started_at"]
            and (one.get("workflow_run") or {}).get("id") == run["id"]
        ]
        if len(kept) != 1:
            raise NoPlan(f"its last run keeps {len(kept) or 'no'} artifacts {ARTIFACT}")
        where = f"{self._repo}/actions/artifacts/{int(kept[0]['id'])}/zip"
        archive = self._http.raw("GET", where, most=LARGEST_PLAN)
        said = kept[0].get("digest")
        if said and said != f"sha256:{hashlib.sha256(archive).hexdigest()}":
            raise NoPlan("the artifact is not the one that was uploaded: its digest differs")
        return _unpacked(archive)

    def _verify(self, content: bytes, number: int) -> None:
        """Raises NoPlan unless GitHub signed that this workflow made this plan in a run of this pull request."""
        ref = f"refs/pull/{number}/merge"
        identity = f"{self._server}/{self._name}/{self._workflow}@{ref}"
        with tempfile.NamedTemporaryFile(suffix=".realmctl") as file:
            file.write(content)
            file.flush()
            command = ["gh", "attestation", "verify", file.name, "--repo", self._name]
            command += ["--cert-identity", identity, "--source-ref", ref]
            try:
                done = subprocess.run(command, env=self._gh, capture_output=True, check=False, timeout=120)
            except (OSError, subprocess.TimeoutExpired) as error:
                raise Failed(f"the attestation cannot be verified: {error}") from None
        if done.returncode:
            raise NoPlan(f"GitHub has no attestation that {identity} made it")

    def _path(self, workflow: str) -> str:
        return workflow.partition("@")[0].removeprefix(f"{self._name}/")


class GitLab:
    """docs.gitlab.com/api: notes, merge requests of a commit, pipelines, jobs and their artifacts."""

    longest = 1_000_000

    def __init__(self, env: Mapping[str, str]) -> None:
        self._api, self._id = env["CI_API_V4_URL"], int(env["CI_PROJECT_ID"])
        self._project = f"{self._api}/projects/{self._id}"
        self._sha, self._branch = env["CI_COMMIT_SHA"], env.get("CI_COMMIT_BRANCH", "")
        self._notes = f"{self._project}/merge_requests/{env.get('CI_MERGE_REQUEST_IID', 0)}/notes"
        self.job = env.get("CI_JOB_URL", "")
        self._http = Http({"PRIVATE-TOKEN": env["GITLAB_TOKEN"]})

    def comments(self) -> Iterator[tuple[str, str]]:
        """Those of the token's own account."""
        me = self._http.get(f"{self._api}/user")["id"]
        for one in _pages(self._http, self._notes):
            if not one.get("system") and one["author"]["id"] == me:
                yield f"{self._notes}/{int(one['id'])}", one["body"]

    def add(self, text: str) -> None:
        """POST …/notes."""
        self._http.send("POST", self._notes, {"body": text})

    def change(self, where: str, text: str) -> None:
        """PUT …/notes/ID."""
        self._http.send("PUT", where, {"body": text})

    def plan(self) -> bytes:
        """Of the last pipeline of the merge request, if it ran on the merged head and on this branch's own history."""
        found = _pages(self._http, f"{self._project}/repository/commits/{self._sha}/merge_requests")
        iid = int(_only(one for one in found if self._is_merged_here(one))["iid"])
        url = f"{self._project}/merge_requests/{iid}"
        request = self._http.get(url)
        files = list(_pages(self._http, f"{url}/diffs"))
        if str(len(files)) != str(request["changes_count"]):
            raise NoPlan(f"merge request {iid} changes more files than can be listed")
        _check_files(one.get(key) for one in files for key in ("new_path", "old_path"))
        last = max((int(one["id"]) for one in _pages(self._http, f"{url}/pipelines")), default=None)
        if last is None:
            raise NoPlan(f"merge request {iid} has no pipeline")
        self._check_pipeline(self._http.get(f"{self._project}/pipelines/{last}"), request)
        jobs = [one for one in _pages(self._http, f"{self._project}/pipelines/{last}/jobs") if one["name"] == JOB]
        if [one["status"] for one in jobs] != ["success"]:
            raise NoPlan(f"pipeline {last} has no single job {JOB} that succeeded")
        where = f"{self._project}/jobs/{int(jobs[0]['id'])}/artifacts/{PLAN}"
        return self._http.raw("GET", where, most=LARGEST_PLAN)

    def _is_merged_here(self, request: Mapping[str, Any]) -> bool:
        shas = (request.get(key) for key in ("merge_commit_sha", "squash_commit_sha", "sha"))
        return (
            (request["state"], request["target_branch"]) == ("merged", self._branch)
            and request["target_project_id"] == request["source_project_id"] == self._id
            and self._sha in shas
        )

    def _check_pipeline(self, pipeline: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        told = f"pipeline {pipeline['id']}, the last one of merge request {request['iid']},"
        if (pipeline["status"], pipeline["source"]) != ("success", "merge_request_event"):
            raise NoPlan(f"{told} did not succeed, or is not one of a merge request")
        refs = {f"refs/merge-requests/{request['iid']}/{kind}": kind for kind in ("head", "merge", "train")}
        kind = refs.get(pipeline["ref"])
        if kind == "head" and pipeline["sha"] == request["sha"]:
            return
        if kind in ("merge", "train"):
            parents = self._http.get(f"{self._project}/repository/commits/{pipeline['sha']}")["parent_ids"]
            if parents[1:] == [request["sha"]] and self._is_ancestor(parents[0]):
                return
        raise NoPlan(f"{told} did not run on the commit that was merged")

    def _is_ancestor(self, sha: str) -> bool:
        """Whether the commit is in this branch's history: the merge request was not aimed at another branch then."""
        query = urlencode([("refs[]", sha), ("refs[]", self._sha)])
        return bool(self._http.get(f"{self._project}/repository/merge_base?{query}")["id"] == sha)


class Azure:
    """learn.microsoft.com/rest/api/azure/devops: threads, pull requests of a commit, builds and their artifacts."""

    longest = 150_000

    def __init__(self, env: Mapping[str, str]) -> None:
        self._collection = env["SYSTEM_COLLECTIONURI"].rstrip("/")
        project = env["SYSTEM_TEAMPROJECTID"]
        self._project = f"{self._collection}/{project}/_apis"
        self._id = env["BUILD_REPOSITORY_ID"]
        self._repo = f"{self._project}/git/repositories/{self._id}"
        self._pull = f"{self._repo}/pullRequests/{env.get('SYSTEM_PULLREQUEST_PULLREQUESTID', 0)}"
        self._sha, self._branch = env["BUILD_SOURCEVERSION"], env.get("BUILD_SOURCEBRANCH", "")
        self._definition = int(env["SYSTEM_DEFINITIONID"])
        build = env.get("BUILD_BUILDID", "")
        self.job = f"{self._collection}/{project}/_build/results?buildId={build}" if build else ""
        self._http = Http({"Authorization": f"Bearer {env['SYSTEM_ACCESSTOKEN']}"})

    def comments(self) -> Iterator[tuple[str, str]]:
        """The first ones of threads that the token's own account began."""
        me = self._http.get(f"{self._collection}/_apis/connectionData")["authenticatedUser"]["id"]
        for thread in self._get(f"{self._pull}/threads")["value"]:
            for one in (thread.get("comments") or [])[:1]:
                if not thread.get("isDeleted") and one["author"]["id"] == me:
                    where = f"{self._pull}/threads/{int(thread['id'])}/comments/{int(one['id'])}"
                    yield where, one.get("content") or ""

    def add(self, text: str) -> None:
        """POST …/threads, closed: an open one may stand in the way of a merge."""
        comment = {"parentCommentId": 0, "content": text, "commentType": 1}
        self._http.send("POST", f"{self._pull}/threads?api-version=7.1", {"comments": [comment], "status": 4})

    def change(self, where: str, text: str) -> None:
        """PATCH …/threads/ID/comments/ID."""
        self._http.send("PATCH", f"{where}?api-version=7.1", {"content": text})

    def plan(self) -> bytes:
        """Of the last build of this pipeline for the pull request, if it ran on the merged head and this branch."""
        question = {"queries": [{"type": "lastMergeCommit", "items": [self._sha]}]}
        answer = self._http.send("POST", f"{self._repo}/pullrequestquery?api-version=7.1", question)
        found = (one for result in answer["results"] for one in result.get(self._sha, ()))
        pull = _only(one for one in found if self._is_merged_here(one))
        number = int(pull["pullRequestId"])
        # The job that applies takes the commit's parent for the state before the merge.
        if self._parents(self._sha)[:1] != [pull["lastMergeTargetCommit"]["commitId"]]:
            raise NoPlan(f"pull request {number} was merged as several commits (a rebase)")
        definition = self._get(f"{self._project}/build/definitions/{self._definition}")
        _check_files(self._changed(f"{self._repo}/pullRequests/{number}"), definition["process"]["yamlFilename"])
        build = self._build(number, pull["lastMergeSourceCommit"]["commitId"])
        where = f"{self._project}/build/builds/{int(build['id'])}/artifacts"
        url = str(self._get(where, artifactName=ARTIFACT)["resource"]["downloadUrl"])
        return _unpacked(self._http.raw("GET", self._own(url), most=LARGEST_PLAN))

    def _is_merged_here(self, pull: Mapping[str, Any]) -> bool:
        return (
            (pull["status"], pull["targetRefName"]) == ("completed", self._branch)
            and pull["repository"]["id"] == self._id
            and pull["lastMergeCommit"]["commitId"] == self._sha
            and not pull.get("forkSource")
        )

    def _changed(self, pull: str) -> Iterator[str | None]:
        last = max(int(one["id"]) for one in self._get(f"{pull}/iterations")["value"])
        skip = 0
        while True:
            page = self._get(f"{pull}/iterations/{last}/changes", **{"$top": 2000, "$skip": skip})
            for one in page["changeEntries"]:
                yield from (one["item"].get("path"), one.get("originalPath"))
            skip = int(page.get("nextSkip") or 0)
            if not skip:
                return

    def _build(self, number: int, head: str) -> Any:
        ref = f"refs/pull/{number}/merge"
        query = {"definitions": self._definition, "branchName": ref, "queryOrder": "queueTimeDescending", "$top": 1}
        builds = self._get(f"{self._project}/build/builds", **query)["value"]
        build = builds[0] if builds else None
        if build is None or (build["status"], build["result"]) != ("completed", "succeeded"):
            raise NoPlan(f"the last build of pull request {number} {'did not succeed' if build else 'does not exist'}")
        trigger = build.get("triggerInfo") or {}
        there = (build["reason"], build["sourceBranch"], build["definition"]["id"], build["repository"]["id"])
        if there != ("pullRequest", ref, self._definition, self._id) or trigger.get("pr.number") != str(number):
            raise NoPlan(f"the last build is not one of pull request {number}")
        parents = self._parents(build["sourceVersion"])
        if trigger.get("pr.sourceSha") != head or parents[1:] != [head] or not self._is_ancestor(parents[0]):
            raise NoPlan(f"the last build of pull request {number} did not run on the commit that was merged")
        return build

    def _parents(self, sha: str) -> list[str]:
        return list(self._get(f"{self._repo}/commits/{sha}")["parents"])

    def _is_ancestor(self, sha: str) -> bool:
        """Whether the commit is in this branch's history: the pull request was not aimed at another branch then."""
        sides = {"baseVersion": sha, "baseVersionType": "commit", "targetVersion": self._sha}
        found = self._get(f"{self._repo}/diffs/commits", **sides, targetVersionType="commit", **{"$top": 1})
        return bool(found["commonCommit"] == sha)

    def _own(self, url: str) -> str:
        """The address, if the token may be sent there: artifacts are on a server of their own in Azure DevOps."""
        mine, theirs = urlsplit(self._collection), urlsplit(url)
        trusted = theirs.netloc == mine.netloc or (theirs.hostname or "").endswith(
            (".visualstudio.com", ".dev.azure.com")
        )
        if not trusted or theirs.scheme not in ("https", mine.scheme):
            raise Failed(f"the artifact is on {theirs.netloc}, where the token is not sent")
        return url

    def _get(self, url: str, **query: Any) -> Any:
        return self._http.get(f"{url}?{urlencode({**query, 'api-version': '7.1'})}")


def _pages(http: Http, url: str, **query: Any) -> Iterator[Any]:
    """A whole list, 100 at a time (GitHub and GitLab)."""
    page = 1
    while True:
        found = http.get(f"{url}?{urlencode({**query, 'per_page': 100, 'page': page})}")
        yield from found
        if len(found) < 100:
            return
        page += 1


def _only(found: Iterable[Any]) -> Any:
    """The one pull request. Raises NoPlan if there is none, or more than one."""
    pulls = list(found)
    if len(pulls) != 1:
        raise NoPlan(
            f"{'several pull requests were' if pulls else 'no pull request of this repository was'} merged as it"
        )
    return pulls[0]


def _check_files(changed: Iterable[str | None], *more: str) -> None:
    """Raises NoPlan if one of the files decides what the plan job runs: that job was the pull request's own then."""
    for path in changed:
        name = (path or "").lstrip("/")
        if name and name.startswith((*PIPELINE_FILES, *(one.lstrip("/") for one in more))):
            raise NoPlan(f"the pull request changes {name}, and so may have changed its own plan job")


def _unpacked(archive: bytes) -> bytes:
    """The plan in a zip archive. What the archive says about sizes is not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            found = [info for info in files.infolist() if info.filename.rpartition("/")[2] == PLAN]
            if len(found) != 1:
                raise Failed(f"the artifact {ARTIFACT} holds {len(found) or 'no'} files {PLAN}")
            with files.open(found[0]) as stream:
                content = stream.read(LARGEST_PLAN + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise Failed(f"the artifact {ARTIFACT} is damaged: {error}") from None
    if len(content) > LARGEST_PLAN:
        raise Failed(f"the {PLAN} of the artifact is larger than {LARGEST_PLAN // 1024 // 1024} MiB")
    return content


def service(env: Mapping[str, str]) -> Service:
    """The service whose pipeline this is. Raises Failed if it is none of them, or lacks a variable."""
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


def fitted(text: str, longest: int, job: str) -> str:
    """The text, cut at a line's end if the service takes no more, with a sentence at its beginning that says so."""
    if len(text) <= longest:
        return text
    marker, _, rest = text.partition("\n")
    where = f"the output of the plan job: {job}" if job else "the output of the plan job"
    told = (
        f"> [!CAUTION]\n> **This comment is cut: it shows only the beginning of the plan.** Read all of it in {where}\n"
    )
    room = longest - len(marker) - len(told) - 200
    kept = rest[:room].rpartition("\n")[0]
    # What the cut leaves open would swallow what follows, or fold it away.
    fence = "\n```" if sum(line.lstrip().startswith("```") for line in kept.splitlines()) % 2 else ""
    folded = "\n</details>" * min(5, max(0, kept.count("<details") - kept.count("</details>")))
    return f"{marker}\n{told}\n{kept}{fence}{folded}\n\n**The plan goes on: this comment is cut here.**\n"


def comment(where: Service, file: str) -> str:
    """One comment for each marker, however often it is called."""
    with Path(file).open("rb") as stream:
        text = stream.read(LARGEST_PAGE).decode(errors="replace")
    marker = MARKER.match(text)
    if not marker:
        raise Failed(f"{file} begins with no marker such as <!-- realmctl:plan -->: write it with -o markdown")
    text = fitted(text, where.longest, where.job)
    for there, said in where.comments():
        if said.startswith(marker[0]):
            where.change(there, text)
            return "The comment was updated."
    where.add(text)
    return "The comment was posted."


def plan(where: Service, file: str) -> str:
    """The reviewed plan, in a new file that only its owner can read."""
    try:
        content = where.plan()
    except Gone as error:
        raise NoPlan(str(error)) from None
    Path(file).unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # A link that lies there is not followed.
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    return f"The reviewed plan is {file}, sha256 {hashlib.sha256(content).hexdigest()}."


def clean(text: str) -> str:
    """One line that no service takes for a command (`::…`, `##[…]`, `##vso[…]`) and no terminal for an escape."""
    line = "".join(one if one.isprintable() else "?" for one in text)
    return (line if len(line) <= 1000 else f"{line[:999]}…").replace("::", ": :").replace("##", "# #")


def main(arguments: list[str], env: Mapping[str, str]) -> int:
    """The command line."""
    commands = {"comment": comment, "plan": plan}
    if len(arguments) != 2 or arguments[0] not in commands:
        print("usage: pull_request.py {comment|plan} FILE", file=sys.stderr)
        return 64
    try:
        print(clean(commands[arguments[0]](service(env), arguments[1])))
    except (Failed, OSError) as error:
        print(clean(f"error: {error}"), file=sys.stderr)
        return error.code if isinstance(error, Failed) else 1
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        print(
            clean(f"error: the service's answer has an unknown shape: {type(error).__name__}: {error}"), file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
