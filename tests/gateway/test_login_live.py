"""The user's way through the gateway, everything real but Entra: what the browser gets, and what a service sees."""

from __future__ import annotations

import base64
import json
import re

from joserfc import jwt
from joserfc.jwk import KeySet

from tests.gateway.seen import header, redis, sessions
from tooling.gateway.stand.directory import ADA, NINA, OTTO
from tooling.gateway.stand.stand import Stand


def test_who_asks_for_a_page_gets_it_after_the_login(stand: Stand) -> None:
    person = stand.door.person(ADA)
    page = person.open("/echo/first?x=1&y=a%20b")
    assert (page.status_code, page.url) == (200, f"{stand.charts.origin}/echo/first?x=1&y=a%20b")
    assert page.json()["query"] == [["x", "1"], ["y", "a b"]]
    realm, entra = f"{stand.charts.keycloak}/realms/platform", stand.entra.authority
    for step in (
        f"{realm}/protocol/openid-connect/auth",
        f"{entra}/oauth2/v2.0/authorize",
        f"{realm}/broker/entra/endpoint",
    ):
        assert step in person.way
    assert f"{stand.charts.origin}/oauth2/callback" in person.way
    assert person.asked_for_password == 1
    assert person.open("/echo/second").status_code == 200
    assert len(person.way) == 1, "who is logged in is not sent anywhere"


def test_the_browser_holds_a_cookie_that_means_nothing_by_itself(stand: Stand) -> None:
    person = stand.door.person(ADA)
    before = sessions(stand)
    person.open("/echo")
    (own,) = (one for one in person.session.cookies if one.path == "/" and one.domain == "apps.example.com")
    assert own.name == stand.charts.values["cookie"]["name"] == "__Host-gateway"
    assert own.secure
    assert own.has_nonstandard_attr("HttpOnly")
    assert len(own.value or "") < 400
    parts = [own.value or "", *re.split(r"[|.]", own.value or "")]
    for part in parts + [base64.urlsafe_b64decode(one + "==").decode("latin-1") for one in parts[1:]]:
        assert "eyJ" not in part
        assert ADA not in part
    (mine,) = sessions(stand) - before
    assert "eyJ" not in "".join(redis(stand, "GET", mine)), "Redis alone would give the tokens away"
    redis(stand, "DEL", mine)
    assert stand.door.person().session.get(stand.charts.origin).status_code in {302, 401, 403, 404}
    assert person.send("GET", "/echo").status_code == 302, "without its session in Redis the cookie is worth nothing"


def test_no_address_on_the_way_holds_a_token(stand: Stand) -> None:
    person = stand.door.person(NINA)
    said: list[str] = []
    person.session.hooks["response"].append(lambda page, **_: said.extend([page.url, page.headers.get("Location", "")]))
    assert person.open("/echo").status_code == 200
    assert len(said) > 10
    for address in said:
        assert "token=" not in address
        assert not re.search(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", address)


def test_a_service_sees_who_it_is(stand: Stand) -> None:
    seen = stand.door.person(OTTO).open("/echo").json()
    token = header(seen, "authorization") or ""
    keys = KeySet.import_key_set(
        stand.door.person().send("GET", "/auth/realms/platform/protocol/openid-connect/certs").json()
    )
    claims = jwt.decode(token.removeprefix("Bearer "), keys, algorithms=["RS256"]).claims
    assert claims == seen["claims"]
    assert claims["iss"] == stand.charts.values["issuer"]
    assert claims["typ"] == "Bearer", "an access token, not the ID token"
    assert {"echo", "orders-api", "billing-api"} <= set(claims["aud"])
    assert "orders-reader" in claims["roles"], "the group in Entra became a role"
    assert "platform-admin" not in claims["roles"]
    assert header(seen, "x-auth-request-user") == claims["sub"]
    assert header(seen, "x-auth-request-email") == OTTO
    assert header(seen, "x-auth-request-preferred-username") == OTTO
    assert "orders-team" in (header(seen, "x-auth-request-groups") or "")


def test_a_service_sees_no_session_cookie(stand: Stand) -> None:
    person = stand.door.person(ADA)
    person.open("/echo")
    own = stand.charts.values["cookie"]["name"]
    value = person.cookies()[own]
    seen = person.send("GET", "/echo", headers={"Cookie": f"theme=dark; {own}={value}; lang=en"}).json()
    assert "theme=dark" in (header(seen, "cookie") or "")
    assert "lang=en" in (header(seen, "cookie") or "")
    assert own not in json.dumps(seen)


def test_a_person_without_groups_brings_no_empty_header(stand: Stand) -> None:
    seen = stand.door.person(NINA).open("/echo").json()
    assert not header(seen, "x-auth-request-groups")
    assert header(seen, "x-auth-request-email") == NINA


def test_two_tabs_that_log_in_at_once_both_arrive(stand: Stand) -> None:
    person = stand.door.person(ADA)
    first = person.send("GET", "/echo/one")
    second = person.send("GET", "/echo/two")
    assert (first.status_code, second.status_code) == (302, 302)
    assert person.open(second.headers["Location"]).url == f"{stand.charts.origin}/echo/two"
    assert person.open(first.headers["Location"]).url == f"{stand.charts.origin}/echo/one"


def test_a_script_is_told_and_not_sent_to_a_login_page(stand: Stand) -> None:
    nobody = stand.door.person()
    assert nobody.send("GET", "/echo", headers={"Accept": "application/json"}).status_code == 401
    assert nobody.send("GET", "/echo").status_code == 302


def test_plain_http_is_sent_to_https(stand: Stand) -> None:
    answer = stand.door.person().send("GET", f"http://{stand.door.host}/echo?x=1")
    assert (answer.status_code, answer.headers["Location"]) in [
        (code, f"{stand.charts.origin}/echo?x=1") for code in (301, 308)
    ]
