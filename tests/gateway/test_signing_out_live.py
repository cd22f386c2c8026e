"""Where a logout ends, and what of Keycloak people reach beside a login: no account console."""

from __future__ import annotations

from typing import Any

from tests.gateway.changes import one
from tests.gateway.test_paths_live import ask
from tooling.gateway.stand.directory import OTTO
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.person import status
from tooling.gateway.stand.stand import Stand

ACCOUNT = "/auth/realms/platform/account/"


def test_who_has_signed_out_is_told_and_finds_the_way_back(stand: Stand) -> None:
    person = stand.door.person(OTTO)
    person.open("/echo")
    page = person.open(str(stand.charts.values["hosts"][0]["logout"]))
    assert (page.status_code, page.url) == (200, f"{stand.charts.origin}/oauth2/signed_out")
    assert "You are signed out" in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "strict-transport-security" in page.headers
    back = page.text.partition('href="')[2].partition('"')[0]
    assert person.asked_for_password == 1
    assert person.open(back).json()["path"] == "/echo"
    assert person.asked_for_password == 2


def test_the_page_is_one_address_and_lets_nobody_in(stand: Stand) -> None:
    for path in ("/oauth2/signed_out/x", "/oauth2/signed_outx", "/oauth2/signed_out/../../echo"):
        assert status(ask(stand.door, path)) == 302, path
    assert status(ask(stand.door, "/oauth2/signed_out?x=y")) == 200


def without_the_page(documents: list[Document], _: dict[str, Any]) -> None:
    patches = one(documents, "EnvoyFilter", having="signed-out")["spec"]["configPatches"]
    patches[:] = [patch for patch in patches if patch["applyTo"] != "HTTP_ROUTE"]


def test_without_the_page_who_signed_out_would_be_asked_to_sign_in(stand: Stand) -> None:
    with stand.changed(without_the_page) as door:
        person = door.person(OTTO)
        person.open("/echo")
        person.open(str(stand.charts.values["hosts"][0]["logout"]))
        assert person.asked_for_password == 2


def account_is_open(documents: list[Document], _: dict[str, Any]) -> None:
    """As `keycloak.closed: [clients-registrations]` has it."""
    rules = one(documents, "AuthorizationPolicy", having="-keycloak'")["spec"]["rules"]
    (own,) = (rule for rule in rules if any("/account" in path for path in rule["to"][0]["operation"]["paths"]))
    rules.remove(own)


def test_the_account_console_is_nobodys_business_outside(stand: Stand) -> None:
    """`tests/gateway/paths.yaml` has more ways of writing it."""
    assert status(ask(stand.door, ACCOUNT)) == 403
    with stand.changed(account_is_open) as door:
        assert status(ask(door, ACCOUNT)) in {200, 302}
