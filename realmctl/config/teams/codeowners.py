"""CODEOWNERS of a repository, from the teams of its realms: who has to approve a change of which file.

Facts: GitHub and GitLab take the last line that matches (GitLab: of each section). Paths that begin with / are
anchored; a blank is escaped with a backslash; GitHub cannot escape #, and neither has ranges in brackets that both
read alike. Must not know about: the file system, what files declare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from realmctl.errors import UsageProblem
from realmctl.model.team import PLATFORM, Teams


class CodeHost(StrEnum):
    """Where a repository is kept."""

    GITHUB = "github"
    GITLAB = "gitlab"


@dataclass(frozen=True, slots=True)
class OwnedRealm:
    """A realm's teams, its folder below the repository's root ("" for the root itself), and its own file there."""

    teams: Teams
    folder: str
    home: str


_OURS: dict[CodeHost, tuple[str, ...]] = {
    CodeHost.GITHUB: ("/.github/", "/ci/", "/CODEOWNERS", "/docs/CODEOWNERS"),
    CodeHost.GITLAB: ("/.gitlab-ci.yml", "/.gitlab/", "/ci/", "/CODEOWNERS", "/docs/CODEOWNERS"),
}
"""What decides over everything else: pipelines, and CODEOWNERS itself."""


def codeowners(realms: Sequence[OwnedRealm], host: CodeHost) -> str:
    """The file. Raises UsageProblem where a path or an owner cannot be written for this host."""
    return "\n".join(_lines(realms, host)) + "\n"


def _lines(realms: Sequence[OwnedRealm], host: CodeHost) -> Iterator[str]:
    everybody = list(dict.fromkeys(owner for realm in realms for owner in realm.teams[PLATFORM].owners))
    platform = _owners(everybody, host)
    yield f"# Written by `realmctl teams --codeowners {host}` from `teams` in {', '.join(one.home for one in realms)}."
    yield "# The last line that matches counts."
    if host is CodeHost.GITLAB:
        # In a section of its own, every team's line would ask for an approval beside the platform's.
        yield "[Realms]"
    yield f"* {platform}"
    for realm in realms:
        if len(realms) > 1:
            own = _owners(realm.teams[PLATFORM].owners, host)
            yield f"{_path(realm.folder, '', host)} {own}"
        for name, team in realm.teams.items():
            if name != PLATFORM:
                for file in team.files:
                    yield f"{_path(realm.folder, file, host)} {_owners(team.owners, host)}"
    yield "# What decides over all of this, last so that no line above counts for it."
    for realm in realms:
        yield f"{_path('', realm.home, host)} {_owners(realm.teams[PLATFORM].owners, host)}"
    for path in _OURS[host]:
        yield f"{path} {platform}"


def _path(folder: str, file: str, host: CodeHost) -> str:
    if re.search(r"[*?]", folder):
        raise UsageProblem(f"the folder {folder} can't be written in CODEOWNERS", advice="Rename it, without * and ?.")
    path = f"{folder}/{file}" if folder else file
    forbidden = r"[\[\]\\!\x00-\x1f\x7f]" if host is CodeHost.GITLAB else r"[\[\]\\!#\x00-\x1f\x7f]"
    if found := re.search(forbidden, path):
        advice = f"Rename it, without {found[0]!r}: {host.title()} has no way to write that."
        raise UsageProblem(f"{path!r} can't be written in CODEOWNERS", advice=advice)
    return "/" + re.sub(r"([ #])", r"\\\1", path)


def _owners(owners: Sequence[str], host: CodeHost) -> str:
    for one in owners:
        if host is CodeHost.GITHUB and one.startswith("@") and one.count("/") > 1:
            advice = "Write @organization/team or @user, or an e-mail address."
            raise UsageProblem(f"{one} is no owner that GitHub knows", advice=advice)
    return " ".join(owners)
