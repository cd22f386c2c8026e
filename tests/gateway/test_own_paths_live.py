"""What oauth2-proxy answers itself is a yes to the check, whoever asks: none of it may be a service's path."""

from __future__ import annotations

from typing import Any

from tests.gateway.changes import one, setting, together, unguarded
from tests.gateway.test_forgery_live import cookie_of
from tests.gateway.test_paths_live import answers, ask, from_the_echo
from tooling.gateway.stand.directory import NINA
from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.person import status
from tooling.gateway.stand.stand import Stand

OWN = [
    "/robots.txt",
    "/robots.txt?x",
    "/robots%2etxt",
    "/%72obots.txt",
    "//robots.txt",
    "/./robots.txt",
    "/x/../robots.txt",
    "/robots.txt/",
    "/robots.txt;x",
    "/ROBOTS.TXT",
    "/robots.txt%00",
    "/ping",
    "/ping?x",
    "/ping/",
    "/%70ing",
    "/ready",
    "/readyz",
    "/healthz",
    "/metrics",
    "/oauth2",
    "/oauth2/ping",
    "/oauth2/ready",
    "/oauth2/metrics",
    "/oauth2/auth",
    "/oauth2/sign_in",
    "/oauth2/sign_out",
    "/oauth2/userinfo",
    "/oauth2/static/css/bulma.min.css",
    "/oauth2/signed_out",
    "/oauth2%2fping",
    "/oauth2/../ping",
    "/OAUTH2/ping",
]


def at_the_root(documents: list[Document], _: dict[str, Any]) -> None:
    """The echo has every path that nobody else has: as a platform's own front page would."""
    routes = one(documents, "VirtualService")["spec"]["http"]
    routes.append({"name": "root", "route": next(route for route in routes if route["name"] == "echo")["route"]})


def without_their_route(documents: list[Document], _: dict[str, Any]) -> None:
    """Nothing leads to oauth2-proxy but the check."""
    routes = one(documents, "VirtualService")["spec"]["http"]
    (own,) = (route for route in routes if route["name"] == "oauth2-proxy")
    routes.remove(own)


def test_none_is_a_services_path(stand: Stand) -> None:
    """Not even where a service has all other paths, and asks for nothing itself."""
    with stand.changed(together(at_the_root, unguarded)) as door:
        opened = {path for path, answer in answers(door, OWN).items() if from_the_echo(answer)}
        assert opened == set()
        cookie = cookie_of(stand, NINA)
        assert from_the_echo(ask(door, "/", cookie)), "logged in, it is the service's"
        assert from_the_echo(ask(door, "/ping", cookie)), "and this one, too"


def test_on_their_usual_paths_and_without_their_route_they_would_be(stand: Stand) -> None:
    change = together(
        at_the_root, without_their_route, setting("ping_path", '"/ping"'), setting("ready_path", '"/ready"')
    )
    with stand.changed(together(change, unguarded), fresh={"oauth2-proxy"}) as door:
        found = answers(door, ["/robots.txt", "/ping", "/ready", "/oauth2/ping", "/oauth2/x", "/metrics"])
        opened = {path for path, answer in found.items() if from_the_echo(answer)}
        assert opened == {"/robots.txt", "/ping", "/ready", "/oauth2/ping", "/oauth2/x"}
        assert status(found["/metrics"]) == 302, "oauth2-proxy has them on a port of their own"


def test_a_services_own_policy_stands_behind_it(stand: Stand) -> None:
    change = together(at_the_root, without_their_route)
    with stand.changed(change) as door:
        assert status(ask(door, "/robots.txt")) == 403
        assert status(ask(door, "/oauth2/x")) == 403
