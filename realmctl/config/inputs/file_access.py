"""The files that a declaration may read, as `$(file:PATH)` or through a link: who decides, and opens them.

Must not know about: YAML, what a file is read for.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from realmctl.config.git.index import GitIndex, IndexUnreadableError, read_index, work_tree
from realmctl.config.inputs.secret_values import is_public_content

VARIABLE = "REALMCTL_SECRETS_DIR"
OPTION = "--secrets-dir"
FILE_LIMIT = 1024 * 1024
SIZE_LIMIT = 5 * 1024 * 1024
"""Of a file of the realm itself, in bytes."""
SECRETS = ".secrets"
"""A folder of this name, inside the repository, holds secrets that git does not track."""

_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_OTHERS = f"keep it in the repository, or in a folder that {OPTION} (or {VARIABLE}) names"
_SHORT = "$(file:…) is for secrets and short texts"


class FileRefusedError(ValueError):
    """A file may not be read, or cannot: the rule that says so, what is wrong, and what to do."""

    def __init__(self, what: str, advice: str, *, rule: str = "file-refused") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.rule = rule

    @property
    def missing(self) -> bool:
        """Whether it may be read, and is not there."""
        return self.rule == "unset-file"


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file. `secret`: whether it comes from outside of the repository, and so counts as a secret."""

    text: str
    secret: bool


@dataclass(slots=True)
class FileAccess:
    """What the files of one folder may read.

    That is regular files of up to `FILE_LIMIT` bytes which git tracks in the work tree around `folder` (without git:
    which are in `folder`), none of them hidden; and, as secrets, those in folders named `.secrets` there, and in
    `secrets`, which the caller names.
    """

    folder: Path
    secrets: Sequence[Path] = ()
    _root: Path = field(init=False)
    _is_git: bool = field(init=False)
    _index: GitIndex | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Find the root of the repository."""
        real = Path(os.path.realpath(self.folder))
        found = work_tree(real)
        self._root, self._is_git = found or real, found is not None

    @classmethod
    def of(cls, folder: Path, environ: Mapping[str, str]) -> FileAccess:
        """The access of the files in `folder`, with the secrets' folders that the environment names."""
        said = str(environ[VARIABLE]) if VARIABLE in environ else ""
        return cls(folder, tuple(Path(one) for one in said.split(os.pathsep) if one.strip()))

    def read(self, path: Path) -> FileText:
        """Return the text of the file. Raises FileRefusedError."""
        real = _real(path)
        for folder in map(_real, self.secrets):
            if real.is_relative_to(folder):
                return FileText(_text(_content(folder, real, path), path), secret=True)
        if not real.is_relative_to(self._root):
            where = "the repository" if self._is_git else f"the realm's folder {self.folder}"
            raise FileRefusedError(f"{path} is outside {where}", _OTHERS)
        parts = real.relative_to(self._root).parts
        private = SECRETS in parts[:-1] and ".git" not in map(str.casefold, parts)
        if not private:
            self._demand_tracked(path, real, parts)
        content = _content(self._root, real, path)
        text = _text(content, path)
        if not self._is_git:
            return FileText(text, secret=private or not is_public_content(text))
        # Anyone who changes the repository may put files into a folder .secrets: those are no secrets.
        return FileText(text, secret=not self._tracked().has_content(real, content))

    def refuses_link(self, path: Path) -> str:
        """Return why a link found beside the realm's files must not be followed, or ""."""
        real = _real(path)
        root = self._root
        if not self._is_git:
            # What was named on the command line is in the working directory as a rule.
            here = _real(Path.cwd())
            root = here if root.is_relative_to(here) else root
        if not real.is_relative_to(root):
            return f"the link {path} leads out of {'the repository' if self._is_git else 'the folder'}"
        parts = real.relative_to(root).parts
        if _hidden(parts):
            return f"the link {path} leads to a hidden file or folder"
        if self._is_git and real.is_file() and not self._tracks(real):
            return f"the link {path} leads to a file that git does not track"
        return ""

    def _demand_tracked(self, path: Path, real: Path, parts: Sequence[str]) -> None:
        if _hidden(parts):
            raise FileRefusedError(f"{path} is hidden, or in a hidden folder: such files are not read", _OTHERS)
        if not self._is_git:
            return
        if real.is_file() and not self._tracks(real):
            advice = f"`git add` it; if it holds a secret, {_OTHERS.replace('the repository', 'a folder .secrets')}"
            raise FileRefusedError(f"git does not track {path}", advice)

    def _tracks(self, real: Path) -> bool:
        return self._tracked().tracks(real)

    def _tracked(self) -> GitIndex:
        if self._index is None:
            try:
                self._index = read_index(self._root)
            except IndexUnreadableError as error:
                what = f"cannot find out which files git tracks in {self._root}: {error}"
                raise FileRefusedError(what, f"check `git status` there, or use {OPTION}") from error
        return self._index


def link_leading_out(path: Path) -> Path | None:
    """Return the link in a path that leads out of the git work tree where the link is, or None.

    Anyone who names the path means what is there; anyone who may change the repository could put a link in its place.
    """
    here = path.absolute()
    for at in (*reversed(here.parents), here):
        if not at.is_symlink():
            continue
        root = work_tree(_real(at.parent))
        real = _real(at)
        if root is None:
            continue
        if not real.is_relative_to(root):
            return at
        if real.is_file() and FileAccess(at.parent).refuses_link(at):
            return at
    return None


def is_kept(path: Path) -> bool:
    """Return whether git tracks a file with just the content that it has now: then everybody may know it."""
    real = _real(path)
    root = work_tree(real.parent)
    if root is None:
        return False
    try:
        return read_index(root).has_content(real, read_regular(real, SIZE_LIMIT))
    except (OSError, ValueError):
        return False


def read_named(path: Path, limit: int) -> bytes:
    """Return up to `limit` + 1 bytes of what the caller names on the command line: a file, or a pipe (`<(sops …)`).

    Raises OSError.
    """
    with path.open("rb") as stream:
        return stream.read(limit + 1)


def read_regular(path: Path, limit: int) -> bytes:
    """Return up to `limit` + 1 bytes of a regular file; links are followed, pipes and devices never opened.

    Raises FileRefusedError for what is no regular file, and OSError.
    """
    _demand_regular(path.stat(), path)
    descriptor = os.open(path, _FILE & ~os.O_NOFOLLOW)
    with _closing(descriptor):
        return _bytes(descriptor, path, limit)


def _real(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        raise FileRefusedError(f"cannot read {str(path)!r}: {_reason(error)}", "write the path of a file") from error


def _hidden(parts: Sequence[str]) -> str:
    """The first name that begins with a dot, or "". Those of `..data` are Kubernetes' own, in a mounted volume."""
    return next((one for one in parts if one.startswith(".") and not one.startswith("..")), "")


def _content(root: Path, real: Path, path: Path) -> bytes:
    """The bytes of a file below `root`, opened name by name and through no link, so that nothing can be swapped in."""
    parts = real.relative_to(root).parts
    if not parts:
        raise FileRefusedError(f"{path} is a folder, not a file", "write the path of a file")
    try:
        folder = os.open(root, _FOLDER)
        for part in parts[:-1]:
            with _closing(folder):
                inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
            folder = inner
        with _closing(folder):
            # Opening a device may do something already.
            _demand_regular(os.stat(parts[-1], dir_fd=folder, follow_symlinks=False), path)
            descriptor = os.open(parts[-1], _FILE, dir_fd=folder)
        with _closing(descriptor):
            return _bytes(descriptor, path, FILE_LIMIT)
    except FileNotFoundError as error:
        raise FileRefusedError(f"there is no file {path}", _RELATIVE, rule="unset-file") from error
    except OSError as error:
        raise FileRefusedError(f"cannot read {path}: {_reason(error)}", _RELATIVE) from error


_RELATIVE = "the path is relative to the YAML file that names it"


def _bytes(descriptor: int, path: Path, limit: int) -> bytes:
    """At most `limit` bytes and one more of an open file, which has to be a regular one."""
    info = os.fstat(descriptor)
    _demand_regular(info, path)
    found = bytearray()
    while len(found) <= limit and (piece := os.read(descriptor, limit + 1 - len(found))):
        found += piece
    return bytes(found)


def _demand_regular(info: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(info.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(info.st_mode)), "no regular file")
        raise FileRefusedError(f"{path} is {kind}, not a file", "write the path of a regular file")


def _text(content: bytes, path: Path) -> str:
    if len(content) > FILE_LIMIT:
        raise FileRefusedError(f"{path} is larger than {FILE_LIMIT // 1024} KiB", _SHORT)
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise FileRefusedError(f"{path} is not UTF-8 text", _SHORT) from error
    if "\0" in text:
        raise FileRefusedError(f"{path} is not a text: it holds NUL characters", _SHORT)
    # Editors and `echo` end a file with a line break that is no part of the secret.
    return text.removesuffix("\n").removesuffix("\r")


@contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


def _reason(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or error)
