"""A disk that fills up while an apply runs: the apply goes on, and its end says that the journal is not complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.engine.apply.journal import Journal
from realmctl.model import output


def test_a_disk_that_fills_up_is_a_problem_of_the_journal_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = [2]

    def add(self: output.LineFile, line: str) -> None:
        if not room[0]:
            raise OSError(28, "No space left on device")
        room[0] -= 1
        written(self, line)

    written = output.LineFile.add
    monkeypatch.setattr(output.LineFile, "add", add)
    path = tmp_path / "journal"
    with Journal(path) as journal:
        for number in range(5):
            journal.write("request", number=number)
        assert journal.problem == f"The journal {path} is not complete: No space left on device."
    assert len(path.read_text().splitlines()) == 2
