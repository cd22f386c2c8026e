"""An answer that comes byte by byte ends with the time-out, and answers that are not Keycloak's name themselves."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing

import pytest

from realmctl.errors import Broken, Forbidden, ServerError, Unreachable
from realmctl.keycloak.admin import Admin, Connection
from realmctl.keycloak.admin.listener import Exchange, Listener
from realmctl.model import interruption
from realmctl.model.secret import Secret
from tests.support.faults.dripping import DrippingServer, answer

TOKEN = json.dumps({"access_token": "a.b.c", "expires_in": 300}).encode()
REALM = json.dumps({"realm": "r", "displayName": "x" * 400}).encode()


class Heard(Listener):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.waited: list[str] = []

    def exchanged(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def waits(self, reason: str, seconds: float) -> None:
        self.waited.append(reason)


def serving(
    body: bytes, status: str = "200 OK", kind: str = "application/json", *, drips: bool = False
) -> DrippingServer:
    def answers(_method: str, path: str) -> bytes:
        return answer("200 OK", TOKEN) if path.endswith("/token") else answer(status, body, kind)

    return DrippingServer(answers, lambda _, path: drips and "/admin/" in path)


def connected(server: DrippingServer, listener: Listener | None = None, timeout: float = 1.0) -> Admin:
    return Admin(
        Connection(server.url, client_id="c", client_secret=Secret("s-9f1c"), timeout=timeout), listener=listener
    )


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realmctl.keycloak.admin.retries.LONGEST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr("realmctl.keycloak.admin.retries.ATTEMPTS", 2)


@pytest.fixture
def stoppable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests share one process: what asks it to stop is undone."""
    monkeypatch.setattr("realmctl.model.interruption._Asked.signal", 0)


def test_a_dripped_answer_is_not_waited_for_longer_than_the_time_out() -> None:
    with serving(REALM, drips=True) as server, closing(connected(server)) as admin:
        with pytest.raises(Unreachable, match=r"gave no complete answer within 1 s") as late:
            admin.get("r")
        assert not late.value.ambiguous
        assert server.seen.count(("GET", "/auth/admin/realms/r")) == 2


def test_a_dripped_answer_to_a_write_leaves_it_in_doubt() -> None:
    with serving(REALM, drips=True) as server, closing(connected(server)) as admin:
        with pytest.raises(Unreachable, match="nobody can tell whether this POST was carried out") as late:
            admin.send("POST", ("r", "roles"), {"name": "a"})
        assert late.value.ambiguous
        assert server.seen.count(("POST", "/auth/admin/realms/r/roles")) == 1


@pytest.mark.usefixtures("stoppable")
def test_a_stop_ends_a_write_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realmctl.keycloak.admin.deadline.GRACE_SECONDS", 0.5)
    with serving(REALM, drips=True) as server, closing(connected(server, timeout=600)) as admin:
        admin.log_in()
        ended: list[BaseException] = []

        def write() -> None:
            try:
                admin.send("PUT", ("r",), {})
            except Unreachable as error:
                ended.append(error)

        writing = threading.Thread(target=write, daemon=True)
        writing.start()
        time.sleep(0.2)
        interruption.ask(2)
        writing.join(30)
        assert [str(error) for error in ended if "after the request to stop" in str(error)] != []


def test_a_connection_is_of_use_after_one_that_was_late() -> None:
    """The time-out of one exchange does not end the next one."""
    with serving(REALM) as server, closing(connected(server)) as admin:
        for _ in range(3):
            assert admin.get("r")["realm"] == "r"
            time.sleep(0.45)


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        (("r",), b"null", "with no content, or with `null`"),
        (("r",), b"{}", "with an empty object, which has no 'realm'"),
        (("r",), b"[]", "with an empty list, which has no 'realm'"),
        (("r", "clients"), b"{}", "with an empty object, and not with a list"),
        (("r", "clients"), b'["a"]', "with a list, and not with a list of objects"),
        (("r", "roles", "a"), b"3", "with a number, which has no 'name'"),
        (("r", "users", "7", "role-mappings"), b"null", "with no content, or with `null`"),
        (("r", "users", "7", "role-mappings"), b"{}", ""),
        (("r", "roles"), b"[]", ""),
    ],
)
def test_a_body_of_another_form_names_itself(path: tuple[str, ...], body: bytes, told: str) -> None:
    with serving(body) as server, closing(connected(server)) as admin:
        if not told:
            assert admin.get(*path) == json.loads(body)
            return
        with pytest.raises(ServerError) as error:
            admin.get(*path)
        assert f"{server.url}/admin/realms/{'/'.join(path)} answered 200 {told}" in str(error.value)


@pytest.mark.parametrize(
    ("status", "body", "kind", "what", "sent"),
    [
        ("413 Too Large", b"<html>", "text/html", "is too large for a proxy", 1),
        ("403 Forbidden", b"<html>WAF", "text/html", "A gateway or firewall before Keycloak refused", 1),
        ("403 Forbidden", b'{"error": "HTTP 403 Forbidden"}', "application/json", "may not read", 1),
        ("403 Forbidden", b"", "text/plain", "may not read", 1),
        ("200 OK", b'[{"name": "a"', "application/json", "was cut off after 13 bytes", 2),
        ("200 OK", b"<html>", "text/html", "with text/html, which is not Keycloak's Admin API", 1),
        ("500 Error", b'{"error": "unknown_error"}', "application/json", "Keycloak answered 500", 2),
        ("503 Busy", b"", "text/plain", "answered 503", 2),
    ],
)
def test_failures_are_told_apart_and_reads_are_repeated(
    status: str, body: bytes, kind: str, what: str, sent: int
) -> None:
    heard = Heard()
    with serving(body, status, kind) as server, closing(connected(server, heard)) as admin:
        with pytest.raises(ServerError, match=what) as error:
            admin.get("r", "roles")
        assert isinstance(error.value, Forbidden) == ("may not" in what)
        asked = [one for one in heard.exchanges if one.path == "/admin/realms/r/roles"]
        assert len(asked) == sent
        assert {one.status for one in asked} == {int(status[:3])}
        assert len(heard.waited) == sent - 1


def test_a_write_that_the_server_failed_at_is_not_repeated_here() -> None:
    with serving(b'{"error": "unknown_error"}', "500 Error") as server, closing(connected(server)) as admin:
        with pytest.raises(Broken):
            admin.send("POST", ("r", "roles"), {})
        assert len(server.seen) == 2
