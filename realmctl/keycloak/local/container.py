"""Keycloak and PostgreSQL as containers, by compose, where an engine answers. Must not know about: Java."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from realmctl.errors import Lines, RealmctlError
from realmctl.keycloak.local import process
from realmctl.keycloak.local.state import CONTAINER, Instance, ServerSpec, ServerState
from realmctl.keycloak.local.versions import FILE as VERSIONS

_COMPOSE = Path(__file__).with_name("compose.yml")
_ENGINES = ("docker", "podman")


def engine() -> str | None:
    """The container engine that answers and has compose; None where neither does."""
    return next((name for name in _ENGINES if shutil.which(name) and _answers(name)), None)


def start(instance: Instance, engine: str, spec: ServerSpec, progress: Callable[[str], None]) -> ServerState:
    """Start both containers, wait until they are healthy, and return what to remember."""
    port = process.free_port(spec.port)
    state = ServerState(CONTAINER, spec.version, port, 0, spec.user, spec.password, engine=engine)
    progress(f"Starting Keycloak {spec.version} and PostgreSQL with {engine} (the first time fetches their images)")
    done = _compose(instance, state, "up", "--detach", "--wait")
    if done.returncode:
        _compose(instance, state, "down")
        raise RealmctlError(f"{engine} compose could not start Keycloak", advice=_said(done.stderr))
    return state


def running(instance: Instance, state: ServerState) -> bool:
    """Whether the Keycloak container runs."""
    return bool(_compose(instance, state, "ps", "--quiet", "--status", "running", "keycloak").stdout.strip())


def stop(instance: Instance, state: ServerState, *, forget_data: bool) -> None:
    """Ends both containers of this instance; the database's volume goes only when asked."""
    done = _compose(instance, state, "down", *(["--volumes"] if forget_data else []))
    if done.returncode:
        raise RealmctlError(f"{state.engine} compose could not stop Keycloak", advice=_said(done.stderr))


def _said(stderr: str) -> Lines:
    return Lines.of("It said:", *(f"    {line}" for line in stderr.strip()[-800:].splitlines()))


def log_command(instance: Instance, state: ServerState) -> str:
    """What a person types to read Keycloak's log."""
    return f"{state.engine} logs {_project(instance, state)}-keycloak-1"


def _project(instance: Instance, state: ServerState) -> str:
    """One project, and so one database, per instance and version: what a later version migrated can't go back."""
    return f"realmctl-{instance.name}-{state.version.replace('.', '-')}"


def _answers(name: str) -> bool:
    try:
        return all(
            subprocess.run([name, *words], capture_output=True, check=False, timeout=15).returncode == 0
            for words in (["info"], ["compose", "version"])
        )
    except subprocess.TimeoutExpired:
        return False


def _compose(instance: Instance, state: ServerState, *words: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "KEYCLOAK_VERSION": state.version,
        "REALMCTL_LOCAL_PORT": str(state.port),
        "REALMCTL_LOCAL_USER": state.user,
        "REALMCTL_LOCAL_PASSWORD": state.password,
    }
    files = ["--file", str(_COMPOSE), "--env-file", str(VERSIONS), "--project-name", _project(instance, state)]
    return subprocess.run(
        [state.engine, "compose", *files, *words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **settings},
    )
