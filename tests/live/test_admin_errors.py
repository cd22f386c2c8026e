"""What a person is told when Keycloak can't be reached, isn't there, or doesn't know them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from realmctl.errors import ServerError, Unreachable, UsageProblem
from realmctl.keycloak.admin import Admin, connection
from tests.conftest import Keycloak
from tests.support.faults import FaultProxy
from tests.support.faults.identity import Identity


def ask(keycloak: Keycloak, **changed: str) -> None:
    """Reads the realm master with the connection's options changed."""
    with contextlib.closing(Admin(connection(changed, keycloak.environ()))) as admin:
        admin.get("master")


def root(keycloak: Keycloak) -> str:
    return keycloak.url.removesuffix("/auth")


@pytest.mark.parametrize(
    "tail", ["/auth/auth", "/nowhere", "/auth/realms/master", "/auth/admin", "/auth/admin/master/console/", ""]
)
def test_a_wrong_path_is_told_with_the_right_one(keycloak: Keycloak, tail: str) -> None:
    wrong = root(keycloak) + tail
    if wrong == keycloak.url:
        pytest.skip("this Keycloak has no path of its own")
    with pytest.raises(ServerError) as error:
        ask(keycloak, url=wrong)
    assert str(error.value) == f"Keycloak is at {keycloak.url}, not at {wrong.rstrip('/')}."
    assert error.value.advice == f"Set KEYCLOAK_URL={keycloak.url}"


def test_wrong_password(keycloak: Keycloak) -> None:
    with pytest.raises(ServerError, match=r"login of the user \w+ .*: Invalid user credentials") as error:
        ask(keycloak, password="canary-wrong")
    assert "KEYCLOAK_PASSWORD" in error.value.advice
    assert "canary" not in f"{error.value}{error.value.advice}"


def test_wrong_client_secret(keycloak: Keycloak) -> None:
    with pytest.raises(ServerError, match="did not accept the login of the client nobody") as error:
        ask(keycloak, user="", client_id="nobody", client_secret="canary-wrong")
    assert "KEYCLOAK_CLIENT_SECRET" in error.value.advice
    assert "canary" not in f"{error.value}{error.value.advice}"


def test_a_client_that_takes_no_passwords(keycloak: Keycloak) -> None:
    with pytest.raises(ServerError, match="not allowed for direct access grants") as error:
        ask(keycloak, client_id="account")
    assert "admin-cli" in error.value.advice


def test_a_client_without_a_service_account(keycloak: Keycloak) -> None:
    with pytest.raises(ServerError, match="service account") as error:
        ask(keycloak, user="", client_id="admin-cli", client_secret="x")
    assert "confidential client" in error.value.advice


def test_a_login_realm_that_does_not_exist(keycloak: Keycloak) -> None:
    with pytest.raises(ServerError, match="has no realm nowhere to log in to") as error:
        ask(keycloak, login_realm="nowhere")
    assert "KEYCLOAK_REALM" in error.value.advice


def test_tls_spoken_to_a_server_without(keycloak: Keycloak) -> None:
    if not keycloak.url.startswith("http:"):
        pytest.skip("this Keycloak speaks TLS")
    with pytest.raises(Unreachable, match="does not speak TLS") as error:
        ask(keycloak, url=keycloak.url.replace("http:", "https:"))
    assert "http://" in error.value.advice


def test_tls_with_a_private_authority(keycloak: Keycloak, tmp_path: Path) -> None:
    identity = Identity.make(tmp_path)
    with FaultProxy(keycloak.url, tls=identity.server()) as proxy:
        ask(keycloak, url=proxy.url, ca=str(identity.certificate))
        with pytest.raises(Unreachable, match="authority that is not trusted here") as error:
            ask(keycloak, url=proxy.url)
        assert "KEYCLOAK_CA_FILE" in error.value.advice


def test_tls_for_another_name(keycloak: Keycloak, tmp_path: Path) -> None:
    identity = Identity.make(tmp_path, address="192.0.2.1")
    with FaultProxy(keycloak.url, tls=identity.server()) as proxy:
        with pytest.raises(Unreachable, match="is for another name"):
            ask(keycloak, url=proxy.url, ca=str(identity.certificate))
        assert proxy.seen == []


def test_tls_that_has_expired(keycloak: Keycloak, tmp_path: Path) -> None:
    identity = Identity.make(tmp_path, ends=datetime.now(UTC) - timedelta(minutes=1))
    with FaultProxy(keycloak.url, tls=identity.server()) as proxy, pytest.raises(Unreachable, match="has expired"):
        ask(keycloak, url=proxy.url, ca=str(identity.certificate))


def test_certificates_that_are_none(keycloak: Keycloak, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(UsageProblem, match="none in PEM form"):
        ask(keycloak, url="https://127.0.0.1:1", ca=str(tmp_path / "ca.pem"))


def test_nobody_listens(keycloak: Keycloak) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="connection refused") as error:
            ask(keycloak, url=f"http://127.0.0.1:{taken.getsockname()[1]}/auth")
    assert "Keycloak runs" in error.value.advice
    assert not error.value.ambiguous


def test_an_unknown_name(keycloak: Keycloak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(Unreachable, match="no server of the name") as error:
        ask(keycloak, url="https://keycloak.invalid/auth")
    assert "KEYCLOAK_URL" in error.value.advice


class Page(BaseHTTPRequestHandler):
    """Some web server that is no Keycloak."""

    status, kind, body, location = 200, "text/html", b"<html>Welcome canary-page</html>", ""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        if self.location:
            self.send_header("Location", self.location)
        self.end_headers()
        self.wfile.write(self.body)

    do_POST = do_GET

    def log_message(self, *_: object, **__: object) -> None:
        """Says nothing."""


@contextlib.contextmanager
def serving(**page: object) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), type("ThisPage", (Page,), page))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"status": 404},
        {"status": 403},
        {"status": 405, "kind": "text/plain", "body": b"no"},
        {"kind": "application/json", "body": b"[]"},
        {"kind": "application/json", "body": b'{"hello": "world"}'},
        {"kind": "application/json", "body": b""},
        {"status": 500, "body": b""},
    ],
)
def test_not_a_keycloak(keycloak: Keycloak, page: dict[str, object]) -> None:
    with serving(**page) as url, pytest.raises(ServerError, match="is not a Keycloak") as error:
        ask(keycloak, url=url)
    assert "/auth" in error.value.advice
    assert "canary" not in str(error.value)


def test_a_redirect_is_told_and_not_followed(keycloak: Keycloak) -> None:
    there = "https://sso.example.com/auth/realms/master/protocol/openid-connect/token"
    with serving(status=302, location=there) as url, pytest.raises(ServerError) as error:
        ask(keycloak, url=url)
    assert str(error.value) == f"{url} sends requests on to https://sso.example.com/auth."


def test_a_gateway_that_hides_the_admin_api(keycloak: Keycloak) -> None:
    with FaultProxy(keycloak.url) as proxy:
        proxy.hide("/admin/")
        with pytest.raises(ServerError, match="is not Keycloak's Admin API") as error:
            ask(keycloak, url=proxy.url)
        assert "closed to the outside" in error.value.advice


def test_a_server_that_hangs_up(keycloak: Keycloak) -> None:
    with FaultProxy(keycloak.url) as proxy:
        proxy.fail("reset")
        with pytest.raises(Unreachable, match="broke the connection") as error:
            ask(keycloak, url=proxy.url)
        assert len(proxy.seen) == 3
        assert not error.value.ambiguous


def test_a_context_checks_names_and_certificates(tmp_path: Path) -> None:
    from realmctl.keycloak.admin.transport import trust

    for context in (trust(None), trust(str(Identity.make(tmp_path).certificate))):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
