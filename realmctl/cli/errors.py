"""Errors become words on stderr and an exit code, here only; the edge hides secrets in both.

Must not know about: what any command does.
"""

from __future__ import annotations

import io
import os
import sys
from types import TracebackType
from typing import TextIO

import click

from realmctl.errors import Exit, Interrupted, RealmctlError

DEBUG = "realmctl.debug"
"""The key in click's shared `ctx.meta` under which a command line's wish for tracebacks stands."""

EXPECTED = (RealmctlError, click.ClickException, click.Abort, KeyboardInterrupt, BrokenPipeError)
"""What a command may end with; anything else is a defect."""


class _Wish:
    """Whether this process shows tracebacks, which the interpreter's hook has no other way to know; and what is said
    of it where it is interrupted.
    """

    debug = False
    so_far = ""


def debugging(on: bool) -> None:
    """Whether errors show their traceback from now on."""
    _Wish.debug = on


def so_far(text: str) -> None:
    """What has to be said, in a sentence, where the command is interrupted from now on."""
    _Wish.so_far = f" {text}"


def report_failure(error: BaseException) -> int:
    """Says what went wrong in words for a person, and answers the exit code."""
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has gone; flushing what is left at exit must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED
    if _Wish.debug and not isinstance(error, click.ClickException):
        click.echo(_trace(error), err=True)
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        click.echo(f"{_stopped().name.capitalize()}.{_Wish.so_far}", err=True)
        return _stopped()
    if isinstance(error, click.ClickException):
        error.show()
        return Exit.USAGE
    if isinstance(error, RealmctlError):
        from realmctl.cli.terminal import has_color
        from realmctl.render.findings import error_text

        click.echo(error_text(error, color=has_color(sys.stderr)), err=True, nl=False)
        return _stopped() if isinstance(error, Interrupted) else error.exit_code
    raise error


def _stopped() -> Exit:
    """How a process ends that was asked to stop."""
    from signal import SIGTERM

    from realmctl.model.interruption import interruptions

    return Exit.TERMINATED if interruptions() == SIGTERM else Exit.INTERRUPTED


def report_unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The interpreter's hook for what nobody foresaw: one sentence, or with --debug the traceback. The exit is 1."""
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write(f"Interrupted.{_Wish.so_far}\n")
        return
    if _Wish.debug:
        sys.stderr.write(_trace(error.with_traceback(trace)) + "\n")
    from realmctl.engine.plan.value_text import clean, cut

    what = cut(clean(f"{kind.__name__}: {error}"), 300)
    then = "The traceback is above." if _Wish.debug else "Run it again with --debug for the traceback."
    sys.stderr.write(f"error: realmctl met something it did not expect ({what}).\n    This is a defect. {then}\n")


def _trace(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error)).rstrip()


def never_choke(stream: TextIO) -> None:
    """Lets a stream write what its encoding lacks as an escape, instead of failing midway."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def discarding_stream() -> TextIO:
    """A stream that takes everything and keeps nothing."""
    return io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8")
