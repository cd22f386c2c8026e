"""Ends an exchange that takes longer than its time-out as a whole: socket time-outs count from byte to byte.

Must not know about: what is sent, what an answer means.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from realmctl.model import interruption

GRACE_SECONDS = 10.0
"""After a request to stop, a request that is under way may take this long."""
_LOOK_SECONDS = 0.2


class Late(HTTPError):
    """The answer was not complete in time. `stopped`: the process was asked to stop, and waited `GRACE_SECONDS`."""

    def __init__(self, *, stopped: bool) -> None:
        super().__init__("the answer was not complete in time")
        self.stopped = stopped


class _Limit:
    """One exchange: when it has to be complete, and the socket that it uses."""

    def __init__(self, seconds: float) -> None:
        self.end = monotonic() + seconds
        self.expired = False
        self.stopped = False
        self._done = False
        self._handle: socket.socket | None = None
        self._lock = threading.Lock()

    def attach(self, handle: socket.socket | None) -> None:
        """Note the socket of the exchange."""
        with self._lock:
            self._handle = handle

    def look(self, now: float) -> None:
        """End the exchange if its time is over: a read from its socket then returns the end of the stream."""
        since = interruption.seconds_since()
        self.stopped = since is not None and since > GRACE_SECONDS
        if now < self.end and not self.stopped:
            return
        with self._lock:
            if not self._done:
                self.expired = True
                with suppress(OSError):
                    if self._handle is not None:
                        self._handle.shutdown(socket.SHUT_RDWR)

    def finish(self) -> None:
        """Leave the socket alone from now on: another exchange may use it."""
        with self._lock:
            self._done = True


_current = threading.local()


class Deadlines:
    """The exchanges that are under way, and one thread that ends those whose time is over."""

    def __init__(self) -> None:
        self._limits: set[_Limit] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Let the requests of this thread take at most `seconds` until the answer is complete. Raises Late."""
        limit = _Limit(seconds)
        with self._lock:
            self._limits.add(limit)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
        _current.limit = limit
        try:
            yield
        except HTTPError as error:
            if limit.expired:
                raise Late(stopped=limit.stopped) from error
            raise
        finally:
            _current.limit = None
            limit.finish()
            with self._lock:
                self._limits.discard(limit)
        if limit.expired:  # The end of the connection may look like the end of an answer without a length.
            raise Late(stopped=limit.stopped)

    def close(self) -> None:
        """End the thread."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            with self._lock:
                limits = tuple(self._limits)
            now = monotonic()
            for limit in limits:
                limit.look(now)


class _Handle:
    """A second descriptor of a connection, which TLS does not know: shutting it down leaves OpenSSL's state alone."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def follow(self, made: socket.socket) -> None:
        """Stand for a new connection from now on."""
        self.close()
        self._socket = made.dup()
        self.attach()

    def attach(self) -> None:
        """Show the socket to the limit of this thread's exchange."""
        limit = getattr(_current, "limit", None)
        if limit is not None:
            limit.attach(self._socket)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _Connection(HTTPConnection):
    """A connection that shows the exchange's limit its socket."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._handle = _Handle()
        super().__init__(*arguments, **named)

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        self._handle.follow(made)
        return made

    def request(self, *arguments: Any, **named: Any) -> None:
        self._handle.attach()
        super().request(*arguments, **named)

    def close(self) -> None:
        super().close()
        self._handle.close()


class _SecureConnection(_Connection, HTTPSConnection):
    """As `_Connection`, with TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _Pool, "https": _SecurePool}
"""urllib3's pools by scheme, whose connections keep to a limit."""
