"""Services behind the gateway: role rules that allow and deny, and programs that bring a token of their own."""

from __future__ import annotations

import pytest
import requests

from tests.gateway.changes import unguarded
from tests.gateway.seen import header
from tooling.gateway.stand.directory import ADA, NINA, OTTO
from tooling.gateway.stand.stand import Door, Stand


@pytest.mark.parametrize(
    ("login", "method", "path", "status"),
    [
        (ADA, "GET", "/echo/admin", 200),
        (ADA, "POST", "/echo/admin/deep/er", 200),
        (ADA, "GET", "/echo/orders", 403),  # runs the platform, and reads no orders
        (OTTO, "GET", "/echo/orders", 200),
        (OTTO, "HEAD", "/echo/orders/1", 200),
        (OTTO, "GET", "/echo/admin", 403),
        (NINA, "GET", "/echo", 200),
        (NINA, "GET", "/echo/administrator", 200),  # another path, though it begins alike
        (NINA, "GET", "/echo/admin", 403),
        (NINA, "GET", "/echo/admin/", 403),
        (NINA, "POST", "/echo/admin", 403),
        (NINA, "GET", "/echo/orders", 403),
        (NINA, "HEAD", "/echo/orders", 403),
        (NINA, "POST", "/echo/orders", 200),  # the rule is for reading
    ],
)
def test_the_rules_of_a_service_decide(stand: Stand, login: str, method: str, path: str, status: int) -> None:
    person = stand.known(login)
    assert person.send(method, path).status_code == status


def test_a_program_comes_in_with_its_own_token(stand: Stand) -> None:
    token = stand.token("echo-caller", "ECHO_CALLER_SECRET")
    answer = bearer(stand.door, token)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert header(answer.json(), "authorization") == f"Bearer {token}"
    assert answer.json()["claims"]["azp"] == "echo-caller"


def test_a_program_without_the_role_is_kept_out(stand: Stand) -> None:
    assert bearer(stand.door, stand.token("echo-caller", "ECHO_CALLER_SECRET"), "/echo/admin").status_code == 403


def test_a_token_that_is_for_nobody_here_does_not_come_in(stand: Stand) -> None:
    assert bearer(stand.door, stand.token("elsewhere", "ELSEWHERE_SECRET")).status_code in {401, 403}


def test_a_token_for_another_service_is_none_for_this_one(stand: Stand) -> None:
    """It passes the gateway, which lets every service's tokens in; the service's own policy tells them apart."""
    token = stand.token("orders-caller", "ORDERS_CALLER_SECRET")
    assert bearer(stand.door, token).status_code in {401, 403}
    with stand.changed(unguarded) as door:
        assert bearer(door, token).status_code == 200


def test_a_program_without_a_token_gets_no_login_page(stand: Stand) -> None:
    answer = bearer(stand.door, "nonsense")
    assert answer.status_code in {401, 403}
    assert "location" not in answer.headers


def bearer(door: Door, token: str, path: str = "/echo") -> requests.Response:
    """Without any cookie."""
    return door.person().send("GET", path, headers={"Authorization": f"Bearer {token}", "Accept": "*/*"})
