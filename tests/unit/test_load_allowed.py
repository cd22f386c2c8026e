"""Comments that allow something are found beside whatever stands on their line, and nowhere inside a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.config.loader.suppressions import allowances

COMMENT = "# realmctl: allow ssl-none: a reason"
FOUND = {
    "behind a text": (f"a: x  {COMMENT}", 1, 7, 1),
    "behind an apostrophe": (f"a: {{ d: Anna's app }}  {COMMENT}", 1, 23, 1),
    "behind one that begins a word": (f"a: rock 'n roll  {COMMENT}", 1, 18, 1),
    "behind a quote in inches": (f'a: 5" wide  {COMMENT}', 1, 13, 1),
    "behind a quoted text": (f"a: 'it''s'  {COMMENT}", 1, 13, 1),
    "behind a quoted text with a hash": (f'"a#b": "x # y"  {COMMENT}', 1, 17, 1),
    "behind one that looks alike": ('a: "# realmctl: allow other: x"  ' + COMMENT, 1, 34, 1),
    "behind a tab": (f"a: x\t{COMMENT}", 1, 6, 1),
    "behind another comment": (f"a: x  # Anna's  {COMMENT}", 1, 17, 1),
    "alone": (f"{COMMENT}\n\n# more\na: x", 1, 1, 4),
    "alone, below a text of several lines": (f"a: |\n  it's\n{COMMENT}\nb: x", 3, 1, 4),
    "behind the head of a text of several lines": (f"a: |  {COMMENT}\n  it's\nb: x", 1, 7, 1),
    "in a file with a byte order mark": (f"\ufeffa: Anna's  {COMMENT}", 1, 12, 1),
    "in a file of comments": (COMMENT, 1, 1, 1),
    "in a file that is broken": (f"a: [x  {COMMENT}", 1, 8, 1),
}
NOT_FOUND = {
    "in double quotes": f'a: "x {COMMENT}"',
    "in single quotes": f"a: 'it''s x {COMMENT}'",
    "in quotes behind an anchor": f'a: &b "x {COMMENT}"',
    "in quotes that began a line before": f'a: "x\n  y {COMMENT}"',
    "in a text of several lines": f"a: |\n  x\n  {COMMENT}\nb: x",
    "in a key": f'"x {COMMENT}": y',
    "part of a word": f"a: x{COMMENT}",
}


@pytest.mark.parametrize(("text", "line", "column", "about"), FOUND.values(), ids=FOUND)
def test_found(text: str, line: int, column: int, about: int, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(text)

    (one,) = allowances([str(tmp_path / "r.yaml")])

    assert (one.rule, one.reason, one.lines) == ("ssl-none", "a reason", range(about, about + 1))
    assert (one.place.line, one.place.column) == (line, column)


@pytest.mark.parametrize("text", NOT_FOUND.values(), ids=NOT_FOUND)
def test_not_found(text: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(text)

    assert allowances([str(tmp_path / "r.yaml")]) == []
