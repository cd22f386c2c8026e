"""What answers and refusals are told as."""

from __future__ import annotations

import json

import pytest

from realmctl.errors import Broken, Conflict, NotFound, ServerError, Unreachable
from realmctl.keycloak.admin.answers import Answer, read, refuse, words
from realmctl.keycloak.admin.connection_settings import Connection
from realmctl.keycloak.admin.response_shapes import shape_problem
from realmctl.keycloak.admin.retries import PassingError
from realmctl.keycloak.admin.rights import needed_roles
from realmctl.keycloak.admin.transport import Reply
from realmctl.model.secret import register

HERE = Connection("https://sso.example.com/auth", user="ann")


def reply(status: int, body: object = None, **headers: str) -> Reply:
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {"Content-Type": "text/html" if isinstance(body, bytes) else "application/json"}
    return Reply(status, {**kind, **headers}, content, f"{HERE.url}/admin/realms/r/roles")


def test_what_was_created_is_told_by_its_location() -> None:
    made = reply(201, Location=f"{HERE.url}/admin/realms/r/roles/a%2Fb%20c?x=1")
    assert read(made, "POST", ("r", "roles")) == Answer(201, "a/b c", None)


def test_a_page_is_no_answer() -> None:
    with pytest.raises(ServerError, match="answered 200 with text/html, which is not Keycloak's Admin API"):
        read(reply(200, b"<html>canary</html>"), "GET", ("r", "roles"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errorMessage": "in use", "error": "x"}, "in use"),
        ({"error": "invalid_grant", "error_description": "Account disabled"}, "Account disabled"),
        ({"error": "Could not find role"}, "Could not find role"),
        ({"errors": [{"errorMessage": "too short"}, {"errorMessage": "too red"}, "?"]}, "too short; too red"),
        ({"errorMessage": "two\n  lines"}, "two lines"),
        ({"errorMessage": "bad value canary-1 for canary-12"}, "bad value (secret) for (secret)"),
        ({"error": {"nested": 1}}, ""),
        ([], ""),
        ("text", ""),
    ],
)
def test_keycloaks_words(body: object, said: str) -> None:
    register("canary-1")
    register("canary-12")
    assert words(json.dumps(body).encode()) == said


def test_words_of_any_length_stay_readable() -> None:
    assert len(words(json.dumps({"error": "x" * 10_000}).encode())) == 500


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (409, Conflict), (400, ServerError), (500, Broken)])
def test_refusals_carry_status_and_words(status: int, kind: type[ServerError]) -> None:
    error = refuse(reply(status, {"errorMessage": "because"}), "PUT", ("r", "roles", "x"), HERE)
    assert type(error) is kind
    assert isinstance(error, ServerError)
    assert error.status == status
    assert str(error) == f"Keycloak answered {status} to PUT /admin/realms/r/roles/x: because"


def test_what_the_database_refused_is_the_servers_failure_whatever_the_status() -> None:
    error = refuse(reply(400, {"error": "Database operation failed"}), "POST", (), HERE)
    assert isinstance(error, Broken)
    assert "Keycloak's own log" in error.advice


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", ("r", "roles", "x")), ("GET", ("r", "clients", "x", "service-account-user"))],
)
def test_what_lost_against_another_transaction_is_asked_again(method: str, path: tuple[str, ...]) -> None:
    lost = refuse(reply(409, {"errorMessage": "because"}), method, path, HERE)
    assert isinstance(lost, PassingError)
    assert not lost.sent
    assert isinstance(lost.error, Conflict)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateways_answer_leaves_a_write_in_doubt_and_not_a_read(status: int) -> None:
    write = refuse(reply(status, b"<html>"), "POST", ("r", "roles"), HERE)
    look = refuse(reply(status, b"<html>"), "GET", ("r", "roles"), HERE)
    assert isinstance(write, PassingError)
    assert isinstance(look, PassingError)
    assert write.sent
    assert isinstance(write.error, Unreachable)
    assert write.error.ambiguous
    assert not isinstance(look.error, Unreachable)


def test_too_many_requests_leave_nothing_in_doubt() -> None:
    error = refuse(reply(429, **{"Retry-After": "4"}), "POST", ("r", "roles"), HERE)
    assert isinstance(error, PassingError)
    assert (error.sent, error.wait) == (False, 4)


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", ("r",), "view-realm"),
        ("PUT", ("r",), "manage-realm"),
        ("GET", ("r", "users", "profile"), "view-realm"),
        ("POST", ("r", "clients", "c", "scope-mappings", "realm"), "manage-clients and manage-realm"),
        ("POST", ("r", "clients", "c", "scope-mappings", "clients", "d"), "manage-clients"),
        ("PUT", ("r", "default-groups", "g"), "manage-realm"),
        ("PUT", ("r", "groups", "g"), "manage-users"),
        ("GET", ("r", "workflows"), "realm-admin"),
        ("POST", ("r", "clients", "c", "authz", "resource-server", "scope"), "manage-clients"),
    ],
)
def test_roles(method: str, path: tuple[str, ...], role: str) -> None:
    assert needed_roles(method, path) == role


@pytest.mark.parametrize("path", ["users", "groups"])
def test_a_count_is_no_object(path: str) -> None:
    assert shape_problem(("shop", path, "count"), 5) == ""
    assert shape_problem(("shop", path, "6f1d6d0e"), 5) == "with a number, which has no 'id'"
