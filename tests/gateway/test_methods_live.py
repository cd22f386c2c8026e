"""Methods that no rule names: they would reach a service past a rule for GET or POST."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from tests.gateway import http2
from tests.gateway.changes import one
from tests.gateway.seen import arrived
from tests.gateway.test_forgery_live import cookie_of
from tests.gateway.test_paths_live import ask
from tooling.gateway.stand.directory import NINA
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.person import raw, status
from tooling.gateway.stand.stand import Door, Stand

ODD = ("TRACE", "PROPFIND", "MOVE", "LOCK", "SEARCH", "PURGE", "LINK")
USUAL = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def passed(door: Door, methods: Iterable[str], path: str) -> set[str]:
    """The methods with which a request of somebody who is logged in reached the echo itself."""
    cookie, found = cookie_of(door.stand, NINA), set()
    for method in methods:
        mark = f"m{secrets.token_hex(6)}"
        ask(door, f"{path}/{mark}", cookie, method=method)
        if arrived(door.stand, mark):
            found.add(method)
    return found


def test_only_methods_that_rules_are_made_for_arrive(stand: Stand) -> None:
    assert passed(stand.door, ODD, "/echo") == set()
    assert passed(stand.door, USUAL, "/echo") == set(USUAL)


def test_none_is_a_way_past_a_rule_for_get(stand: Stand) -> None:
    assert passed(stand.door, (*ODD, "GET", "HEAD"), "/echo/orders") == set()


def test_small_letters_are_no_method_at_all(stand: Stand) -> None:
    """Over HTTP/2 a method may be any word; but nobody can ask oauth2-proxy with it, which is asked over HTTP/1.1."""
    door, cookie = stand.door, cookie_of(stand, NINA)
    for method in ("get", "Get", "post", "FOO"):
        mark = f"m{secrets.token_hex(6)}"
        assert status(ask(door, f"/echo/{mark}", cookie, method=method)) == 400, method
        fields = [(":method", method), (":scheme", "https"), (":authority", door.host), (":path", f"/echo/{mark}")]
        request = http2.request([*fields, ("cookie", cookie)])
        raw(request, door.address, door.host, stand.trust, protocol="h2")
        assert arrived(stand, mark) == [], method


def any_method(documents: list[Document], _: dict[str, Any]) -> None:
    documents.remove(one(documents, "AuthorizationPolicy", having="-methods'"))


def test_without_the_policy_they_would(stand: Stand) -> None:
    with stand.changed(any_method) as door:
        assert "TRACE" in passed(door, ("TRACE", "GET"), "/echo/orders"), "past a rule for GET"
        assert passed(door, ODD, "/echo") == set(ODD)
