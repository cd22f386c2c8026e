"""What is pure of the tests of tokens, by cases: comparing a token, and what a broker's mappers make of claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from realmctl.errors import BadConfig, Place, RealmctlError
from realmctl.keycloak.token_contents import splits
from realmctl.model.objects import Written
from realmctl.model.test_result import Failure, Verdict, Verdicts
from realmctl.model.token_test import Expected, TokenTest
from realmctl.render import token_tests as render
from realmctl.tokentest.broker import person
from realmctl.tokentest.cases import cases
from realmctl.tokentest.judge import differences
from tests.support.case_file import read_cases

FOLDER = Path(__file__).parent / "cases"
JUDGE = read_cases(FOLDER / "judge.yaml")
BROKER = read_cases(FOLDER / "broker.yaml")
HERE = Place("realm.yaml", 3, 5)


@pytest.mark.parametrize("case", JUDGE["cases"], ids=lambda case: str(case["expect"]))
def test_a_token_beside_what_is_expected(case: dict[str, Any]) -> None:
    found = differences(Expected.model_validate(case["expect"]), JUDGE["token"])
    assert [f"{'.'.join(map(str, one.path))}: {one.message}" for one in found] == case["differences"]


@pytest.mark.parametrize("case", BROKER["cases"], ids=lambda case: str(case["why"]))
def test_what_a_first_login_makes_of_claims(case: dict[str, Any]) -> None:
    mappers = [{"name": kind, "identityProviderMapper": kind, "config": config} for kind, config in case["mappers"]]
    provider = {"alias": "entra", "trustEmail": case.get("trustEmail", False), **case.get("provider", {})}
    made = person({**BROKER["claims"], **case.get("claims", {})}, provider, mappers)
    assert made.roles == case.get("roles", [])
    assert made.groups == case.get("groups", [])
    assert made.attributes == case.get("attributes", {})
    if "user" in case:
        assert made.profile == case["user"]
    if "taken" in case:
        assert list(map(list, made.taken)) == case["taken"]
    for part in {"notes", "unread"} & case.keys():
        assert getattr(made, part) == case[part]


def test_a_mapper_whose_effect_is_not_known_is_told() -> None:
    mapper = {"name": "github", "identityProviderMapper": "github-user-attribute-mapper", "config": {}}
    with pytest.raises(RealmctlError, match=r"what the mapper github \(github-user-attribute-mapper\) does"):
        person({}, {}, [mapper])


@pytest.mark.parametrize(
    ("claims", "provider", "config", "told"),
    [
        ({}, {"enabled": False}, {}, "entra is disabled"),
        ({}, {"linkOnly": True}, {}, "entra is linkOnly"),
        ({"given_name": 7}, {}, {}, "the claim given_name is not a text, and the login fails"),
        ({"preferred_username": " "}, {}, {}, "the person has no user name, and the login ends with an error"),
        ({}, {}, {"template": "x${CLAIM.upn}"}, "the person has no user name, and the login ends with an error"),
        ({"sub": "a$1"}, {}, {"template": "${CLAIM.sub}"}, r"has \$ or \\ in it, and the login fails"),
        ({}, {}, {"template": "${UUID}"}, "another one at each login"),
    ],
    ids=str,
)
def test_a_login_that_fails_is_told(claims: Any, provider: Any, config: Any, told: str) -> None:
    mapper = {"name": "n", "identityProviderMapper": "oidc-username-idp-mapper", "config": config}
    with pytest.raises(RealmctlError, match=told):
        person({"sub": "1", **claims}, {"alias": "entra", **provider}, [mapper] if config else [])


def test_where_addresses_are_user_names_a_person_needs_one() -> None:
    assert person({"sub": "1", "email": "A@b.c"}, {}, [], email_as_username=True).profile["username"] == "a@b.c"
    with pytest.raises(RealmctlError, match="the person has no e-mail address"):
        person({"sub": "1"}, {}, [], email_as_username=True)


def test_a_role_with_dots_is_tried_as_keycloak_tries_it() -> None:
    assert list(splits("a.b.c")) == [("a.b", "c"), ("a", "b.c")]
    assert list(splits("plain")) == []


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"expect": {}},
        {"expect": {"audience": "a"}, "given": {"serviceAccount": "a", "roles": ["b"]}},
        {"expect": {"audience": "a"}, "given": {"broker": {"claims": {"a": 1}}}},
        {"expect": {"audience": "a"}, "given": {"entra": {}, "broker": {"provider": "x"}}},
        {"expect": {"lifetime": "soon"}},
        {"expect": {"audience": "a"}, "token": "refresh"},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TokenTest.model_validate(said)


def test_what_nothing_says_is_asked_for() -> None:
    test = TokenTest.model_validate({"given": {"entra": {"appRoles": ["A"]}}, "expect": {"audience": "a"}})
    with pytest.raises(BadConfig) as wrong:
        cases({"one": test}, Written(HERE))
    assert [finding.message for finding in wrong.value.findings] == [
        "'one' does not say which client asks, and there is no oauth2Proxy",
        "'one' comes from Entra, which these files don't declare",
    ]
    (case,) = cases({"one": test}, Written(HERE), gateway="oauth2-proxy", entra="entra")
    assert (case.client, case.provider) == ("oauth2-proxy", "entra")


def verdict(name: str, *messages: str, asked: bool = True) -> Verdict:
    return Verdict(name, HERE, "c", tuple(Failure(one, HERE) for one in messages), {"aud": "a"} if asked else {}, asked)


TESTED = [
    Verdicts(
        "shop",
        True,
        (verdict("good"), verdict("<bad> & \x07", "a is\x1b not b", "no c"), verdict("x", "y", asked=False)),
    )
]


def test_the_text_says_what_failed_and_where() -> None:
    assert render.text(TESTED) == (
        "FAILED  <bad> & \\x07  (realm.yaml:3:5)\n    realm.yaml:3:5: a is\\x1b not b\n    realm.yaml:3:5: no c\n"
        "FAILED  x  (realm.yaml:3:5)\n    realm.yaml:3:5: y\nshop as it will be: 2 of 3 tests failed.\n"
    )


def test_junit_is_xml_whatever_the_names() -> None:
    from xml.etree import ElementTree as ET

    (suite,) = ET.fromstring(render.junit(TESTED).partition("\n")[2])
    assert suite.attrib == {"name": "shop", "tests": "3", "failures": "1", "errors": "1"}
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["error"]]
    assert suite[1].attrib["name"] == "<bad> & \\x07"


def test_junit_is_there_where_no_test_could_be_asked() -> None:
    from xml.etree import ElementTree as ET

    from realmctl.errors import BadConfig, Finding, Unreachable

    for error, told in (
        (Unreachable("no answer \x07", advice="wait"), "no answer \\x07\nwait"),
        (BadConfig([Finding("a", "one", HERE), Finding("b", "two")]), "realm.yaml:3:5: error: one [a]\nerror: two [b]"),
    ):
        (suite,) = ET.fromstring(render.junit_error(error).partition("\n")[2])
        assert (suite.attrib["errors"], suite[0][0].tag, suite[0][0].text) == ("1", "error", told)
