"""One HTTP exchange at a time, over python-keycloak's connection and its pool: sent and counted, never repeated.

Must not know about: tokens, retries, what an answer means.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import requests
from keycloak import ConnectionManager
from requests.adapters import HTTPAdapter

from realmctl import __version__
from realmctl.admin.settings import Connection

CONNECT_SECONDS = 10.0
"""An address where nobody answers is given up after this; only an answer may take the connection's whole time-out."""


class _Pool(HTTPAdapter):
    """A pool that never repeats a request, and gives up connecting sooner than waiting for an answer."""

    def __init__(self, size: int, seconds: float) -> None:
        self._seconds = (min(CONNECT_SECONDS, seconds), seconds)
        super().__init__(pool_connections=1, pool_maxsize=size, max_retries=0, pool_block=True)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        return super().send(request, *args, **{**kwargs, "timeout": self._seconds})


class Wire(ConnectionManager):
    """python-keycloak's connection to one server.

    It differs in three ways: `exchange` takes the headers of each request by themselves, so that threads don't
    share them; a redirect is an error (requests would turn a redirected POST into a GET); nothing is repeated,
    where python-keycloak would repeat even a POST.
    """

    def __init__(self, connection: Connection, pool: int) -> None:
        # verify=False only spares the asynchronous client, which is never used, the reading of certificates;
        # the line below sets what really holds, for every request.
        super().__init__(base_url=f"{connection.url}/", verify=False, max_retries=0, pool_maxsize=pool)
        self.verify = connection.ca or True
        self._lock = threading.Lock()
        self.log: list[tuple[str, str]] = []
        self._s.max_redirects = 0
        self._s.headers["User-Agent"] = f"realmctl/{__version__}"
        self._s.headers["Accept"] = "application/json"
        self._s.hooks["response"].append(self._answered)
        self.answered = False
        for scheme in ("https://", "http://"):
            self._s.mount(scheme, _Pool(pool, connection.timeout))

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, data: bytes | None = None
    ) -> requests.Response:
        """Sends one request to an absolute address and gives its answer, whatever its status.

        Raises requests.RequestException where there is no answer, or where it is a redirect.
        """
        self.note(method, url)
        return self._s.request(method, url, headers=headers, data=data, verify=self.verify)

    def raw_post(self, path: str, data: Any, **kwargs: Any) -> requests.Response:
        """python-keycloak's own POST, which logs in: counted like the rest."""
        self.note("POST", path)
        return super().raw_post(path, data, **kwargs)

    def note(self, method: str, url: str) -> None:
        """Counts a request; `url` is kept without the server's address and without its query."""
        path = url.removeprefix(self.base_url or "").partition("?")[0]
        with self._lock:
            self.log.append((method, f"/{path.lstrip('/')}"))

    def _answered(self, *_: Any, **__: Any) -> None:
        # From here on a refused connection is a server that restarts, not a wrong address.
        self.answered = True

    def close(self) -> None:
        """Gives the connections back."""
        self._s.close()
