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


@pytest.mark.parametrize(("composites", "code", "told"), [("[]", Exit.OK, ""), ("[nope]", Exit.FAILED, "not clean: ")])
def test_files_that_are_not_proven_are_written_and_fail(
    composites: str, code: Exit, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "import.yaml"
    source.write_text(f"realm: x\nroles: {{ realm: [{{ name: a, composites: {{ realm: {composites} }} }}] }}\n")
    assert run(["export", "--from", str(source), "-o", str(tmp_path / "out")]) == code
    assert told in capsys.readouterr().err
    assert (tmp_path / "out" / "realm.yaml").exists()
