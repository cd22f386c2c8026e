"""What a connection reports while it works: each exchange, and each wait before a request is sent again.

Must not know about: who listens, how it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request. `path` is below the server's address and has no query; `status` is 0 if no whole answer came."""

    method: str
    path: str
    status: int
    seconds: float


class Listener:
    """Receives the reports, from several threads. This one ignores them; a subclass overrides what it needs."""

    def exchanged(self, exchange: Exchange) -> None:
        """A request was sent, and its answer or failure has come."""

    def waits(self, reason: str, seconds: float) -> None:
        """A request failed in a way that may pass, and is sent again after `seconds`."""
