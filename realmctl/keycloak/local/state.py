"""Where a local server's files are kept, and what is remembered of it between two commands.

Everything lies below the cache folder, one folder per instance, so that the demo's server, the tests' and the bench's
never share data. Must not know about: containers, Java.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from realmctl.errors import RealmctlError, UsageProblem
from realmctl.model import output

JAVA = "java"
CONTAINER = "container"


def cache_folder() -> Path:
    """`REALMCTL_CACHE`, or ~/.cache/realmctl."""
    return Path(os.environ.get("REALMCTL_CACHE") or Path.home() / ".cache" / "realmctl").expanduser().absolute()


@dataclass(frozen=True, slots=True)
class ServerState:
    """What a later command must know of a running server. `started` tells this process from a later one of its pid."""

    how: str
    version: str
    port: int
    management_port: int
    user: str
    password: str
    pid: int = 0
    started: str = ""
    engine: str = ""

    @property
    def url(self) -> str:
        """The server's address, with its path."""
        return f"http://127.0.0.1:{self.port}/auth"


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """A server to start: its version, its port (0 for a free one), and the first administrator."""

    version: str
    port: int
    user: str
    password: str


class Instance:
    """One local server's folder: its state file, lock, data and log."""

    def __init__(self, name: str) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
            raise UsageProblem(
                f"{name!r} cannot name a local server",
                advice="Write lower-case letters, digits and dashes, beginning with a letter.",
            )
        self.name = name
        self.folder = cache_folder() / "local" / name
        self.log = self.folder / "keycloak.log"
        self._state = self.folder / "state.json"

    def home(self, version: str) -> Path:
        """Where that version of Keycloak keeps this instance's data: what a later version migrated can't go back."""
        return self.folder / f"home-{version}"

    def forget_data(self) -> None:
        """Removes the realms of every version, and the state file."""
        for home in self.folder.glob("home-*"):
            shutil.rmtree(home, ignore_errors=True)
        self.forget()

    def read(self) -> ServerState | None:
        """What was remembered, or None. A file of another version of realmctl counts as none."""
        try:
            return ServerState(**json.loads(self._state.read_text(encoding="utf-8")))
        except (FileNotFoundError, TypeError, ValueError):
            return None

    def write(self, state: ServerState) -> None:
        """Remembers, readable by this user alone: it holds the administrator's password."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self._state.with_suffix(".new")
        output.write(fresh, json.dumps(asdict(state), indent=1), private=True)
        fresh.replace(self._state)

    def forget(self) -> None:
        """Removes the state file."""
        self._state.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process at a time starts or stops this server; the others wait."""
        with lock_file(self.folder.with_suffix(".lock")):
            yield


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Holds the lock file at `path`, waiting for it. The lock goes with the process, however that ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise RealmctlError(
            f"{path.parent} can't be written to: {error.strerror}.", advice="Set REALMCTL_CACHE to a folder that can."
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
