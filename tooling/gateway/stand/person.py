"""People and programs at the gateway's door: browsers without script, API clients, and raw bytes.

Hosts lead to the stand's addresses, as DNS would say; everything else is asked where it is. Must not know about: what
stands behind the door.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import create_connection

from tooling.gateway.login import WAYS, Form, Stopped

Hosts = Mapping[tuple[str, int], tuple[str, int]]
"""Where a public host and port lead."""

PASSWORD = "secret"

_BEGUN_WITHIN = 15.0
"""Seconds until the first byte of an answer: longer than a busy machine takes, and an answer that never comes costs."""


class Leading(HTTPAdapter):
    """Connects to where hosts lead, and takes the certificate for the host's all the same."""

    def __init__(self, hosts: Callable[[], Hosts]) -> None:
        def connected(host: str, port: int) -> socket.socket:
            return create_connection(hosts().get((host, port), (host, port)), timeout=60)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return connected(self.host, self.port)

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connected(self.host, self.port)

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        self._pools = {"https": SecurePool, "http": PlainPool}
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        manager: urllib3.PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = dict(self._pools)


class Person:
    """Somebody with a browser: cookies stay; pages that are forms of a login are filled in."""

    def __init__(self, origin: str, ca: Path, hosts: Callable[[], Hosts], login: str = "") -> None:
        self.origin, self.login = origin, login
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(ca)
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, Leading(hosts))
        self.session.headers["Accept"] = "text/html,application/xhtml+xml"
        self.asked_for_password = 0
        self.way: list[str] = []
        """The addresses of the last `open`, without what follows a question mark."""

    def open(self, path: str, **more: Any) -> requests.Response:
        """Where `path` leads in the end: redirects are followed, and login forms filled in by who has a login."""
        return self._go(path, None, **more)[0]

    def led_to(self, path: str, place: str) -> str:
        """As `open`, as far as the redirect to an address that begins with `place` → that address; nobody asks it.

        Raises Stopped where the way ends before.
        """
        page, onward = self._go(path, urljoin(self.origin, place))
        if not onward:
            raise Stopped(page)
        return onward

    def _go(self, path: str, place: str | None, **more: Any) -> tuple[requests.Response, str]:
        self.way = []
        page = self.send("GET", path, **more)
        for _ in range(WAYS):
            if page.is_redirect:
                onward = urljoin(page.url, page.headers["Location"])
                if place and onward.startswith(place):
                    return page, onward
                page = self.send("GET", onward)
                continue
            form = Form(page)
            if not (self.login and "passwd" in form.fields):
                return page, ""
            self.asked_for_password += 1
            values = {**form.fields, "login": self.login, "passwd": PASSWORD, "action": "signin"}
            page = self.send("POST", form.action, data=values)
        raise Stopped(page)

    def send(self, method: str, address: str, **more: Any) -> requests.Response:
        """One request; redirects are not followed."""
        page = self.session.request(method, urljoin(self.origin, address), allow_redirects=False, timeout=60, **more)
        self.way.append(page.url.partition("?")[0])
        return page

    def cookies(self) -> dict[str, str]:
        """What the browser holds for the gateway's host, whatever the path."""
        host = urlsplit(self.origin).hostname
        return {one.name: one.value or "" for one in self.session.cookies if one.domain.lstrip(".") == host}

    def plant(self, cookies: Mapping[str, str]) -> None:
        """Puts cookies into the browser as if the gateway's host had set them."""
        for name, value in cookies.items():
            self.session.cookies.set(name, value, domain=urlsplit(self.origin).hostname, path="/", secure=True)


def raw(
    request: bytes,
    address: tuple[str, int],
    host: str,
    ca: Path,
    *,
    protocol: str = "http/1.1",
    patience: float = 3,
) -> bytes:
    """Sends bytes as they are over TLS; all that comes back until the server closes, or is silent for `patience` s
    after it has begun to answer.
    """
    context = ssl.create_default_context(cafile=str(ca))
    context.set_alpn_protocols([protocol])
    found = b""
    with (
        socket.create_connection(address, timeout=30) as bare,
        context.wrap_socket(bare, server_hostname=host) as connection,
    ):
        connection.sendall(request)
        connection.settimeout(_BEGUN_WITHIN)
        try:
            while more := connection.recv(65536):
                found += more
                connection.settimeout(patience)
        except (TimeoutError, ConnectionResetError, ssl.SSLEOFError):
            pass
    return found


def status(answer: bytes) -> int:
    """The status of the first answer; 0 where the connection was just closed."""
    first = answer.partition(b"\r\n")[0].split()
    return int(first[1]) if len(first) > 1 else 0
