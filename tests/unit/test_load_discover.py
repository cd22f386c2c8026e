"""Which files a folder's realm is made of: everything below it, or a finding."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from realmctl.config.loader import load
from realmctl.errors import BadConfig, Exit

Names = dict[str, tuple[str, ...]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(file: str, text: str = "roles: {}\n") -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text)


def found(*paths: str) -> Names:
    return {config.name: config.files for config in load(paths, environ={})}


def unreadable(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes listing one folder fail, as it does for whoever may not; root, as whom tests may run, always may."""
    true = os.scandir

    def scandir(path: Any) -> Any:
        if Path(path) == Path(folder):
            raise PermissionError(13, "Permission denied", str(path))
        return true(path)

    monkeypatch.setattr(os, "scandir", scandir)


def wrong(*paths: str) -> list[str]:
    with pytest.raises(BadConfig) as error:
        load(paths, environ={})
    assert error.value.exit_code is Exit.BAD_CONFIG
    return [str(one) for one in error.value.findings]


def test_a_linked_folder_belongs_to_the_realm() -> None:
    write("f/realm.yaml", "realm: a\n")
    write("common/roles.yaml")
    write("common/deep/clients.yaml", "clients: {}\n")
    Path("f/common").symlink_to("../common")

    assert found("f") == {"a": ("f/realm.yaml", "f/common/roles.yaml", "f/common/deep/clients.yaml")}


def test_a_folder_is_read_once_whatever_leads_to_it() -> None:
    write("f/realm.yaml", "realm: a\n")
    write("f/two/roles.yaml")
    Path("f/latest").symlink_to("two")
    Path("f/two/up").symlink_to("..")
    Path("f/self").symlink_to(".")

    assert found("f") == {"a": ("f/realm.yaml", "f/two/roles.yaml")}


def test_links_in_a_folder_of_realms() -> None:
    write("realms/a/realm.yaml", "realm: a\n")
    write("elsewhere/realm.yaml", "realm: b\n")
    Path("realms/b").symlink_to("../elsewhere")
    Path("realms/none").mkdir()
    Path("realms/none/up").symlink_to("..")

    assert found("realms") == {"a": ("realms/a/realm.yaml",), "b": ("realms/b/realm.yaml",)}


def test_suffixes_in_capitals() -> None:
    write("f/realm.YAML", "realm: a\n")
    write("f/Roles.YML")

    assert found("f") == {"a": ("f/Roles.YML", "f/realm.YAML")}


def test_a_folder_below_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    write("f/realm.yaml", "realm: a\n")
    write("f/sub/roles.yaml")
    unreadable("f/sub", monkeypatch)

    (told,) = wrong("f")

    assert "cannot read f/sub: Permission denied [unreadable]" in told


def test_a_realm_that_cannot_be_read_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    write("realms/a/realm.yaml", "realm: a\n")
    write("realms/b/realm.yaml", "realm: b\n")
    unreadable("realms/b", monkeypatch)

    (told,) = wrong("realms")

    assert "cannot read realms/b: Permission denied [unreadable]" in told


def test_a_folder_that_is_named_and_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    write("f/realm.yaml", "realm: a\n")
    unreadable("f", monkeypatch)

    (told,) = wrong("f")

    assert "cannot read f: Permission denied [unreadable]" in told


def test_a_link_that_leads_nowhere() -> None:
    write("f/realm.yaml", "realm: a\n")
    Path("f/teams").symlink_to("../gone")
    Path("f/notes.txt").symlink_to("../gone.txt")

    (told,) = wrong("f")

    assert "cannot read f/teams: No such file or directory [unreadable]" in told


def test_a_file_that_leads_nowhere() -> None:
    write("f/realm.yaml", "realm: a\n")
    Path("f/roles.yaml").symlink_to("../gone.yaml")

    (told,) = wrong("f")

    assert told.startswith("f/roles.yaml:1:1: error: cannot read the file: No such file or directory")


def left_out(*paths: str) -> str:
    (config,) = load(paths, environ={})
    (warning,) = config.findings
    assert (warning.rule, warning.severity) == ("part-of-a-realm", "warning")
    return warning.message


def test_a_file_beside_a_link_that_leads_nowhere() -> None:
    write("f/realm.yaml", "realm: a\n")
    Path("f/broken.yaml").symlink_to("nowhere")

    assert "what broken.yaml declares looks undeclared" in left_out("f/realm.yaml")


def test_a_file_beside_one_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    write("f/realm.yaml", "realm: a\n")
    write("f/theirs.yaml", "realm: b\n")
    true = os.open

    def opened(path: Any, *args: Any, **options: Any) -> Any:
        if Path(path).name == "theirs.yaml":
            raise PermissionError(13, "Permission denied", str(path))
        return true(path, *args, **options)

    monkeypatch.setattr(os, "open", opened)

    assert "what theirs.yaml declares looks undeclared" in left_out("f/realm.yaml")


def test_a_file_in_a_folder_that_cannot_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    write("f/realm.yaml", "realm: a\n")
    unreadable("f", monkeypatch)

    assert "what else is in f cannot be seen (Permission denied)" in left_out("f/realm.yaml")


@pytest.mark.parametrize(("name", "says"), [("x" * 300, "File name too long"), ("a\0b", "null byte")])
def test_a_name_that_the_system_refuses(name: str, says: str) -> None:
    (told,) = wrong(name)

    assert told.endswith("a folder of realms")
    assert says in told


def test_a_name_that_leads_through_a_file() -> None:
    write("f", "realm: a\n")

    (told,) = wrong("f/realm.yaml")

    assert "Not a directory" in told


def test_a_link_to_itself() -> None:
    Path("f").symlink_to("f")

    (told,) = wrong("f")

    assert "cannot read f: Too many levels of symbolic links" in told
