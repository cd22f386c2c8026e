"""docs/entra.md names every rule, every cloud and every variable, and nothing that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from realmctl.integrations.entra.access import GRAPHS
from realmctl.integrations.entra.finding import SEVERITIES
from realmctl.integrations.entra.rules import RULES
from tests.cases.entra.case import HERE, Case

PAGE = (Path(__file__).parents[3] / "docs" / "entra.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| `([a-z-]+)` \| ([a-z, ]+) \|", PAGE, re.MULTILINE))


def test_every_rule_is_in_the_table() -> None:
    assert list(TABLE) == list(RULES)
    assert {word for severities in TABLE.values() for word in severities.split(", ")} == set(SEVERITIES)


@pytest.mark.parametrize("path", sorted((HERE / "cases").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_rules_severities_are_told(path: Path) -> None:
    for line in Case.read(path).said.get("remarks") or ():
        severity, rule, *_ = line.split()
        assert severity in TABLE[rule].split(", "), rule


def test_every_cloud_is_told() -> None:
    assert [graph for graph in set(GRAPHS.values()) if f"`{graph}`" not in PAGE] == []


def test_every_variable_is_told() -> None:
    entra = Path(__file__).parents[3] / "realmctl" / "integrations" / "entra"
    source = (entra / "access.py").read_text(encoding="utf-8")
    variables = set(re.findall(r'"((?:AZURE|REALMCTL|KEYCLOAK)_[A-Z_]+)"', source))
    commands = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
    assert variables
    assert [name for name in sorted(variables) if f"`{name}`" not in PAGE + commands] == []
