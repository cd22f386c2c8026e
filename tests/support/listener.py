"""A real HTTP server on this machine that notes what it is sent, and answers as it is told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Listener:
    """What came, and what is answered: the statuses of `answers` one after the other, then the last one for good."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [200])
    says: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)
    patience: threading.Event | None = None
    """Where there is one, no answer comes before it is set."""

    @property
    def bodies(self) -> list[str]:
        return [body for _, _, _, body in self.got]


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[Listener]:
    """With `tls`, under the name `localhost`."""
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            heard.got.append((self.command, self.path, dict(self.headers.items()), body))
            if heard.patience:
                heard.patience.wait(30)
            status = heard.answers.pop(0) if len(heard.answers) > 1 else heard.answers[0]
            self.send_response(status)
            for name, value in heard.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(heard.says.encode())))
            self.end_headers()
            self.wfile.write(heard.says.encode())

        do_POST = do_PUT = do_GET = do_PATCH = _take

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    heard.url = f"http://127.0.0.1:{server.server_port}"
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        heard.url = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        if heard.patience:
            heard.patience.set()
        server.shutdown()
        server.server_close()
