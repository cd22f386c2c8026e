"""Microsoft Graph, read only: single objects and whole lists, with the errors of Graph in words for a person.

Must not know about: what an object means, how tokens are had.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from realmctl.errors import Forbidden, NotFound, ServerError
from realmctl.integrations.entra.access import GraphAccess
from realmctl.keycloak.admin import AddressSetting, Web

SETTING = AddressSetting("Microsoft Graph", "--graph or REALMCTL_GRAPH_URL", "")
VERSION = "v1.0"


class Graph:
    """One tenant's Graph, as one account sees it. There is no way to write. Safe to use from several threads.

    Raises Forbidden (403), NotFound (404), ServerError (any other refusal, with Graph's code), Unreachable.
    """

    def __init__(self, access: GraphAccess, bearer: Callable[[], str]) -> None:
        """`bearer` gives a valid token."""
        self._access = access
        self._bearer = bearer
        self._web = Web(SETTING, ca=access.ca, timeout=access.timeout)

    @property
    def log(self) -> list[tuple[str, str]]:
        """Every request so far as (method, path)."""
        return self._web.log

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The object at `path` below the version, which the caller has escaped."""
        return self._asked(self._url(path, query))

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """A whole list, over all its pages (`@odata.nextLink`, learn.microsoft.com/graph/paging)."""
        found: list[dict[str, Any]] = []
        url: str | None = self._url(path, query)
        while url:
            page = self._asked(url)
            found += page.get("value") or ()
            url = page.get("@odata.nextLink")
            if url and not url.startswith(f"{self._access.graph}/"):
                # The token is for Graph alone: it doesn't follow a link elsewhere.
                raise ServerError(f"Microsoft Graph continues a list at another address: {url.partition('?')[0]}")
        return found

    def close(self) -> None:
        """Gives the connections back."""
        self._web.close()

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        url = f"{self._access.graph}/{VERSION}/{path}"
        return f"{url}?{urlencode(query, quote_via=quote, safe='$,')}" if query else url

    def _asked(self, url: str) -> dict[str, Any]:
        reply = self._web.send("GET", url, {"Authorization": f"Bearer {self._bearer()}"})
        try:
            told = json.loads(reply.content or b"{}")
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise ServerError(
                f"{reply.url} answered {reply.status} with something other than Graph's JSON.",
                advice="Check --graph or REALMCTL_GRAPH_URL.",
                status=reply.status,
            )
        if reply.status < 300:
            return told
        raise self._refused(reply.status, url, told)

    def _refused(self, status: int, url: str, told: Mapping[str, Any]) -> ServerError:
        """learn.microsoft.com/graph/errors: `{"error": {"code": …, "message": …}}`."""
        error = told.get("error")
        error = error if isinstance(error, dict) else {}
        what = url.partition("?")[0].removeprefix(f"{self._access.graph}/")
        said = f"{error.get('code', 'no code')}: {error.get('message', '')}".strip(": ")
        message = f"Microsoft Graph answered {status} to GET {what} ({said})"
        if status == 403:
            return Forbidden(
                f"{self._access.account} may not read {what} in Microsoft Graph ({said})",
                advice="It takes a role that may read app registrations, such as Global Reader."
                if self._access.way == "device"
                else "Give it the application permission Application.Read.All, with admin consent (docs/entra.md).",
                status=status,
            )
        if status == 404:
            return NotFound(message, status=status)
        if status == 401:
            return ServerError(message, advice="The token was not taken: is --graph of the same cloud?", status=status)
        return ServerError(message, status=status)
