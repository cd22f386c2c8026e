"""Every rule of danger by a change that it warns of and a harmless neighbour that it does not; and its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from realmctl.analysis.danger import Transition, dangers, rule_set
from realmctl.config.lint import RULES
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.model.danger import Danger
from realmctl.model.sentence import Name, Sentence
from tests.cases.kinds.case import Case
from tests.support.case_file import CaseFile, case_paths

FOLDER = Path(__file__).parent / "cases"


def cases() -> Iterator[tuple[str, Case]]:
    for path in case_paths(FOLDER):
        for name, said in CaseFile.read(path).said.items():
            yield f"{path.stem}: {name}", Case(path, said)


CASES = dict(cases())


def told(sentence: Sentence) -> str:
    return "".join(f"'{part.text}'" if isinstance(part, Name) else part for part in sentence)


def transition(case: Case) -> Transition:
    demanded = {role: tuple(names) for role, names in (case.said.get("services") or {}).items()}
    desired, snapshot = replace(case.desired, demanded=demanded), case.snapshot
    comparison = compare(desired, snapshot)
    return Transition.of_plan(make_plan(comparison), comparison)


@cache
def of_case(name: str) -> Transition:
    return transition(CASES[name])


def found(case: Case) -> tuple[Danger, ...]:
    return dangers(transition(case))


def expected(case: Case) -> list[Mapping[str, Any]]:
    """`severity rule` or `severity rule: sentence`, one line each."""
    lines = [str(line).partition(": ") for line in case.said.get("dangers") or ()]
    return [{"what": what, "sentence": sentence} for what, _, sentence in lines]


@pytest.mark.parametrize("name", CASES)
def test_a_change_and_its_dangers(name: str) -> None:
    case = CASES[name]
    wanted = expected(case)
    got = [
        {"what": f"{one.severity.value} {one.rule}", "sentence": told(one.sentence)} for one in dangers(of_case(name))
    ]
    assert len(got) == len(wanted), got
    for one, want in zip(got, wanted, strict=True):
        assert one["what"] == want["what"], got
        if want["sentence"]:
            assert one["sentence"] == want["sentence"]


@pytest.mark.parametrize("rule", rule_set())
def test_every_rule_has_a_case_with_the_change_and_one_with_its_harmless_neighbour(rule: str) -> None:
    mine = [case for name, case in CASES.items() if name.startswith(f"{rule}: ")]
    named = [[want["what"].split()[1] for want in expected(case)] for case in mine]
    assert any(rule in names for names in named), f"no case in {rule}.yaml expects it"
    assert any(rule not in names for names in named), f"no case in {rule}.yaml is harmless"


@pytest.mark.parametrize("name", CASES)
def test_a_change_that_is_done_brings_no_danger(name: str) -> None:
    """A rule fires for what the change brings, never for what was there before."""
    whole = of_case(name)
    still = Transition(whole.after, whole.after, whole.changed, whole.desired, protected=whole.protected)
    assert dangers(still) == ()


PAGE = Path(__file__).parents[3] / "docs" / "dangers.md"


def test_the_page_tells_of_every_rule() -> None:
    page = PAGE.read_text(encoding="utf-8")
    headings = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    assert headings == list(rule_set())
    for rule in rule_set().values():
        section = page.partition(f"### {rule.id}\n")[2].partition("\n### ")[0]
        said = f"**{rule.severity.value}.** {rule.title}. {rule.why} *Instead:* {rule.instead}"
        assert " ".join(section.split()) == said


def test_no_rule_of_the_lint_has_the_name_of_a_danger() -> None:
    assert not set(rule_set()) & set(RULES)
