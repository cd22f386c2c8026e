"""The rules, held against the cases in `cases/`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from realmctl.integrations.entra.check import RegistrationCheck
from realmctl.integrations.entra.rules import RULES, check
from realmctl.render.entra import document
from realmctl.render.entra import roles as listing
from realmctl.render.entra.schema import check_schema, roles_schema
from tests.cases.entra.case import HERE, NOW, Case, told
from tests.support.case_file import read_cases

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


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_its_json_is_as_published(path: Path, tmp_path: Path) -> None:
    case = Case.read(path)
    want, registration = case.want(tmp_path), case.registration
    told = json.loads(document([RegistrationCheck(want, registration, check(want, registration, NOW), NOW)]))
    assert [error.message for error in Draft202012Validator(check_schema()).iter_errors(told)] == []
    if registration.application:
        roles = json.loads(listing.json([listing.list_roles("r", want.word, want.client_id, registration)]))
        assert [error.message for error in Draft202012Validator(roles_schema()).iter_errors(roles)] == []


def test_every_rule_has_a_case() -> None:
    said = {line.split()[1] for path in CASES for line in read_cases(path).get("remarks") or ()}
    assert sorted(set(RULES) - said) == []
    assert sorted(said - set(RULES)) == []
