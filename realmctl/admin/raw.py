"""Single requests, exactly as they are written: no path is tidied up, no redirect followed, nothing repeated.

For looking at a gateway from outside. Must not know about: what is looked for, tokens.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from realmctl.admin.wire import trust
from realmctl.errors import Unreachable, UsageProblem

_MOST = 1 << 20
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer as it came: header names in lower case, a header that came twice twice."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    def header(self, name: str) -> str:
        """The first header of that name; "" where there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [value for key, value in self.headers if key == name]


class Raw:
    """One host. A connection for every request, since what is sent may make the server close it."""

    def __init__(self, url: str, *, ca: str | None = None, timeout: float = 10) -> None:
        """`timeout` in seconds, for each answer. Raises UsageProblem where `url` is no address of a host."""
        parts = urlsplit(url if "://" in url else f"https://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise UsageProblem(
                f"{url} is no address of a gateway.", advice="Write one such as https://apps.example.com."
            )
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.authority = parts.netloc
        self._host, self._port, self._timeout = parts.hostname, parts.port, timeout
        self._trust = trust(ca) if parts.scheme == "https" else None

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Seen:
        """Sends one request for exactly this target (path and query). `Host` is the host's own unless given.

        Raises Unreachable where no answer came.
        """
        connection = (
            http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._trust)
            if self._trust
            else http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        )
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": self.authority, "User-Agent": "realmctl", **headers}.items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            text = answer.read(_MOST).decode("utf-8", "replace")
            return Seen(answer.status, tuple((key.lower(), value) for key, value in answer.getheaders()), text)
        except ssl.SSLError as error:
            raise Unreachable(
                f"{self.origin} can't be trusted: {error.reason or error}",
                advice="Give the certificates of who signed it with --ca, or look whose certificate it shows.",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(
                f"{self.origin} did not answer {method} {target}: {error or type(error).__name__}",
                advice="Check the address, and that the gateway runs.",
            ) from error
        finally:
            connection.close()
