"""One HTTP exchange at a time, over one pool of connections: sent and counted, never repeated, never redirected.

Must not know about: tokens, retries, what an answer means.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies, select_proxy
from urllib3.exceptions import HTTPError

from realmctl import __version__
from realmctl.errors import UsageProblem
from realmctl.keycloak.admin import certificate
from realmctl.keycloak.admin.connection_settings import Connection, web_address
from realmctl.keycloak.admin.deadline import POOLS, Deadlines
from realmctl.keycloak.admin.listener import Exchange, Listener

CONNECT_SECONDS = 10.0
"""An address where nobody answers is given up after this; only an answer may take the connection's whole time-out."""

_ALWAYS = {"User-Agent": f"realmctl/{__version__}", "Accept": "application/json", "Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. `url` is the address asked, without its query."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str


class Redirect(HTTPError):
    """The address sends its callers on to `target`: never followed, since a POST would become a GET on the way."""

    def __init__(self, target: str) -> None:
        super().__init__("redirected")
        self.target = target


class Wire:
    """The only way to Keycloak: logins, discovery and the Admin API's requests all go through `exchange`.

    The class has no base class, so that no inherited method can send a request that skips the check of certificates,
    the log of requests, or the client certificate. Headers are each request's own, so that threads don't share them.
    """

    def __init__(self, connection: Connection, pool: int, listener: Listener | None = None) -> None:
        self._listener = listener or Listener()
        self._timeout = connection.timeout
        self._deadlines = Deadlines()
        self._root = f"{connection.url}/"
        self._lock = threading.Lock()
        self._manager = _pool(connection, pool)
        parts = urlsplit(connection.url)
        self._host = f"{parts.scheme}://{parts.netloc}"
        # Straight to the host's connections, where no proxy wants the whole address: that is looked at twice else.
        self._direct = None if self._manager.proxy else self._manager.connection_from_url(connection.url)
        self.log: list[tuple[str, str]] = []
        """(method, path below the server's address) of every request."""
        self.answered = False
        """Whether the server has answered anything so far."""

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, data: bytes | None = None
    ) -> Reply:
        """Sends one request to an absolute address and gives its answer, whatever its status.

        Raises urllib3's HTTPError where there is no whole answer within the connection's time-out, or a redirect.
        """
        asked = self._note(method, url)
        begun, status = monotonic(), 0
        try:
            with self._deadlines.limit(self._timeout):
                answer = self._urlopen(method, url, {**_ALWAYS, **(headers or {})}, data)
            status = answer.status
        finally:
            self._listener.exchanged(Exchange(method, asked, status, monotonic() - begun))
        self.answered = True
        if 300 <= answer.status < 400:
            raise Redirect(answer.headers.get("Location", ""))
        return Reply(answer.status, answer.headers, answer.data, url.partition("?")[0])

    def close(self) -> None:
        """Gives the connections back."""
        self._deadlines.close()
        self._manager.clear()

    def _urlopen(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None
    ) -> urllib3.BaseHTTPResponse:
        path = url.removeprefix(self._host)
        if self._direct and path.startswith("/"):
            return self._direct.urlopen(method, path, data, headers, retries=False, redirect=False)
        return self._manager.urlopen(method, url, redirect=False, body=data, headers=headers, retries=False)

    def _note(self, method: str, url: str) -> str:
        path = f"/{url.removeprefix(self._root).partition('?')[0]}"
        with self._lock:
            self.log.append((method, path))
        return path


def _pool(connection: Connection, size: int) -> urllib3.PoolManager:
    settings: dict[str, Any] = {
        "maxsize": size,
        "block": True,
        "timeout": urllib3.Timeout(connect=min(CONNECT_SECONDS, connection.timeout), read=connection.timeout),
    }
    if connection.url.startswith("https:"):
        settings["ssl_context"] = _context(connection)
    manager = _manager(connection.url, settings)
    manager.pool_classes_by_scheme = POOLS
    return manager


def _manager(url: str, settings: dict[str, Any]) -> urllib3.PoolManager:
    proxy = select_proxy(url, get_environ_proxies(url))
    if not proxy:
        return urllib3.PoolManager(**settings)
    shown = proxy.rpartition("@")[2]  # A password may stand before it.
    parts = web_address(proxy if "://" in proxy else f"http://{proxy}")
    if parts is None:
        raise UsageProblem(
            f"{shown!r} is not the address of a proxy that realmctl can use.",
            advice="Write HTTPS_PROXY, HTTP_PROXY or ALL_PROXY like http://proxy.example.com:3128 (no SOCKS), or add "
            "the server's host to NO_PROXY.",
        )
    login = {}
    if parts.username:
        login = urllib3.make_headers(proxy_basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return urllib3.ProxyManager(address, proxy_headers=login, **settings)


def _context(connection: Connection) -> ssl.SSLContext:
    """The trust of a connection, with the client certificate that it shows."""
    context = trust(connection.ca)
    if connection.client_cert and connection.client_key:
        certificate.load(context, connection.client_cert, connection.client_key)
    return context


def trust(ca: str | None) -> ssl.SSLContext:
    """Whom to believe: the given certificates alone, else the system's (else, where it has none, Mozilla's)."""
    if not ca:
        system = ssl.get_default_verify_paths()
        return ssl.create_default_context(cafile=None if system.cafile or system.capath else DEFAULT_CA_BUNDLE_PATH)
    try:
        if Path(ca).is_dir():
            return ssl.create_default_context(capath=ca)
        return ssl.create_default_context(cafile=ca)
    except OSError as error:  # ssl.SSLError is one
        reason = "there are none in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
        raise UsageProblem(
            f"The certificates in {ca} can't be used: {reason}.",
            advice="Give a file of PEM certificates with --ca or KEYCLOAK_CA_FILE.",
        ) from None
