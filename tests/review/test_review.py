"""Reviews by cases: declared and live in; what changes in words, in tokens, and what to look at twice out."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.model.review import Review
from realmctl.model.sentence import Name, Sentence
from realmctl.render.plan_markdown import markdown
from realmctl.review import review
from tests.kinds.case import Case

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def told(sentence: Sentence) -> str:
    return "".join(f"'{part.text}'" if isinstance(part, Name) else part for part in sentence)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_plan_in_words(path: Path) -> None:
    case = Case.read(path)
    found = review(case.plan, case.desired, case.snapshot)
    for part in ("words", "tokens", "risks"):
        assert [told(sentence) for sentence in getattr(found, part)] == (case.said.get(part) or []), part


EVIL = "`x` @everyone </details> **b** \n# h"


def test_names_are_never_read_as_markup() -> None:
    case = Case.read(CASES[0])
    sentence = ("The role ", Name(EVIL), " goes.")
    page = markdown([case.plan], reviews={case.plan.realm: Review((sentence,), (sentence,), (sentence,), (sentence,))})
    lines = [line for line in page.splitlines() if line.startswith("- The role ")]
    assert len(lines) == 4
    assert set(lines) == {"- The role `` `x` @everyone </details> **b** \\n# h `` goes."}
