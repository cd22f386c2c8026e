"""The comparison of realms without a server: names for ids, order, exclusions, their page; what counts as refused."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from realmctl.admin import Admin, connection
from realmctl.errors import ApplyFailed, Broken, Conflict, NotFound, RealmctlError, ServerError, Unreachable
from tests.live.corpus import ServerTrouble, is_trouble, sort_of, tried
from tests.live.exclusions import excluded, page
from tests.live.naming import by_name, leaves, matches

A, B, C = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2, 3))
DOCS = Path(__file__).parents[2] / "docs" / "round-trips.md"


def _values(**sections: Any) -> dict[str, Any]:
    return {" › ".join(path): value for path, value in leaves(by_name({"realm": {}, **sections}))}


def test_a_reference_is_a_name() -> None:
    roles = [{"id": A, "name": "a", "composites": [B]}, {"id": B, "name": "b"}]
    other = [{"id": C, "name": "b"}, {"id": B, "name": "a", "composites": [C]}]
    assert _values(roles=roles) == _values(roles=other)
    assert _values(roles=roles)["roles › a › composites"] == ['"<roles › b>"']
    itself = [{"id": A, "name": "a", "composites": [A]}, {"id": B, "name": "b"}]
    assert _values(roles=roles) != _values(roles=itself)


def test_an_id_of_any_form_is_a_name_where_an_id_stands() -> None:
    one = {"id": "ldap", "name": "d", "providerId": "ldap", "providerType": "T"}
    found = _values(components=[{**one, "subComponents": [{**one, "name": "m", "parentId": "ldap", "id": A}]}])
    assert found["components › T d (ldap) › id"] == "<components › T d (ldap)>"
    assert found["components › T d (ldap) › providerId"] == "ldap"
    assert found["components › T d (ldap) › subComponents › T m (ldap) › parentId"] == "<components › T d (ldap)>"


def test_only_lists_with_an_order_are_compared_in_order() -> None:
    def profile(*names: str) -> dict[str, Any]:
        return {"attributes": [{"name": name} for name in names]}

    assert _values(userProfile=profile("a", "b")) != _values(userProfile=profile("b", "a"))
    assert _values(roles=[{"name": "a"}, {"name": "b"}]) == _values(roles=[{"name": "b"}, {"name": "a"}])
    assert _values(flows=[{"alias": "f", "executions": [{"alias": "x"}, {"alias": "y"}]}]) != _values(
        flows=[{"alias": "f", "executions": [{"alias": "y"}, {"alias": "x"}]}]
    )


def test_two_objects_of_one_name_are_both_compared() -> None:
    one = [{"name": "k", "priority": "1"}, {"name": "k", "priority": "2"}]
    assert _values(keys=one) == _values(keys=one[::-1])
    assert _values(keys=one) != _values(keys=one[:1])
    assert _values(keys=one) != _values(keys=[one[0], {**one[1], "priority": "3"}])


def test_a_text_of_json_is_what_it_says() -> None:
    one, other = ({"config": {"roles": text}} for text in ('[{"id":"a"},{"id":"b"}]', '[{"id": "b"}, {"id": "a"}]'))
    assert _values(policies=one) == _values(policies=other)
    assert _values(policies=one) != _values(policies={"config": {"roles": '[{"id":"a"}]'}})


def test_a_realm_attribute_that_repeats_a_field_is_none() -> None:
    field, attribute = "realm › clientSessionIdleTimeout", "realm › attributes › clientSessionIdleTimeout"

    def paths(text: str) -> set[str]:
        realm = {"clientSessionIdleTimeout": 0, "attributes": {"clientSessionIdleTimeout": text}}
        return {" › ".join(path) for path, _ in leaves(by_name({"realm": realm}))}

    assert paths("0") == {field}
    assert paths("1") == {field, attribute}


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a › *", ("a", "b"), True),
        ("a › *", ("a", "b", "c"), False),
        ("a › ** › c", ("a", "c"), True),
        ("a › ** › c", ("a", "b", "b", "c"), True),
        ("** › c", ("a", "c", "d"), False),
        ("a › x*", ("a", "xy"), True),
        ("a › x*", ("a", "y"), False),
    ],
)
def test_a_pattern_matches(pattern: str, path: tuple[str, ...], expected: bool) -> None:
    assert matches(path, pattern) is expected


def test_an_exclusion_leaves_its_neighbours_in() -> None:
    key = ("components", "KeyProvider k (rsa-generated)", "keys", "RS256 SIG")
    assert excluded((*key, "publicKey"))
    assert not excluded((*key, "algorithm"))
    assert not excluded(("components", "KeyProvider k (rsa)", *key[2:], "publicKey"))
    assert not excluded(("clients", "api", "secret"))


def test_the_page_has_the_tables_of_the_code() -> None:
    """`python -m tests.live.exclusions` prints them."""
    assert page() in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Unreachable("no answer"), True),
        (ServerError("bad gateway", status=502), True),
        (ServerError("starting", status=503), True),
        (ServerError("too late", status=504), True),
        (ServerError("too often", status=429), True),
        (ServerError("not JSON"), True),
        (Conflict("exists", status=409), True),
        (Broken("Keycloak answered 400 to POST: Database operation failed", status=400), True),
        (Broken("unknown_error", status=500), False),
        (ServerError("invalid flow", status=400), False),
        (NotFound("gone", status=404), False),
        (RealmctlError("a file"), False),
    ],
)
def test_a_broken_server_is_no_refusal(error: RealmctlError, expected: bool) -> None:
    assert is_trouble(error) is expected


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        ("http://a gave no complete answer within 60 s: nobody can tell whether this POST was carried out.", True),
        ("A gateway before Keycloak answered 502 to POST /x: nobody can tell whether it was carried out.", True),
        ("Keycloak answered 400 to POST /x: Database operation failed", True),
        ("Keycloak answered 500 to POST /x.", False),
        ("Keycloak answered 400 to POST /x: invalid flow", False),
    ],
)
def test_an_apply_that_failed_by_a_broken_server_is_no_fault(why: str, expected: bool) -> None:
    assert is_trouble(ApplyFailed(f"client/a could not be written: {why}", report=None)) is expected


def test_a_server_that_is_not_there_judges_no_realm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.live.corpus.ATTEMPTS", 1)
    where = {"KEYCLOAK_URL": "http://127.0.0.1:1", "KEYCLOAK_USER": "a", "KEYCLOAK_PASSWORD": "b"}
    with closing(Admin(connection({"timeout": 1}, where))) as admin, pytest.raises(ServerTrouble):
        tried(admin, {"realm": "x"})


def test_refusals_of_one_cause_are_one_sort() -> None:
    assert sort_of("Unable to find group 'a' of 0000000a-0000-4000-8000-000000000000") == sort_of(
        "Unable to find group 'b' of 0000000b-0000-4000-8000-000000000000"
    )
