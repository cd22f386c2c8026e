"""What somebody makes up: identity headers and cookies. Each defence is taken away once, to see that it was it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.gateway.changes import one, replaced, unfiltered
from tests.gateway.seen import header, redis, who
from tooling.gateway.stand.directory import ADA, NINA, OTTO
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.person import raw, status
from tooling.gateway.stand.stand import Door, Stand

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
    "x-original-uri",
    "x-original-method",
    "x-original-host",
    "x-host",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "forwarded",
    "x-forwarded-path",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-forwarded-ssl",
    "proxy",
    "x-real-ip",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "cf-connecting-ip",
    "remote-user",
    "x-remote-user",
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


def addresses(door: Door) -> tuple[list[str], str]:
    """What a service is told of the address of somebody who made one up, and where Keycloak thinks they are."""
    forged = {"X-Forwarded-For": "192.0.2.66, 192.0.2.67"}
    person = door.person(NINA)
    person.open("/echo")
    seen = person.send("GET", "/echo", headers=forged).json()["headers"]["x-forwarded-for"]
    said = {"grant_type": "password", "client_id": "admin-cli", "username": "nobody", "password": "x"}
    person.send("POST", "/auth/realms/platform/protocol/openid-connect/token", data=said, headers=forged)
    with door.stand.admin() as admin:
        (event,) = admin.get("platform", "events", query={"type": "LOGIN_ERROR", "max": "1"})
    return seen, event["ipAddress"]


def test_nobody_chooses_their_address(stand: Stand) -> None:
    """Neither for services nor for what Keycloak writes down of who did what."""
    (seen,), noted = addresses(stand.door)
    assert noted == seen
    assert not seen.startswith("192.0.2.6")
    assert "," not in seen


def as_proxies_do(documents: list[Document], _: dict[str, Any]) -> None:
    """The address put behind those that the request brings along."""
    patches = one(documents, "EnvoyFilter", having="gateway.untrusted_headers")["spec"]["configPatches"]
    (edge,) = (each for each in patches if each["patch"]["value"].get("name") == "gateway.untrusted_headers")
    mutations = edge["patch"]["value"]["typed_config"]["mutations"]["request_mutations"]
    kept = [each for each in mutations if "append" not in each]
    assert len(kept) == len(mutations) - 1
    mutations[:] = kept


def test_without_the_filter_at_the_edge_they_would(stand: Stand) -> None:
    with stand.changed(as_proxies_do) as door:
        (seen,), noted = addresses(door)
    assert noted == "192.0.2.66"
    assert seen.startswith("192.0.2.66, 192.0.2.67,")


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


@pytest.fixture(scope="module")
def leaking(stand: Stand) -> Iterator[Door]:
    """Without the filter that takes the session's cookie out of requests."""
    with stand.changed(unfiltered) as door:
        yield door


def test_without_the_filter_for_cookies_a_service_could_be_somebody_else(stand: Stand, leaking: Door) -> None:
    """What a service sees of a cookie, it can use elsewhere."""
    cookie = cookie_of(stand, ADA)
    assert cookie.encode() not in bare(stand.door, cookie=cookie)
    assert cookie.encode() in bare(leaking, cookie=cookie)


def taken_for(door: Door, value: str) -> str:
    """Whom a service takes somebody for who has nothing but the value of a session's cookie; "" for nobody."""
    other = door.person()
    other.plant({door.stand.charts.values["cookie"]["name"]: value})
    return who(other.send("GET", "/echo"))


def planted(door: Door) -> str:
    """Whom an attacker is taken for, whose own cookie was in somebody's browser while they logged in."""
    attacker, victim = door.person(NINA), door.person(OTTO)
    attacker.open("/echo")
    name = door.stand.charts.values["cookie"]["name"]
    value = attacker.cookies()[name]
    victim.plant({name: value})
    assert who(victim.open("/oauth2/start?rd=/echo")) == OTTO
    return taken_for(door, value)


def test_nobody_s_login_becomes_the_session_of_who_planted_a_cookie(stand: Stand) -> None:
    """A script of any service can put a cookie where there is none, and so can a sibling host where hosts share one."""
    assert planted(stand.door) != OTTO


def test_without_the_filter_for_cookies_it_would(leaking: Door) -> None:
    """oauth2-proxy keeps a new login under the ticket that the browser brings along, whoever made it."""
    assert planted(leaking) == OTTO


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


def signed(stand: Stand, payload: str, made: int) -> str:
    """The value of a cookie by somebody who knows oauth2-proxy's key."""
    return f"{payload}|{made}|{_signed(stand.secrets.value('cookie-secret'), payload, str(made))}"


def test_a_cookie_that_was_tampered_with_opens_nothing(stand: Stand) -> None:
    name = stand.charts.values["cookie"]["name"]
    genuine = stand.known(ADA).cookies()[name]
    assert status(bare(stand.door, cookie=f"{name}={genuine}")) == 200
    opened = [
        how for how, value in spoiled(genuine).items() if status(bare(stand.door, cookie=f"{name}={value}")) == 200
    ]
    assert opened == []


def test_it_is_the_key_that_keeps_others_from_it(stand: Stand) -> None:
    """Who knows it can date a cookie as they like: an old one is over, and would be young again."""
    payload, _, signature = cookie_of(stand, ADA).partition("=")[2].split("|")
    life = int(stand.charts.values["cookie"]["expire"].removesuffix("s"))
    now = int(time.time()) + 1
    assert taken_for(stand.door, signed(stand, payload, now - life - 1)) == ""
    assert taken_for(stand.door, signed(stand, payload, now)) == ADA
    assert taken_for(stand.door, f"{payload}|{now}|{signature}") == "", "without the key it stays as old as it is"


def test_one_persons_cookie_does_not_become_anothers(stand: Stand) -> None:
    name = stand.charts.values["cookie"]["name"]
    ada, nina = (stand.known(login).cookies()[name].split("|") for login in (ADA, NINA))
    for mixed in ([ada[0], nina[1], nina[2]], [ada[0], ada[1], nina[2]], [nina[0], ada[1], ada[2]]):
        assert status(bare(stand.door, cookie=f"{name}={'|'.join(mixed)}")) != 200


class Ticket(NamedTuple):
    """What a cookie says: a session's name in Redis, and the session's own key, both in base64."""

    name: str
    key: str

    @property
    def session(self) -> str:
        """The name as Redis has it."""
        return base64.urlsafe_b64decode(f"{self.name}==").decode()


def ticket(stand: Stand, login: str) -> Ticket:
    """Of a new login."""
    person = stand.door.person(login)
    person.open("/echo")
    payload = person.cookies()[stand.charts.values["cookie"]["name"]].split("|")[0]
    version, name, key = base64.urlsafe_b64decode(payload).decode().split(".")
    assert version == "v2"
    return Ticket(name, key)


def test_the_key_alone_opens_no_session(stand: Stand) -> None:
    """Nor does writing in Redis: each session is locked with a key of its own, which is in its cookie alone."""
    tickets = {login: ticket(stand, login) for login in (ADA, NINA)}
    for each in tickets.values():
        redis(stand, "COPY", each.session, f"{each.session}-kept")

    def opened(name: str, key: str, holding: str) -> str:
        """Who comes in by one's name and another's key, where a third's session is in the place of the first's."""
        # Each time anew: oauth2-proxy throws away a session that it can't read.
        redis(stand, "COPY", f"{tickets[holding].session}-kept", tickets[name].session, "REPLACE")
        said = base64.urlsafe_b64encode(f"v2.{tickets[name].name}.{tickets[key].key}".encode()).decode()
        return taken_for(stand.door, signed(stand, said, int(time.time())))

    try:
        assert opened(ADA, ADA, holding=ADA) == ADA
        assert opened(ADA, NINA, holding=ADA) == ""
        assert opened(NINA, ADA, holding=NINA) == ""
        assert opened(NINA, NINA, holding=ADA) == ""
        assert opened(NINA, ADA, holding=ADA) == ADA, "what counts is the session and its own key"
    finally:
        for one in tickets.values():
            redis(stand, "DEL", one.session, f"{one.session}-kept")


def test_with_two_sessions_in_one_request_a_person_is_one_of_them(stand: Stand) -> None:
    """Whichever counts: the headers and the token have to be the same person's."""
    answer = bare(stand.door, cookie=f"{cookie_of(stand, ADA)}; {cookie_of(stand, NINA)}")
    seen = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert header(seen, "x-auth-request-user") == seen["claims"]["sub"]
    assert header(seen, "x-auth-request-email") == seen["claims"].get("email", header(seen, "x-auth-request-email"))
