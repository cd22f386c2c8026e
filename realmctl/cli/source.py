"""Where an apply comes from, in a few words: what others read who meet its ownership or its lock.

Must not know about: who reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from realmctl.model.text import clean, cut

_PIPELINES = (
    ("GITHUB_REPOSITORY", "GITHUB_SHA"),
    ("CI_PROJECT_PATH", "CI_COMMIT_SHA"),
    ("BUILD_REPOSITORY_NAME", "BUILD_SOURCEVERSION"),
    ("BITBUCKET_REPO_FULL_NAME", "BITBUCKET_COMMIT"),
)
"""The variables that hold repository and commit: GitHub, GitLab, Azure, Bitbucket."""


_LONGEST = 200


def source_of(given: str | None, paths: Sequence[str], environ: Mapping[str, str]) -> str:
    """What was given, else REALMCTL_SOURCE, else the pipeline's repository and commit, else the folder's name."""
    return cut(clean(_source(given, paths, environ)), _LONGEST)


def _source(given: str | None, paths: Sequence[str], environ: Mapping[str, str]) -> str:
    if given or environ.get("REALMCTL_SOURCE"):
        return given or environ["REALMCTL_SOURCE"]
    for repository, commit in _PIPELINES:
        if environ.get(repository):
            return f"{environ[repository]}@{environ.get(commit, '')[:12]}".rstrip("@")
    return ", ".join(Path(path).resolve().name for path in paths) or Path.cwd().name
