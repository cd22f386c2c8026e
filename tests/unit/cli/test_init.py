"""`init` writes a realm that is ready to be planned, keeps its secret private, and overwrites nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from realmctl.cli.main import run
from realmctl.errors import Exit


def test_the_secret_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert run(["init", str(tmp_path / "mine")]) == Exit.OK
    finally:
        os.umask(before)
    secrets = [path for path in (tmp_path / "mine" / ".secrets").iterdir() if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in secrets] == [0o600]
    assert run(["validate", str(tmp_path / "mine")]) == Exit.OK


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "team.yaml"
    mine.write_text("mine")
    assert run(["init", str(tmp_path)]) == Exit.USAGE
    assert "team.yaml exists already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["team.yaml"]
    assert mine.read_text() == "mine"
