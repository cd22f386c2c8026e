"""The two streams: results on stdout, progress on stderr; colour and live lines only where a terminal is.

Must not know about: what is being done.
"""

from __future__ import annotations

import os
import shutil
import sys
from time import monotonic
from typing import TYPE_CHECKING, Self, TextIO

import click

from realmctl.errors import RealmctlError
from realmctl.model.output import rewrite, write_secrets

if TYPE_CHECKING:
    from realmctl.cli.timing import Timings
    from realmctl.engine.apply.progress import Event


def has_color(stream: TextIO) -> bool:
    """Whether to colour: a terminal that can, and no NO_COLOR (see no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def result(text: str, *, secrets: bool = False) -> None:
    """Writes the command's result, which alone goes to stdout. Raises RealmctlError where that takes no more.

    `secrets`: the user asked for a result that shows some, and nothing in it is hidden.
    """
    # click would strip our colours again off a terminal, and add nothing on one.
    try:
        if secrets:
            write_secrets(sys.stdout, text)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RealmctlError(f"cannot write the result: {error.strerror}") from error


_REDRAW_SECONDS = 0.05
"""No line is rewritten more often: nobody could read it, and a slow terminal would hold up the writing."""
_BAR = 20


def _bar(done: int, total: int) -> str:
    """`[########............] `; nothing where it is not known how much there is."""
    full = _BAR * done // total if total else 0
    return f"[{'#' * full}{'.' * (_BAR - full)}] " if total else ""


class Progress:
    """What is going on, on stderr: one line that is rewritten on a terminal, plain lines with -v, else nothing.

    Use it as a context manager; leaving it clears the rewritten line.
    """

    def __init__(self, *, verbose: bool, timings: Timings | None = None) -> None:
        self.verbose = verbose
        self.timings = timings
        self._shown = 0.0
        self.live = not verbose and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rewrite("")
        if self.timings:
            self.timings.end()

    def say(self, text: str) -> None:
        """A few words on what is done now."""
        from realmctl.engine.plan.value_text import clean

        if self.timings:
            self.timings.said(text)
        if self.verbose:
            click.echo(clean(text), err=True)
        else:
            self._rewrite(f"{clean(text)} …")

    def watch(self, event: Event) -> None:
        """What an apply reports while it works."""
        if self.timings and event.kind in ("phase", "start"):
            self.timings.said(event.text) if event.kind == "phase" else self.timings.begin("write")
        if not (self.verbose or self.live):
            return
        from realmctl.render.report import event_line

        line = event_line(event)
        if self.verbose:
            if event.kind != "start":
                click.echo(line, err=True)
        elif event.kind == "phase" or event.done == event.total or monotonic() - self._shown >= _REDRAW_SECONDS:
            self._shown = monotonic()
            self._rewrite(f"{_bar(event.done, event.total)}{line}")

    def _rewrite(self, text: str) -> None:
        if self.live:
            room = shutil.get_terminal_size().columns - 1
            rewrite(sys.stderr, text[:room])
