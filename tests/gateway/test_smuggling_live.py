"""Requests within requests, and other protocols within one: what reaches a service was asked about, one by one.

It is counted at the echo itself. What takes the same bytes for two requests stands in the gateway's place once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gateway.careless import chunked_service, downgraded, forwarder
from tests.gateway.changes import one, together
from tests.gateway.http2 import Fields, request
from tests.gateway.seen import arrived
from tests.gateway.test_forgery_live import cookie_of
from tooling.gateway.stand.directory import ADA, NINA
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.person import raw, status
from tooling.gateway.stand.stand import Door, Stand

Shape = Mapping[str, Any]
SHAPES: Mapping[str, Shape] = yaml.safe_load(Path(__file__).with_name("smuggling.yaml").read_text(encoding="utf-8"))
HARMLESS = {
    "a GET with a body",
    "a head that ends with line feeds",
    "a length after a carriage return",
    "a length in a folded line",
    "an upgrade to h2c",
    "an upgrade to h2c, not said by the connection",
    "no length and no coding",
}
"""Taken: what Envoy overlooks here it does not pass on; and where there are two, each is asked about."""
REFUSED = {0, 100, 302, 400, 401, 403, 404, 413, 426, 431, 501}
SILENCE = 1.0  # seconds


def mark(how: str, where: str) -> str:
    """A path of the echo's that no other request has."""
    return f"/echo/{where}/{how.replace(' ', '-').replace(',', '').replace(chr(39), '')}"


def echo_itself(stand: Stand) -> tuple[str, int]:
    """The echo's program, behind its sidecar."""
    pod = next(pod for pod in stand.cluster.pods if pod.workload == "echo")
    return pod.inside, next(iter(pod.ports().values()))


def inner(path: str, host: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX: {'x' * 20}\r\n\r\n"


def carrying(shape: Shape, outside: str, inside: str, host: str, cookie: str) -> bytes:
    """A request for the path `outside`, with the cookie, that carries another one for `inside`, without."""
    second = inner(inside, host)
    body = {
        "plain": second,
        "ended": f"0\r\n\r\n{second}",
        "chunk": f"{len(second):x}\r\n{second}\r\n0\r\n\r\n",
    }.get(shape["body"]) or shape["body"].replace("{inner}", second)
    head = shape["head"].replace("{length}", str(len(body))).replace("{inner}", second)
    head = head.replace("{size}", str(body.find("\r\n") + 2))
    first = f"{shape.get('method', 'POST')} {outside} {shape.get('version', 'HTTP/1.1')}"
    return f"{first}\r\nHost: {host}\r\nCookie: {cookie}\r\n{head}\r\n{body}".encode("latin-1")


def tried(door: Door, shapes: Iterable[str], place: str, cookie: str) -> dict[str, int]:
    """Sends each request with another one for `place` in it, side by side; what the first answers' statuses are."""

    def sent(how: str) -> bytes:
        said = carrying(SHAPES[how], mark(how, "outer"), mark(how, place), door.host, cookie)
        return raw(said, door.address, door.host, door.stand.trust, patience=SILENCE)

    names = list(shapes)
    with ThreadPoolExecutor(16) as pool:
        return {how: status(answer) for how, answer in zip(names, pool.map(sent, names), strict=True)}


def test_no_second_request_is_smuggled_in(stand: Stand) -> None:
    """Nina's requests carry others, without a cookie: none arrives, whoever it would be answered for."""
    answers = tried(stand.door, SHAPES, "inner", cookie_of(stand, NINA))
    assert arrived(stand, "/echo/inner/") == []
    assert {how: said for how, said in answers.items() if said not in {200, *REFUSED}} == {}
    assert {how for how, said in answers.items() if said == 200} == HARMLESS
    assert {how for how in SHAPES if len(arrived(stand, f"{mark(how, 'outer')} ")) > 1} == set()
    after = stand.known(ADA).send("GET", "/echo/after").json()
    assert after["path"] == "/echo/after", "the next person's request is what it was"


def lenient(documents: list[Document], _: dict[str, Any]) -> None:
    """Whatever Envoy can be told to overlook."""
    edge = one(documents, "EnvoyFilter")["spec"]["configPatches"][0]["patch"]["value"]["typed_config"]
    edge["http_protocol_options"] = {
        "allow_chunked_length": True,
        "accept_http_10": True,
        "override_stream_error_on_invalid_http_message": True,
    }


def test_no_setting_of_envoy_lets_one_in(stand: Stand) -> None:
    """It writes anew what it has understood: a length beside chunks is then overlooked, and not passed on."""
    both = [how for how in SHAPES if "both" in how or "HTTP/1.0" in how]
    with stand.changed(lenient) as door:
        answers = tried(door, both, "lenient", cookie_of(stand, NINA))
    assert 400 not in answers.values(), answers
    assert arrived(stand, "/echo/lenient/") == []


def test_who_reads_carelessly_takes_them_for_two(stand: Stand) -> None:
    """The same bytes, through a forwarder that asks oauth2-proxy, too: the second request is not asked about."""
    host, cookie = stand.door.host, cookie_of(stand, NINA)
    taken = {how: tuple(shape["taken"]) for how, shape in SHAPES.items() if "taken" in shape}
    with chunked_service() as (address, asked):
        ends = {"lengths": echo_itself(stand), "chunks": address}
        for reading, end in sorted(set(taken.values())):
            with forwarder(stand, reading, ends[end]) as front:
                sent = partial(raw, address=front, host=host, ca=stand.trust, patience=SILENCE)
                assert status(sent(inner(mark("alone", "through"), host).encode())) == 401
                names = [how for how, both in taken.items() if both == (reading, end)]
                with ThreadPoolExecutor(16) as pool:
                    said = [
                        carrying(SHAPES[how], mark(how, "outer"), mark(how, "through"), host, cookie) for how in names
                    ]
                    list(pool.map(sent, said))
        passed = {how for how in taken if mark(how, "through") in asked or arrived(stand, f"{mark(how, 'through')} ")}
    assert arrived(stand, mark("alone", "through")) == []
    assert passed == set(taken)


def fields(path: str, cookie: str, host: str, *more: tuple[str, str]) -> Fields:
    said = {":method": "POST", ":scheme": "https", ":path": path, ":authority": host, "cookie": cookie}
    own = said | dict(one for one in more if one[0] in said)
    others = [one for one in more if one[0] not in said]
    return sorted([*own.items(), *others], key=lambda one: not one[0].startswith(":"))


def over_http2(second: str, path: str) -> dict[str, tuple[list[tuple[str, str]], str]]:
    """More fields of a request, and its body; each would be two requests in HTTP/1.1, written down carelessly."""
    ended = f"0\r\n\r\n{second}"
    return {
        "a length that is too small": ([("content-length", "0")], second),
        "two lengths": ([("content-length", "0"), ("content-length", str(len(second)))], second),
        "a line in a value": ([("x", f"y\r\n\r\n{second}")], ""),
        "a line feed in a value": ([("x", f"y\n\n{second}")], ""),
        "a line in a name": ([(f"x: y\r\n\r\n{second}z", "y")], ""),
        "a line in the path": ([(":path", f"{path} HTTP/1.1\r\nHost: x\r\n\r\n{second}")], ""),
        "a line in the method": ([(":method", f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n{second}POST")], ""),
        "a line in the host": ([(":authority", f"x\r\n\r\n{second}")], ""),
        "a coding": ([("transfer-encoding", "chunked")], ended),
        "a coding in a value": ([("x", "y\r\ntransfer-encoding: chunked")], ended),
    }


_NOT_TAKEN_BY_THE_ECHO = {"a coding", "a coding in a value"}


def test_over_http2_none_is_smuggled_in(stand: Stand) -> None:
    host, cookie = stand.door.host, cookie_of(stand, NINA)

    def sent(said: Fields, body: str = "", patience: float = SILENCE) -> bytes:
        whole = request(said, body.encode())
        return raw(whole, stand.door.address, host, stand.trust, protocol="h2", patience=patience)

    sent(fields("/echo/http2/usual", cookie, host), patience=5)  # settings come at once, the answer when it is there
    assert arrived(stand, "/echo/http2/") == ["POST /echo/http2/usual HTTP/1.1"]
    tries = {
        how: over_http2(inner(mark(how, "h2-inner"), host), mark(how, "h2-outer"))[how] for how in over_http2("", "")
    }
    with ThreadPoolExecutor(16) as pool:
        list(
            pool.map(
                lambda how: sent(fields(mark(how, "h2-outer"), cookie, host, *tries[how][0]), tries[how][1]), tries
            )
        )
    assert arrived(stand, "/echo/h2-inner/") == []
    websocket = fields("/echo/h2-tunnel", cookie, host, (":method", "CONNECT"), (":protocol", "websocket"))
    sent(websocket, inner("/echo/h2-tunnel/inside", host))
    assert arrived(stand, "/echo/h2-tunnel") == []

    for how, (more, body) in tries.items():
        downgraded(stand, fields(mark(how, "h2-outer"), cookie, host, *more), body.encode(), echo_itself(stand))
    assert {how for how in tries if arrived(stand, f"{mark(how, 'h2-inner')} ")} == set(tries) - _NOT_TAKEN_BY_THE_ECHO


def tunnel(door: Door, path: str, protocol: str, second: str, cookie: str = "") -> bytes:
    """Asks for another protocol, and says at once what it would say in it."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {door.host}",
        f"Upgrade: {protocol}",
        "Connection: Upgrade, HTTP2-Settings",
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    said = "\r\n".join([*lines, "", inner(second, door.host)]).encode()
    return raw(said, door.address, door.host, door.stand.trust, patience=SILENCE)


EXEMPT = ["/oauth2/ping", "/auth/realms/platform/protocol/openid-connect/certs"]


def test_no_other_protocol_tunnels_past_the_check(stand: Stand) -> None:
    """A connection that changed its protocol would be asked once, or never: on an exempt path."""
    ways = list(product(("/echo", *EXEMPT), ("websocket", "h2c", "tls/1.2", "websocket, h2c")))
    with ThreadPoolExecutor(12) as pool:
        said = pool.map(lambda way: status(tunnel(stand.door, way[0], way[1], "/echo/tunnel/nobody")), ways)
        assert {way for way, answer in zip(ways, said, strict=True) if answer == 101} == set()
    assert arrived(stand, "/echo/tunnel/nobody") == []


@pytest.mark.parametrize("target", ["echo.echo.svc.cluster.local:80", "127.0.0.1:8080", "apps.example.com:443"])
def test_nobody_connects_through_the_gateway(stand: Stand, target: str) -> None:
    said = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nCookie: {cookie_of(stand, ADA)}\r\n\r\n"
    answer = raw(
        (said + inner("/echo/tunnel/connect", stand.door.host)).encode(),
        stand.door.address,
        stand.door.host,
        stand.trust,
        patience=SILENCE,
    )
    assert status(answer) in {400, 403, 404}
    assert arrived(stand, "/echo/tunnel/connect") == []


def changing(documents: list[Document], _: dict[str, Any]) -> None:
    """A service that agrees to every protocol, and goes on reading requests."""
    data = one(documents, "ConfigMap", having="echo.py")["data"]
    before = "        body = self.rfile.read(length)\n"
    assert before in data["echo.py"]
    agree = (
        "        if self.headers.get('upgrade'):\n            self.send_response(101)\n"
        "            self.send_header('connection', 'upgrade')\n"
        "            self.send_header('upgrade', self.headers['upgrade'])\n"
        "            self.end_headers()\n            return\n"
    )
    data["echo.py"] = data["echo.py"].replace(before, agree + before)


def allowed(documents: list[Document], _: dict[str, Any]) -> None:
    """As `services.websockets: [/echo/live]` has it."""
    (rule,) = one(documents, "AuthorizationPolicy", having="-upgrades'")["spec"]["rules"]
    assert "to" not in rule
    rule["to"] = [{"operation": {"notPaths": ["/echo/live"]}}]


def test_within_a_websocket_no_role_is_asked_for(stand: Stand) -> None:
    """So none is opened, unless somebody allows its path: Nina, no administrator, reaches /echo/admin in it."""
    cookie = cookie_of(stand, NINA)
    with stand.changed(changing, fresh={"echo"}) as door:
        assert status(tunnel(door, "/echo/live", "websocket", "/echo/admin/closed", cookie)) == 403
        assert arrived(stand, "/echo/admin/closed") == []
    with stand.changed(together(changing, allowed), fresh={"echo"}) as door:
        assert status(tunnel(door, "/echo/live", "websocket", "/echo/admin/nobody")) == 302, "it is asked about, once"
        assert status(tunnel(door, "/echo", "websocket", "/echo/admin/nobody", cookie)) == 403, "another path"
        assert arrived(stand, "/echo/admin/nobody") == []
        assert status(tunnel(door, "/echo/live", "websocket", "/echo/admin/open", cookie)) == 101
        assert arrived(stand, "/echo/admin/open") == ["GET /echo/admin/open HTTP/1.1"]
