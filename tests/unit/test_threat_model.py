"""The threat model names tests that exist, and every part of it names one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w./-]+)(?:::(\w+))?`", PAGE)))
ROWS = [line.split(" | ") for line in PAGE.partition("## Accounts")[2].splitlines() if line.startswith("| ")]


@pytest.mark.parametrize(("file", "test"), NAMED, ids="::".join)
def test_a_named_test_exists(file: str, test: str) -> None:
    path = ROOT / file
    assert path.exists(), f"{file} is gone: name the test that proves it now"
    assert not test or f"def {test}(" in path.read_text(encoding="utf-8"), f"{file} has no {test}"


def test_every_threat_has_what_holds_it_and_a_test() -> None:
    threats = [row for row in ROWS if not row[0].startswith(("| threat", "|---"))]
    assert len(threats) >= 20
    assert not [row[0] for row in threats if len(row) != 3 or "tests/" not in row[2]]
