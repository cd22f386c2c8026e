"""`realmctl apply`: makes the server as declared, or carries out a saved plan."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from realmctl.cli.options import approving, comparing, connecting, connection_of, files, output, telling

ALLOWED = "Nothing was changed. To do it anyway: realmctl apply --allow-deletions"

if TYPE_CHECKING:
    from realmctl.admin import Admin
    from realmctl.cli.planning import Wanted
    from realmctl.cli.terminal import Progress
    from realmctl.render.report import Outcome
    from realmctl.savedplan import SavedPlan
    from realmctl.workflow import Planned


@click.command("apply", short_help="Make the server as declared, after asking.")
@files
@comparing
@approving
@click.option(
    "--journal",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Append every change that is begun and done to FILE, as JSON lines.",
)
@click.option(
    "--source",
    metavar="TEXT",
    help="Where this apply comes from, for whoever meets its ownership or its lock. "
    "[env: REALMCTL_SOURCE; default: the pipeline's repository and commit, or the folder]",
)
@output("text", "json", "markdown")
@connecting
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    against: str | None,
    auto_approve: bool,
    allow_deletions: bool,
    journal: str | None,
    source: str | None,
    output: str,
    verbose: bool,
    **options: Any,
) -> int:
    """Make the server as declared: plan, ask, carry the plan out, and check that nothing is left to do.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given. Or it is one FILE that
    plan --out saved: it is carried out without asking, and refused when the live realm has moved on.
    """
    from realmctl.cli.failures import so_far
    from realmctl.cli.planning import Early, errors_as, show_plans
    from realmctl.cli.source import source_of
    from realmctl.cli.terminal import Progress, result
    from realmctl.cli.timing import Timings
    from realmctl.errors import Exit, UsageProblem
    from realmctl.workflow import apply_realms

    so_far("Nothing was changed.")
    with errors_as(output, "apply") as known:
        saved = _saved(paths)
        if not (auto_approve or saved or _can_ask()):
            raise UsageProblem("There is no terminal to ask on.", advice="Give --auto-approve, or a saved plan.")
        timings = Timings()
        early = Early(connection_of(options), timings)
        with Progress(verbose=verbose, timings=timings) as progress:
            want = _wanted(paths, var, var_file, saved, progress, against)
        with early.connected() as admin:
            with Progress(verbose=verbose, timings=timings) as progress:
                planned = known.planned = _plans(want, admin, progress)
            if output == "text":
                result(show_plans(planned, output, verbose=verbose, allow_deletions=allow_deletions))
            guarded(planned, allow_deletions, ALLOWED)
            if not (auto_approve or saved or not any(map(has_work, planned)) or agreed(planned, output, verbose)):
                click.echo("Nothing was changed.", err=True)
                return Exit.FAILED
            with Progress(verbose=verbose, timings=timings) as progress:
                outcomes = apply_realms(
                    admin,
                    [one for one in planned if has_work(one)],
                    allow_deletions=allow_deletions,
                    journal=Path(journal) if journal else None,
                    source=source_of(source, paths, os.environ),
                    watch=progress.watch,
                    say=progress.say,
                )
            so_far("The apply itself had come to its end.")
    if outcomes or output != "text":
        result(report(planned, outcomes, output, journal))
    if verbose:
        click.echo(timings.text(), err=True)
    wrong = next((one.error for one in outcomes if one.error), None)
    if wrong:
        raise wrong
    return Exit.OK


def _saved(paths: Sequence[str]) -> Path | None:
    from realmctl.errors import UsageProblem
    from realmctl.savedplan import is_saved

    saved = [path for path in paths if is_saved(Path(path))]
    if saved and len(paths) > 1:
        raise UsageProblem(
            f"{saved[0]} is a saved plan.", advice="Give it alone: it says by itself what is to be done."
        )
    return Path(saved[0]) if saved else None


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _wanted(
    paths: Sequence[str],
    var: Sequence[str],
    var_file: Sequence[str],
    saved: Path | None,
    progress: Progress,
    against: str | None,
) -> Wanted | SavedPlan:
    from realmctl.cli.planning import wanted
    from realmctl.cli.variables import variables
    from realmctl.errors import UsageProblem

    if not saved:
        return wanted(paths, var, var_file, progress, against=against)
    if against is not None:
        raise UsageProblem("A saved plan was compared when it was made.", advice="Leave --against out.")
    from realmctl.savedplan import load

    return load(saved, environ=os.environ, variables=variables(var, var_file))


def _plans(want: Wanted | SavedPlan, admin: Admin, progress: Progress) -> Sequence[Planned]:
    from realmctl.cli.planning import Wanted
    from realmctl.workflow import plan_realms

    if isinstance(want, Wanted):
        return plan_realms(admin, want.realms, findings=want.findings, compared=want.compared, say=progress.say)
    planned = plan_realms(admin, want.desired, say=progress.say)
    want.check([one.plan for one in planned])
    return planned


def has_work(one: Planned) -> bool:
    """Whether an apply has anything to write: changes, or ownership to note."""
    return bool(one.plan.changes or one.plan.adopted or one.plan.released)


def guarded(planned: Sequence[Planned], allow_deletions: bool, allowed: str) -> None:
    """Raises Refused, naming the flag that only this room knows (`allowed`)."""
    from realmctl.errors import Lines, Refused
    from realmctl.workflow import guard_realms

    try:
        guard_realms(planned, allow_deletions=allow_deletions)
    except Refused as error:
        raise Refused(error.message, advice=Lines.of(error.advice, allowed)) from error


def agreed(planned: Sequence[Planned], output: str, verbose: bool, question: str = "Apply these changes?") -> bool:
    """Asks on the terminal; the plan itself has been shown on stdout, unless that is for a program."""
    from realmctl.cli.planning import show_plans

    if output != "text":
        click.echo(show_plans(planned, "text", verbose=verbose), err=True)
    changes = any(one.plan.changes for one in planned)
    return click.confirm(question if changes else "Note down what is owned from now on?", err=True)


def report(
    planned: Sequence[Planned],
    outcomes: Sequence[Outcome],
    output: str,
    journal: str | None,
    command: str = "apply",
) -> str:
    """What was done, in the format asked for."""
    from realmctl.cli.terminal import colored
    from realmctl.render.report import report_json, report_markdown, report_text

    plans = [one.plan for one in planned]
    if output == "json":
        return report_json(plans, outcomes, journal=journal)
    if output == "markdown":
        return report_markdown(plans, outcomes, journal=journal, command=command)
    return report_text(outcomes, journal=journal, color=colored(sys.stdout))
