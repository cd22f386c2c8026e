"""The three things one does with a local server: up, down, status.

Must not know about: the command line (progress goes to a callback), realms.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from realmctl.errors import Lines, RealmctlError
from realmctl.keycloak.local import container, distribution, jvm, process
from realmctl.keycloak.local.state import CONTAINER, JAVA, Instance, ServerSpec, ServerState
from realmctl.keycloak.local.versions import KEYCLOAK

DEFAULT_INSTANCE = "local"
_FIRST_PORT = {DEFAULT_INSTANCE: 8080}
_PATIENCE = 300.0  # seconds until a starting server counts as hung
_POLL = 0.25  # seconds
_ADVICE_LINES = 6


def _quiet(_: str) -> None:
    """The progress callback of who wants none."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A running local Keycloak. `how` is "java" or "container"; `pid` is Java's, and 0 for a container."""

    url: str
    user: str
    password: str
    pid: int
    version: str
    how: str
    instance: str
    log: str
    started: bool = False
    """Whether this call started it; False where it ran already."""

    @property
    def console(self) -> str:
        """The admin console's address."""
        return f"{self.url}/admin"

    def exports(self) -> dict[str, str]:
        """The environment variables that point realmctl at it."""
        return {"KEYCLOAK_URL": self.url, "KEYCLOAK_USER": self.user, "KEYCLOAK_PASSWORD": self.password}


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a server is run.

    `engine` "java" or "container" insists on one; by default a container engine that answers comes first.
    `quick` starts sooner and peaks lower. `postgres` is the JDBC address (user and password in it) of a database for
    Java's server; a container has its own.
    """

    engine: str = ""
    quick: bool = True
    postgres: str = ""


def up(
    version: str = KEYCLOAK,
    port: int = 0,
    *,
    instance: str = DEFAULT_INSTANCE,
    progress: Callable[[str], None] = _quiet,
    runtime: Runtime = Runtime(),
) -> LocalServer:
    """A running Keycloak of `version`, ready to answer: the one that runs already, or a new one (12 to 90 seconds).

    `port` 0 takes the port it had before, else (for the default instance) 8080, or any free one where
    that is taken.
    Raises RealmctlError with what to install, or with the end of the server's log.
    """
    place = Instance(instance)
    with place.locked():
        before = place.read()
        running = before if before and _running(place, before) else None
        if running and running.version == version and port in (0, running.port):
            _await(place, running, progress)
            return _server(place, running)
        if port and process.free_port(port) != port and not (running and running.port == port):
            raise RealmctlError(f"something else listens on port {port}", advice="Name another port, or none.")
        port = port or (before.port if before else _FIRST_PORT.get(instance, 0))
        place.folder.mkdir(parents=True, exist_ok=True)
        found = container.engine() if runtime.engine != JAVA else None
        if runtime.engine == CONTAINER and not found:
            raise RealmctlError(
                "no container engine answers", advice="Start Docker or Podman, with its compose plug-in installed."
            )
        if running:
            if not found:
                # What cannot be had must not cost the server that runs.
                distribution.prepare(version, progress)
            progress(f"Stopping Keycloak {running.version} at {running.url} first")
            _stop(place, running, forget_data=False)
        # On loopback only, like Keycloak's own start-dev examples.
        spec = ServerSpec(version, port, "admin", "admin")
        state = (
            container.start(place, found, spec, progress)
            if found
            else jvm.start(place, spec, progress, quick=runtime.quick, postgres=runtime.postgres)
        )
        place.write(state)
        _await(place, state, progress)
        return _server(place, state, started=True)


def down(*, instance: str = DEFAULT_INSTANCE, forget_data: bool = False) -> LocalServer | None:
    """Stops the instance's server, that one only, and answers which it was; None where none ran.

    Its realms are kept for the next `up` unless `forget_data`.
    """
    place = Instance(instance)
    with place.locked():
        state = place.read()
        ran = state is not None and _running(place, state)
        if state and (ran or (forget_data and state.how == CONTAINER)):
            _stop(place, state, forget_data=forget_data)
        if forget_data:
            place.forget_data()
        return _server(place, state) if state and ran else None


def status(*, instance: str = DEFAULT_INSTANCE) -> LocalServer | None:
    """The instance's running server, or None."""
    place = Instance(instance)
    state = place.read()
    return _server(place, state) if state and _running(place, state) else None


def _server(place: Instance, state: ServerState, *, started: bool = False) -> LocalServer:
    log = str(place.log) if state.how == JAVA else container.log_command(place, state)
    return LocalServer(
        state.url, state.user, state.password, state.pid, state.version, state.how, place.name, log, started
    )


def _running(place: Instance, state: ServerState) -> bool:
    return jvm.running(state) if state.how == JAVA else container.running(place, state)


def _stop(place: Instance, state: ServerState, *, forget_data: bool) -> None:
    if state.how == JAVA:
        jvm.stop(state)
    else:
        container.stop(place, state, forget_data=forget_data)


def _await(place: Instance, state: ServerState, progress: Callable[[str], None]) -> None:
    """Returns when the server answers; a container was waited for by compose."""
    if state.how != JAVA:
        return
    begun = told = time.monotonic()
    while not _ready(state):
        now = time.monotonic()
        if not jvm.running(state):
            place.forget()
            raise RealmctlError("Keycloak ended while it started", advice=_last_words(place.log))
        if now - begun > _PATIENCE:
            jvm.stop(state)
            place.forget()
            raise RealmctlError(f"Keycloak did not get ready in {_PATIENCE:.0f} s", advice=_last_words(place.log))
        if now - told >= 5:
            told = now
            progress(f"Waiting for Keycloak to get ready ({now - begun:.0f} s)")
        time.sleep(_POLL)


def _ready(state: ServerState) -> bool:
    address = f"http://127.0.0.1:{state.management_port}/auth/health/ready"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(json.load(answer).get("status") == "UP")
    except (OSError, ValueError, urllib.error.URLError):
        return False


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    telling = [line for line in lines if "ERROR" in line] or lines
    return Lines(f"Its log is {log} and ends:\n" + "\n".join(f"    {line}" for line in telling[-_ADVICE_LINES:]))
