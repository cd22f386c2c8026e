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
    from realmctl.render.report import RealmOutcome
    from realmctl.workflow import Planned
    from realmctl.workflow.saved_plan import SavedPlan


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
@click.option(
    "--files",
    "made_of",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="With a saved plan: the files that it must have been made of. Repeatable. [default: the paths it records]",
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
    made_of: tuple[str, ...],
    output: str,
    verbose: bool,
    **options: Any,
) -> int:
    """Make the server as declared: plan, ask, carry the plan out, and check that nothing is left to do.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given. Or it is one FILE that
    plan --out saved: realmctl loads the files that it was made of, plans again, and applies without asking. It refuses
    if the files or the live realm are no longer as the plan says.
    """
    from realmctl.cli.errors import so_far
    from realmctl.cli.plan_options import Early, errors_as, load_declared, show_plans, sources
    from realmctl.cli.source import source_of
    from realmctl.cli.terminal import Progress, result
    from realmctl.cli.timing import Timings
    from realmctl.errors import Exit, UsageProblem
    from realmctl.workflow import ApplyOptions, apply_realms, plan_realms

    so_far("Nothing was changed.")
    with errors_as(output, "apply") as known:
        saved = _saved(paths, made_of)
        if not (auto_approve or saved or _can_ask()):
            raise UsageProblem("There is no terminal to ask on.", advice="Give --auto-approve, or a saved plan.")
        timings = Timings()
        early = Early(connection_of(options), timings)
        with Progress(verbose=verbose, timings=timings) as progress:
            files = (tuple(made_of) or saved.paths()) if saved else paths
            want = load_declared(files, var, var_file, progress, against=against)
            if saved:
                saved.check_files(sources(files, want), want.realms)
        with early.connected() as admin:
            with Progress(verbose=verbose, timings=timings) as progress:
                planned = known.planned = plan_realms(
                    admin, want.realms, findings=want.findings, compared=want.compared, say=progress.say
                )
                if saved:
                    saved.check([one.plan for one in planned])
            if output == "text":
                result(show_plans(planned, output, verbose=verbose, allow_deletions=allow_deletions))
            check_deletions(planned, allow_deletions, ALLOWED)
            if not (auto_approve or saved or not any(map(writes, planned)) or confirm_apply(planned, output, verbose)):
                click.echo("Nothing was changed.", err=True)
                return Exit.FAILED
            with Progress(verbose=verbose, timings=timings) as progress:
                outcomes = apply_realms(
                    admin,
                    [one for one in planned if one.plan.has_work],
                    options=ApplyOptions(
                        allow_deletions, Path(journal) if journal else None, source_of(source, paths, os.environ)
                    ),
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


def _saved(paths: Sequence[str], made_of: Sequence[str]) -> SavedPlan | None:
    from realmctl.errors import UsageProblem
    from realmctl.workflow.saved_plan import is_saved, load

    saved = [path for path in paths if is_saved(Path(path))] or (list(paths) if made_of else [])
    if made_of and not saved:
        raise UsageProblem("--files is for a saved plan.", advice="realmctl apply FILE --files PATH")
    if saved and len(paths) > 1:
        raise UsageProblem(
            f"{saved[0]} is a saved plan.", advice=f"Give it alone: realmctl apply {saved[0]} --files PATH"
        )
    return load(Path(saved[0])) if saved else None


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def writes(one: Planned) -> bool:
    """Whether an apply writes anything that was shown: changes, or ownership to note."""
    return one.plan.writes


def check_deletions(planned: Sequence[Planned], allow_deletions: bool, allowed: str) -> None:
    """Raises Refused, naming the flag that only this room knows (`allowed`)."""
    from realmctl.errors import Lines, Refused
    from realmctl.workflow import guard_realms

    try:
        guard_realms(planned, allow_deletions=allow_deletions)
    except Refused as error:
        raise Refused(error.message, advice=Lines.of(error.advice, allowed)) from error


def confirm_apply(
    planned: Sequence[Planned], output: str, verbose: bool, question: str = "Apply these changes?"
) -> bool:
    """Asks on the terminal; the plan itself has been shown on stdout, unless that is for a program."""
    from realmctl.cli.plan_options import show_plans

    if output != "text":
        click.echo(show_plans(planned, "text", verbose=verbose), err=True)
    changes = any(one.plan.changes for one in planned)
    return click.confirm(question if changes else "Note down what is owned from now on?", err=True)


def report(
    planned: Sequence[Planned],
    outcomes: Sequence[RealmOutcome],
    output: str,
    journal: str | None,
    command: str = "apply",
) -> str:
    """What was done, in the format asked for."""
    from realmctl.cli.terminal import has_color
    from realmctl.render.report import report_json, report_markdown, report_text

    plans = [one.plan for one in planned]
    if output == "json":
        return report_json(plans, outcomes, journal=journal)
    if output == "markdown":
        return report_markdown(plans, outcomes, journal=journal, command=command)
    return report_text(outcomes, journal=journal, color=has_color(sys.stdout))
