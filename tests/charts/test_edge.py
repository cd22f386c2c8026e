"""The gateway's EnvoyFilter in a stock Envoy: what reaches a service, and what does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.charts.conftest import needed
from tests.charts.edge import bootstrap
from tests.charts.helm import CHARTS, EXAMPLE, Chart, Helm, Manifest
from tests.charts.processes import Answer, ask, free_port, running

HTTPS_ONLY = "gateway.https_only"


@dataclass(frozen=True)
class Edge:
    """A running Envoy, and the same with the redirect to https switched on."""

    open: int
    https_only: int

    def seen(self, path: str, *headers: tuple[str, str]) -> dict[str, Any]:
        """What the service saw."""
        answer = ask(self.open, path, headers)
        assert answer.status == 200, answer
        found: dict[str, Any] = json.loads(answer.body)
        return found


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    folder = tmp_path_factory.mktemp("edge")
    envoy = needed("envoy")
    rendered = Helm(needed("helm"), folder).template(Chart("gateway", [EXAMPLE]))
    whole = rendered.find("EnvoyFilter")
    echo, plain, secure = free_port(), free_port(), free_port()
    script = CHARTS / "echo" / "files" / "echo.py"
    with (
        running(["python3", "-I", script, "--port", str(echo)], echo, folder / "echo.log"),
        running(_envoy(envoy, folder, _without(whole, HTTPS_ONLY), plain, echo), plain, folder / "plain.log"),
        running(_envoy(envoy, folder, whole, secure, echo), secure, folder / "secure.log"),
    ):
        yield Edge(plain, secure)


def _without(edge: Manifest, name: str) -> Manifest:
    kept = [one for one in edge["spec"]["configPatches"] if one["patch"]["value"].get("name") != name]
    assert len(kept) == len(edge["spec"]["configPatches"]) - 1
    return {**edge, "spec": {**edge["spec"], "configPatches": kept}}


def _envoy(envoy: Path, folder: Path, edge: Manifest, port: int, upstream: int) -> list[str | Path]:
    config = folder / f"{port}.json"
    config.write_text(bootstrap(edge, port, upstream), encoding="utf-8")
    return [envoy, "-c", config, "--base-id", str(port), "--concurrency", "1", "-l", "warning"]


@pytest.mark.parametrize(
    ("said", "arrives"),
    [
        (["a=1; __Host-gateway=SECRET; b=2"], ["a=1; b=2"]),
        (["__Host-gateway=SECRET"], None),
        (["__Host-gateway_1=SECRET;a=1", "__Host-gateway_0aF9_csrf=SECRET; c=x=y"], ["a=1; c=x=y"]),
        (["  __Host-gateway =SECRET ;a=1"], ["a=1"]),
        (["__Host-gatewayOfSomebodyElse=1; __host-gateway=1"], ["__Host-gatewayOfSomebodyElse=1; __host-gateway=1"]),
        ([";;  ;"], None),
    ],
)
def test_a_service_never_gets_the_session_s_cookie(edge: Edge, said: list[str], arrives: list[str] | None) -> None:
    found = edge.seen("/orders", *(("cookie", one) for one in said))
    assert found["headers"].get("cookie") == arrives


@pytest.mark.parametrize("path", ["/oauth2/sign_out", "/oauth2/auth?x=1", "//oauth2%2fuserinfo"])
def test_oauth2_proxy_itself_does(edge: Edge, path: str) -> None:
    assert edge.seen(path, ("cookie", "__Host-gateway=S"))["headers"]["cookie"] == ["__Host-gateway=S"]


@pytest.mark.parametrize("path", ["/oauth2/callback?code=1", "//oauth2%2fcallback", "/oauth2/x/../callback?code=1"])
def test_the_end_of_a_login_gets_the_cookie_of_that_login_alone(edge: Edge, path: str) -> None:
    found = edge.seen(path, ("cookie", "a=1; __Host-gateway=S; __Host-gateway_0aF9_csrf=C"))
    assert found["headers"]["cookie"] == ["a=1; __Host-gateway_0aF9_csrf=C"]


@pytest.mark.parametrize("path", ["/oauth2", "/oauth2x/", "/oauth2/../orders", "/oauth2/..%2forders"])
def test_nobody_who_only_looks_like_it(edge: Edge, path: str) -> None:
    assert "cookie" not in edge.seen(path, ("cookie", "__Host-gateway=S"))["headers"]


@pytest.mark.parametrize(
    "name",
    [
        "X-Auth-Request-User",
        "x-auth-request-groups",
        "X-AUTH-REQUEST-EMAIL",
        "X-Auth-Request-Redirect",
        "X-Forwarded-User",
        "X-Forwarded-Host",
        "X-Forwarded-Uri",
        "X-Original-Url",
    ],
)
def test_nobody_says_who_they_are(edge: Edge, name: str) -> None:
    assert name.lower() not in edge.seen("/orders", (name, "boss"), (name, "again"))["headers"]


@pytest.mark.parametrize("name", ["X_Auth_Request_User", "x-auth-request_user", "Any_Thing"])
def test_an_underscore_in_a_header_is_refused(edge: Edge, name: str) -> None:
    assert ask(edge.open, "/orders", [(name, "boss")]).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "//orders///approve",
        "/orders/%61pprove",
        "/orders%2fapprove",
        "/orders%2Fapprove",
        "/orders%5capprove",
        "/orders\\approve",
        "/orders/./approve",
        "/orders/x/../approve",
        "/orders/x/%2e%2e/approve",
        "/orders/x%2f..%2fapprove",
        "/%6frders/appro%76e",
    ],
)
def test_the_path_that_policies_see_is_the_path_that_services_see(edge: Edge, path: str) -> None:
    """Without a word in the mesh config, which says the same once more, and for sidecars."""
    assert edge.seen(path)["path"] == "/orders/approve"


def test_a_browser_stays_with_https(edge: Edge) -> None:
    assert ask(edge.open, "/orders").header("strict-transport-security") == "max-age=31536000"


def test_over_http_there_is_a_redirect_and_nothing_else(edge: Edge) -> None:
    def answer(path: str, *headers: tuple[str, str]) -> Answer:
        return ask(edge.https_only, path, headers)

    found = answer("/orders/x?y=%2f&z=1", ("host", "apps.example.com"))
    assert (found.status, found.header("location")) == (308, "https://apps.example.com/orders/x?y=%2f&z=1")
    assert answer("/", ("host", "APPS.example.com:8080")).header("location") == "https://apps.example.com/"
    # The client's own word for the scheme counts for nothing.
    found = answer("/orders", ("host", "apps.example.com"), ("x-forwarded-proto", "https"))
    assert found.status == 308
    # No host but the gateway's own is anybody sent to.
    found = answer("/", ("host", "evil.example.com"))
    assert (found.status, found.header("location")) == (404, None)
