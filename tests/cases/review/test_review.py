"""Reviews by cases: declared and live in; what changes in words and in tokens out."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.analysis.review import review
from realmctl.model.danger import Danger, Severity
from realmctl.model.review import Review
from realmctl.model.sentence import Name, Sentence
from realmctl.render.plan_markdown import markdown
from tests.cases.kinds.case import Case
from tests.support.case_file import case_paths

CASES = case_paths(Path(__file__).parent / "cases")


def told(sentence: Sentence) -> str:
    return "".join(f"'{part.text}'" if isinstance(part, Name) else part for part in sentence)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_plan_in_words(path: Path) -> None:
    case = Case.read(path)
    found = review(case.plan, case.comparison)
    for part in ("words", "tokens"):
        assert [told(sentence) for sentence in getattr(found, part)] == (case.said.get(part) or []), part


def test_a_review_tells_the_dangers_of_the_plan() -> None:
    case = Case.read(Path(__file__).parent / "cases" / "roles.yaml")
    first = review(case.plan, case.comparison).dangers[0]
    assert (first.severity, first.rule) == (Severity.CRITICAL, "realm-admin-gained")


EVIL = "`x` @everyone </details> **b** \n# h"


def test_names_are_never_read_as_markup() -> None:
    case = Case.read(CASES[0])
    sentence = ("The role ", Name(EVIL), " goes.")
    danger = Danger("realm-admin-gained", Severity.CRITICAL, sentence)
    seen = Review((sentence,), (sentence,), (sentence,), (danger,))
    page = markdown([case.plan], reviews={case.plan.realm: seen})
    lines = [line for line in page.splitlines() if " The role " in line]
    assert len(lines) == 4
    assert {line.replace("**critical** `realm-admin-gained`: ", "") for line in lines} == {
        "- The role `` `x` @everyone </details> **b** \\n# h `` goes."
    }
