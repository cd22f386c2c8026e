"""Ctrl-C and SIGTERM: the first asks for a stop, and says so where something is finished first; the second ends it all.

Must not know about: what is being done. Imported at every start, so it imports little.
"""

from __future__ import annotations

import os
import signal
import sys
from time import monotonic
from types import FrameType
from typing import NoReturn

SAME_SECONDS = 0.5
"""Signals so close to each other are one wish: a wrapper such as `timeout` sends its own to the whole group, too."""


class _First:
    """When the first signal came."""

    at = 0.0


def listen() -> None:
    """From now on this process stops as told; a signal that it was started to ignore stays ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _heard)


def _heard(number: int, _frame: FrameType | None) -> None:
    from realmctl.model import interruption

    if interruption.interruptions():
        if monotonic() - _First.at > SAME_SECONDS:
            _at_once(number)
        return
    _First.at = monotonic()
    if not interruption.ask(number):
        raise interruption.Stopped
    _say("Stopping: what was begun is finished first. Once more (Ctrl-C) stops at once.")


def _at_once(number: int) -> NoReturn:
    from realmctl.model import interruption

    _say(f"Stopped at once. {interruption.unfinished_work()}".rstrip())
    os._exit(128 + number)


def _say(text: str) -> None:
    """On stderr, past its buffer: that may be in use at this very moment."""
    from realmctl.model.output import write_error

    write_error(text, clear=sys.stderr.isatty())
