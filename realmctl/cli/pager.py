"""A pager for what is longer than the terminal, as git does it.

Must not know about: what is shown.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

LESS = "FRX"
"""less's options where the user has none: ends where all fits, shows colours, leaves the text on the screen (git's)."""


def paging(function: Function) -> Function:
    """--no-pager; the command gets `pager`, whether there may be one."""
    return click.option(
        "--no-pager",
        "pager",
        is_flag=True,
        callback=lambda _context, _option, given: not given,
        help="Don't send a long result on a terminal through a pager (REALMCTL_PAGER, PAGER, less).",
    )(function)


def show_result(text: str, *, pager: bool) -> None:
    """Writes the command's result: through a pager where it is longer than the terminal that it goes to."""
    from realmctl.cli.terminal import result

    program = pager_command(os.environ) if pager and _has_reader() else ""
    if not program or not _long(text) or not _paged(program, text):
        result(text)


def pager_command(environ: Mapping[str, str]) -> str:
    """The pager's command line; "" for none: where the variable is empty, or says cat."""
    for name in ("REALMCTL_PAGER", "PAGER"):
        if name in environ:
            return "" if environ[name].strip() in ("", "cat") else environ[name]
    return "less" if shutil.which("less") else ""


def _has_reader() -> bool:
    """Whether somebody sits there: a terminal with a size, which those that pipelines make up mostly have not."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb" or os.environ.get("CI"):
        return False
    try:
        return os.get_terminal_size(sys.stdout.fileno()).lines > 0
    except OSError:
        return False


def _long(text: str) -> bool:
    size = shutil.get_terminal_size()
    # Colours count as columns here: one line too few is no harm, since less ends where all fits.
    return sum(1 + len(line) // size.columns for line in text.splitlines()) >= size.lines


def _paged(program: str, text: str) -> bool:
    """Whether the pager took it. Who leaves it early has seen enough; Ctrl-C is the pager's own meanwhile."""
    from realmctl.model.output import safe

    environ = {"LESS": LESS, "LV": "-c", **os.environ}
    try:
        # By the shell, as everybody who reads PAGER does: it may have options, quotes and pipes.
        process = subprocess.Popen(["sh", "-c", program], stdin=subprocess.PIPE, env=environ)
    except OSError:
        return False
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with suppress(BrokenPipeError):
            process.communicate(safe(text).encode(errors="backslashreplace"))
        # The shell's "cannot be run" and "not found": then nobody has seen anything yet.
        return process.wait() not in (126, 127)
    finally:
        signal.signal(signal.SIGINT, before)
