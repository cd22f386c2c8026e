"""`realmctl export --from`: the exit code says whether the files were written, and whether they are proven."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.cli.main import run
from realmctl.errors import Exit


def test_a_file_of_realmctls_own_is_refused_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "realm.yaml"
    source.write_text("realm: x\nroles: { a: {} }\n", encoding="utf-8")
    assert run(["export", "--from", str(source), "-o", str(tmp_path / "out")]) == Exit.USAGE
    assert "roles holds 'a'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_declared_is_refused_with_its_place_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "import.yaml"
    source.write_text("realm: x\nclients:\n  - name: by its name\n", encoding="utf-8")
    assert run(["export", "--from", str(source), "-o", str(tmp_path / "out")]) == Exit.FAILED
    assert f"{source}:3:5: error: realmctl cannot declare a client without clientId" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
