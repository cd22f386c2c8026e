"""The loader of cases: what it reads, and that a broken file is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.case_file import BrokenCaseError, CaseFile, case_paths, read_case_list


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: [\n", ":3: did not find expected node content"),
        ("a: 1\nb: 2\na: 3\n", ":3: the key 'a' stands twice"),
        ("a: {b: 1, b: 2}\n", ":1: the key 'b' stands twice"),
        ("- a\n", ":1: a file of cases is a map, not list"),
        ("", ":1: a file of cases is a map, not NoneType"),
    ],
)
def test_a_broken_case_is_told_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenCaseError) as error:
        CaseFile.read(path)
    assert str(error.value).startswith(f"{path}{told}")


def test_cases_are_read_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("a: {x: 1}\n", encoding="utf-8")
    (tmp_path / "a.yaml").write_text("- {x: 1}\n", encoding="utf-8")
    first, second = case_paths(tmp_path)
    assert read_case_list(first) == [{"x": 1}]
    assert CaseFile.read(second).said == {"a": {"x": 1}}
    with pytest.raises(BrokenCaseError, match="a list of maps"):
        read_case_list(second)
    with pytest.raises(BrokenCaseError, match="holds no cases"):
        case_paths(tmp_path / "nowhere")
