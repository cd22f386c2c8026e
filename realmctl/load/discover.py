"""Paths → the files of realms. Must not know about: what is in them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from realmctl.errors import BadConfig, Finding

DEFAULT = "realms"
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """Files that belong together: of one folder and what is below it, or named one by one."""

    folder: Path
    files: tuple[Path, ...]
    whole: bool
    """Whether these are all files of the folder."""


def discover(paths: Sequence[str | Path]) -> list[Source]:
    """What to read for the given paths (none: `realms/`). Raises BadConfig where a path leads to no YAML file."""
    findings: list[Finding] = []
    sources: list[Source] = []
    single: dict[Path, list[Path]] = {}
    for path in [Path(path) for path in paths] or [Path(DEFAULT)]:
        if path.is_dir():
            found = _folder(path)
            if not found:
                findings.append(Finding("nothing-found", f"no YAML file in {path}", None, _start(bool(paths))))
            sources += found
        elif path.exists():
            single.setdefault(path.parent, []).append(path)
        else:
            message = f"there is no file or folder {path}"
            findings.append(Finding("nothing-found", message, None, _start(bool(paths))))
    sources += [Source(folder, tuple(dict.fromkeys(files)), whole=False) for folder, files in single.items()]
    if findings:
        raise BadConfig(findings)
    return list({(source.folder.resolve(), source.files): source for source in sources}.values())


def siblings(source: Source) -> list[Path]:
    """The YAML files beside files that were named one by one."""
    return [] if source.whole else [path for path in _direct(source.folder) if path not in source.files]


def _start(named: bool) -> str:
    if named:
        return "name a realm's folder, a YAML file, or a folder of realms"
    return "name a path, or run `realmctl init` for a realm to start from"


def _folder(folder: Path) -> list[Source]:
    """A folder with YAML files is a realm's, with all below it; otherwise each of its folders may be one."""
    if _direct(folder):
        return [Source(folder, tuple(_below(folder)), whole=True)]
    folders = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    return [source for inner in folders for source in _folder(inner)]


def _direct(folder: Path) -> list[Path]:
    return sorted(
        entry
        for entry in folder.iterdir()
        if entry.suffix in _SUFFIXES and not entry.name.startswith(".") and not entry.is_dir()
    )


def _below(folder: Path) -> list[Path]:
    found: list[Path] = []
    for inner, folders, _ in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += _direct(Path(inner))
    return found
