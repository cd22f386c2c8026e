"""Requests to servers other than Keycloak, with this room's patience, trust and words for what goes wrong.

Must not know about: tokens, what is asked of whom.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError

from realmctl.errors import ServerError
from realmctl.keycloak.admin.answers import BETWEEN, BUSY
from realmctl.keycloak.admin.connection_errors import READING, AddressSetting, explain
from realmctl.keycloak.admin.connection_settings import Connection
from realmctl.keycloak.admin.retries import PassingError, asked_wait, patiently
from realmctl.keycloak.admin.transport import Reply, Wire


class Web:
    """Pools of connections, one for each host that is asked. Safe to use from several threads."""

    def __init__(self, setting: AddressSetting, *, ca: str | None = None, timeout: float = 60, pool: int = 8) -> None:
        """`ca` is a file of certificates to trust instead of the system's; `timeout` in seconds, for one answer."""
        self._setting = setting
        self._ca = ca
        self._timeout = timeout
        self._pool = pool
        self._wires: dict[str, tuple[Connection, Wire]] = {}
        self._lock = threading.Lock()

    @property
    def log(self) -> list[tuple[str, str]]:
        """Every request sent so far as (method, path), repeats included; sorted by host."""
        return [one for _, wire in self._wires.values() for one in wire.log]

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        *,
        repeatable: bool | None = None,
    ) -> Reply:
        """The answer, whatever it says, but for "later" (429) and a gateway's 502 to 504: those are waited out.

        Where it is not `repeatable` (a GET is, unless said otherwise) only what can't have been carried out is sent
        again. Raises Unreachable or ServerError.
        """
        connection, wire = self._wire(url)

        def once() -> Reply:
            known = wire.answered
            try:
                reply = wire.exchange(method, url, headers, data)
            except HTTPError as error:
                raise explain(error, method, connection, known=known, setting=self._setting) from error
            if reply.status == BUSY or reply.status in BETWEEN:
                raise self._later(reply)
            return reply

        again = method in READING if repeatable is None else repeatable
        try:
            return patiently(once, repeatable=again, timeout=self._timeout, known=lambda: wire.answered)
        except PassingError as failed:
            raise failed.error from failed.__cause__

    def close(self) -> None:
        """Gives the connections back."""
        for _, wire in self._wires.values():
            wire.close()

    def _wire(self, url: str) -> tuple[Connection, Wire]:
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if host not in self._wires:
                connection = Connection(host, ca=self._ca, timeout=self._timeout)
                self._wires[host] = connection, Wire(connection, self._pool)
            return self._wires[host]

    def _later(self, reply: Reply) -> PassingError:
        wait = asked_wait(reply.headers.get("Retry-After"))
        error = ServerError(
            f"{self._setting.server} can't answer now ({reply.status} from {reply.url}).",
            advice="Try again later.",
            status=reply.status,
        )
        return PassingError(error, sent=reply.status != BUSY, wait=wait)
