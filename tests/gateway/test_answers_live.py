"""What answers tell a browser: nothing of a token, whatever page of oauth2-proxy's own is asked for."""

from __future__ import annotations

from typing import Any

import requests

from tests.gateway.changes import one
from tooling.gateway.stand.directory import ADA
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.stand import Door, Stand

# All of them end at oauth2-proxy itself, which answers them as it answers a check.
OWN = (
    "/oauth2/auth",
    "/oauth2/x",
    "/oauth2//auth",
    "/oauth2/%61uth",
    "/oauth2/auth?allowed_groups=",
    "/oauth2/userinfo",
)


def told(answer: requests.Response) -> set[str]:
    """The names of the headers that tell who somebody is, or are as good as they are."""
    named = {name for name in map(str.lower, answer.headers) if name.startswith("x-auth-request-") or "auth" in name}
    return named | {name.lower() for name, value in answer.headers.items() if "eyJ" in value or ADA in value}


def answered(door: Door) -> dict[str, set[str]]:
    """The pages that tell somebody who is logged in something in their headers."""
    person = door.person(ADA)
    assert person.open("/echo").status_code == 200
    found = {}
    for path in OWN:
        answer = person.send("GET", path)
        assert answer.status_code in {200, 202}, path
        if names := told(answer):
            found[path] = names
    return found


def test_no_page_of_oauth2_proxy_gives_a_token_away(stand: Stand) -> None:
    """A script of any service's page may ask for them, and would have what `HttpOnly` keeps from it."""
    assert answered(stand.door) == {}


def test_nor_does_a_service_s_answer(stand: Stand) -> None:
    assert told(stand.known(ADA).send("GET", "/echo")) == set()


def test_no_page_tells_oauth2_proxy_s_version(stand: Stand) -> None:
    for path in ("/oauth2/callback", "/oauth2/callback?error=access_denied&state=x:/"):
        page = stand.door.person().send("GET", path)
        assert "<html" in page.text
        assert "7.15" not in page.text, path


def as_they_come(documents: list[Document], _: dict[str, Any]) -> None:
    """Answers without what takes headers out of them."""
    for patch in one(documents, "EnvoyFilter", having="gateway.untrusted_headers")["spec"]["configPatches"]:
        if patch["patch"]["value"].get("name") == "gateway.untrusted_headers":
            mutations = patch["patch"]["value"]["typed_config"]["mutations"]["response_mutations"]
            mutations[:] = [each for each in mutations if "remove" not in each]


def test_without_the_filter_at_the_edge_they_would(stand: Stand) -> None:
    with stand.changed(as_they_come) as door:
        found = answered(door)
        assert {"authorization", "x-auth-request-email"} <= found["/oauth2/auth"]
        assert "authorization" in found["/oauth2/x"], "any page below the prefix is answered as a check is"
