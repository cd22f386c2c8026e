"""What somebody makes up: identity headers, cookies, tokens. Each defence is taken away once, to see that it was it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
import requests

from tests.gateway.stand.changes import one, replaced, tokens_of, unguarded
from tests.gateway.stand.directory import ADA, NINA
from tests.gateway.stand.manifests import Document
from tests.gateway.stand.person import raw, status
from tests.gateway.stand.seen import header
from tests.gateway.stand.stand import Door, Stand

IDENTITY = (
    "x-auth-request-user",
    "x-auth-request-email",
    "x-auth-request-groups",
    "x-auth-request-preferred-username",
    "x-auth-request-access-token",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-access-token",
    "x-original-url",
    "x-rewrite-url",
    "x-forwarded-uri",
)
FORGED = "forged-by-a-test"


def bare(door: Door, *lines: str, path: str = "/echo", cookie: str = "", patience: float = 3) -> bytes:
    """A request with header lines as they are."""
    said = [f"GET {path} HTTP/1.1", f"Host: {door.host}", "Accept: application/json", "Connection: close", *lines]
    if cookie:
        said.append(f"Cookie: {cookie}")
    request = "\r\n".join([*said, "", ""]).encode("latin-1")
    return raw(request, door.address, door.host, door.stand.trust, patience=patience)


def cookie_of(stand: Stand, login: str) -> str:
    """A logged-in person's cookie as a header."""
    name = stand.charts.values["cookie"]["name"]
    return f"{name}={stand.known(login).cookies()[name]}"


@pytest.mark.parametrize("name", IDENTITY)
def test_a_forged_identity_header_does_not_arrive(stand: Stand, name: str) -> None:
    """Nina has no groups, so the check gives no header that would replace hers."""
    seen = stand.known(NINA).send("GET", "/echo", headers={name: FORGED}).json()
    assert FORGED not in json.dumps(seen)


def test_without_the_filter_at_the_edge_it_would(stand: Stand) -> None:
    removed = replaced("x-auth-request-groups", "x-no-such-header", "EnvoyFilter", "gateway.untrusted_headers")
    with stand.changed(removed) as door:
        seen = door.person(NINA)
        seen.open("/echo")
        page = seen.send("GET", "/echo", headers={"x-auth-request-groups": FORGED}).json()
        assert header(page, "x-auth-request-groups") == FORGED


@pytest.mark.parametrize(
    "name", ["x_auth_request_user", "X_AUTH_REQUEST_GROUPS", "x-auth_request-email", "authorization_"]
)
def test_a_header_with_underscores_is_refused(stand: Stand, name: str) -> None:
    """A backend that speaks CGI or WSGI would take it for the one with dashes."""
    assert status(bare(stand.door, f"{name}: {FORGED}", cookie=cookie_of(stand, NINA))) == 400


def test_without_the_rule_for_underscores_it_would_arrive(stand: Stand) -> None:
    with stand.changed(replaced("REJECT_REQUEST", "ALLOW", "EnvoyFilter", "REJECT_REQUEST")) as door:
        answer = bare(door, f"x_auth_request_user: {FORGED}", cookie=cookie_of(stand, NINA))
        assert status(answer) == 200
        assert FORGED.encode() in answer


def test_a_second_authorization_header_does_not_arrive(stand: Stand) -> None:
    answer = bare(
        stand.door, "Authorization: Basic Zm9yZ2Vk", "Authorization: Bearer x.y.z", cookie=cookie_of(stand, NINA)
    )
    assert b"Zm9yZ2Vk" not in answer
    assert b"x.y.z" not in answer


def shown_cookies(documents: list[Document], _: dict[str, Any]) -> None:
    """Without the filter that takes the session's cookie out."""
    patches = one(documents, "EnvoyFilter", having="gateway.session_cookie")["spec"]["configPatches"]
    kept = [patch for patch in patches if patch["patch"]["value"].get("name") != "gateway.session_cookie"]
    assert len(kept) == len(patches) - 1
    patches[:] = kept


def test_without_the_filter_for_cookies_a_service_could_be_somebody_else(stand: Stand) -> None:
    """What a service sees of a cookie, it can use elsewhere."""
    cookie = cookie_of(stand, ADA)
    assert cookie.encode() not in bare(stand.door, cookie=cookie)
    with stand.changed(shown_cookies) as door:
        assert cookie.encode() in bare(door, cookie=cookie)


def spoiled(value: str) -> dict[str, str]:
    """What one might try with the parts of a cookie: payload | time | signature."""
    payload, made, signature = value.split("|")
    ticket = base64.urlsafe_b64decode(payload + "==").decode()
    changed = base64.urlsafe_b64encode(ticket.replace("v2", "v1", 1).encode()).decode()
    return {
        "nothing": "",
        "nonsense": "nonsense",
        "no signature": f"{payload}|{made}|",
        "another time": f"{payload}|{int(made) + 3600}|{signature}",
        "another signature": f"{payload}|{made}|{base64.urlsafe_b64encode(bytes(32)).decode()}",
        "another payload": f"{changed}|{made}|{signature}",
        "signed with nothing": f"{payload}|{made}|{_signed('', payload, made)}",
        "signed with its name": f"{payload}|{made}|{_signed('__Host-gateway', payload, made)}",
        "twice": f"{value}{value}",
        "a JWT": "eyJhbGciOiJub25lIn0.eyJlbWFpbCI6ImFkYSJ9.",
    }


def _signed(key: str, payload: str, made: str) -> str:
    digest = hmac.new(key.encode(), f"__Host-gateway{payload}{made}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()


def test_a_cookie_that_was_tampered_with_opens_nothing(stand: Stand) -> None:
    name = stand.charts.values["cookie"]["name"]
    genuine = stand.known(ADA).cookies()[name]
    assert status(bare(stand.door, cookie=f"{name}={genuine}")) == 200
    opened = [
        how for how, value in spoiled(genuine).items() if status(bare(stand.door, cookie=f"{name}={value}")) == 200
    ]
    assert opened == []


def test_one_persons_cookie_does_not_become_anothers(stand: Stand) -> None:
    name = stand.charts.values["cookie"]["name"]
    ada, nina = (stand.known(login).cookies()[name].split("|") for login in (ADA, NINA))
    for mixed in ([ada[0], nina[1], nina[2]], [ada[0], ada[1], nina[2]], [nina[0], ada[1], ada[2]]):
        assert status(bare(stand.door, cookie=f"{name}={'|'.join(mixed)}")) != 200


def test_with_two_sessions_in_one_request_a_person_is_one_of_them(stand: Stand) -> None:
    """Whichever counts: the headers and the token have to be the same person's."""
    answer = bare(stand.door, cookie=f"{cookie_of(stand, ADA)}; {cookie_of(stand, NINA)}")
    seen = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert header(seen, "x-auth-request-user") == seen["claims"]["sub"]
    assert header(seen, "x-auth-request-email") == seen["claims"].get("email", header(seen, "x-auth-request-email"))


def part(value: dict[str, Any]) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(stand: Stand, token: str) -> dict[str, str]:
    """Tokens that nobody should take, made of a genuine one."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    mighty = part({**claims, "roles": ["platform-admin"]})
    certs = requests.get(f"{stand.keycloak}/realms/platform/protocol/openid-connect/certs", timeout=30).text
    header_hs = part({"alg": "HS256", "typ": "JWT"})
    mac = hmac.new(certs.encode(), f"{header_hs}.{mighty}".encode(), hashlib.sha256).digest()
    return {
        "alg none": f"{part({'alg': 'none', 'typ': 'JWT'})}.{mighty}.",
        "alg None": f"{part({'alg': 'None', 'typ': 'JWT'})}.{mighty}.",
        "no signature": f"{head}.{mighty}.",
        "another body": f"{head}.{mighty}.{signature}",
        "signed with the public key": f"{header_hs}.{mighty}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}",
        "a key of its own": f"{part({'alg': 'RS256', 'jku': 'http://127.0.0.1:9/keys'})}.{mighty}.{signature}",
    }


def test_a_forged_token_opens_nothing(stand: Stand) -> None:
    token = stand.token("echo-caller", "ECHO_CALLER_SECRET")
    assert status(bare(stand.door, f"Authorization: Bearer {token}")) == 200
    for how, said in forged(stand, token).items():
        assert status(bare(stand.door, f"Authorization: Bearer {said}", path="/echo/admin")) in {401, 403}, how
        assert status(bare(stand.door, f"Authorization: Bearer {said}")) in {401, 403}, how


def test_a_token_of_another_realm_opens_nothing(stand: Stand) -> None:
    answer = requests.post(
        f"{stand.keycloak}/realms/master/protocol/openid-connect/token",
        data={"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": "admin"},
        timeout=30,
    )
    assert status(bare(stand.door, f"Authorization: Bearer {answer.json()['access_token']}")) in {401, 403}


def test_a_token_that_has_ended_opens_nothing(stand: Stand) -> None:
    with tokens_of(stand, "echo-caller", 1):
        token = stand.token("echo-caller", "ECHO_CALLER_SECRET")
    time.sleep(2)
    assert status(bare(stand.door, f"Authorization: Bearer {token}")) in {401, 403}


def test_an_id_token_is_no_token_for_a_service(stand: Stand) -> None:
    """It is in the address of a logout, so it may be seen; oauth2-proxy takes it, and the service's policy does not."""
    person = stand.door.person(ADA)
    person.open("/echo")
    leaving = person.send("GET", stand.charts.values["hosts"][0]["logout"]).headers["Location"]
    token = leaving.partition("id_token_hint=")[2].partition("&")[0]
    assert json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["typ"] == "ID"
    assert status(bare(stand.door, f"Authorization: Bearer {token}")) in {401, 403}
    with stand.changed(unguarded) as door:
        assert status(bare(door, f"Authorization: Bearer {token}")) == 200
