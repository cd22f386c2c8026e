"""Files of a git revision, read from git's objects and written into a folder of their own.

Nothing of the repository runs: no checkout, so no filters, hooks, attributes or file-system monitor; no fetch. Only
regular files are taken. Must not know about: realms, YAML.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Self

from realmctl.errors import UsageProblem

LARGEST = 16 * 1024 * 1024
"""Bytes of one object."""
MOST = 128 * 1024 * 1024
"""Bytes of all files that are written."""
MOST_FILES = 20_000
_DEEPEST = 64

_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-f]{4,63}")
_BAD = re.compile(r"[\x00-\x20\x7f:*?\[\\]|^-|^$")
_POSITIONS = ("HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "@", "")
"""Names that git looks for before it looks for tags and branches."""
_SUFFIX = re.compile(r"[~^]|@\{")

_FILE, _FOLDER, _LINK, _MODULE = 0o100000, 0o040000, 0o120000, 0o160000


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file of a revision: its path below the repository's root, and the id of its content."""

    path: PurePosixPath
    id: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree. `git_dir` is its `.git`, a folder or, in a linked work tree, a file."""

    root: Path
    git_dir: Path

    @classmethod
    def around(cls, folder: Path) -> Self | None:
        """The work tree that a folder is in; None where it is in none.

        Looked for by `.git` alone: git keeps that name out of every commit, while its own search would also take a
        folder that looks like a bare repository, which any commit may hold.
        """
        real = Path(os.path.realpath(folder))
        for one in (real, *real.parents):
            if (one / ".git").exists():
                return cls(one, one / ".git")
        return None

    def within(self, path: Path) -> PurePosixPath | None:
        """A path below the root, without links; None where it is outside."""
        real = Path(os.path.realpath(path))
        return PurePosixPath(real.relative_to(self.root).as_posix()) if real.is_relative_to(self.root) else None


class Revision:
    """One commit, open for reading. Use it as a context manager: it holds a `git cat-file` process."""

    def __init__(self, repository: Repository, name: str) -> None:
        """Raises UsageProblem where there is no such commit, or its name has two meanings."""
        if _BAD.search(name):
            raise UsageProblem(
                f"{name!r} is no name of a git revision", advice="Write a branch such as origin/main, or a commit's id."
            )
        self.name = name
        self._git = _started(repository)
        self._taken = 0
        self._written: dict[bytes, bytes] = {}
        try:
            self.commit = self._resolved(name)
            self._tree = self._ask(f"{self.commit}^{{tree}}", "tree")[0]
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        for stream in (self._git.stdin, self._git.stdout):
            if stream:
                stream.close()
        self._git.kill()
        self._git.wait()

    def files(self, path: PurePosixPath) -> Iterator[TreeEntry]:
        """The regular files at or below a path; nothing where the path is not in the revision.

        Symbolic links and submodules are left out, at the path itself, too.
        """
        kind, found = _FOLDER, self._tree
        for part in path.parts:
            inner = {name: (mode, id_) for mode, name, id_ in self._children(found)} if kind == _FOLDER else {}
            if part not in inner:
                return
            kind, found = inner[part]
        if kind == _FILE:
            yield TreeEntry(path, found)
        elif kind == _FOLDER:
            yield from self._below(path, found, 0)

    def text(self, entry: TreeEntry) -> bytes:
        """A file's content. Raises UsageProblem where it is too large, or not on this machine."""
        return self._ask(entry.id, "blob")[1]

    def write(self, entries: Sequence[TreeEntry], into: Path) -> None:
        """Writes files below a folder, at their paths. Raises UsageProblem where they are too many or too large."""
        if len(entries) > MOST_FILES:
            raise UsageProblem(f"{self.name} has {len(entries):,} files there, more than {MOST_FILES:,}")
        for entry in entries:
            content = self.text(entry)
            self._taken += len(content)
            if self._taken > MOST:
                raise UsageProblem(f"the files of {self.name} are larger than {MOST // 1024**2} MiB together")
            file = into.joinpath(*entry.path.parts)
            file.parent.mkdir(parents=True, exist_ok=True)
            # Two names that differ in case alone are one file on some systems: the second one is left out there.
            if not file.exists():
                file.write_bytes(content)
                self._written[os.fsencode(str(entry.path))] = bytes.fromhex(entry.id)

    def write_index(self, into: Path) -> None:
        """Makes a work tree of the folder that files were written into: an index says which files git knows.

        So whatever is asked of a work tree, such as whether git tracks a file, has the same answer as in a checkout.
        """
        names = sorted(self._written)
        entries = b"".join(_index_entry(name, self._written[name]) for name in names)
        body = b"DIRC" + struct.pack(">II", 2, len(names)) + entries
        algorithm = "sha1" if len(self.commit) == 40 else "sha256"
        folder = into / ".git"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index").write_bytes(body + hashlib.new(algorithm, body, usedforsecurity=False).digest())

    def _below(self, path: PurePosixPath, tree: str, depth: int) -> Iterator[TreeEntry]:
        if depth > _DEEPEST:
            raise UsageProblem(f"{path} in {self.name} is nested more than {_DEEPEST} levels deep")
        for mode, name, id_ in self._children(tree):
            if mode == _FILE:
                yield TreeEntry(path / name, id_)
            elif mode == _FOLDER:
                yield from self._below(path / name, id_, depth + 1)

    def _children(self, tree: str) -> Iterator[tuple[int, str, str]]:
        """What is in a tree: the sort, the name and the id of each entry."""
        data, at, size = self._ask(tree, "tree")[1], 0, len(tree) // 2
        while at < len(data):
            blank, end = data.index(b" ", at), data.index(b"\0", at)
            mode, name = int(data[at:blank], 8) & 0o170000, os.fsdecode(data[blank + 1 : end])
            at = end + 1 + size
            if name not in ("", ".", "..") and name.lower() != ".git" and "/" not in name and "\\" not in name:
                yield mode, name, data[end + 1 : at].hex()

    def _resolved(self, name: str) -> str:
        """The commit's id. Anyone who may push can make a tag of any name: what could be theirs is refused."""
        bare = _SUFFIX.split(name)[0]
        if not _FULL.fullmatch(bare) and bare not in _POSITIONS and not bare.startswith("refs/"):
            full = (f"refs/{sort}/{bare}" for sort in ("tags", "heads", "remotes"))
            meanings = {one: found for one in full if (found := self._commit(one))}
            if len(set(meanings.values())) > 1 or (meanings and _SHORT.fullmatch(bare)):
                raise UsageProblem(
                    f"{name} has several meanings in this repository: {', '.join(meanings)}",
                    advice=f"Write the full name, such as {list(meanings)[-1]}, or a commit's whole id.",
                )
            for other in meanings.keys() & {f"refs/tags/{bare}", f"refs/heads/{bare}"}:
                if other.startswith("refs/tags/") or bare.startswith("origin/"):
                    raise UsageProblem(
                        f"{name} is only {other} in this repository, and no branch of a remote",
                        advice=f"Write the full name if you mean it: --against {other}. {_fetching(bare)}",
                    )
        found = self._commit(name)
        if not found:
            raise UsageProblem(f"there is no revision {name} in this repository", advice=_fetching(name))
        return found

    def _commit(self, name: str) -> str:
        try:
            return self._ask(f"{name}^{{commit}}", "commit")[0]
        except _MissingError:
            return ""

    def _ask(self, name: str, kind: str) -> tuple[str, bytes]:
        """An object's id and content, by `git cat-file --batch`. Raises UsageProblem, _MissingError."""
        out = _stream(self._git.stdout)
        try:
            _stream(self._git.stdin).write(os.fsencode(f"{name}\n"))
            _stream(self._git.stdin).flush()
            head = out.readline(4096).decode(errors="replace").split()
        except OSError:
            head = []
        if len(head) != 3 or not head[2].isdigit():
            # `missing` and `ambiguous` end the answer of one name; anything else is the end of git.
            if head and head[-1] in ("missing", "ambiguous"):
                raise _MissingError(
                    f"an object of {self.name} is not in this clone", advice=_fetching(self.name.partition("^")[0])
                )
            raise UsageProblem("git can't read this repository", advice="Run `git status` to see why.")
        if head[1] != kind or int(head[2]) > LARGEST:
            why = f"larger than {LARGEST // 1024**2} MiB" if head[1] == kind else f"a {head[1]}, not a {kind}"
            raise UsageProblem(f"an object of {self.name} is {why}: {head[0]}")
        content = out.read(int(head[2]))
        out.read(1)
        return head[0], content


def _index_entry(name: bytes, id_: bytes) -> bytes:
    """A regular file in git's index, version 2, without times and sizes."""
    entry = struct.pack(">10I", 0, 0, 0, 0, 0, 0, 0o100644, 0, 0, 0) + id_
    entry += struct.pack(">H", min(len(name), 0xFFF)) + name
    return entry + b"\0" * (8 - len(entry) % 8)


class _MissingError(UsageProblem):
    """The object is not in the repository."""


def _fetching(name: str) -> str:
    remote, slash, branch = name.removeprefix("refs/remotes/").partition("/")
    if slash and not name.startswith(("refs/heads/", "refs/tags/")):
        branch = _SUFFIX.split(branch)[0]
        fetch = f"git fetch --depth=1 {remote} +refs/heads/{branch}:refs/remotes/{remote}/{branch}"
        return f"Fetch it: `git fetch --depth=1 {remote} {branch}` and give FETCH_HEAD, or `{fetch}`."
    return f"Fetch it: `git fetch --depth=1 origin {name}`. A folder is written with a slash first: ./{name}"


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise UsageProblem("git is not running")
    return stream


def _started(repository: Repository) -> subprocess.Popen[bytes]:
    # What the caller's environment says of git could lead to another repository, or to other objects.
    environ = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
    environ |= {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    settings = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "core.sshCommand=false")
    command = ["git", f"--git-dir={repository.git_dir}", "--no-pager"]
    command += [part for one in settings for part in ("-c", one)]
    try:
        return subprocess.Popen(
            [*command, "cat-file", "--batch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=repository.root,
            env=environ,
        )
    except OSError as error:
        raise UsageProblem(
            f"git can't be started: {error.strerror or error}",
            advice="Install git, or give a folder with the base's files, written with a slash: --against ./FOLDER",
        ) from error
