"""A server in the test process that answers badly on purpose: dripped, cut off, or with a body that is not Keycloak's.

Knows nothing of realmctl.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

DRIP_SECONDS = 0.1

Answer = Callable[[str, str], bytes]
"""Method and path of a request → the whole answer as bytes, with its head; it is sent byte by byte if it drips."""


def answer(status: str, body: bytes, kind: str = "application/json", *, length: int | None = None) -> bytes:
    """Return an HTTP answer; `length` is what its head says of the body, if not the truth."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body) if length is None else length}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body


class DrippingServer:
    """Answers each request by `answers`; of paths that `drips` accepts, a byte every `DRIP_SECONDS`."""

    def __init__(self, answers: Answer, drips: Callable[[str, str], bool] = lambda *_: False) -> None:
        self._answers, self._drips = answers, drips
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._closed = threading.Event()
        self.seen: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        """The address to use in Keycloak's place."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/auth"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._socket.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            read = connection.makefile("rb")
            method, target, _ = read.readline().decode().split(" ")
            length = 0
            while (line := read.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            read.read(length)
            path = target.partition("?")[0]
            self.seen.append((method, path))
            whole = self._answers(method, path)
            try:
                if self._drips(method, path):
                    for at in range(len(whole)):
                        connection.sendall(whole[at : at + 1])
                        time.sleep(DRIP_SECONDS)
                else:
                    connection.sendall(whole)
            except OSError:
                return
