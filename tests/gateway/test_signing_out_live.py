"""Where a logout ends, and what of Keycloak people reach beside a login: no account console, and no way in by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import requests

from tests.gateway.stand.changes import one
from tests.gateway.stand.directory import OTTO, VERA
from tests.gateway.stand.manifests import Document
from tests.gateway.stand.person import Person, status
from tests.gateway.stand.stand import Stand
from tests.gateway.test_forgery_live import bare
from tests.gateway.test_paths_live import ask
from tests.live.login import Form

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
    assert back == "/billing", "of all services the first by its path"
    assert person.asked_for_password == 1
    person.open(back)
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


PASSWORD = "a password of my own"


def gives_themselves(person: Person, client: Mapping[str, Any], password: str) -> bool:
    """Asks Keycloak for a password of one's own, as anybody may with any client; whether it was offered."""
    asked = {
        "client_id": client["id"],
        "redirect_uri": client["redirectUrl"],
        "response_type": "code",
        "scope": "openid",
        "kc_action": "UPDATE_PASSWORD",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    page = person.send("GET", f"/auth/realms/platform/protocol/openid-connect/auth?{urlencode(asked)}")
    while page.is_redirect and "/oauth2/callback" not in page.headers["Location"]:
        page = person.send("GET", page.headers["Location"])
    if page.is_redirect:
        return False
    form = Form(page)
    person.send("POST", form.action, data={**form.fields, "password-new": password, "password-confirm": password})
    return True


def by_password(stand: Stand, login: str, password: str) -> requests.Response:
    """A login beside Entra, with a client that every realm has and that takes passwords."""
    said = {"grant_type": "password", "client_id": "admin-cli", "scope": "openid"}
    address = f"{stand.keycloak}/realms/platform/protocol/openid-connect/token"
    return requests.post(address, data={**said, "username": login, "password": password}, timeout=60)


def test_nobody_gives_themselves_a_password_beside_entra(stand: Stand) -> None:
    person = stand.door.person(VERA)
    person.open("/echo")
    assert not gives_themselves(person, stand.charts.values["client"], PASSWORD)
    answer = by_password(stand, VERA, PASSWORD)
    assert answer.json()["error_description"] == "Invalid user credentials"


@contextmanager
def offering_passwords(stand: Stand, login: str) -> Iterator[None]:
    """Keycloak as it is made, and afterwards what that let somebody have taken away."""
    action = ("platform", "authentication", "required-actions", "UPDATE_PASSWORD")
    with stand.admin() as admin:
        found = admin.get(*action)
        admin.send("PUT", action, {**found, "enabled": True})
        try:
            yield
        finally:
            admin.send("PUT", action, found)
            (user,) = admin.get("platform", "users", query={"username": login, "exact": "true"})
            for held in admin.get("platform", "users", user["id"], "credentials"):
                admin.send("DELETE", ("platform", "users", user["id"], "credentials", held["id"]))


def test_where_keycloak_offers_it_they_would_and_it_opens_nothing_here(stand: Stand) -> None:
    """The token is for no service, whoever it names."""
    person = stand.door.person(VERA)
    person.open("/echo")
    with offering_passwords(stand, VERA):
        assert gives_themselves(person, stand.charts.values["client"], PASSWORD)
        answer = by_password(stand, VERA, PASSWORD).json()
    for kind in ("access_token", "id_token"):
        assert status(bare(stand.door, f"Authorization: Bearer {answer[kind]}")) == 403, kind
