"""`realmctl undo`: takes the last apply back, after asking."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from realmctl.cli.options import approving, connecting, connection_of, files, output, telling

if TYPE_CHECKING:
    from realmctl.model.record import Record

ALLOWED = "Nothing was changed. To do it anyway: realmctl undo --allow-deletions"
AGAIN = "The files may still say what was taken back: take it back there, too, or the next apply does it again."


@click.command("undo", short_help="Take the last apply back, after asking.")
@files
@click.option("--realm", metavar="NAME", multiple=True, help="A realm, in place of files. Repeatable.")
@click.option(
    "--journal",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Take back what FILE tells of, which apply --journal wrote; what is done is appended to it.",
)
@click.option("--apply", "wanted", metavar="ID", help="The apply to take back: the beginning of its id will do.")
@click.option("--list", "listing", is_flag=True, help="List the applies that can be taken back, and do nothing.")
@approving
@click.option(
    "--source",
    metavar="TEXT",
    help="Where this undo comes from, for whoever meets its ownership or its lock. [env: REALMCTL_SOURCE]",
)
@output("text", "json", "markdown")
@connecting
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    realm: tuple[str, ...],
    journal: str | None,
    wanted: str | None,
    listing: bool,
    auto_approve: bool,
    allow_deletions: bool,
    source: str | None,
    output: str,
    verbose: bool,
    **options: Any,
) -> int:
    """Take the last apply back: show what that would change, ask, do it, and check that nothing is left to do.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given. What an apply changed is
    kept in the realm itself. Where the realm has moved on since in what it touched, nothing is done.
    """
    from realmctl.cli.apply import check_deletions, confirm_apply, report, writes
    from realmctl.cli.apply_selection import asked_for, show_histories
    from realmctl.cli.plan_options import connect, errors_as, show_plans
    from realmctl.cli.source import source_of
    from realmctl.cli.terminal import Progress, result
    from realmctl.errors import Exit, UsageProblem
    from realmctl.model.history import History
    from realmctl.workflow import ApplyOptions, apply_realms, undos_of

    with errors_as(output, "undo") as known:
        if not (auto_approve or listing or (sys.stdin.isatty() and sys.stderr.isatty())):
            raise UsageProblem("There is no terminal to ask on.", advice="Give --auto-approve.")
        with Progress(verbose=verbose) as progress:
            asked = asked_for(paths, var, var_file, realm, journal, progress)
        with connect(connection_of(options)) as admin:
            with Progress(verbose=verbose) as progress:
                found = asked.applies(admin, progress)
                if listing:
                    result(show_histories([History(name, tuple(told)) for name, told in found.items()], output))
                    return Exit.OK
                planned = known.planned = undos_of(admin, found, wanted, say=progress.say)
            _tell_without(found, {one.plan.realm for one in planned}, wanted)
            if output == "text" and planned:
                result(show_plans(planned, output, verbose=verbose, allow_deletions=allow_deletions))
            check_deletions(planned, allow_deletions, ALLOWED)
            work = [one for one in planned if writes(one)]
            if not (auto_approve or not work or confirm_apply(planned, output, verbose, "Take this back?")):
                click.echo("Nothing was changed.", err=True)
                return Exit.FAILED
            with Progress(verbose=verbose) as progress:
                outcomes = apply_realms(
                    admin,
                    work,
                    options=ApplyOptions(
                        allow_deletions, Path(journal) if journal else None, source_of(source, paths, os.environ)
                    ),
                    watch=progress.watch,
                    say=progress.say,
                )
    if outcomes or output != "text":
        result(report(planned, outcomes, output, journal, command="undo"))
    wrong = next((one.error for one in outcomes if one.error), None)
    if wrong:
        raise wrong
    if outcomes and output == "text":
        click.echo(AGAIN, err=True)
    return Exit.OK


def _tell_without(found: Mapping[str, Sequence[Record]], planned: Collection[str], wanted: str | None) -> None:
    """Of which realms there is nothing to take back."""
    from realmctl.engine.plan.value_text import clean

    for name in found if wanted is None else ():
        if name not in planned:
            click.echo(f"Realm {clean(name)}: no apply is known that could be taken back.", err=True)
