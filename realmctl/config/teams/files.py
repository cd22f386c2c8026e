"""Which file of a realm belongs to which team, and what is wrong with that: overlaps, links, files of no team.

Must not know about: what files declare.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

from realmctl.config.yaml.document import Document
from realmctl.errors import Finding, Place
from realmctl.model.ignore_rule import pattern
from realmctl.model.team import PLATFORM, Team, Teams, covers


def in_folder(file: str, folder: str) -> str:
    """The path of a file relative to the realm's folder, with / between its parts; it may begin with `..`."""
    return Path(os.path.relpath(file, folder or ".")).as_posix()


def matches(wanted: str, path: str) -> bool:
    """Whether a file pattern covers a path. `*` stands for a part of one name; a pattern that ends in / for all below.

    No pattern reaches a name that begins with a dot, as realmctl reads none.
    """
    parts, names = wanted.removesuffix("/").split("/"), path.split("/")
    below = wanted.endswith("/")
    if any(name.startswith(".") for name in names) or (len(names) <= len(parts) if below else len(names) != len(parts)):
        return False
    return all(pattern(part).fullmatch(name) for part, name in zip(parts, names, strict=False))


def overlaps(one: str, other: str) -> bool:
    """Whether some path fits both patterns, on a file system that ignores case too."""
    first, second = one.casefold(), other.casefold()
    parts, others = first.removesuffix("/").split("/"), second.removesuffix("/").split("/")
    short = min(len(parts), len(others))
    if len(parts) != len(others):
        is_open = second.endswith("/") if len(parts) > len(others) else first.endswith("/")
        if not is_open:
            return False
    elif first.endswith("/") != second.endswith("/"):
        return False  # A folder and a file of one name.
    return all(_meet(a, b) for a, b in zip(parts[:short], others[:short], strict=True))


@cache
def _meet(one: str, other: str) -> bool:
    """Whether some name fits both patterns of a name."""
    if not one or not other:
        return set(one + other) <= {"*"}
    if one[0] == "*":
        return _meet(one[1:], other) or _meet(one, other[1:])
    if other[0] == "*":
        return _meet(one, other[1:]) or _meet(one[1:], other)
    return one[0] == other[0] and _meet(one[1:], other[1:])


@dataclass(frozen=True)
class Ownership:
    """The teams of a realm over its files. `home` is the file that has `teams`, and `folder` the folder it is in."""

    teams: Teams
    home: Document

    @property
    def folder(self) -> str:
        """The realm's folder."""
        return str(Path(self.home.file).parent)

    def path(self, file: str) -> str:
        """A file's path relative to the realm's folder."""
        return in_folder(file, self.folder)

    def paths(self, file: str) -> tuple[str, ...]:
        """A file's path relative to the realm's folder, and that of the file which a link there leads to."""
        real = _linked(file, self)
        return (self.path(file),) if real is None else (self.path(file), real)

    def team_of(self, file: str) -> str:
        """The team that owns a file; "" for none. The realm's own file is the platform's."""
        if file == self.home.file:
            return PLATFORM
        path = self.path(file)
        return next(
            (name for name, team in self.teams.items() if any(matches(one, path) for one in team.files)),
            "",
        )

    @property
    def platform(self) -> Team:
        """The platform's team."""
        return self.teams[PLATFORM]


def wrong_teams(owning: Ownership) -> Iterator[Finding]:
    """What is wrong with the section itself: no platform, bad names, overlapping files or prefixes."""
    home, teams = owning.home, owning.teams
    if PLATFORM not in teams:
        message = f"teams names no '{PLATFORM}': nobody owns what belongs to no other team"
        advice = f'write teams: {{{PLATFORM}: {{owners: ["@acme/platform"]}}}}'
        yield Finding("bad-team", message, home.locate(("teams",))[1], advice)
    for name, team in teams.items():
        at = ("teams", name)
        if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
            message = f"'{name}' can't be a team's name"
            yield Finding("bad-team", message, _key(home, at), "use letters, digits, - and _")
        if name == PLATFORM and "may" in team.model_fields_set:
            message = "the platform has no bounds: its files may declare everything"
            yield Finding("bad-team", message, _key(home, (*at, "may")), "remove `may`")
        for index, one in enumerate(team.files):
            if matches(one, own := owning.path(home.file)) or overlaps(one, own):
                message = f"'{one}' covers the realm's own file, which belongs to the platform"
                yield Finding("team-files", message, home.locate((*at, "files", index))[1], "write a narrower pattern")
    yield from _overlaps(home, teams)


def _overlaps(home: Document, teams: Mapping[str, Team]) -> Iterator[Finding]:
    for (name, team), (other, second) in combinations(teams.items(), 2):
        for at, one in enumerate(team.files):
            for index, two in enumerate(second.files):
                if overlaps(one, two):
                    first = home.locate(("teams", name, "files", at))[1]
                    message = f"'{two}' overlaps with '{one}' of the team {name} at {first}"
                    place = home.locate(("teams", other, "files", index))[1]
                    yield Finding("team-files", message, place, "a file belongs to one team: write narrower patterns")
        for at, one in enumerate(team.may.prefixes):
            for index, two in enumerate(second.may.prefixes):
                if covers(one, two) or covers(two, one):
                    first = home.locate(("teams", name, "may", "prefixes", at))[1]
                    message = f"the prefix '{two}' overlaps with '{one}' of the team {name} at {first}"
                    place = home.locate(("teams", other, "may", "prefixes", index))[1]
                    yield Finding("bad-team", message, place, "a name belongs to one team: choose another prefix")


def wrong_files(owning: Ownership, documents: Sequence[Document]) -> Iterator[Finding]:
    """Files that belong to no team, and files that are links to elsewhere."""
    for document in documents:
        if (real := _linked(document.file, owning)) is not None:
            message = f"the file is a link to {real}: anyone who owns that file decides what this one declares"
            yield Finding("team-files", message, Place(document.file), "put the content into the file itself")
        elif not owning.team_of(document.file):
            path = owning.path(document.file)
            message = f"{path} belongs to no team"
            where = owning.home.locate(("teams",))[1]
            advice = f"ask {owning.platform.told} to add it to the files of a team at {where}"
            yield Finding("unowned-file", message, Place(document.file), advice)


def _linked(file: str, owning: Ownership) -> str | None:
    """Where a file really is, if a link below the realm's folder leads there; None for a file in its own place.

    A mounted ConfigMap is a folder of links to hidden folders beside them: same path, below a name with a dot.
    """
    folder = os.path.realpath(owning.folder)
    path = owning.path(file)
    if path.startswith("../"):
        return None
    real = Path(os.path.relpath(os.path.realpath(file), folder)).as_posix()
    if real == path:
        return None
    hidden, _, rest = real.partition("/")
    return None if hidden.startswith(".") and hidden != ".." and rest == path else real


def _key(document: Document, path: tuple[str, ...]) -> Place:
    return document.locate(path, key=True)[1]
