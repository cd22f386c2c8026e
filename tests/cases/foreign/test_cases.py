"""Files of other tools, each with the files of realmctl that declare exactly that, or with what is refused, and where.

A case has `source` (texts by file name), and what is expected: `files` (data by file name, all of them), `refused` (a
line each: place and a part of the message) and `notes` (parts of texts on stderr). `arguments` are further arguments,
`environment` holds variables.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from realmctl.cli.main import run
from realmctl.errors import Exit
from tests.support.case_file import CaseFile, case_paths

CASES = case_paths(Path(__file__).parent / "cases")


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_a_source_is_declared_exactly_or_refused(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CaseFile.read(path).said
    monkeypatch.chdir(tmp_path)
    for name, value in case.get("environment", {}).items():
        monkeypatch.setenv(name, value)
    for name, text in case["source"].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    tops = dict.fromkeys(name.partition("/")[0] for name in case["source"])
    sources = [part for name in tops for part in ("--from", name)]
    code = run(["export", *case.get("arguments", ()), *sources, "-o", "out"])
    told = capsys.readouterr().err
    made = {one.relative_to("out").as_posix(): yaml.safe_load(one.read_text()) for one in Path("out").rglob("*.yaml")}
    assert code == case.get("exit", Exit.FAILED if "refused" in case and "files" not in case else Exit.OK), told
    assert made == case.get("files", {})
    for line in case.get("refused", ()):
        place, _, message = line.partition(" ")
        assert any(place in one and message in one for one in told.splitlines()), (line, told)
    if "refused" in case and "files" not in case:
        assert told.count("[not-translated]") + told.count("[two-values]") == len(case["refused"]), told
    for text in case.get("notes", ()):
        assert text in told
    for secret in case.get("secrets", ()):
        assert not [one for one in Path("out").rglob("*") if one.is_file() and secret in one.read_text()]
        assert secret not in told
