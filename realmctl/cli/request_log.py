"""What a connection reports, as lines on stderr: with -v each request, and in any case each wait before a repeat.

Must not know about: commands.
"""

from __future__ import annotations

import sys
import threading
from time import monotonic

import click

from realmctl.keycloak.admin.listener import Exchange, Listener
from realmctl.model.output import write_error

_SAME_SECONDS = 1.0
"""Eight threads that wait for the same server need one line."""


class _Wish:
    """Whether this process shows each request, which is set while the command line is read."""

    verbose = False


def show_requests() -> None:
    """Show each request from now on."""
    _Wish.verbose = True


class Traffic(Listener):
    """Writes the lines."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: dict[str, float] = {}

    def exchanged(self, exchange: Exchange) -> None:
        """Write the request with its status, if -v asks for that."""
        if _Wish.verbose:
            status = exchange.status or "no answer"
            self._write(f"{exchange.method} {exchange.path}: {status}, {exchange.seconds:.3f} s")

    def waits(self, reason: str, seconds: float) -> None:
        """Write why a request is sent again, and when."""
        with self._lock:
            now = monotonic()
            if now - self._shown.get(reason, -_SAME_SECONDS) < _SAME_SECONDS:
                return
            self._shown[reason] = now
        self._write(f"{reason} Trying again in {seconds:.1f} s.")

    @staticmethod
    def _write(line: str) -> None:
        if sys.stderr.isatty():
            write_error(line, clear=True)  # The line that Progress rewrites may stand there.
        else:
            click.echo(line, err=True)
