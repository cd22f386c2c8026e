"""Being asked to stop, by Ctrl-C or SIGTERM: at once where nothing is half done, else when what was begun is through.

A process is asked as a whole, so this is state of the process. Must not know about: signal handlers (`cli` has them),
what is being done, who says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor


class Stopped(KeyboardInterrupt):
    """Somebody asked this process to stop, and nothing is half done."""


class _Asked:
    """The signal that asked for it, 0 for none; whether that has to wait; and what is left of it if it can't."""

    signal = 0
    at = 0.0
    waits = False
    left = ""


def ask(signal: int) -> bool:
    """Notes that `signal` asks for a stop; whether that has to wait. Where not, raise `Stopped`."""
    _Asked.signal, _Asked.at = signal, monotonic()
    return _Asked.waits


def interruptions() -> int:
    """The signal that asked this process to stop; 0 for none."""
    return _Asked.signal


def seconds_since() -> float | None:
    """Return how long ago this process was asked to stop; None if it was not."""
    return monotonic() - _Asked.at if _Asked.signal else None


def unfinished_work() -> str:
    """What is left behind where the process ends this moment, in a sentence or two."""
    return _Asked.left


def check() -> None:
    """Raises Stopped where that was asked for."""
    if _Asked.signal:
        raise Stopped


@contextmanager
def finishing(left_behind: str) -> Iterator[None]:
    """What is begun within is brought to its end: who asks for a stop has to wait, or asks once more.

    Nothing is raised at its end: look at `interruptions`. `left_behind` is told to who could not wait.
    """
    with _set(True, left_behind):
        yield


@contextmanager
def breakable() -> Iterator[None]:
    """A part of what is being finished that may be broken off anywhere. Raises Stopped, also for a stop before it."""
    with _set(False, _Asked.left):
        check()
        yield


@contextmanager
def _set(waits: bool, left_behind: str) -> Iterator[None]:
    if current_thread() is not main_thread():
        # Signals reach the main thread alone: what it waits for is what counts.
        yield
        return
    before = _Asked.waits, _Asked.left
    _Asked.waits, _Asked.left = waits, left_behind
    try:
        yield
    finally:
        _Asked.waits, _Asked.left = before


@contextmanager
def reading(threads: int) -> Iterator[ThreadPoolExecutor]:
    """A pool for what only reads: its answers are waited for, but not by who was asked to stop."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(threads)
    try:
        yield pool
        pool.shutdown()
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    finally:
        pool.shutdown(wait=not _Asked.signal)
