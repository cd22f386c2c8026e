#!/usr/bin/env python3
"""Answers every request with what arrived: method, path, headers, and the claims of the token.

What a service behind the gateway sees, to look at and to test with. Standard library alone; runs in a pod and outside
of a cluster: `python3 echo.py --port 8080`. It checks no signature: that is the work of the mesh in front of it. The
token's signature is left out of the answer, so that a page that somebody copies into a ticket opens no door.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HEALTH = "/healthz"
"""Answered without a word about the request."""

_LONGEST_BODY = 64 * 1024


def claims(authorization: str) -> Any:
    """What a bearer token says, unchecked; None where there is none or it is no JWT."""
    kind, _, token = authorization.partition(" ")
    parts = token.strip().split(".")
    if kind.lower() != "bearer" or len(parts) != 3:
        return None
    try:
        return json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None


def harmless(name: str, value: str) -> str:
    """A header's value, without what makes a token or a password one."""
    if name.lower() != "authorization" and not name.lower().endswith("-access-token"):
        return value
    head, dot, _ = value.rpartition(".")
    if dot and head.count("."):
        return f"{head}.(signature left out)"
    kind, blank, _ = value.partition(" ")
    return f"{kind} (left out)" if blank else "(left out)"


def seen(handler: BaseHTTPRequestHandler, body: bytes) -> dict[str, Any]:
    """The request as data. A header that came several times has several values."""
    headers: dict[str, list[str]] = {}
    for name, value in handler.headers.items():
        headers.setdefault(name.lower(), []).append(harmless(name, value))
    url = urlsplit(handler.path)
    return {
        "method": handler.command,
        "path": url.path,
        "query": parse_qsl(url.query, keep_blank_values=True),
        "host": handler.headers.get("host"),
        "headers": dict(sorted(headers.items())),
        "claims": claims(handler.headers.get("authorization") or ""),
        "body": body.decode("utf-8", "replace"),
        "pod": socket.gethostname(),
    }


class Echo(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "echo"
    sys_version = ""
    timeout = 60

    def answer(self) -> None:
        """To every method."""
        try:
            length = int(self.headers.get("content-length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= _LONGEST_BODY or self.headers.get("transfer-encoding"):
            self.close_connection = True
            self.send_error(413, f"send at most {_LONGEST_BODY} bytes, with their length")
            return
        body = self.rfile.read(length)
        healthy = urlsplit(self.path).path == HEALTH
        text = "ok\n" if healthy else json.dumps(seen(self, body), indent=2, ensure_ascii=False) + "\n"
        data = text.encode()
        self.send_response(200)
        self.send_header("content-type", "text/plain" if healthy else "application/json")
        self.send_header("content-length", str(len(data)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def log_message(self, *args: Any) -> None:
        """Nothing: the mesh logs requests, and here they would have tokens in them."""


def main() -> None:
    """Serves until it is told to stop."""
    options = argparse.ArgumentParser(description="Answers every request with what arrived.")
    options.add_argument("--address", default="127.0.0.1", help="where to listen; 127.0.0.1 unless said")
    options.add_argument("--port", type=int, default=8080, help="0: a free one, which the first line of output tells")
    said = options.parse_args()
    server = ThreadingHTTPServer((said.address, said.port), Echo)
    server.daemon_threads = True
    # shutdown() waits for the loop to end, so it can't be called in the thread that runs the loop.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(f"listening on {said.address}:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main()
