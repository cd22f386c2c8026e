"""Every kind of failure on the way to a real Keycloak: what is repeated, what is left in doubt, what never doubled."""

from __future__ import annotations

import contextlib
import traceback
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from realmctl.errors import ServerError, Unreachable
from realmctl.keycloak.admin import Admin, connection
from realmctl.model.secret import Secret
from tests.conftest import PREFIX, Keycloak
from tests.support.faults import BEFORE, COMMITTED, FaultProxy

CANARY = "canary-5d41402a"
LOST = ("502", "503", "504", "reset")
"""Failures before the request was carried out that its sender can't tell from failures after."""


@dataclass
class Way:
    """A realm, and the way to it through a proxy that fails."""

    proxy: FaultProxy
    admin: Admin
    direct: Admin
    realm: str

    def roles(self) -> set[str]:
        return {role["name"] for role in self.direct.get(self.realm, "roles")}


@pytest.fixture(scope="module")
def shared_realm(keycloak: Keycloak) -> Iterator[str]:
    """One realm for all of these tests: making one takes longer than most of them."""
    name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
    with contextlib.closing(keycloak.admin()) as admin:
        admin.send("POST", (), {"realm": name, "enabled": True})
        admin.renew()
        yield name
        admin.send("DELETE", (name,))


@pytest.fixture
def way(keycloak: Keycloak, shared_realm: str) -> Iterator[Way]:
    with contextlib.ExitStack() as stack:
        direct = stack.enter_context(contextlib.closing(keycloak.admin()))
        for name in {role["name"] for role in direct.get(shared_realm, "roles")} & {"there", "elsewhere", "new"}:
            direct.send("DELETE", (shared_realm, "roles", name))
        direct.send("POST", (shared_realm, "roles"), {"name": "there"})
        proxy = stack.enter_context(FaultProxy(keycloak.url))
        through = connection({"timeout": 20}, {**keycloak.environ(), "KEYCLOAK_URL": proxy.url})
        admin = stack.enter_context(contextlib.closing(Admin(through)))
        admin.get(shared_realm)
        proxy.forget()
        yield Way(proxy, admin, direct, shared_realm)


def impatient(way: Way, seconds: float = 1.0) -> Admin:
    """A connection that gives up waiting soon."""
    admin = Admin(replace(way.admin.connection, timeout=seconds))
    admin.get(way.realm)
    way.proxy.forget()
    return admin


def asker(way: Way, how: str) -> Admin:
    return impatient(way) if how == "committed-then-silence" else way.admin


@pytest.mark.parametrize("how", [*BEFORE, *COMMITTED])
def test_a_read_is_repeated(way: Way, how: str) -> None:
    admin = asker(way, how)
    way.proxy.fail(how, nth=1, path_contains="/roles")
    assert admin.get(way.realm, "roles", "there")["name"] == "there"


@pytest.mark.parametrize("how", [*BEFORE, *COMMITTED])
def test_an_export_is_repeated_although_it_is_a_post(way: Way, how: str) -> None:
    admin = asker(way, how)
    way.proxy.fail(how, nth=1, path_contains="/partial-export")
    assert admin.send("POST", (way.realm, "partial-export")).body["realm"] == way.realm


@pytest.mark.parametrize("how", [*BEFORE, *COMMITTED])
def test_an_update_is_repeated(way: Way, how: str) -> None:
    admin = asker(way, how)
    way.proxy.fail(how, nth=1, method="PUT")
    assert admin.send("PUT", (way.realm, "roles", "there"), {"name": "there", "description": "new"}).status == 204
    assert way.direct.get(way.realm, "roles", "there")["description"] == "new"


@pytest.mark.parametrize("how", [*BEFORE, *COMMITTED])
def test_a_deletion_is_repeated_and_found_done(way: Way, how: str) -> None:
    admin = asker(way, how)
    way.proxy.fail(how, nth=1, method="DELETE")
    assert admin.send("DELETE", (way.realm, "roles", "there")).status == (404 if how in COMMITTED else 204)
    assert "there" not in way.roles()


@pytest.mark.parametrize("how", ["401", "429"])
def test_a_creation_that_was_turned_away_is_repeated(way: Way, how: str) -> None:
    way.proxy.fail(how, nth=1, method="POST", path_contains="/roles")
    assert way.admin.send("POST", (way.realm, "roles"), {"name": "new"}).status == 201
    assert [status for method, path, status in way.proxy.seen if path.endswith("/roles")] == [int(how), 201]


@pytest.mark.parametrize("how", [*LOST, *COMMITTED])
def test_a_creation_in_doubt_is_sent_once(way: Way, how: str) -> None:
    admin = asker(way, how)
    way.proxy.fail(how, nth=1, method="POST", path_contains="/roles")
    with pytest.raises(Unreachable) as doubt:
        admin.send("POST", (way.realm, "roles"), {"name": "new"})
    assert doubt.value.ambiguous
    assert len([path for _, path, _ in way.proxy.seen if path.endswith("/roles")]) == 1
    assert ("new" in way.roles()) == (how in COMMITTED)


def test_a_repeatable_post_is_repeated(way: Way) -> None:
    part = way.direct.get(way.realm, "roles", "offline_access")
    role = way.direct.get(way.realm, "roles", "there")["id"]
    path = (way.realm, "roles-by-id", role, "composites")
    way.proxy.fail("committed-then-reset", nth=1, method="POST")
    assert way.admin.send("POST", path, [part], repeatable=True).status == 204
    assert [one["name"] for one in way.direct.get(*path)] == ["offline_access"]


@pytest.mark.parametrize("how", COMMITTED)
def test_a_rename_in_doubt_says_so(way: Way, how: str) -> None:
    admin = asker(way, how)
    way.proxy.fail(how, nth=1, method="PUT")
    with pytest.raises(Unreachable) as doubt:
        admin.send("PUT", (way.realm, "roles", "there"), {"name": "elsewhere"})
    assert doubt.value.ambiguous
    assert "elsewhere" in way.roles()


@pytest.mark.parametrize(("method", "ambiguous"), [("GET", False), ("PUT", True), ("DELETE", True)])
@pytest.mark.usefixtures("no_waiting")
def test_patience_ends(way: Way, method: str, ambiguous: bool) -> None:
    way.proxy.fail("reset", path_contains="/roles")
    with pytest.raises(Unreachable) as end:
        way.admin.send(method, (way.realm, "roles", "there"), {"name": "there"} if method == "PUT" else None)
    assert end.value.ambiguous is ambiguous
    assert len(way.proxy.seen) == 7
    way.proxy.heal()
    assert "there" in way.roles()


@pytest.mark.usefixtures("no_waiting")
def test_a_server_that_stays_busy_is_an_error_that_says_so(way: Way) -> None:
    way.proxy.fail("503", path_contains="/roles")
    with pytest.raises(ServerError, match="answered 503") as busy:
        way.admin.get(way.realm, "roles")
    assert busy.value.status == 503
    assert "try again later" in busy.value.advice


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realmctl.keycloak.admin.retries.LONGEST_WAIT_SECONDS", 0.01)


def test_the_kill_switch_lets_through_what_it_was_told(way: Way) -> None:
    way.proxy.kill(after=2)
    way.admin.send("POST", (way.realm, "roles"), {"name": "new"})
    way.admin.send("DELETE", (way.realm, "roles", "there"))
    with pytest.raises(Unreachable):
        way.admin.send("POST", (way.realm, "roles"), {"name": "elsewhere"})
    assert way.roles() & {"there", "new", "elsewhere"} == {"new"}
    way.proxy.heal()
    assert way.admin.send("POST", (way.realm, "roles"), {"name": "elsewhere"}).status == 201


@pytest.mark.parametrize("how", [*LOST, "429", *COMMITTED])
def test_a_login_is_repeated(way: Way, how: str) -> None:
    way.proxy.fail(how, nth=1, path_contains="/token")
    with contextlib.closing(Admin(replace(way.admin.connection, timeout=2.0))) as admin:
        assert admin.get(way.realm)["realm"] == way.realm


@pytest.mark.parametrize("how", [*LOST, "429", *COMMITTED])
@pytest.mark.usefixtures("no_waiting")
def test_no_secret_in_what_a_failure_says(
    way: Way, how: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    known = impatient(way, 1.5)
    unknown = Admin(replace(known.connection, client_secret=Secret(CANARY)))
    way.proxy.fail(how)
    told = [said(lambda: unknown.get(way.realm))]
    body = {"clientId": "app", "secret": Secret(CANARY), "nonsense": CANARY}
    told.append(said(lambda: known.send("POST", (way.realm, "clients"), body)))
    told.append(said(lambda: known.send("PUT", (way.realm, "clients", "x"), body)))
    out, err = capfd.readouterr()
    for text in (*told, caplog.text, out, err, repr(unknown.connection), repr(unknown)):
        assert CANARY not in text
        assert "eyJ" not in text
    assert all(told)


def said(ask: object) -> str:
    """The whole traceback of what `ask` raises, or ""."""
    assert callable(ask)
    try:
        ask()
    except ServerError as error:
        return f"{''.join(traceback.format_exception(error))} {error.advice}"
    return ""
