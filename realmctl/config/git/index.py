"""The files that a git work tree tracks, read from its index without running git.

Must not know about: which of them may be read, and by whom.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_EXTENDED, _NAME_LENGTH = 0x4000, 0xFFF
_IDENT = re.compile(rb"\$Id:[^$\n]*\$")
_HASHES = {20: "sha1", 32: "sha256"}


class IndexUnreadableError(ValueError):
    """The index is damaged, or of a format that this module does not read."""


@dataclass(frozen=True, slots=True)
class GitIndex:
    """Path below the root → hash of the content as it was added. Both are bytes."""

    root: Path
    blobs: Mapping[bytes, bytes] = field(repr=False)

    def tracks(self, path: Path) -> bool:
        """Return whether git tracks `path`, a real path below the root."""
        return _name(self.root, path) in self.blobs

    def has_content(self, path: Path, content: bytes) -> bool:
        """Return whether git has just this content for `path`, or has it so in a submodule.

        Line ends and `$Id$`, which `.gitattributes` let git write, are no difference; a filter (git-crypt) is.
        """
        blob = self.blobs.get(_name(self.root, path), b"")
        if not blob:
            return self.has_submodule_around(path)
        algorithm = _HASHES.get(len(blob), "sha1")
        plain = content.replace(b"\r\n", b"\n")
        for one in {content, plain, _IDENT.sub(b"$Id$", content), _IDENT.sub(b"$Id$", plain)}:
            made = hashlib.new(algorithm, b"blob %d\0" % len(one), usedforsecurity=False)
            made.update(one)
            if made.digest() == blob:
                return True
        return False

    def has_submodule_around(self, path: Path) -> bool:
        """Return whether `path` is in a submodule: a folder that the index has as if it was a file."""
        folders = path.relative_to(self.root).parents
        return any(folder.as_posix().encode("utf-8", "surrogateescape") in self.blobs for folder in folders)


def work_tree(folder: Path) -> Path | None:
    """Return the root of the git work tree that encloses a real path, or None."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)


def read_index(root: Path) -> GitIndex:
    """Return what git tracks in the work tree `root`. Raises IndexUnreadableError."""
    try:
        data = (_git_folder(root) / "index").read_bytes()
    except FileNotFoundError:
        return GitIndex(root, {})  # Nothing was ever added.
    except OSError as error:
        raise IndexUnreadableError(error.strerror) from error
    try:
        return GitIndex(root, dict(_entries(data)))
    except (IndexError, ValueError) as error:
        raise IndexUnreadableError(str(error)) from error


def _name(root: Path, path: Path) -> bytes:
    return path.relative_to(root).as_posix().encode("utf-8", "surrogateescape")


def _git_folder(root: Path) -> Path:
    git = root / ".git"
    if git.is_dir():
        return git
    # A linked work tree or a submodule: a file says where its own folder is.
    said = git.read_text(encoding="utf-8", errors="surrogateescape").strip()
    return root / said.removeprefix("gitdir:").strip()


def _entries(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each path with its hash. The format: gitformat-index(5), versions 2 to 4."""
    version, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    if data[:4] != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("its index has an unknown format")
    size = _hash_size(data)
    at, name = 12, b""
    for _ in range(count):
        start, at = at, at + 40
        blob, at = data[at : at + size], at + size
        flags, at = int.from_bytes(data[at : at + 2], "big"), at + 2
        at += 2 if flags & _EXTENDED else 0
        kept = b""
        if version == 4:
            cut, at = _offset(data, at)
            kept = name[: len(name) - cut]
        end = data.index(b"\0", at)
        name = kept + data[at:end]
        at = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
        yield name, blob
    if _is_split(data, at, size):
        raise ValueError("its index is split; run `git update-index --no-split-index`")


def _hash_size(data: bytes) -> int:
    """20 or 32: the index ends in the hash of what is before it."""
    for size, algorithm in _HASHES.items():
        if hashlib.new(algorithm, data[:-size], usedforsecurity=False).digest() == data[-size:]:
            return size
    # With index.skipHash the last bytes are zeros.
    return 32 if not any(data[-32:]) else 20


def _offset(data: bytes, at: int) -> tuple[int, int]:
    """Return the number of variable length at `at`, and where it ends."""
    end = at
    value = data[end] & 0x7F
    while data[end] & 0x80:
        end += 1
        value = ((value + 1) << 7) | (data[end] & 0x7F)
    return value, end + 1


def _is_split(data: bytes, at: int, size: int) -> bool:
    """Whether the entries of another file belong to the index as well (the extension `link`)."""
    start = at
    while start + 8 <= len(data) - size:
        length = int.from_bytes(data[start + 4 : start + 8], "big")
        if data[start : start + 4] == b"link":
            return any(data[start + 8 : start + 8 + size])
        start += 8 + length
    return False
