"""Ways of dressing a path: past the login, into Keycloak's inside, past a role's rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gateway.changes import one, together, unguarded
from tests.gateway.test_forgery_live import cookie_of
from tooling.gateway.stand.directory import ADA, NINA
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.person import raw, status
from tooling.gateway.stand.stand import Door, Stand

PATHS = yaml.safe_load(Path(__file__).with_name("paths.yaml").read_text(encoding="utf-8"))
DRESSED: list[str] = [
    *(
        f"{start}{slash.join([up] * 4)}{slash}echo"
        for start in PATHS["exempt"]
        for up in PATHS["up"]
        for slash in PATHS["slashes"]
    ),
    *(f"{start.rstrip('/')}{end}" for start in PATHS["exempt"] for end in PATHS["ends"]),
    *PATHS["dressed"],
]
INSIDE: list[str] = PATHS["inside"]
ADMIN: list[str] = PATHS["admin"]


def ask(door: Door, path: str, cookie: str = "", *, host: str = "", method: str = "GET") -> bytes:
    """A request line as it is."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host or door.host}", "Accept: text/html, */*", "Connection: close"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if method == "POST":
        lines.append("Content-Length: 0")
    return raw("\r\n".join([*lines, "", ""]).encode("latin-1"), door.address, door.host, door.stand.trust)


def answers(door: Door, paths: Sequence[str], cookie: str = "", *, method: str = "GET") -> dict[str, bytes]:
    """What each path is answered, side by side: most of the time is waiting for a connection to close."""
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(paths, pool.map(lambda path: ask(door, path, cookie, method=method), paths), strict=True))


def from_the_echo(answer: bytes) -> Any:
    """What the echo told, None where the answer is not from it."""
    body = answer.partition(b"\r\n\r\n")[2]
    return json.loads(body) if status(answer) == 200 and b'"claims"' in body else None


def test_no_dressed_path_leads_past_the_login(stand: Stand) -> None:
    found = answers(stand.door, DRESSED)
    assert {path for path, answer in found.items() if from_the_echo(answer)} == set()
    assert {path: status(answer) for path, answer in found.items() if status(answer) >= 500} == {}


def test_other_hosts_lead_nowhere(stand: Stand) -> None:
    for host in (
        "apps.example.com:80",
        "apps.example.com:8443",
        "APPS.EXAMPLE.COM",
        "apps.example.com.",
        "127.0.0.1",
        "x",
    ):
        assert from_the_echo(ask(stand.door, "/echo", host=host)) is None, host


def careless(documents: list[Document], mesh: dict[str, Any]) -> None:
    """What many a guide says: the check leaves out /auth*, Keycloak's route is /auth, paths are taken as they come."""
    mesh["pathNormalization"] = {"normalization": "NONE"}
    edge = one(documents, "EnvoyFilter")["spec"]["configPatches"]
    for patch in edge:
        said = patch["patch"]["value"].get("typed_config", {})
        for name in ("normalize_path", "merge_slashes", "path_with_escaped_slashes_action"):
            said.pop(name, None)
    login = one(documents, "AuthorizationPolicy", having="CUSTOM")
    login["spec"]["rules"][0]["to"][0]["operation"]["notPaths"] = ["/auth*", "/oauth2/*"]
    routes = one(documents, "VirtualService")["spec"]["http"]
    routes[:] = [route for route in routes if route["name"] != "keycloak-closed"]
    (keycloak,) = (route for route in routes if route["name"] == "keycloak")
    keycloak["match"] = [{"uri": {"prefix": "/auth/"}}]
    routes.append({"name": "everything", "route": next(route for route in routes if route["name"] == "echo")["route"]})


def open_inside(documents: list[Document], mesh: dict[str, Any]) -> None:
    """Without what keeps the rest of Keycloak closed."""
    closed = one(documents, "AuthorizationPolicy", having="-keycloak'")
    documents.remove(closed)


def test_with_the_paths_of_many_guides_some_would(stand: Stand) -> None:
    with stand.changed(together(careless, open_inside, unguarded)) as door:
        assert [path for path, answer in answers(door, DRESSED).items() if from_the_echo(answer)]
        assert status(ask(door, "/auth/realms/master/.well-known/openid-configuration")) == 200
        assert status(ask(door, "/auth/admin/master/console/")) == 200


@pytest.mark.parametrize("login", ["", ADA])
def test_the_inside_of_keycloak_is_nobodys_business_outside(stand: Stand, login: str) -> None:
    """Neither for who is logged in."""
    cookie = cookie_of(stand, login) if login else ""
    reached = {
        (method, path)
        for method in ("GET", "POST")
        for path, answer in answers(stand.door, INSIDE, cookie, method=method).items()
        if status(answer) not in {302, 400, 403, 404}
    }
    assert reached == set()
    for path, answer in answers(stand.door, INSIDE, cookie).items():
        if status(answer) == 302:  # to this realm's login, and nowhere else
            where = next(line for line in answer.split(b"\r\n") if line.lower().startswith(b"location:"))
            assert b"/auth/realms/platform/protocol/openid-connect/auth?" in where, path


def test_no_dressed_path_leads_past_a_role(stand: Stand) -> None:
    cookie = cookie_of(stand, NINA)
    passed = {path for path, answer in answers(stand.door, ADMIN, cookie).items() if from_the_echo(answer)}
    assert passed == set()
    assert from_the_echo(ask(stand.door, "/echo/admin", cookie_of(stand, ADA)))


def test_with_paths_as_they_come_some_would(stand: Stand) -> None:
    with stand.changed(careless) as door:
        person = door.person(NINA)
        person.open("/echo")
        cookie = f"{stand.charts.values['cookie']['name']}={person.cookies()[stand.charts.values['cookie']['name']]}"
        assert {path for path in ADMIN if from_the_echo(ask(door, path, cookie))}


def test_what_no_gateway_can_know_is_passed_on_as_it_is(stand: Stand) -> None:
    """A backend that folds case or strips ;parameters has to look after itself: the rule's path is another to Envoy."""
    cookie = cookie_of(stand, NINA)
    for path in ("/echo/ADMIN", "/echo/admin;x=y"):
        seen = from_the_echo(ask(stand.door, path, cookie))
        assert seen is not None, path
        assert seen["path"] == path


def test_robots_txt_is_oauth2_proxys_and_no_services(stand: Stand) -> None:
    """oauth2-proxy says yes to it whoever asks, so a service's own would be open to everybody."""
    answer = ask(stand.door, "/robots.txt")
    assert (status(answer), from_the_echo(answer)) == (200, None)
    assert b"Disallow: /" in answer
