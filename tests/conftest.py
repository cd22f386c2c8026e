"""A real Keycloak for the tests that ask for one (fixture `keycloak`), and a realm of their own (`realm_name`).

Found in this order: KEYCLOAK_URL; a container; the distribution fetched by Maven. One server serves all workers and all
runs on this machine; who leaves last stops it. Where none can be had the tests fail, unless REALMCTL_SKIP_LIVE=1.
"""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from realmctl.errors import NotFound, RealmctlError
from realmctl.keycloak import local
from realmctl.keycloak.local import process
from realmctl.keycloak.local.state import Instance, lock_file
from realmctl.model import redaction

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

    from realmctl.keycloak.admin import Admin

# No test has a limit of its own in wall-clock time; hypothesis would set one of 200 ms to each example.
settings.register_profile("untimed", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)  # --hypothesis-profile=quick, of `make check`
settings.load_profile("untimed")

PREFIX = "realmctl-test-"
VERSION = os.environ.get("KEYCLOAK_VERSION") or local.KEYCLOAK
"""The Keycloak that is tested on; who sets KEYCLOAK_URL to another one sets KEYCLOAK_VERSION, too."""
INSTANCE = "tests" if VERSION == local.KEYCLOAK else f"tests-{VERSION.replace('.', '-')}"
"""Each version has a server of its own: a run on another one would stop it."""


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests() -> None:
    """A process knows its own secrets; the tests of a worker share one."""
    redaction.forget()


@dataclass(frozen=True)
class Keycloak:
    """Where the tests' Keycloak is, and who may administer it."""

    url: str
    user: str
    password: str

    def environ(self) -> dict[str, str]:
        """The environment that points a realmctl process at it."""
        return {"KEYCLOAK_URL": self.url, "KEYCLOAK_USER": self.user, "KEYCLOAK_PASSWORD": self.password}

    def admin(self) -> Admin:
        """A new connection as administrator of all realms; the caller closes it."""
        from realmctl.keycloak.admin import Admin, connection

        return Admin(connection({}, self.environ()))


class SharedServer:
    """The one server of all workers and runs. Each process signs in before it uses it and out at its end."""

    def __init__(self) -> None:
        self._users = Instance(INSTANCE).folder / "users"
        self._me = f"{os.getpid()}-{process.start_time(os.getpid())}"
        self._thread: threading.Thread | None = None
        self._server: local.LocalServer | None = None
        self._problem: RealmctlError | None = None

    def begin(self) -> None:
        """Starts it in the background, while other tests run already. Call it as often as you like."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._sign_in, daemon=True)
            self._thread.start()

    def get(self) -> local.LocalServer:
        """The running server; raises RealmctlError where there can't be one."""
        self.begin()
        assert self._thread
        self._thread.join()
        if self._server is None:
            raise self._problem or RealmctlError("no Keycloak")
        return self._server

    def leave(self) -> None:
        """Signs out; stops the server when nobody is left."""
        if self._thread is None:
            return
        self._thread.join()
        with lock_file(self._users.with_name("users.lock")):
            (self._users / self._me).unlink(missing_ok=True)
            if not self._others():
                local.down(instance=INSTANCE, forget_data=True)

    def _sign_in(self) -> None:
        with lock_file(self._users.with_name("users.lock")):
            self._users.mkdir(parents=True, exist_ok=True)
            (self._users / self._me).touch()
            try:
                self._server = local.up(VERSION, instance=INSTANCE)
            except RealmctlError as problem:
                self._problem = problem

    def _others(self) -> bool:
        """Whether any process that signed in still lives; the names of dead ones are removed."""
        for entry in list(self._users.iterdir()):
            pid, _, since = entry.name.partition("-")
            if process.alive(int(pid), since):
                return True
            entry.unlink(missing_ok=True)
        return False


_shared = SharedServer()


def _own_server() -> bool:
    return not os.environ.get("KEYCLOAK_URL") and os.environ.get("REALMCTL_SKIP_LIVE") != "1"


def _needs_keycloak(item: pytest.Item) -> bool:
    return "keycloak" in getattr(item, "fixturenames", ())


LIVE_FOLDERS = ("tests/live/", "tests/cluster/")
LIVE_FIXTURES = frozenset({"keycloak", "stand", "browser"})


def _is_live(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return item.nodeid.startswith(LIVE_FOLDERS) or not LIVE_FIXTURES.isdisjoint(fixtures)


@pytest.hookimpl(tryfirst=True)  # before `-m` looks for marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the live tests. Those that need Keycloak come last: it starts while the others run."""
    for item in items:
        if _is_live(item):
            item.add_marker("live")
    items.sort(key=_needs_keycloak)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Tests that share what there is one of go to one worker."""
    from tests.support.one_worker import OneWorker

    return OneWorker(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begins to start Keycloak as soon as it is known that a test wants it."""
    if _own_server() and not session.config.option.collectonly and any(map(_needs_keycloak, session.items)):
        _shared.begin()


def pytest_sessionfinish() -> None:
    """Each worker signs out; the last one stops the server."""
    _shared.leave()


@pytest.fixture(scope="session")
def keycloak() -> Keycloak:
    """The Keycloak of this test run, ready to answer."""
    if os.environ.get("REALMCTL_SKIP_LIVE") == "1":
        pytest.skip("NOT TESTED against a real Keycloak: REALMCTL_SKIP_LIVE=1")
    if url := os.environ.get("KEYCLOAK_URL"):
        return Keycloak(url, os.environ.get("KEYCLOAK_USER") or "admin", os.environ.get("KEYCLOAK_PASSWORD") or "admin")
    try:
        server = _shared.get()
    except RealmctlError as problem:
        pytest.fail(f"This test needs a real Keycloak: {problem}. {problem.advice}", pytrace=False)
    return Keycloak(server.url, server.user, server.password)


@pytest.fixture
def admin(keycloak: Keycloak) -> Iterator[Admin]:
    """A connection as its administrator."""
    with contextlib.closing(keycloak.admin()) as found:
        yield found


@pytest.fixture
def realm_name(keycloak: Keycloak) -> Iterator[str]:
    """A name for a realm of this test's own; a realm of that name is deleted after the test."""
    name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
    yield name
    with contextlib.closing(keycloak.admin()) as admin, contextlib.suppress(NotFound):
        admin.send("DELETE", (name,))
