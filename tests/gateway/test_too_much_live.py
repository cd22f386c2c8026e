"""Too much of everything: headers, cookies, logins begun. And why the session is a ticket, and not a cookie."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from tests.gateway.changes import one, setting
from tests.gateway.seen import arrived
from tests.gateway.test_forgery_live import bare, cookie_of
from tooling.gateway.stand.directory import NINA, OTTO
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.person import status
from tooling.gateway.stand.stand import Door, Stand

TOO_LARGE = (62_000, 100_000, 1_000_000)
"""Bytes. Envoy's limit is 60 KiB for all headers together."""
TOO_MANY = (101, 400)
STARTS = 20
MANAGER = "envoy.filters.network.http_connection_manager"


def large(stand: Stand, size: int) -> dict[str, dict[str, Any]]:
    """Requests with something of `size` bytes, as `bare` takes them; nobody is logged in, but for the last."""
    name = stand.charts.values["cookie"]["name"]
    much = "x" * size
    return {
        "cookie": {"lines": [f"Cookie: {name}={much}"]},
        "parts of the cookie": {"cookie": "; ".join(f"{name}_{at}={'x' * 100}" for at in range(size // 100))},
        "other cookies": {"cookie": "; ".join(f"{at}={'x' * 1000}" for at in range(size // 1000))},
        "token": {"lines": [f"Authorization: Bearer {much}"]},
        "header": {"lines": [f"X-Long: {much}"]},
        "path": {"path": f"/echo/large/{much}"},
        "query": {"path": f"/echo/large?{much}"},
        "without login": {"path": "/oauth2/ping", "lines": [f"X-Long: {much}"]},
        "logged in": {"path": "/echo/large", "lines": [f"X-Long: {much}"], "cookie": cookie_of(stand, NINA)},
    }


def many(stand: Stand, count: int) -> dict[str, dict[str, Any]]:
    """Requests with that many headers."""
    return {
        "headers": {"path": "/oauth2/ping", "lines": [f"X-{at}: x" for at in range(count)]},
        "one header again and again": {"path": "/oauth2/ping", "lines": ["X: x"] * count},
        "cookies": {"path": "/oauth2/ping", "lines": [f"Cookie: a{at}=x" for at in range(count)]},
        "logged in": {
            "path": "/echo/many",
            "lines": [f"X-{at}: x" for at in range(count)],
            "cookie": cookie_of(stand, NINA),
        },
    }


def said(door: Door, wanted: dict[str, dict[str, Any]]) -> dict[str, int]:
    """The statuses of what each is answered; what is too much is answered early, and the connection left open."""

    def one(more: dict[str, Any]) -> int:
        lines, path, cookie = more.get("lines", ()), more.get("path", "/echo"), more.get("cookie", "")
        return status(bare(door, *lines, path=path, cookie=cookie, patience=1))

    with ThreadPoolExecutor(9) as pool:
        return dict(zip(wanted, pool.map(one, wanted.values()), strict=True))


def test_too_much_is_refused_before_anybody_is_asked(stand: Stand) -> None:
    for size in TOO_LARGE:
        answers = said(stand.door, large(stand, size))
        assert set(answers.values()) <= {0, 414, 431}, (size, answers)
    for count in TOO_MANY:
        answers = said(stand.door, many(stand, count))
        assert set(answers.values()) <= {0, 431}, (count, answers)
    assert arrived(stand, "/echo/large") == arrived(stand, "/echo/many") == []
    assert status(bare(stand.door, cookie=cookie_of(stand, NINA))) == 200


def test_a_lot_is_no_more_than_a_bad_login(stand: Stand) -> None:
    for size in (8_000, 30_000):
        wanted = large(stand, size)
        assert said(stand.door, wanted) == {
            **dict.fromkeys(wanted, 401),
            "token": 403,
            "without login": 200,
            "logged in": 200,
        }


def no_limits(documents: list[Document], _: dict[str, Any]) -> None:
    """What the gateway says of limits, and what is the default of the sidecars behind it, made large."""
    said = {"max_request_headers_kb": 4000, "common_http_protocol_options": {"max_headers_count": 5000}}
    edge = one(documents, "EnvoyFilter")
    own = edge["spec"]["configPatches"][0]["patch"]["value"]["typed_config"]
    assert own["max_request_headers_kb"] == 60
    assert own["common_http_protocol_options"]["max_headers_count"] == 100
    own["max_request_headers_kb"] = said["max_request_headers_kb"]
    own["common_http_protocol_options"] |= said["common_http_protocol_options"]
    match = {"context": "SIDECAR_INBOUND", "listener": {"filterChain": {"filter": {"name": MANAGER}}}}
    patch = {"operation": "MERGE", "value": {"typed_config": {"@type": own["@type"], **said}}}
    documents.append(
        {
            "apiVersion": edge["apiVersion"],
            "kind": edge["kind"],
            "metadata": {"name": "sidecars", "namespace": "istio-system"},
            "spec": {"configPatches": [{"applyTo": "NETWORK_FILTER", "match": match, "patch": patch}]},
        }
    )


def test_without_limits_oauth2_proxy_and_services_get_it_all(stand: Stand) -> None:
    with stand.changed(no_limits) as door:
        answers = said(door, large(stand, 62_000))
        assert answers == {**dict.fromkeys(answers, 401), "token": 403, "without login": 200, "logged in": 200}
        assert arrived(stand, "/echo/large") != []
        answers = said(door, many(stand, 101))
        assert answers.pop("logged in") == 431, "the echo has the same limit of its own, which others have not"
        assert answers == dict.fromkeys(answers, 200)


@contextmanager
def many_roles(stand: Stand, login: str) -> Iterator[None]:
    """Somebody with roles whose names are five kilobytes, for as long as it takes."""
    names = [secrets.token_hex(125) for _ in range(20)]
    with stand.admin() as admin:
        (user,) = admin.get("platform", "users", query={"username": login, "exact": "true"})
        for name in names:
            admin.send("POST", ("platform", "roles"), body={"name": name})
        roles = [admin.get("platform", "roles", name) for name in names]
        admin.send("POST", ("platform", "users", user["id"], "role-mappings", "realm"), body=roles)
        try:
            yield
        finally:
            for name in names:
                admin.send("DELETE", ("platform", "roles", name))


def test_with_many_roles_the_cookie_is_as_small_as_ever(stand: Stand) -> None:
    """In the cookie instead of in Redis, the session is in parts; a service or proxy that takes 8 KiB refuses them."""
    name = stand.charts.values["cookie"]["name"]
    stand.door.person(OTTO).open("/echo")
    with (
        many_roles(stand, OTTO),
        stand.changed(setting("session_store_type", '"cookie"'), fresh={"oauth2-proxy"}) as door,
    ):
        person = stand.door.person(OTTO)
        person.open("/echo")
        assert len(person.cookies()[name]) < 400
        other = door.person(OTTO)
        assert other.open("/echo").status_code == 200
        parts = {one: value for one, value in other.cookies().items() if one.startswith(name)}
        assert set(parts) == {f"{name}_{at}" for at in range(len(parts))}
        assert len(parts) > 2
        assert sum(map(len, parts.values())) > 8192


def begun(door: Door) -> int:
    """How many cookies a browser holds of logins that it began and never ended."""
    person = door.person()
    for _ in range(STARTS):
        assert person.send("GET", "/echo").status_code == 302
    return len([one for one in person.cookies() if one.endswith("_csrf")])


def test_logins_that_nobody_ends_do_not_pile_up(stand: Stand) -> None:
    """A page with many pictures, and a session that is over: without a limit, headers grow until nothing is taken."""
    assert begun(stand.door) < STARTS / 2
    with stand.changed(setting("cookie_csrf_per_request_limit", "0"), fresh={"oauth2-proxy"}) as door:
        assert begun(door) == STARTS
