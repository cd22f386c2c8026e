"""Policies by cases: files of a base and what a change makes of them; sentences and dangers out.

A case without `dangers` is harmless: no rule may fire.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from realmctl.analysis.access import RULES, Policy, compare, nothing_of
from realmctl.analysis.access.gateway import SERVICE
from realmctl.analysis.access.guards import _variables
from realmctl.config.loader.management_keys import Frame
from realmctl.integrations.gateway.values import Service
from realmctl.workflow.comparison_base import RELEASED, UNKNOWN
from tests.cases.policy.scene import FILES, edited, policy, told
from tests.support.case_file import case_paths, read_cases

CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {name}": case
    for path in case_paths(Path(__file__).parent / "cases")
    for name, case in read_cases(path).items()
}


def sides(case: dict[str, Any], folder: Path) -> tuple[Policy, Policy]:
    base = edited(FILES, case.get("base") or [])
    return policy(folder / "base", base), policy(folder / "head", edited(base, case.get("edit") or []))


@pytest.mark.parametrize("name", CASES)
def test_a_change_beside_its_base(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    sentences, dangers = compare(*sides(case, tmp_path))
    found = [f"{one.severity.value} {one.rule}: {told(one.sentence)}" for one in dangers]
    assert found == (case.get("dangers") or [])
    if case.get("without") != "sentences":
        assert [told(one) for one in sentences] == (case.get("sentences") or [])
    assert all(one.place is None or str(tmp_path / "head") in one.place.file for one in dangers)


def test_every_rule_has_a_case() -> None:
    fired = {line.split()[1].rstrip(":") for case in CASES.values() for line in case.get("dangers") or ()}
    assert set(RULES) - fired == {"guard-changed", "guard-variables-added"}


class Later(Frame):
    """The keys of a later version."""

    newGuard: tuple[str, ...] = ()
    variables: list[str] | None = None


def test_a_key_that_no_comparison_knows_is_never_unseen(tmp_path: Path) -> None:
    before, after = (
        Policy(replace(config, frame=Later(realm="platform", newGuard=value)))
        for config, value in (
            (policy(tmp_path / "a", FILES).config, ("x",)),
            (policy(tmp_path / "b", FILES).config, ("y",)),
        )
    )
    _, dangers = compare(before, after)
    assert [(one.rule, told(one.sentence)) for one in dangers] == [
        ("guard-changed", "realmctl's setting 'newGuard' loses 'x'."),
        ("guard-changed", "realmctl's setting 'newGuard' gets 'y'."),
    ]


@pytest.mark.parametrize(
    ("was", "now", "wanted"),
    [
        (None, ["A"], [": The files may read these environment variables alone: 'A'."]),
        (
            ["A"],
            None,
            ["guard-variables-added: The files may read every environment variable: the list 'variables' is gone."],
        ),
        (["A"], ["A", "B_*"], ["guard-variables-added: The files may read other environment variables: 'B_*'."]),
        (["A", "B"], ["A"], [": The files may no longer read the environment variables 'B'."]),
        (["A", "B"], ["B", "A"], []),
    ],
)
def test_which_variables_files_may_read(
    was: list[str] | None, now: list[str] | None, wanted: list[str], tmp_path: Path
) -> None:
    config = policy(tmp_path / "a", FILES).config
    before, after = (Policy(replace(config, frame=Later(realm="platform", variables=one))) for one in (was, now))
    assert [f"{one.rule}: {told(one.sentence)}" for one in _variables(before, after, "variables")] == wanted


def test_every_part_of_a_service_is_compared_by_its_meaning() -> None:
    assert set(Service.model_fields) == SERVICE


def test_there_are_cases_of_both_sorts() -> None:
    harmless = [name for name, case in CASES.items() if not case.get("dangers")]
    assert len(CASES) >= 60
    assert len(harmless) >= 20


def test_a_danger_leads_to_its_place(tmp_path: Path) -> None:
    case = {"edit": [{"from": "hosts: [apps.example.com]", "to": "hosts: [apps.example.com, new.example.com]"}]}
    _, (danger,) = compare(*sides(case, tmp_path))
    assert str(danger.place).endswith("head/realm.yaml:4:3")


def test_a_realm_without_a_base_says_what_it_opens(tmp_path: Path) -> None:
    after = policy(
        tmp_path / "new", {"realm.yaml": FILES["realm.yaml"] + "prune: { clients: all }\n" + FILES["orders.yaml"]}
    )
    sentences, dangers = compare(nothing_of(after), after)
    assert [one.rule for one in dangers] == ["guard-prune-added"]
    assert "People with the role 'reader' can now reach '/orders' and below" in told(sentences[0])


def test_every_rule_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
    assert not [
        rule.id for rule in RULES.values() if f"| `{rule.id}` | {rule.severity.value} | {rule.about} |" not in page
    ]
    assert all(f"| `{rule}` |" in page for rule in (UNKNOWN, RELEASED))
