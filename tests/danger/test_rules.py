"""Every rule of danger by a change that it warns of and a harmless neighbour that it does not; and its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from realmctl.danger import Transition, dangers, rule_set
from realmctl.model.danger import Danger
from realmctl.model.sentence import Name, Sentence
from tests.case_file import CaseFile
from tests.kinds.case import Case

FOLDER = Path(__file__).parent / "cases"


def cases() -> Iterator[tuple[str, Case]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for name, said in CaseFile.read(path).said.items():
            yield f"{path.stem}: {name}", Case(path, said)


CASES = dict(cases())


def told(sentence: Sentence) -> str:
    return "".join(f"'{part.text}'" if isinstance(part, Name) else part for part in sentence)


def found(case: Case) -> tuple[Danger, ...]:
    from dataclasses import replace

    demanded = {role: tuple(names) for role, names in (case.said.get("services") or {}).items()}
    desired, snapshot = replace(case.desired, demanded=demanded), case.snapshot
    return dangers(Transition.of_plan(case.plan, desired, snapshot))


def expected(case: Case) -> list[Mapping[str, Any]]:
    """`severity rule` or `severity rule: sentence`, one line each."""
    lines = [str(line).partition(": ") for line in case.said.get("dangers") or ()]
    return [{"what": what, "sentence": sentence} for what, _, sentence in lines]


@pytest.mark.parametrize("name", CASES)
def test_a_change_and_its_dangers(name: str) -> None:
    case = CASES[name]
    wanted = expected(case)
    got = [{"what": f"{one.severity.value} {one.rule}", "sentence": told(one.sentence)} for one in found(case)]
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
    case = CASES[name]
    whole = Transition.of_plan(case.plan, case.desired, case.snapshot)
    still = Transition(whole.after, whole.after, whole.changed, whole.desired, protected=whole.protected)
    assert dangers(still) == ()
