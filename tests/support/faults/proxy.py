"""An HTTP proxy in the test process that forwards to a real Keycloak and fails the requests it was told to.

    with FaultProxy(keycloak.url) as proxy:
        proxy.fail("committed-then-reset", nth=3, method="POST")
        … use proxy.url …
        assert proxy.seen == [("POST", "/auth/realms/…", 200), …]

Knows nothing of realmctl.
"""

from __future__ import annotations

import http.client
import os
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

BEFORE = ("401", "429", "502", "503", "504", "reset")
"""Failures before anything reached Keycloak: an answer of that status, or a connection reset."""
COMMITTED = ("committed-then-reset", "committed-then-504", "committed-then-silence")
"""Failures after Keycloak carried the request out. Silence lasts until the client gives up."""
MEANWHILE = "reset-meanwhile"
"""A connection reset while Keycloak is still at work on the request, which it carries out: a time-out, without the
wait for it."""
CONFLICT = "409"
"""The answer of a transaction that lost against another one, before anything reached Keycloak."""
FORGOTTEN = "204"
"""Answered as done, and nothing reached Keycloak: what an extension or a server does that drops what it takes."""
HIDDEN = "hidden"
"""A page of the gateway's own, 404."""
KILL = "kill"
"""From this request on nothing gets through, until `heal`."""

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
_LONGEST_SILENCE_SECONDS = 300
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Seen = tuple[str, str, int]


@dataclass
class _Fault:
    how: str
    nth: int | None
    each_once: bool
    method: str | None
    path_contains: str | None
    matched: int = 0
    met: set[tuple[str, str, bytes]] = field(default_factory=set)

    def strikes(self, method: str, path: str, body: bytes) -> bool:
        """Whether this request fails; counts it. Called once for each request."""
        if self.method not in (None, method) or (self.path_contains or "") not in path:
            return False
        self.matched += 1
        first = (method, path, body) not in self.met
        self.met.add((method, path, body))
        if self.each_once:
            return first
        if self.how == KILL:
            return self.matched >= (self.nth or 1)
        return self.nth in (None, self.matched)


class FaultProxy:
    """Forwards everything to the server of `upstream_url`; `url` is the same path here, over TLS if `tls` is given."""

    def __init__(self, upstream_url: str, *, tls: ssl.SSLContext | None = None) -> None:
        self._upstream = urlsplit(upstream_url)
        self._scheme = "https" if tls else "http"
        self._lock = threading.Lock()
        self._faults: list[_Fault] = []
        self.seen: list[Seen] = []
        """Every request and what its client was answered: (method, path without query, status; 0 for none)."""
        self.forwarded: list[Seen] = []
        """What Keycloak was asked, and what it answered."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The address to use in Keycloak's place."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}{self._upstream.path}"

    def fail(
        self,
        how: str,
        nth: int | None = None,
        *,
        each_once: bool = False,
        method: str | None = None,
        path_contains: str | None = None,
    ) -> None:
        """Arranges a failure: of the `nth` matching request from now on (1 is the next), of every matching one
        (without `nth`), or of each distinct method, path and body the first time it comes (`each_once`).

        Several may be arranged; the first that strikes wins.
        """
        if how not in (*BEFORE, *COMMITTED, MEANWHILE, CONFLICT, FORGOTTEN, HIDDEN, KILL):
            raise ValueError(f"unknown failure: {how}")
        with self._lock:
            self._faults.append(_Fault(how, nth, each_once, method, path_contains))

    def kill(self, after: int) -> None:
        """Lets `after` more requests through, and nothing thereafter until `heal`."""
        self.fail(KILL, nth=after + 1)

    def hide(self, path_contains: str) -> None:
        """Answers matching requests with a page of its own, as a gateway does that keeps a path from the outside."""
        self.fail(HIDDEN, path_contains=path_contains)

    def heal(self) -> None:
        """Forgets all failures."""
        with self._lock:
            self._faults.clear()

    def forget(self) -> None:
        """Empties `seen` and `forwarded`."""
        with self._lock:
            self.seen.clear()
            self.forwarded.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def choose(self, method: str, path: str, body: bytes) -> str:
        """How this request fails, or ""."""
        with self._lock:
            struck = [fault.how for fault in self._faults if fault.strikes(method, path, body)]
        return KILL if KILL in struck else (struck or [""])[0]

    def note(self, into: list[Seen], method: str, path: str, status: int) -> None:
        """Appends to `seen` or `forwarded`."""
        with self._lock:
            into.append((method, path, status))

    def forward(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        sent: Callable[[], None] = lambda: None,
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Asks the real server: status, headers, body. Calls `sent` when all is sent and nothing is answered yet."""
        secure = self._upstream.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._upstream.hostname or "", self._upstream.port, timeout=_LONGEST_SILENCE_SECONDS)
        try:
            passed = {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}
            connection.request(method, target, body=body or None, headers=passed)
            sent()
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        self.note(self.forwarded, method, target.partition("?")[0], answer.status)
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP]
        return answer.status, kept, content


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    proxy: FaultProxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        proxy = cast(_Server, self.server).proxy
        method, path = self.command, self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        how = proxy.choose(method, path, body)
        if how in ("reset", KILL):
            proxy.note(proxy.seen, method, path, 0)
            self._reset()
        elif how == HIDDEN:
            proxy.note(proxy.seen, method, path, 404)
            self._answer(404, [("Content-Type", "text/html")], b"<html>Not here</html>")
        elif how in (*BEFORE, CONFLICT, FORGOTTEN):
            proxy.note(proxy.seen, method, path, int(how))
            self._answer(int(how), [("Retry-After", "0")] if how == "429" else [], b"")
        elif how == MEANWHILE:
            proxy.note(proxy.seen, method, path, 0)
            under_way = threading.Event()
            whole = (method, self.path, dict(self.headers.items()), body, under_way.set)
            threading.Thread(target=proxy.forward, args=whole, daemon=True).start()
            under_way.wait(_LONGEST_SILENCE_SECONDS)
            self._reset()
        else:
            status, headers, content = proxy.forward(method, self.path, dict(self.headers.items()), body)
            self._committed(how, status, headers, content)

    def _committed(self, how: str, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        proxy = cast(_Server, self.server).proxy
        told = {"": status, "committed-then-504": 504}.get(how, 0)
        proxy.note(proxy.seen, self.command, self.path.partition("?")[0], told)
        if how == "committed-then-reset":
            self._reset()
        elif how == "committed-then-504":
            self._answer(504, [], b"")
        elif how == "committed-then-silence":
            # Readable without a request under way means: the client has hung up.
            select.select([self.connection], [], [], _LONGEST_SILENCE_SECONDS)
            self._reset()
        else:
            self._answer(status, headers, content)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _reset(self) -> None:
        """Ends the connection with an RST, as a crashed server or a firewall does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        os.close(self.connection.detach())

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def log_message(self, *_: object, **__: object) -> None:
        """Says nothing."""
