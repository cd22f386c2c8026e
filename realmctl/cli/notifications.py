"""Options by which a result is told elsewhere, too: a file of gauges, a push gateway, a webhook.

What goes wrong there is said on stderr, and never hides what the command itself has to say.
Must not know about: what is told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from realmctl.cli.options import Function
from realmctl.errors import Exit, RealmctlError

_RUNS = (
    (("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"), "{0}/{1}/actions/runs/{2}"),
    (("CI_JOB_URL",), "{0}"),
    (("SYSTEM_COLLECTIONURI", "SYSTEM_TEAMPROJECT", "BUILD_BUILDID"), "{0}{1}/_build/results?buildId={2}"),
)
"""The variables that lead to a run's page, and how: GitHub, GitLab, Azure."""


def pushing(function: Function) -> Function:
    """--push-gateway; the command gets `push_gateway`."""
    return click.option(
        "--push-gateway",
        metavar="URL",
        help="Push gauges to a Prometheus push gateway, too. [env: REALMCTL_PUSH_GATEWAY]",
    )(function)


def run_url(environ: Mapping[str, str]) -> str:
    """The page of the pipeline's run, "" where there is none."""
    for names, form in _RUNS:
        values = [environ.get(name, "") for name in names]
        if all(values):
            url = form.format(*(value.replace(" ", "%20") for value in values))
            return url if url.startswith(("https://", "http://")) else ""
    return ""


class Announcing:
    """Tries to tell, one after the other; the exit code is the command's own wherever that has something to say."""

    def __init__(self) -> None:
        self._failed = False

    @contextmanager
    def trying(self) -> Iterator[None]:
        """An error within is said on stderr, and the command goes on."""
        from realmctl.cli.errors import report_failure

        try:
            yield
        except RealmctlError as error:
            self._failed = True
            report_failure(error)

    def exit(self, code: int) -> int:
        """The command's own code; where that would be 0 and something could not be told, 1."""
        return Exit.FAILED if code == Exit.OK and self._failed else code


def read(path: Path) -> str:
    """What a file held before; "" where it can't be read."""
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8")
    return ""


def replace_file(path: Path, text: str) -> None:
    """Replaces the file as a whole: somebody may read it at any moment. Raises RealmctlError."""
    from realmctl.cli.output_files import write

    # A collector takes every file that ends in .prom.
    aside = path.with_name(f"{path.name}.{os.getpid()}.new")
    write(aside, text)
    try:
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise RealmctlError(f"cannot write {path}: {error.strerror}") from error
