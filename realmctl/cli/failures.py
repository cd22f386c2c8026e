"""Errors become words on stderr and an exit code, here only; no secret leaves with a traceback.

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

SECRETS = (
    "KEYCLOAK_CLIENT_SECRET",
    "KEYCLOAK_PASSWORD",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "REALMCTL_WEBHOOK",
)
"""Variables of the environment that are never shown, whoever reads them."""

_JWT = r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"


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


def failed(error: BaseException) -> int:
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
        from realmctl.cli.terminal import colored
        from realmctl.render.findings import error_text

        click.echo(error_text(error, color=colored(sys.stderr)), err=True, nl=False)
        return _stopped() if isinstance(error, Interrupted) else error.exit_code
    raise error


def _stopped() -> Exit:
    """How a process ends that was asked to stop."""
    from signal import SIGTERM

    from realmctl.stop import asked

    return Exit.TERMINATED if asked() == SIGTERM else Exit.INTERRUPTED


def unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The interpreter's hook for what nobody foresaw: one sentence, or with --debug the traceback. The exit is 1."""
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write(f"Interrupted.{_Wish.so_far}\n")
        return
    if _Wish.debug:
        sys.stderr.write(_trace(error.with_traceback(trace)) + "\n")
    from realmctl.render.values import clean, cut

    what = cut(clean(hide(f"{kind.__name__}: {error}")), 300)
    then = "The traceback is above." if _Wish.debug else "Run it again with --debug for the traceback."
    sys.stderr.write(f"error: realmctl met something it did not expect ({what}).\n    This is a defect. {then}\n")


def _trace(error: BaseException) -> str:
    import traceback

    return hide("".join(traceback.format_exception(error)).rstrip())


def hide(text: str) -> str:
    """The text without the values of any secret this process holds, and without anything that looks like a token."""
    import gc
    import re

    from realmctl.model.secret import HIDDEN, Secret

    # Secrets are found where they live, so that no room has to report them; slotted objects are tracked by gc.
    known = {item.reveal() for item in gc.get_objects() if isinstance(item, Secret) and not item.vault}
    known |= {os.environ.get(name, "") for name in SECRETS}
    for value in sorted(known - {""}, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return re.sub(_JWT, HIDDEN, text)


def never_choke(stream: TextIO) -> None:
    """Lets a stream write what its encoding lacks as an escape, instead of failing midway."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def nowhere() -> TextIO:
    """A stream that takes everything and keeps nothing."""
    return io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8")
