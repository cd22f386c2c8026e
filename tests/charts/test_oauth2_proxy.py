"""The real oauth2-proxy with the chart's configuration, and the real Redis with the chart's scripts."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from realmctl.config.loader import load
from realmctl.integrations.gateway.compilation import gateway
from realmctl.integrations.gateway.values_file import as_yaml
from tests.charts.conftest import needed
from tests.charts.helm import CHARTS, EXAMPLE, Chart, Helm
from tests.charts.processes import Answer, ask, free_port, running

PASSWORD = "canary $(of) 'redis' \"quoted\""
CLIENT_SECRET = "canary-of-the-client"
COOKIE_SECRET = "0123456789abcdef0123456789abcdef"
HOST = ("host", "apps.example.com")


@dataclass(frozen=True)
class Proxy:
    """Where they listen, and what they said."""

    port: int
    redis: int
    folder: Path

    def check(self, path: str, *headers: tuple[str, str]) -> Answer:
        """What Envoy's check would ask."""
        return ask(self.port, path, (HOST, *headers))

    def logs(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in self.folder.glob("*.log"))


def _config(helm: Helm, chart: Chart, folder: Path, ports: dict[str, str]) -> None:
    """The chart's ConfigMap as files, with the pod's paths and addresses replaced."""
    for name, text in helm.template(chart).find("ConfigMap")["data"].items():
        for old, new in ports.items():
            text = text.replace(old, new)
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with _started(tmp_path_factory.mktemp("proxy"), EXAMPLE) as found:
        yield found


@contextmanager
def _started(folder: Path, values: Path) -> Iterator[Proxy]:
    """Both of them, with a gateway's values."""
    program, _ = needed("oauth2-proxy"), needed("redis-server")
    helm = Helm(needed("helm"), folder)
    redis, port = free_port(), free_port()
    for name, text in (("password", PASSWORD), ("client-secret", CLIENT_SECRET), ("cookie-secret", COOKIE_SECRET)):
        (folder / name).write_text(text, encoding="utf-8")
    _config(
        helm,
        Chart("redis"),
        folder,
        {"port 6379": f"port {redis}", "dir /data": f"dir {folder}", "bind * -::*": "bind 127.0.0.1"},
    )
    _config(
        helm,
        Chart("oauth2-proxy", [values]),
        folder,
        {
            "/run/secrets/oauth2-proxy": str(folder),
            "redis://redis:6379": f"redis://127.0.0.1:{redis}",
            "0.0.0.0:4180": f"127.0.0.1:{port}",
            "0.0.0.0:44180": "127.0.0.1:0",
        },
    )
    run = folder / "run"
    run.mkdir()
    paths = {"CONFIG": str(folder), "SECRETS": str(folder), "RUN": str(run), "PORT": str(redis)}
    start = CHARTS / "redis" / "files" / "start.sh"
    command: list[str | Path] = [program, f"--config={folder}/oauth2-proxy.cfg", f"--alpha-config={folder}/alpha.yaml"]
    with (
        running(["sh", start], redis, folder / "redis.log", paths),
        running(command, port, folder / "proxy.log", {"OAUTH2_PROXY_REDIS_PASSWORD": PASSWORD}),
    ):
        yield Proxy(port, redis, folder)


def test_a_browser_is_sent_to_this_realm_with_pkce_and_a_nonce(proxy: Proxy) -> None:
    found = proxy.check("/orders?x=1", ("accept", "text/html"))
    assert found.status == 302
    location = urlsplit(found.header("location") or "")
    asked = {key: value for key, (value,) in parse_qs(location.query).items()}
    assert f"{location.scheme}://{location.netloc}{location.path}" == (
        "https://apps.example.com/auth/realms/platform/protocol/openid-connect/auth"
    )
    assert (asked["client_id"], asked["redirect_uri"]) == ("oauth2-proxy", "https://apps.example.com/oauth2/callback")
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["nonce"]
    assert asked["code_challenge"]
    assert asked["scope"] == "openid profile email"
    assert "approval_prompt" not in asked
    assert asked["state"].endswith(":/orders?x=1")
    cookie = found.header("set-cookie") or ""
    assert re.match(r"__Host-gateway_\S+_csrf=", cookie)
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "name", ["X-Forwarded-Host", "X-Forwarded-Uri", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Original-Url"]
)
def test_no_forwarded_header_moves_it(proxy: Proxy, name: str) -> None:
    found = proxy.check("/orders", (name, "evil.example.com"), ("accept", "text/html"))
    asked = parse_qs(urlsplit(found.header("location") or "").query)
    assert asked["redirect_uri"] == ["https://apps.example.com/oauth2/callback"]
    assert asked["state"][0].endswith(":/orders")
    assert "evil" not in (found.header("location") or "")


@pytest.mark.parametrize(
    "rd", ["https://evil.example.com/", "//evil.example.com", "/\\evil.example.com", "https://x.apps.example.com/"]
)
def test_a_login_ends_at_no_other_host(proxy: Proxy, rd: str) -> None:
    found = ask(proxy.port, f"/oauth2/start?rd={rd}", [HOST])
    assert found.status == 302
    assert "evil" not in parse_qs(urlsplit(found.header("location") or "").query)["state"][0]


@pytest.mark.parametrize("domain", ["", "cookieDomain: example.com"], ids=["a login each", "one login"])
def test_with_several_hosts_each_leads_back_to_itself(domain: str, tmp_path: Path) -> None:
    """A login ends at the host that was asked for, and a logout gets to Keycloak, which is on the first host alone."""
    word = ["  hosts: [apps.example.com, shop.example.com]", "  clientSecret: $(env:PROXY)", f"  {domain}"]
    word += ["  internalUrl: http://keycloak.identity.svc.cluster.local:8080/auth"]
    (tmp_path / "realm.yaml").write_text("\n".join(["realm: platform", "oauth2Proxy:", *word]), encoding="utf-8")
    (config,) = load([tmp_path], environ={"PROXY": CLIENT_SECRET})
    told = gateway(config)
    values = tmp_path / "gateway.yaml"
    values.write_text(as_yaml(told), encoding="utf-8")
    with _started(tmp_path, values) as proxy:
        for host in told.hosts:
            name = [("host", host.name), ("accept", "text/html")]
            onward = urlsplit(ask(proxy.port, "/orders", name).header("location") or "")
            assert parse_qs(onward.query)["redirect_uri"] == [host.redirectUri]
            out = ask(proxy.port, host.logout.removeprefix(host.origin), name).header("location") or ""
            assert out.partition("?")[0].endswith("/auth/realms/platform/protocol/openid-connect/logout"), out


def test_a_script_gets_401_and_an_api_client_403(proxy: Proxy) -> None:
    assert proxy.check("/api/orders").status == 401
    assert proxy.check("/orders", ("accept", "application/json")).status == 401
    assert proxy.check("/orders", ("authorization", "Bearer ey.ey.x")).status == 403
    assert proxy.check("/orders", ("authorization", "Basic Og==")).status == 403


def test_what_it_answers_by_itself_is_below_its_prefix(proxy: Proxy) -> None:
    """Whatever is 200 here is let through to a service by the check; the route of /robots.txt ends at oauth2-proxy."""
    assert {path: proxy.check(path).status for path in ("/ping", "/ready", "/metrics", "/healthz")} == {
        "/ping": 302,
        "/ready": 302,
        "/metrics": 302,
        "/healthz": 302,
    }
    assert proxy.check("/oauth2/ping").status == 200
    assert proxy.check("/oauth2/ready").status == 200
    assert proxy.check("/robots.txt").status == 200


def test_redis_takes_the_password_alone_and_no_administration(proxy: Proxy) -> None:
    cli = Path(needed("redis-server")).with_name("redis-cli")
    if not cli.exists():
        pytest.skip("NOT TESTED, redis-cli is missing")

    def say(*words: str, password: str = PASSWORD) -> str:
        environ = {"PATH": os.environ["PATH"], "REDISCLI_AUTH": password}
        done = subprocess.run(
            [str(cli), "-p", str(proxy.redis), *words],
            capture_output=True,
            text=True,
            check=False,
            env=environ,
            timeout=10,
        )
        return done.stdout + done.stderr

    assert "PONG" in say("ping")
    assert "NOAUTH" in say("ping", password="")
    assert "NOAUTH" in say("ping", password="guess")
    for words in (("flushall",), ("config", "get", "*"), ("keys", "*"), ("shutdown",), ("acl", "list")):
        assert "NOPERM" in say(*words), words
    ready = CHARTS / "redis" / "files" / "ready.sh"
    environ = {"PATH": os.environ["PATH"], "SECRETS": str(proxy.folder), "PORT": str(proxy.redis)}
    assert subprocess.run(["sh", str(ready)], env=environ, check=False, timeout=10, capture_output=True).returncode == 0


def test_no_secret_is_in_what_they_say_or_write(proxy: Proxy) -> None:
    proxy.check("/orders", ("authorization", "Bearer ey.ey.x"), ("cookie", "__Host-gateway=canary-cookie"))
    written = (proxy.folder / "run" / "redis.conf").read_text(encoding="utf-8")
    for secret in (PASSWORD, CLIENT_SECRET, COOKIE_SECRET, "canary-cookie"):
        assert secret not in proxy.logs()
        assert secret not in written


def test_an_empty_password_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("\n", encoding="utf-8")
    (tmp_path / "redis.conf").write_text("port 0\n", encoding="utf-8")
    environ = {"PATH": os.environ["PATH"], **dict.fromkeys(("CONFIG", "SECRETS", "RUN"), str(tmp_path))}
    start = CHARTS / "redis" / "files" / "start.sh"
    done = subprocess.run(["sh", str(start)], env=environ, capture_output=True, text=True, check=False, timeout=10)
    assert (done.returncode, "the password is empty" in done.stderr) == (1, True)
