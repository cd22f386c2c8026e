"""The rules, held against the cases in `cases/`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from realmctl.entra.rules import RULES
from tests.entra.case import HERE, Case, told

CASES = sorted((HERE / "cases").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case(path: Path, tmp_path: Path) -> None:
    case = Case.read(path)
    remarks = case.remarks(tmp_path)
    assert [told(one) for one in remarks] == (case.said.get("remarks") or [])
    commands = dict.fromkeys(one.fix.az for one in remarks if one.fix)
    assert list(commands) == (case.said.get("az") or [])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_remark_shows_the_secret(path: Path, tmp_path: Path) -> None:
    case = Case.read(path)
    secret = str(case.said.get("secret", "abc-of-the-realm"))
    assert secret not in repr(case.remarks(tmp_path))


def test_every_rule_has_a_case() -> None:
    said = {line.split()[1] for path in CASES for line in yaml.safe_load(path.read_text()).get("remarks") or ()}
    assert sorted(set(RULES) - said) == []
    assert sorted(said - set(RULES)) == []
