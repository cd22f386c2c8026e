"""The base that a change is compared with: the same realms' files in a git revision, or in a folder.

Must not know about: terminals, output formats, exit codes.
"""

from __future__ import annotations

import re
import stat
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from realmctl.errors import BadConfig, Finding, RealmctlError, UsageProblem
from realmctl.model.change import Action
from realmctl.model.danger import Danger, Severity
from realmctl.model.sentence import Name

if TYPE_CHECKING:
    from realmctl.analysis.access import Policy
    from realmctl.config.git.revision import Repository, Revision, TreeEntry
    from realmctl.config.loader import RealmConfig
    from realmctl.model.address import Address
    from realmctl.model.change import Plan
    from realmctl.model.objects import Desired
    from realmctl.model.sentence import Sentence

UNKNOWN = "base-unknown"
"""The rule of a danger: the base's files could not be read."""
RELEASED = "guard-realm-released"
"""The rule of a danger: a whole realm is no longer declared."""

_YAML = (".yaml", ".yml")
_FILE = re.compile(rb"\$\(file:([^()\r\n]+)\)")
_REALM = re.compile(rb"^realm:[ \t]*[\"']?([^\"'#\r\n]*?)[\"']?[ \t]*(?:#.*)?\r?$", re.MULTILINE)
_REFERENCE_LIMIT = 1024 * 1024
_SEARCHED = 5_000
"""YAML files in which a realm is looked for that is not where it was."""
_PLACE = re.compile(r"[^\s'\"]*/([^/\s'\"]+\.ya?ml)(?::\d+)*|([^/\s'\"]+\.ya?ml)(?::\d+)+")


@dataclass(frozen=True, slots=True)
class Base:
    """What the base declares. `problem` says why that is not known; then there are no policies."""

    name: str
    policies: Mapping[str, Policy]
    findings: Mapping[str, tuple[Finding, ...]]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """A realm's files beside those of the base, as far as no server is needed for it."""

    findings: tuple[tuple[Finding, Address | None], ...] = ()
    """What `validate` finds, and in which object: of a known base only what is new."""
    against: str = ""
    """What they were compared with; "" where with nothing, or with files that could not be read."""
    policy: tuple[Sentence, ...] = ()
    dangers: tuple[Danger, ...] = ()
    base: Desired | None = None
    """What the base declares of the realm."""
    unread: str = ""
    """The name of a base that could not be read: what it guards is not known."""


def compared_with(base: Base | None, configs: Sequence[RealmConfig], *, findings: bool = True) -> dict[str, Compared]:
    """Every realm beside its base, by name; without a base only what `validate` finds, if `findings`."""
    if base is None and not findings:
        return {config.name: Compared() for config in configs}
    found = {config.name: _compared(base, config) for config in configs}
    gone = sorted(base.policies.keys() - found.keys()) if base else []
    if base and gone:
        # A realm that is gone has no plan of its own to be told in.
        first = configs[0].name
        dangers = tuple(_released(name, base) for name in gone)
        found[first] = replace(found[first], dangers=(*dangers, *found[first].dangers))
    return found


def _released(realm: str, base: Base) -> Danger:
    told: Sentence = (
        "The realm ",
        Name(realm),
        " is no longer declared here; ",
        Name(base.name),
        " declares it. It stays on the server, and no plan, test or drift looks at it any more.",
    )
    return Danger(RELEASED, Severity.HIGH, told)


def _compared(base: Base | None, config: RealmConfig) -> Compared:
    from realmctl.analysis.access import compare, nothing_of

    after = _policy(config)
    found = _findings(config)
    if base is None or base.problem:
        placed = tuple((one, after.object_at(one.place)) for one in found)
        return Compared(placed, dangers=(_unknown(base),) if base else (), unread=base.name if base else "")
    before = base.policies.get(config.name)
    fresh = _new(base.findings.get(config.name, ()), found)
    placed = tuple((one, after.object_at(one.place)) for one in fresh)
    if before is None:
        told: Sentence = ("The realm ", Name(config.name), " is new: ", Name(base.name), " does not declare it.")
        sentences, dangers = compare(nothing_of(after), after)
        return Compared(placed, base.name, (told, *sentences), dangers)
    sentences, dangers = compare(before, after)
    return Compared(placed, base.name, sentences, dangers, before.config.desired)


def _unknown(base: Base) -> Danger:
    told: Sentence = (
        "Gateway rules, guards and tests were not compared: the files of ",
        Name(base.name),
        " could not be read. ",
        Name(base.problem),
    )
    return Danger(UNKNOWN, Severity.HIGH, told)


def _policy(config: RealmConfig) -> Policy:
    from realmctl.analysis.access import Policy
    from realmctl.config.loader.suppressions import allowances

    return Policy(config, tuple(allowances(config.files)))


def _findings(config: RealmConfig) -> tuple[Finding, ...]:
    from realmctl.workflow.plan import linted

    return tuple(linted([config], config.findings))


def _new(before: Iterable[Finding], after: Iterable[Finding]) -> list[Finding]:
    """The findings that the base has not, however its lines moved; the second of two alike is new, too."""
    known = Counter(map(_key, before))
    fresh = []
    for one in after:
        known[_key(one)] -= 1
        if known[_key(one)] < 0:
            fresh.append(one)
    return fresh


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.severity, _PLACE.sub(lambda found: found[1] or found[2], finding.message)


def is_folder(against: str) -> bool:
    """Whether a base is written as a folder: with a slash or dots first. Any other name is a git revision's.

    A pull request can add folders: one that is called as the base branch must never be taken for it.
    """
    return against in (".", "..") or against.startswith(("./", "../", "/")) or Path(against).is_absolute()


@dataclass(frozen=True, slots=True)
class BaseVariables:
    """Variables of the command line: those of `files` are read from the base's own version of the file.

    The names in `assigned` keep their values.
    """

    values: Mapping[str, str]
    files: Sequence[str] = ()
    assigned: Collection[str] = ()


def read_base(
    against: str,
    paths: Sequence[str],
    realms: Sequence[str],
    *,
    environ: Mapping[str, str],
    variables: BaseVariables,
) -> Base:
    """Return the base's declarations of these realms at these paths. An unset variable gets a made-up value.

    Raises UsageProblem where there is no such revision or folder. Files that are wrong make the base unknown.
    """
    found = [Path(path) for path in paths or ["realms"]]
    if is_folder(against):
        folder = Path(against)
        if not folder.is_dir():
            raise UsageProblem(f"--against {against}: there is no such folder")
        there = [folder / path for path in found if not path.is_absolute() and (folder / path).exists()]
        return _loaded(against, there or [folder], folder, environ, variables.values)
    from realmctl.config.git.revision import Revision
    from realmctl.config.loader import read_variables

    with tempfile.TemporaryDirectory(prefix="realmctl-base-") as made:
        into = Path(made).resolve()
        repository, inside = _repository(against, found)
        with Revision(repository, against) as revision:
            parts = _written(revision, repository, inside, realms, into)
            files = _var_files(revision, repository, variables.files, into)
            revision.write_index(into)
        try:
            theirs = read_variables(files)
        except BadConfig as error:
            return Base(against, {}, {}, error.message.replace(f"{into}/", ""))
        own = {name: one for name, one in theirs.items() if name not in variables.assigned}
        paths_there = [into.joinpath(*path.parts) for path in parts]
        return _loaded(against, paths_there, into, environ, {**variables.values, **own})


def _loaded(
    name: str, paths: Sequence[Path], root: Path, environ: Mapping[str, str], variables: Mapping[str, str]
) -> Base:
    from realmctl.config.inputs.variable_access import VariableAccess
    from realmctl.config.loader import Assumed, load

    if not paths:
        return Base(name, {}, {})
    try:
        # The caller's list is that of these files: the base may still refer to what the change takes out of both.
        configs = load(paths, environ=Assumed(VariableAccess.listed(environ)), variables=Assumed(variables))
    except BadConfig as error:
        if all(one.rule == "nothing-found" for one in error.findings):
            return Base(name, {}, {})
        first = error.findings[0]
        place = f"{first.place}: " if first.place else ""
        return Base(name, {}, {}, f"{place}{first.message}".replace(f"{root}/", ""))
    except RealmctlError as error:
        return Base(name, {}, {}, error.message.replace(f"{root}/", ""))
    policies = {config.name: _policy(config) for config in configs}
    return Base(name, policies, {config.name: _findings(config) for config in configs})


def _repository(against: str, paths: Sequence[Path]) -> tuple[Repository, list[PurePosixPath]]:
    """The work tree that all paths are in, and the paths in it. Raises UsageProblem where there is none."""
    from realmctl.config.git.revision import Repository

    here = Repository.around(Path.cwd())
    if here is None or any(here.within(path) is None for path in paths):
        here = Repository.around(paths[0])
    inside = [here.within(path) if here else None for path in paths]
    if here is None or None in inside:
        outside = next(path for path, one in zip(paths, inside, strict=True) if one is None)
        raise UsageProblem(
            f"--against {against}: {outside} is in no git work tree, or not in the same one",
            advice="Give a folder with the base's files, written with a slash: --against ./FOLDER",
        )
    for path in paths:
        nearest = Repository.around(path)
        if nearest != here:
            raise UsageProblem(
                f"--against {against}: {path} is in a repository of its own ({nearest.root if nearest else ''})",
                advice="Run realmctl in that repository: a submodule has another base.",
            )
    return here, [one for one in inside if one is not None]


def _written(
    revision: Revision, repository: Repository, paths: Sequence[PurePosixPath], realms: Sequence[str], into: Path
) -> list[PurePosixPath]:
    """Writes the base's files of the realms; returns the paths at which there are any."""
    found: dict[PurePosixPath, TreeEntry] = {}
    there: list[PurePosixPath] = []
    for path in paths:
        files = {one.path: one for one in revision.files(path) if one.path.suffix.lower() in _YAML}
        if files:
            there.append(path)
        found |= files
        if list(files) == [path]:  # A file alone: those beside it say whether it is a part of a realm.
            beside = revision.files(path.parent)
            found |= {one.path: one for one in beside if one.path.parent == path.parent and one.path.suffix in _YAML}
    missing = set(realms) - _names(revision, found.values())
    if missing:
        for folder in _moved(revision, missing, found):
            there.append(folder)
            found |= {one.path: one for one in revision.files(folder) if one.path.suffix.lower() in _YAML}
    revision.write(list(found.values()), into)
    for entry in found.values():
        for reference in _references(revision.text(entry)):
            _bring(revision, repository, entry.path.parent, reference, into)
    return there


def _names(revision: Revision, entries: Iterable[TreeEntry]) -> set[str]:
    return {name for one in entries for name in _named(revision.text(one))}


def _named(content: bytes) -> set[str]:
    return {found[1].decode(errors="replace") for found in _REALM.finditer(content)}


def _moved(revision: Revision, realms: set[str], known: Mapping[PurePosixPath, TreeEntry]) -> list[PurePosixPath]:
    """The folders in which the base has realms that the head has elsewhere."""
    found: dict[PurePosixPath, None] = {}
    yaml = (one for one in revision.files(PurePosixPath()) if one.path.suffix.lower() in _YAML)
    for entry in islice((one for one in yaml if one.path not in known), _SEARCHED):
        if realms & _named(revision.text(entry)):
            found[entry.path.parent] = None
    return list(found)


def _references(content: bytes) -> set[str]:
    return {one[1].decode(errors="replace").partition(":-")[0] for one in _FILE.finditer(content)}


def _bring(revision: Revision, repository: Repository, folder: PurePosixPath, reference: str, into: Path) -> None:
    """Writes a file that a realm's file refers to: the revision's, or where git knows none, that of the work tree."""
    parts: list[str] = []
    for part in (folder / reference).parts:
        if part == "..":
            if not parts:
                return  # It leads out of the repository.
            parts.pop()
        elif part != ".":
            parts.append(part)
    path = PurePosixPath(*parts)
    if PurePosixPath(reference).is_absolute():
        return
    entries = [one for one in revision.files(path) if one.path == path]
    revision.write(entries, into)
    target, here = into.joinpath(*parts), repository.root.joinpath(*parts)
    try:
        real = here.resolve(strict=True)
        plain = stat.S_ISREG(here.lstat().st_mode) and real.is_relative_to(repository.root)
        if not entries and plain and here.lstat().st_size <= _REFERENCE_LIMIT:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(here.read_bytes())
    except OSError:
        return  # The loader says what it can't read.


def _var_files(revision: Revision, repository: Repository, files: Sequence[str], into: Path) -> list[Path]:
    """The base's versions of variable files, written: a change of one is a change of the realm."""
    found: list[Path] = []
    for path in (repository.within(Path(file)) for file in files):
        entries = [one for one in revision.files(path) if one.path == path] if path else []
        revision.write(entries, into)
        found += [into.joinpath(*one.path.parts) for one in entries]
    return found


def guarded_by(desired: Desired, base: Desired | None) -> Desired:
    """The desired realm with the stricter limits of both sides: no change raises the limits that it is judged by."""
    if base is None:
        return desired
    ours, theirs = desired.limits, base.limits
    limits = replace(ours, count=min(ours.count, theirs.count), share=min(ours.share, theirs.share))
    return replace(desired, limits=limits)


def protected_by(plan: Plan, base: Desired | None) -> Plan:
    """The plan with every deletion protected that takes away what the base protects."""
    from realmctl.engine.plan.ownership import holders

    kept = [one.address for one in base.resources.values() if one.protected] if base else []
    if not kept:
        return plan
    changes = []
    for change in plan.changes:
        takes = tuple(one for one in kept if change.address in (one, *holders(one)) and one not in change.takes)
        if change.action is Action.DELETE and takes:
            change = replace(change, protected=True, takes=(*change.takes, *takes))
        changes.append(change)
    return replace(plan, changes=tuple(changes))
