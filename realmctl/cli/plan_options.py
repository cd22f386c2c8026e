"""What `plan` and `apply` do alike: load the files, connect, make the plans, render them.

Must not know about: click; which command asks.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realmctl.cli.terminal import Progress, has_color, result
from realmctl.errors import Finding, RealmctlError

if TYPE_CHECKING:
    from realmctl.cli.timing import Timings
    from realmctl.config.loader import RealmConfig
    from realmctl.keycloak.admin import Admin
    from realmctl.model.objects import Desired
    from realmctl.model.review import Review
    from realmctl.model.test_result import Verdicts
    from realmctl.workflow import Base, Compared, Planned
    from realmctl.workflow.saved_plan import Sources


@dataclass(frozen=True, slots=True)
class DeclaredRealms:
    """What is to be planned: the desired realms, and what the loader found doubtful in each."""

    configs: tuple[RealmConfig, ...]
    var_files: tuple[str, ...]
    realms: tuple[Desired, ...]
    findings: Mapping[str, tuple[Finding, ...]]
    compared: Mapping[str, Compared]


def load_declared(
    paths: Sequence[str],
    var: Sequence[str],
    var_file: Sequence[str],
    progress: Progress,
    *,
    against: str | None = None,
    linted: bool = False,
) -> DeclaredRealms:
    """The realms that the files declare, beside those of a base; `linted`: what `validate` finds even without one.

    Raises BadConfig, UsageProblem.
    """
    from realmctl.cli.variables import variables
    from realmctl.config.checks import OFFLINE
    from realmctl.workflow import compared_with, load_realms

    configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
    # What only a server can tell, the plan asks it: the loader's doubts about that are for `validate`.
    findings = {one.name: tuple(f for f in one.findings if f.rule not in OFFLINE) for one in configs}
    base = base_of(against, paths, configs, var, var_file, progress) if against is not None else None
    compared = compared_with(base, configs, findings=linted)
    return DeclaredRealms(configs, tuple(var_file), tuple(one.desired for one in configs), findings, compared)


def base_of(
    against: str,
    paths: Sequence[str],
    configs: Sequence[RealmConfig],
    var: Sequence[str],
    var_file: Sequence[str],
    progress: Progress,
) -> Base:
    """The base of these realms. Raises UsageProblem where there is none of that name."""
    from realmctl.cli.variables import variables
    from realmctl.workflow import BaseVariables, read_base

    progress.say(f"Reading the base {against}")
    return read_base(
        against,
        paths,
        [one.name for one in configs],
        environ=os.environ,
        variables=BaseVariables(variables(var, var_file), var_file, variables(var, ())),
    )


_PULL_REQUEST = ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_IID", "SYSTEM_PULLREQUEST_PULLREQUESTID", "CHANGE_ID")
"""Variables that pipelines set for a pull request: of GitHub, GitLab, Azure and Jenkins."""


def missing_base_note(against: str | None) -> str:
    """A sentence for a pull request's pipeline whose plan has no base; "" elsewhere."""
    if against is not None or not any(os.environ.get(name) for name in _PULL_REQUEST):
        return ""
    return (
        "Gateway rules, guards and tests were not compared with a base: give `--against REVISION`, such as "
        "`--against origin/main`."
    )


def sources(paths: Sequence[str], want: DeclaredRealms) -> Sources:
    """Which files the realms come from: their own, and what these refer to. Raises BadConfig where one can't be read.

    Files that git does not keep as they are, such as secrets, are left out: a digest could be tried out.
    """
    from realmctl.config.loader import is_kept
    from realmctl.errors import BadConfig
    from realmctl.workflow.saved_plan import sources_of

    files = [file for config in want.configs for file in (*config.files, *config.referenced)]
    files += [file for file in want.var_files if is_kept(Path(file))]
    try:
        return sources_of(paths, dict.fromkeys(files))
    except OSError as error:
        told = f"cannot read {error.filename}: {error.strerror}"
        raise BadConfig([Finding("unreadable", told)]) from error


class Early:
    """A login that is under way while the files are read: either takes its time somewhere else."""

    def __init__(self, options: Mapping[str, Any], timings: Timings) -> None:
        # Imported before the thread begins: two threads that import and parse get in each other's way, while a
        # login that only waits for its answer costs the files nothing.
        from realmctl.cli.request_log import Traffic
        from realmctl.keycloak.admin import Admin, connection

        self._open: Callable[[], Admin] = lambda: Admin(connection(options, os.environ), listener=Traffic())
        self._options = options
        self._timings = timings
        self._admin: Admin | None = None
        # A daemon: where the files are wrong, nobody waits for a server that doesn't answer.
        self._thread = threading.Thread(target=self._log_in, daemon=True)
        self._thread.start()

    def _log_in(self) -> None:
        # What goes wrong here goes wrong again, and is told, when the connection is asked for.
        with suppress(Exception):
            admin = self._open()
            admin.log_in()
            self._admin = admin

    @contextmanager
    def connected(self) -> Iterator[Admin]:
        """The connection, closed at the end. Raises UsageProblem naming what is missing."""
        self._timings.begin("log in")
        self._thread.join()
        if self._admin is None:
            with connect(self._options) as admin:
                self._timings.count(lambda: admin.requests)
                yield admin
            return
        early = self._admin
        self._timings.count(lambda: early.requests)
        self._timings.end()
        try:
            yield self._admin
        finally:
            self._admin.close()


@contextmanager
def connect(options: Mapping[str, Any]) -> Iterator[Admin]:
    """A connection to Keycloak, closed at the end. Raises UsageProblem naming what is missing."""
    from realmctl.cli.request_log import Traffic
    from realmctl.keycloak.admin import Admin, connection

    admin = Admin(connection(options, os.environ), listener=Traffic())
    try:
        yield admin
    finally:
        admin.close()


def show_plans(
    planned: Sequence[Planned],
    output: str,
    *,
    verbose: bool,
    allow_deletions: bool = False,
    verdicts: Sequence[Verdicts] = (),
    note: str = "",
) -> str:
    """The plans in the format asked for, coloured where stdout is a terminal; `verdicts` of tests with them.

    `note` is a sentence that a comment or a page begins with.
    """
    import sys

    plans = [one.plan for one in planned]
    refusals = {one.plan.realm: one.refusal for one in planned if one.refusal and not allow_deletions}
    if output == "json":
        from realmctl.render.plan_json import json_

        return json_(plans, refusals=refusals, reviews=_reviews(planned), verdicts=verdicts)
    if output == "markdown":
        from realmctl.render.plan_markdown import markdown

        return markdown(plans, refusals=refusals, reviews=_reviews(planned), verdicts=verdicts, note=note)
    if output == "html":
        from realmctl.render.plan_html import html

        now = datetime.now(UTC)
        return html(plans, at=now, refusals=refusals, reviews=_reviews(planned), verdicts=verdicts, note=note)
    from realmctl.render.plan_text import text

    told = text(plans, color=has_color(sys.stdout), verbose=verbose, refusals=refusals, reviews=_reviews(planned))
    if not verdicts:
        return told
    from realmctl.render import token_tests

    return told + "\n" + token_tests.text(verdicts, color=has_color(sys.stdout), verbose=False)


def _reviews(planned: Sequence[Planned]) -> dict[str, Review]:
    return {one.plan.realm: one.review for one in planned if one.review}


@dataclass(slots=True)
class KnownPlans:
    """The plans that are known so far, for an error that comes after them."""

    planned: Sequence[Planned] = ()


@contextmanager
def errors_as(output: str, command: str) -> Iterator[KnownPlans]:
    """Writes an error that stands in for the result to stdout too, where that is for a program, a comment or a page.

    What the caller puts into the yielded `KnownPlans` is told along with it.
    """
    known = KnownPlans()
    try:
        yield known
    except RealmctlError as error:
        plans = [one.plan for one in known.planned]
        if output == "json":
            from realmctl.render.plan_json import error_json

            result(error_json(error, plans))
        elif output == "markdown":
            from realmctl.render.plan_markdown import error_markdown

            result(error_markdown(error, plans, command=command))
        elif output == "junit":
            from realmctl.render.token_tests import junit_error

            result(junit_error(error))
        elif output == "html":
            from realmctl.render.plan_html import error_html

            result(error_html(error, plans, command=command, at=datetime.now(UTC)))
        raise
