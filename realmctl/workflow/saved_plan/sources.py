"""Which files a plan was made of: their paths from the repository's root, and a SHA-256 of each.

Must not know about: what the files declare, the server.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from realmctl.config.loader.discovery import DEFAULT
from realmctl.errors import Refused

_FILE = re.compile(r"\$\(file:([^():]+)")


@dataclass(frozen=True, slots=True)
class Sources:
    """`paths` as they were given to the command, `files` with their digests; both from the repository's root."""

    paths: tuple[str, ...]
    files: Mapping[str, str]


def repository(here: Path) -> Path:
    """The root of the repository that a folder is in: the nearest folder with a `.git`; the folder itself if none."""
    here = here.resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def sources_of(paths: Sequence[str], files: Iterable[str]) -> Sources:
    """What was given to the command (none: `realms/`), and the files that were read of it. Raises OSError."""
    root = repository(Path.cwd())
    digests = {path_from_root(file, root): hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files}
    return Sources(tuple(path_from_root(path, root) for path in paths or (DEFAULT,)), digests)


def path_from_root(path: str | Path, root: Path) -> str:
    """A path from the repository's root, with `/`; of a file that is elsewhere, the absolute path."""
    # Not `resolve`: git knows a link by its own name.
    absolute = Path(os.path.normpath(Path.cwd() / path))
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else absolute.as_posix()


def recorded_paths(paths: Sequence[str], plan: Path) -> tuple[str, ...]:
    """The paths that a saved plan names, from here. Raises Refused for what is missing, or outside of the repository.

    Who wrote the plan chose these paths, so that none may lead anywhere else.
    """
    root = repository(Path.cwd())
    found: list[str] = []
    for path in paths:
        pure = PurePosixPath(path)
        inside = not pure.is_absolute() and ".." not in pure.parts
        if not inside or not (root / pure).resolve().is_relative_to(root):
            raise Refused(
                f"{plan} was made of {path}, which is outside of this repository",
                advice=f"Name the files yourself: realmctl apply {plan} --files PATH",
            )
        if not (root / pure).exists():
            raise Refused(
                f"{plan} was made of {path}, which is not in {root}",
                advice="Apply a plan in a checkout of the files that it was made of, "
                f"or name them: realmctl apply {plan} --files PATH",
            )
        found.append(os.path.relpath(root / pure))
    return tuple(found)


def root_reference(reference: str, root: Path) -> str:
    """A reference whose `$(file:…)` paths are from the repository's root: the same wherever it was resolved."""
    return _FILE.sub(lambda found: f"$(file:{path_from_root(found[1], root)}", reference)
