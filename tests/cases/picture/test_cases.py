"""The graph of who gets what by cases: files in, every arrow with its reason and place out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases.picture.case import Case, told
from tests.support.case_file import case_paths

CASES = case_paths(Path(__file__).parent / "cases")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_arrows(path: Path, tmp_path: Path) -> None:
    case = Case.read(path)
    picture = case.picture(tmp_path)
    assert list(told(picture)) == case.said["arrows"]
    assert list(picture.remarks) == (case.said.get("remarks") or [])
    keys = {node.key for node in picture.nodes}
    assert {edge.source for edge in picture.edges} | {edge.target for edge in picture.edges} <= keys
