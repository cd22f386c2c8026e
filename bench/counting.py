"""A proxy on loopback that counts the requests passing through it, and changes nothing."""

from __future__ import annotations

import http.client
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Counter:
    """Requests seen so far, as (method, path)."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.url = ""

    def take(self) -> int:
        """How many since the last call."""
        count = len(self.seen)
        self.seen.clear()
        return count


@contextmanager
def counting(url: str) -> Iterator[Counter]:
    """A counter in front of the server at `url`; its own address is the counter's `url`."""
    parts = urllib.parse.urlsplit(url)
    counter = Counter()

    class Pass(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _pass(self) -> None:
            counter.seen.append((self.command, self.path))
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            upstream = kind(parts.hostname or "", parts.port)
            upstream.request(self.command, self.path, body or None, dict(self.headers))
            answer = upstream.getresponse()
            content = answer.read()
            upstream.close()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pass)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    counter.url = f"http://127.0.0.1:{server.server_port}{parts.path}"
    try:
        yield counter
    finally:
        server.shutdown()
        server.server_close()
