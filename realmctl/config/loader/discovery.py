"""Paths → the files of realms. Must not know about: what is in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from realmctl.config.inputs.file_access import FileAccess, FileRefusedError, link_leading_out
from realmctl.errors import BadConfig, Finding, Place

DEFAULT = "realms"
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class RealmSource:
    """Files that belong together: of one folder and what is below it, or named one by one."""

    folder: Path
    files: tuple[Path, ...]
    whole: bool
    """Whether these are all files of the folder."""


def discover(paths: Sequence[str | Path]) -> list[RealmSource]:
    """What to read for the given paths (none: `realms/`). Raises BadConfig where a path leads to no YAML file."""
    findings: list[Finding] = []
    sources: list[RealmSource] = []
    single: dict[Path, list[Path]] = {}
    for path in [Path(path) for path in paths] or [Path(DEFAULT)]:
        try:
            if link := link_leading_out(path):
                message = f"the link {link} leads to what the repository does not keep"
                findings.append(Finding("link-refused", message, Place(str(path)), _LINK))
                continue
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except FileNotFoundError:
            message = f"there is no file or folder {path}"
            findings.append(Finding("nothing-found", message, None, _start(bool(paths))))
            continue
        except (OSError, ValueError) as error:
            findings.append(Finding("unreadable", f"cannot read {path}: {reason(error)}", None, _start(bool(paths))))
            continue
        if is_folder:
            before = len(findings)
            found = _Search(findings, FileAccess(path)).realms(path)
            if not found and len(findings) == before:
                findings.append(Finding("nothing-found", f"no YAML file in {path}", None, _start(bool(paths))))
            sources += found
        else:
            single.setdefault(path.parent, []).append(path)
    sources += [RealmSource(folder, tuple(dict.fromkeys(files)), whole=False) for folder, files in single.items()]
    if findings:
        raise BadConfig(findings)
    return list({(os.path.realpath(source.folder), source.files): source for source in sources}.values())


def siblings(source: RealmSource) -> list[Path]:
    """The YAML files beside files that were named one by one. Raises OSError where the folder cannot be read."""
    return [] if source.whole else [path for path in _entries(source.folder)[0] if path not in source.files]


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files in a folder, those below it left out. Raises OSError where the folder cannot be read."""
    return _entries(folder)[0]


def reason(error: OSError | ValueError) -> str:
    """Why something could not be read, for a person."""
    return str(getattr(error, "strerror", None) or error)


def _start(named: bool) -> str:
    if named:
        return "name a realm's folder, a YAML file, or a folder of realms"
    return "name a path, or run `realmctl init` for a realm to start from"


@dataclass(slots=True)
class _Search:
    """One search through folders. A folder that several links lead to is looked into once."""

    findings: list[Finding]
    access: FileAccess
    seen: set[str] = field(default_factory=set)

    def realms(self, folder: Path) -> list[RealmSource]:
        """A folder with YAML files is a realm's, with all below it; otherwise each of its folders may be one."""
        files, folders = self._inside(folder)
        if files:
            below = [path for inner in folders for path in self._below(inner)]
            return [RealmSource(folder, (*files, *below), whole=True)]
        return [source for inner in folders for source in self.realms(inner)]

    def _below(self, folder: Path) -> list[Path]:
        files, folders = self._inside(folder)
        return files + [path for inner in folders for path in self._below(inner)]

    def _inside(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """The YAML files in a folder, and its folders, those that are links last."""
        real = os.path.realpath(folder)
        if real in self.seen:
            return [], []
        self.seen.add(real)
        try:
            files, folders, lost = _entries(folder)
        except OSError as error:
            self._unreadable(folder, error)
            return [], []
        for path, why in lost:
            self._unreadable(path, why)
        files, folders = ([path for path in paths if self._may_follow(path)] for paths in (files, folders))
        return files, sorted(folders, key=lambda path: (path.is_symlink(), path))

    def _may_follow(self, path: Path) -> bool:
        """Whether this is no link, or one that a declaration may follow; else there is a finding."""
        if not path.is_symlink() or not path.exists():
            return True  # A link that leads nowhere is told when it is read.
        try:
            why, advice = self.access.refuses_link(path), _LINK
        except FileRefusedError as error:
            why, advice = error.what, error.advice
        if why:
            self.findings.append(Finding("link-refused", why, Place(str(path)), advice))
        return not why

    def _unreadable(self, path: Path, error: OSError) -> None:
        message = f"cannot read {path}: {reason(error)}"
        self.findings.append(Finding("unreadable", message, Place(str(path)), _UNREADABLE))


_LINK = "replace the link by a copy, or name what it leads to on the command line"
_UNREADABLE = "what is declared there would look undeclared: make it readable, or remove it"


def _entries(folder: Path) -> tuple[list[Path], list[Path], list[tuple[Path, OSError]]]:
    """The YAML files in a folder; its folders; and links that may be to folders, and lead nowhere. Raises OSError."""
    files: list[Path] = []
    folders: list[Path] = []
    lost: list[tuple[Path, OSError]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if entry.name.startswith("."):
                continue
            try:
                is_folder = stat.S_ISDIR(entry.stat().st_mode)
            except OSError as error:
                # A file of that name is told when it is read.
                is_folder = False
                if entry.is_symlink() and not path.suffix:
                    lost.append((path, error))
            if is_folder:
                folders.append(path)
            elif path.suffix.lower() in _SUFFIXES:
                files.append(path)
    return sorted(files), folders, sorted(lost, key=lambda one: one[0])
