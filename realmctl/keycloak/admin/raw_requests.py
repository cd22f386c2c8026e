"""Single requests, exactly as they are written: no path is tidied up, no redirect followed, nothing repeated.

For looking at a gateway from outside. Must not know about: what is looked for, tokens.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from realmctl.errors import Unreachable, UsageProblem
from realmctl.keycloak.admin.transport import trust

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

    def __init__(self, url: str, *, ca: str | None = None, timeout: float = 10, connect_to: str = "") -> None:
        """`timeout` in seconds, for each answer; `connect_to` is the `host:port` to connect to instead of the URL's.

        Raises UsageProblem where one of them is no address of a host.
        """
        parts = urlsplit(url if "://" in url else f"https://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise UsageProblem(
                f"{url} is no address of a gateway.", advice="Write one such as https://apps.example.com."
            )
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.authority = parts.netloc
        self._host, self._timeout = parts.hostname, timeout
        self._trust = trust(ca) if parts.scheme == "https" else None
        try:
            to = urlsplit(f"//{connect_to}") if connect_to else parts
            self._address = (to.hostname or "", to.port or (443 if self._trust else 80))
        except ValueError:
            self._address = ("", 0)
        if not self._address[0]:
            raise UsageProblem(f"{connect_to or url} has no host or port.", advice="Write HOST or HOST:PORT.")

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None) -> Seen:
        """Sends one request for exactly this target (path and query). `Host` is the host's own unless given.

        Raises Unreachable where no answer came.
        """
        connection = http.client.HTTPConnection(self._host, timeout=self._timeout)
        try:
            connection.sock = self._connected()
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
            if not isinstance(error, ssl.SSLCertVerificationError):
                raise Unreachable(
                    f"{self.origin} does not speak TLS: {error.reason or error}", advice="Try it with http://."
                ) from error
            raise Unreachable(
                f"{self.origin} can't be trusted: {error.verify_message}",
                advice="Give the certificates of who signed it with --ca, or look whose certificate it shows.",
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(
                f"{self.origin} did not answer {method} {target}: {error or type(error).__name__}",
                advice="Check the address, and that the gateway runs.",
            ) from error
        finally:
            connection.close()

    def _connected(self) -> socket.socket:
        with ExitStack() as closing:
            found = closing.enter_context(socket.create_connection(self._address, self._timeout))
            if self._trust is not None:
                found = self._trust.wrap_socket(found, server_hostname=self._host)
            closing.pop_all()
        return found
