"""A realmctl command line with an environment of its own, run in this process: an interpreter takes longer to start.

Where the process itself is what is tested (signals, a closed stream, an unexpected error), start one.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

from realmctl.cli import errors
from realmctl.cli.main import run
from realmctl.model import redaction

_KEPT = ("PATH", "HOME")


def run_realmctl(
    arguments: Sequence[str], environ: Mapping[str, str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command line without a terminal; of this process's environment it gets PATH and HOME."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    out, err = io.StringIO(), io.StringIO()
    redaction.forget()
    with (
        mock.patch.dict(os.environ, {**kept, **environ}, clear=True),
        mock.patch("sys.stdin", io.StringIO()),
        contextlib.chdir(folder or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = run(arguments)
        finally:
            errors.debugging(False)
    return subprocess.CompletedProcess(list(arguments), code, out.getvalue(), err.getvalue())
