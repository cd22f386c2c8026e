"""The lock that keeps two applies of a realm apart: a realm role, since creating a name is Keycloak's only
compare-and-set (26.7.3: of simultaneous creates exactly one succeeds).

Its holder beats; who finds it waits one lease for a beat, and takes over a lock that has stopped. Clocks of different
machines are never compared. Must not know about: plans.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from realmctl.engine.apply.creation import created
from realmctl.errors import Conflict, Locked, NotFound, ServerError
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from realmctl.model.interruption import breakable, check
from realmctl.model.text import clean, cut

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin

BEAT_SECONDS = 5.0
LEASE_SECONDS = 20.0
"""Without a beat for so long, the holder is dead: four beats were missed."""
LOOK_SECONDS = 0.5


class Lock:
    """A context that holds the lock of a realm. Raises Locked, naming the holder, where another apply has it."""

    def __init__(self, admin: Admin, realm: str, say: Callable[[str], None] = lambda _: None) -> None:
        self._admin, self._realm, self._say = admin, realm, say
        self._mark = uuid.uuid4().hex
        self._id = ""
        self.told = "The realm's lock had not been taken."
        """What has become of the lock so far, in a sentence."""
        self.kept = False
        """Whether the lock is on the realm: after the end, because the server did not take it back."""
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._beats = threading.Thread(target=self._beat, daemon=True)
        self._attributes = {
            "mark": [self._mark],
            "holder": [cut(clean(f"{admin.whoami()} on {socket.gethostname()}"), 200)],
            "process": [f"{_machine()}:{os.getpid()}"],
            "since": [datetime.now(UTC).isoformat(timespec="seconds")],
        }

    def __enter__(self) -> Self:
        check()
        while not self._take():
            found = self._look()
            if found is None:
                continue
            with breakable():
                if not _is_dead(found):
                    self._watch(found)
            self._say("taking over the lock of an apply that has died")
            self._remove(found["id"])
        wait = f"the next apply waits {LEASE_SECONDS:.0f} s, and takes it over"
        self.told = f"The realm's lock could not be given back: {wait}."
        self.kept = True
        self._beats.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._beats.join()
        if not self._lost.is_set():
            # Otherwise the next apply finds no beat, and takes over: `told` says so, and what was done counts.
            with suppress(ServerError):
                self._remove(self._id)
                self.told = "The realm's lock was given back."
                self.kept = False

    def clear(self) -> None:
        """Take away the lock of an apply that has died. The lock of an apply that is running stays."""
        with suppress(Locked), self:
            pass

    def check(self) -> None:
        """Raises Locked when somebody else has taken the lock since: nothing more may be written."""
        if self._lost.is_set():
            raise Locked(
                f"The lock on the realm {self._realm} was lost: it did not beat for {LEASE_SECONDS:.0f} s, "
                "or somebody deleted it.",
                advice="Nothing more was written. Plan again.",
            )

    def _take(self) -> bool:
        body = {"name": LOCK_ROLE, "description": "An apply of realmctl is running.", "attributes": self._attributes}
        # Somebody else's is in the way, or ours, from a try whose answer was lost: the mark tells.
        with suppress(Conflict):
            created(lambda: self._admin.send("POST", (self._realm, "roles"), body), lambda: bool(self._look()))
        found = self._look()
        if found is None or self._mark not in found["attributes"].get("mark", ()):
            return False
        self._id = found["id"]
        return True

    def _look(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._admin.get(self._realm, "roles", LOCK_ROLE)
        except NotFound:
            return None
        return {**found, "attributes": found.get("attributes") or {}}

    def _watch(self, found: Mapping[str, Any]) -> None:
        """Returns when the lock has been without a beat for a lease; raises Locked at the first beat."""
        told = _told(self._realm, found)
        self._say(f"{told}; waiting for a sign of life")
        until = time.monotonic() + LEASE_SECONDS
        while time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            now = self._look()
            if now is None:
                return
            if now["id"] != found["id"] or now["attributes"].get("beat") != found["attributes"].get("beat"):
                raise Locked(told, advice="Wait until it is done, then plan again: its changes may be yours.")

    def _remove(self, role: str) -> None:
        with suppress(NotFound):
            self._admin.send("DELETE", (self._realm, "roles-by-id", role))

    def _beat(self) -> None:
        count = 0
        last = time.monotonic()
        while not self._stop.wait(BEAT_SECONDS):
            count += 1
            body = {"name": LOCK_ROLE, "attributes": {**self._attributes, "beat": [str(count)]}}
            try:
                self._admin.send("PUT", (self._realm, "roles-by-id", self._id), body)
                last = time.monotonic()
            except NotFound:
                self._lost.set()
                return
            except ServerError:
                if time.monotonic() - last > LEASE_SECONDS:
                    self._lost.set()
                    return


def _told(realm: str, found: Mapping[str, Any]) -> str:
    holder = next(iter(found["attributes"].get("holder", ())), "somebody")
    since = next(iter(found["attributes"].get("since", ())), "an unknown time")
    return f"An apply on the realm {realm} is running: {holder}, since {since}"


def _machine() -> str:
    """The machine, and on Linux the set of process numbers this process is counted in: a container has its own."""
    space = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}:{space.readlink() if space.exists() else ''}"


def _is_dead(found: Mapping[str, Any]) -> bool:
    """Whether the holder ran here, and runs no more."""
    machine, _, number = next(iter(found["attributes"].get("process", ())), "").rpartition(":")
    if machine != _machine() or not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
