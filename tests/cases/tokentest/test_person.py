"""What is pure of a test's person: names on the server, what the profile asks for, what notes become."""

from __future__ import annotations

from typing import Any

import pytest

from realmctl.tokentest.broker import Person
from realmctl.tokentest.java import text_of
from realmctl.tokentest.names import PREFIX, names_for, own_names
from realmctl.tokentest.notes import add_notes
from realmctl.tokentest.profile import asked_for


def test_two_people_of_one_name_never_meet_and_the_token_shows_the_name() -> None:
    profile = {"username": "Zed", "email": "Zed@Acme.example"}
    one, other = names_for(profile), names_for(profile)
    assert {one.username, str(one.email)}.isdisjoint({other.username, str(other.email)})
    assert one.username.startswith(PREFIX)
    assert str(one.email).endswith("@acme.example")
    token = {"preferred_username": one.username, "deep": [{"mail": one.email, "level": 1}], "name": "Zed"}
    assert one.restored(token) == {
        "preferred_username": "zed",
        "deep": [{"mail": "zed@acme.example", "level": 1}],
        "name": "Zed",
    }


def test_a_person_without_an_address_gets_none() -> None:
    assert names_for({"username": "zed"}).email is None
    assert own_names({"username": "zed", "email": "z@a.b"}).shown == {}


MINE = {"view": ["admin", "user"], "edit": ["admin", "user"]}
LOCKED = {"view": ["user"], "edit": ["admin"]}


@pytest.mark.parametrize(
    ("attribute", "values", "asked"),
    [
        ({"permissions": MINE, "required": {}}, [], True),
        ({"permissions": MINE, "required": {}}, [" "], True),
        ({"permissions": MINE, "required": {}}, ["x"], False),
        ({"permissions": LOCKED, "required": {}}, [], False),
        ({"permissions": MINE, "required": {"roles": ["admin"]}}, [], False),
        ({"permissions": MINE, "required": {"roles": ["user"]}}, [], True),
        ({"permissions": MINE, "required": {"scopes": ["phone"]}}, [], False),
        ({"permissions": MINE, "required": {"scopes": ["openid"]}}, [], True),
        ({"permissions": MINE, "required": {}, "selector": {"scopes": ["phone"]}}, [], False),
        ({"permissions": MINE, "required": {}, "defaultValue": "x"}, [], False),
        ({"permissions": MINE}, ["a", "b"], True),
        ({"permissions": MINE, "multivalued": True}, ["a", "b"], False),
        ({"permissions": LOCKED}, ["a", "b"], False),
        ({"permissions": MINE, "validations": {"multivalued": {"max": "1"}}, "multivalued": True}, ["a", "b"], True),
        ({"permissions": MINE, "validations": {"length": {"min": 2, "max": "3"}}}, ["a"], True),
        ({"permissions": MINE, "validations": {"length": {"min": 2, "max": "3"}}}, ["abc"], False),
        ({"permissions": MINE}, ["x" * 2049], True),
        ({"permissions": MINE, "validations": {"integer": {"max": "9"}}}, ["1.5"], True),
        ({"permissions": MINE, "validations": {"integer": {"max": "9"}}}, ["7"], False),
        ({"permissions": MINE, "validations": {"double": {"max": "9"}}}, ["9.5"], True),
        ({"permissions": MINE, "validations": {"pattern": {"pattern": "[a-c]+"}}}, ["abd"], True),
        ({"permissions": MINE, "validations": {"options": {"options": ["a"]}}}, ["b"], True),
        ({"permissions": MINE, "validations": {"email": {}}}, ["b"], True),
        ({"permissions": MINE, "validations": {"person-name-prohibited-characters": {}}}, ["<b>"], True),
        ({"permissions": MINE, "validations": {"made by somebody": {}}}, ["b"], False),
    ],
    ids=str,
)
def test_what_a_profile_asks_for(attribute: dict[str, Any], values: list[str], asked: bool) -> None:
    made = Person(attributes={"level": values} if values else {})
    profile = {"attributes": [{"name": "level", **attribute}]}
    assert list(asked_for(profile, made, ["openid"], {})) == (["level"] if asked else [])


@pytest.mark.parametrize(
    ("name", "realm", "asked"),
    [
        ("email", {}, True),
        ("username", {}, False),
        ("username", {"editUsernameAllowed": True}, True),
        ("firstName", {}, False),
    ],
)
def test_fields_of_the_profile(name: str, realm: dict[str, Any], asked: bool) -> None:
    attribute: dict[str, Any] = {"name": name, "required": {"roles": ["user"]}}
    if name == "username":
        attribute["permissions"] = MINE
    assert list(asked_for({"attributes": [attribute]}, Person(), [], realm)) == ([name] if asked else [])


@pytest.mark.parametrize(
    ("config", "kind", "token"),
    [
        ({"access.token.claim": "true"}, "access", {"c": "7"}),
        ({"access.token.claim": "true"}, "id", {}),
        ({"id.token.claim": "true"}, "userinfo", {"c": "7"}),
        ({"id.token.claim": "true", "userinfo.token.claim": "false"}, "userinfo", {}),
        ({"access.token.claim": "true", "claim.name": r"a\.b.c", "jsonType.label": "int"}, "access", {"a.b": {"c": 7}}),
        ({"access.token.claim": "true", "jsonType.label": "boolean"}, "access", {"c": False}),
        ({"access.token.claim": "true", "jsonType.label": "JSON"}, "access", {"c": 7}),
        ({"access.token.claim": "true", "user.session.note": "other"}, "access", {}),
    ],
    ids=str,
)
def test_a_note_becomes_a_claim(config: dict[str, str], kind: str, token: dict[str, Any]) -> None:
    made: dict[str, Any] = {}
    mapper = {"config": {"claim.name": "c", "user.session.note": "n", **config}}
    add_notes(made, {"n": "7"}, [mapper], kind, light=False)
    assert made == token


def test_a_lightweight_token_has_a_note_where_its_own_switch_is_on() -> None:
    config = {"claim.name": "c", "user.session.note": "n", "access.token.claim": "true"}
    made: dict[str, Any] = {}
    add_notes(made, {"n": "7"}, [{"config": config}], "access", light=True)
    assert made == {}
    add_notes(made, {"n": "7"}, [{"config": {**config, "lightweight.claim": "true"}}], "access", light=True)
    assert made == {"c": "7"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (7, "7"),
        (1.5, "1.5"),
        (0.0, "0.0"),
        (1e7, "1.0E7"),
        (12345678.5, "1.23456785E7"),
        (1.5e-7, "1.5E-7"),
        (1e21, "1.0E21"),
        ([1, None, "a"], "[1, null, a]"),
        ({"a": [True]}, "{a=[true]}"),
    ],
)
def test_a_value_is_written_as_java_writes_it(value: Any, text: str) -> None:
    assert text_of(value) == text
