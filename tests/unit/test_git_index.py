"""The index of git, read without git: every format that git writes, against what git itself says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from realmctl.config.git.index import IndexUnreadableError, read_index, work_tree


def git(folder: Path, *arguments: str) -> str:
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, env=environ, check=True, capture_output=True, text=True
    ).stdout


def repository(folder: Path, *options: str) -> Path:
    folder.mkdir()
    git(folder, "init", "-q", *options)
    for number in range(40):
        (folder / f"file{number}").write_text(f"content {number}\n")
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "wörds").write_text("x")
    (folder / "untracked").write_text("canary")
    git(folder, "add", "file*", "a")
    return folder


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_it_has_what_git_has(version: int, kind: str, tmp_path: Path) -> None:
    root = repository(tmp_path / "repo", f"--object-format={kind}")
    if version == 3:
        (root / "later").write_text("l")
        git(root, "add", "--intent-to-add", "later")  # The flags that only this version has.
    else:
        git(root, "update-index", f"--index-version={version}")

    index = read_index(root)

    assert {name.decode() for name in index.blobs} == set(git(root, "ls-files", "-z").split("\0")) - {""}
    assert index.tracks(root / "a/b/wörds")
    assert index.has_content(root / "file7", b"content 7\n")
    assert not index.has_content(root / "file7", b"content 8\n")
    assert not index.tracks(root / "untracked")
    assert not index.has_content(root / "untracked", b"canary")


def test_a_linked_work_tree_has_its_own(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    git(root, "commit", "-q", "-m", "x")
    git(root, "worktree", "add", "-q", "../linked")
    linked = tmp_path / "linked"
    (linked / "more").write_text("m")
    git(linked, "add", "more")
    assert work_tree(linked / "a" / "b") == linked
    assert read_index(linked).tracks(linked / "more")
    assert not read_index(root).tracks(root / "more")


def test_a_new_repository_tracks_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert read_index(tmp_path).blobs == {}


@pytest.mark.parametrize(
    "content", [b"", b"DIRC", b"DIRC\0\0\0\2\0\0\0\5" + b"\0" * 30, b"x" * 100, b"DIRC\0\0\0\x09" + b"\0" * 90]
)
def test_a_damaged_one_is_said(content: bytes, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".git" / "index").write_bytes(content)
    with pytest.raises(IndexUnreadableError):
        read_index(tmp_path)


def test_a_split_one_is_said(tmp_path: Path) -> None:
    root = repository(tmp_path / "repo")
    git(root, "update-index", "--split-index")
    with pytest.raises(IndexUnreadableError, match="no-split-index"):
        read_index(root)
