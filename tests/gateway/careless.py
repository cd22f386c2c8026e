"""A forwarder in the gateway's place that asks oauth2-proxy, as the gateway does, and reads requests carelessly.

What the gateway is held against: through it some requests carry a second one in, which nobody asks about. Must not know
about: which ones.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from typing import Literal

import requests

from tests.gateway.http2 import Fields
from tooling.gateway.stand.stand import Stand

Address = tuple[str, int]
Reading = Literal["lengths", "chunks"]
"""What tells where a body ends: the last Content-Length, or, where it says chunked anywhere, Transfer-Encoding."""


@contextmanager
def forwarder(stand: Stand, reading: Reading, end: Address) -> Iterator[Address]:
    """Its address. It speaks TLS as the gateway's public host, and leads to `end`."""
    proxy = _proxy(stand)
    chain, key = stand.public.pair("public-hosts").chain, stand.public.pair("public-hosts").key
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                suppress(OSError, ValueError),
                context.wrap_socket(self.request, server_side=True) as front,
                socket.create_connection(end, timeout=30) as back,
            ):
                threading.Thread(target=_passed_back, args=(back, front), daemon=True).start()
                source: BufferedIOBase = front.makefile("rb")
                while head := _head(source):
                    lines = [line for line in head.split(b"\r\n") if line]
                    if not _allowed(proxy, lines):
                        front.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
                        return
                    coded = [line for line in lines if b"transfer-encoding" in line.lower()]
                    if reading == "chunks" and any(b"chunked" in line.lower() for line in coded):
                        body = _chunks(source)
                        lines = [line for line in lines if line not in coded]
                        head = b"\r\n".join([*lines, b"", b""])
                    else:
                        body = source.read(int(_fields(lines).get(b"content-length", b"0")))
                    back.sendall(head + body)

    with _serving(Connection) as address:
        yield address


@contextmanager
def chunked_service() -> Iterator[tuple[Address, list[str]]]:
    """A service for which chunks count, whatever length is said, as for many → its address, and what it was asked.

    The echo takes no chunks, and Keycloak nothing that says both.
    """
    asked: list[str] = []

    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            asked.append(self.path)
            if "chunked" in str(self.headers.get("transfer-encoding")).lower():
                _chunks(self.rfile)
            else:
                self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with _serving(Connection) as address:
        yield address, asked


def downgraded(stand: Stand, fields: Fields, body: bytes, end: Address) -> None:
    """A request of HTTP/2 written down as HTTP/1.1 for `end`, field by field, when oauth2-proxy allows it."""
    said = dict(fields)
    own = [f"{name}: {value}" for name, value in fields if not name.startswith(":")]
    lines = [f"{said[':method']} {said[':path']} HTTP/1.1", f"Host: {said[':authority']}", *own]
    assert _allowed(_proxy(stand), [line.encode("latin-1") for line in ("GET " + said[":path"], *own)])
    with socket.create_connection(end, timeout=30) as back, suppress(TimeoutError):
        back.settimeout(1)
        back.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        while back.recv(65536):
            pass


@contextmanager
def _serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[Address]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield "127.0.0.1", server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _proxy(stand: Stand) -> str:
    return next(f"http://{pod.inside}:4180" for pod in stand.cluster.pods if pod.workload == "oauth2-proxy")


def _passed_back(back: socket.socket, front: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while more := back.recv(65536):
            front.sendall(more)


def _head(source: BufferedIOBase) -> bytes:
    found = b""
    while not found.endswith(b"\r\n\r\n"):
        more = source.read(1)
        if not more:
            return b""
        found += more
    return found


def _fields(lines: list[bytes]) -> dict[bytes, bytes]:
    """Of several with a name the last; blanks count for nothing."""
    pairs = (line.partition(b":") for line in lines[1:])
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _chunks(source: BufferedIOBase) -> bytes:
    """The body as it came, sizes and all."""
    found = b""
    while size := source.readline():
        found += size + source.read(int(size, 16)) + source.readline()
        if not int(size, 16):
            break
    return found


def _allowed(proxy: str, lines: list[bytes]) -> bool:
    """What oauth2-proxy says, as the gateway would ask it."""
    path = lines[0].split()[1].decode("latin-1")
    cookie = _fields(lines).get(b"cookie", b"").decode("latin-1")
    return requests.get(proxy + path, headers={"Cookie": cookie, "Accept": "application/json"}, timeout=30).ok
