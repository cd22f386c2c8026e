"""Tokens that somebody made up or brings from elsewhere: oauth2-proxy keeps them out, and so does a service's policy.

Each is tried at four doors: the whole one, without the one, without the other, without both.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.gateway.changes import together, tokens_of, trusting, unasked, unguarded
from tests.gateway.test_forgery_live import bare
from tooling.gateway.stand.directory import ADA
from tooling.gateway.stand.person import status
from tooling.gateway.stand.stand import Door, Stand

OWN = RSAKey.generate_key(2048, {"kid": "of-an-attacker"})
"""Somebody's own key."""


def part(value: Mapping[str, Any]) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def parsed(token: str, number: int) -> dict[str, Any]:
    """One of the first two parts of a JWT."""
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[number] + "=="))
    return found


def mighty(token: str) -> dict[str, Any]:
    """A genuine token's claims, and a role that it has not."""
    return {**parsed(token, 1), "roles": ["platform-admin"]}


def with_own_key(token: str, **header: Any) -> str:
    """Signed, but by whom nobody trusts."""
    return jwt.encode({"alg": "RS256", "typ": "JWT", **header}, mighty(token), OWN, algorithms=["RS256"])


def with_public_key(token: str, key: bytes) -> str:
    """What Keycloak's public key would verify, if it were taken for a shared secret."""
    said = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': parsed(token, 0)['kid']})}.{part(mighty(token))}"
    mac = hmac.new(key, said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def made_up(stand: Stand) -> dict[str, str]:
    """Tokens that nobody should take, made of a genuine one."""
    token = stand.token("echo-caller", "ECHO_CALLER_SECRET")
    head, _, signature = token.split(".")
    body, kid = part(mighty(token)), parsed(token, 0)["kid"]
    certs = requests.get(f"{stand.keycloak}/realms/platform/protocol/openid-connect/certs", timeout=30).text
    (public,) = (RSAKey.import_key(one) for one in json.loads(certs)["keys"] if one["kid"] == kid)
    return {
        "alg none": f"{part({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "alg None": f"{part({'alg': 'None', 'typ': 'JWT'})}.{body}.",
        "no signature": f"{head}.{body}.",
        "another body": f"{head}.{body}.{signature}",
        "another header": f"{part({'alg': 'RS256', 'kid': kid, 'x': 1})}.{token.split('.')[1]}.{signature}",
        "signed with the public key": with_public_key(token, public.as_pem(private=False)),
        "signed with the keys' text": with_public_key(token, certs.encode()),
        "own key": with_own_key(token, kid=OWN.kid),
        "own key under Keycloak's name": with_own_key(token, kid=kid),
        "own key by address": with_own_key(token, kid=OWN.kid, jku="http://127.0.0.1:9/keys"),
        "own key in the header": with_own_key(token, jwk=OWN.as_dict(private=False)),
    }


def of_another_realm(stand: Stand) -> str:
    answer = requests.post(
        f"{stand.keycloak}/realms/master/protocol/openid-connect/token",
        data={"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": "admin"},
        timeout=30,
    )
    return str(answer.json()["access_token"])


def over(stand: Stand) -> str:
    """Ended longer ago than clocks may differ."""
    with tokens_of(stand, "echo-caller", -120):
        return stand.token("echo-caller", "ECHO_CALLER_SECRET")


def id_token(stand: Stand) -> str:
    """It is in the address of a logout, so it may be seen."""
    person = stand.door.person(ADA)
    person.open("/echo")
    leaving = person.send("GET", stand.charts.values["hosts"][0]["logout"]).headers["Location"]
    token = leaving.partition("id_token_hint=")[2].partition("&")[0]
    assert parsed(token, 1)["typ"] == "ID"
    return token


FROM_ELSEWHERE: dict[str, Callable[[Stand], str]] = {
    "of another realm": of_another_realm,
    "over": over,
    "for nobody here": lambda stand: stand.token("elsewhere", "ELSEWHERE_SECRET"),
    "for another service": lambda stand: stand.token("orders-caller", "ORDERS_CALLER_SECRET"),
    "an ID token": id_token,
}
TAKEN_BY_OAUTH2_PROXY = {"for another service", "an ID token"}
"""It lets every service's tokens in, and its own; a service's policy tells them apart."""


@pytest.fixture(scope="module")
def tokens(stand: Stand) -> dict[str, str]:
    return {**made_up(stand), **{name: made(stand) for name, made in FROM_ELSEWHERE.items()}}


def opening(door: Door, tokens: Mapping[str, str], path: str = "/echo") -> set[str]:
    """Which of them are let in. All others are refused, and not with a login page."""
    found = {name: status(bare(door, f"Authorization: Bearer {token}", path=path)) for name, token in tokens.items()}
    assert set(found.values()) <= {200, 401, 403}, found
    return {name for name, answer in found.items() if answer == 200}


def test_none_of_them_opens_anything(stand: Stand, tokens: Mapping[str, str]) -> None:
    genuine = stand.token("echo-caller", "ECHO_CALLER_SECRET")
    assert opening(stand.door, {**tokens, "genuine": genuine}) == {"genuine"}
    assert opening(stand.door, tokens, "/echo/admin") == set()


def test_a_service_keeps_them_out_by_itself(stand: Stand, tokens: Mapping[str, str]) -> None:
    with stand.changed(unasked) as door:
        genuine = stand.token("echo-caller", "ECHO_CALLER_SECRET")
        assert opening(door, {**tokens, "genuine": genuine}) == {"genuine"}


def test_oauth2_proxy_keeps_them_out_by_itself_but_for_its_own_and_other_services(
    stand: Stand, tokens: Mapping[str, str]
) -> None:
    with stand.changed(unguarded) as door:
        assert opening(door, tokens) == TAKEN_BY_OAUTH2_PROXY


def test_without_both_every_one_of_them_would_open(stand: Stand, tokens: Mapping[str, str]) -> None:
    with stand.changed(together(unasked, unguarded)) as door:
        assert opening(door, tokens) == set(tokens)
        assert opening(door, tokens, "/echo/admin") == set(tokens)


def test_it_is_the_signature_that_counts(stand: Stand, tokens: Mapping[str, str]) -> None:
    """A service that trusts the attacker's key takes what is signed with it, and nothing else, genuine or not."""
    keys = json.dumps({"keys": [OWN.as_dict(private=False)]})
    with stand.changed(together(unasked, trusting(keys))) as door:
        genuine = stand.token("echo-caller", "ECHO_CALLER_SECRET")
        signed = {"own key", "own key by address", "own key in the header"}
        assert opening(door, {**tokens, "genuine": genuine}) == signed
        assert opening(door, tokens, "/echo/admin") == signed, "with the role that it says"
