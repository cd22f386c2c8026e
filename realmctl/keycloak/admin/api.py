"""The Admin API of one server, for the rooms that read and write realms: every request goes through here.

Must not know about: what realms are made of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from urllib3.exceptions import HTTPError

from realmctl.errors import Conflict, NotFound, ServerError, Unreachable
from realmctl.keycloak.admin.answers import Answer, is_read, read, refuse
from realmctl.keycloak.admin.connection_errors import explain
from realmctl.keycloak.admin.connection_settings import Connection
from realmctl.keycloak.admin.listener import Listener
from realmctl.keycloak.admin.retries import PassingError, patiently
from realmctl.keycloak.admin.tokens import AccessToken
from realmctl.keycloak.admin.transport import Reply, Wire
from realmctl.model.secret import Secret

Query = Mapping[str, str] | Mapping[str, str | list[str]]
"""A request's query; a list is the same key several times."""


class Admin:
    """One logged-in connection. Safe to use from several threads; logs in with the first request.

    Every method raises the errors of `realmctl.errors`: Forbidden (403, with the role to grant), NotFound, Conflict,
    ServerError (any other refusal, in Keycloak's words), and Unreachable, whose `ambiguous` says that a write may
    have been carried out all the same.
    """

    def __init__(self, connection: Connection, *, pool: int = 8, listener: Listener | None = None) -> None:
        """`pool` is how many requests run side by side at most; more threads than that wait for one another.

        `listener` hears of each request, and of each wait before a request is sent again.
        """
        self.connection = connection
        self._listener = listener
        self._wire = Wire(connection, pool, listener)
        self._tokens = AccessToken(connection, self._wire, listener)
        self._root = f"{connection.url}/admin/realms"

    @property
    def log(self) -> list[tuple[str, str]]:
        """Every request sent so far as (method, path below the server's address), logins and repeats included."""
        return self._wire.log

    @property
    def requests(self) -> int:
        """How many requests were sent, logins and repeats included."""
        return len(self._wire.log)

    def get(self, *path: str, query: Query | None = None) -> Any:
        """What is at `path` (unescaped segments below `/admin/realms`), as parsed JSON."""
        return self.send("GET", path, query=query).body

    def pages(self, *path: str, query: Mapping[str, str] | None = None, size: int = 500) -> list[Any]:
        """A whole list, asked for in pages of `size`, past the limits that the server would set silently."""
        found: list[Any] = []
        while True:
            page = self.page(*path, query=query, first=len(found), size=size)
            found += page
            if len(page) < size:
                return found

    def page(self, *path: str, query: Mapping[str, str] | None = None, first: int, size: int) -> list[Any]:
        """At most `size` of a list, from the one at `first` (0 is the first)."""
        page = self.get(*path, query={**(query or {}), "first": str(first), "max": str(size)})
        if not isinstance(page, list):
            raise ServerError(f"Keycloak answered /{'/'.join(path)} with something other than a list.")
        return page

    def send(
        self,
        method: str,
        path: Sequence[str],
        body: Any = None,
        query: Query | None = None,
        *,
        repeatable: bool | None = None,
    ) -> Answer:
        """Sends a request, again where that is safe, and gives its answer.

        `body` is plain data that may hold `Secret`s, which are revealed on the wire alone. `repeatable` says of a POST
        that a second one would change nothing more; GET, PUT and DELETE are repeatable in any case. The answer to a
        DELETE that found nothing on being repeated is its 404.
        """
        if repeatable is None:
            repeatable = method != "POST" or is_read(method, path)
        url = self._url(path, query)
        data = None if body is None else _encoded(body)
        doubtful = False

        def once() -> Answer:
            nonlocal doubtful
            try:
                return self._once(method, path, url, data)
            except PassingError as failed:
                doubtful = doubtful or failed.sent
                raise

        try:
            return patiently(
                once,
                repeatable=repeatable,
                timeout=self.connection.timeout,
                known=lambda: self._wire.answered,
                listener=self._listener,
            )
        except (NotFound, Conflict) as error:
            if not doubtful or is_read(method, path):
                raise
            if method == "DELETE" and isinstance(error, NotFound):
                return Answer(404)
            # An attempt before this one may have renamed, or created, the very object.
            raise Unreachable(error.message, advice=error.advice, ambiguous=True) from error
        except PassingError as failed:
            raise self._given_up(failed.error, method, path, doubtful) from failed.__cause__

    def log_in(self) -> None:
        """Logs in now rather than with the first request. Raises ServerError and its kin."""
        self._tokens.bearer()

    def renew(self) -> None:
        """Drops the token: the next request logs in again (rights on a realm just created are only in a new one)."""
        self._tokens.drop()

    def whoami(self) -> str:
        """The account's name: the user, or a client's service account."""
        claims = self._tokens.claims()
        name = claims.get("preferred_username") or self.connection.user
        return str(name or f"service-account-{claims.get('azp') or self.connection.client_id}")

    def issuer(self) -> str:
        """The realm that the account logged in to, as it calls itself; "" where its token does not say."""
        return str(self._tokens.claims().get("iss") or "")

    def close(self) -> None:
        """Gives the connections back."""
        self._wire.close()

    def _once(self, method: str, path: Sequence[str], url: str, data: bytes | None) -> Answer:
        bearer = self._tokens.bearer()
        reply = self._exchange(method, url, data, bearer)
        if reply.status == 401:
            bearer = self._tokens.refused(bearer)
            reply = self._exchange(method, url, data, bearer)
        if reply.status < 300:
            return read(reply, method, path)
        raise refuse(reply, method, path, self.connection)

    def _exchange(self, method: str, url: str, data: bytes | None, bearer: str) -> Reply:
        headers = {"Authorization": f"Bearer {bearer}"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        known = self._wire.answered
        try:
            return self._wire.exchange(method, url, headers, data)
        except HTTPError as error:
            raise explain(error, method, self.connection, known=known) from error

    def _url(self, path: Sequence[str], query: Query | None) -> str:
        for segment in path:
            if segment in ("", ".", ".."):
                # Such a path would be shortened on its way: to its owner, which a DELETE would then remove.
                raise ServerError(f"The Admin API can't address an object named {segment!r}.")
        url = "/".join((self._root, *(quote(segment, safe="") for segment in path)))
        return f"{url}?{urlencode(query, doseq=True)}" if query else url

    def _given_up(self, error: ServerError, method: str, path: Sequence[str], doubtful: bool) -> ServerError:
        """The error of the last attempt, which must not hide that an earlier one may have been carried out."""
        if not doubtful or is_read(method, path):
            return error
        return Unreachable(error.message, advice=error.advice, ambiguous=True)


def _encoded(body: Any) -> bytes:
    """`body` as JSON, with the values of the secrets in it."""

    def reveal(value: object) -> str:
        if not isinstance(value, Secret):
            raise TypeError(f"not JSON: {type(value).__name__}")
        return value.reveal()

    return json.dumps(body, default=reveal).encode()
