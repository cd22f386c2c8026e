"""`realmctl plan`: the difference between the declared and the live realms."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from realmctl.cli.completion import addresses
from realmctl.cli.options import comparing, connecting, connection_of, files, output, telling
from realmctl.cli.pager import paging, show_result

if TYPE_CHECKING:
    from realmctl.workflow import Planned


@click.command("plan", short_help="Show what an apply would change on the server.")
@files
@comparing
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="Save the plan, for apply FILE.")
@click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 2 where there are differences, 0 where there are none."
)
@click.option(
    "--test", is_flag=True, help="Test the tokens of the planned realm, too, on a throw-away one; 1 where one fails."
)
@click.option(
    "--explain",
    metavar="ADDRESS",
    multiple=True,
    shell_complete=addresses,
    help="Why this object is planned as it is, such as role/orders-reader; * and ? as in a shell. Repeatable.",
)
@output("text", "json", "markdown", "html")
@paging
@connecting
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    against: str | None,
    out: str | None,
    detailed_exitcode: bool,
    test: bool,
    explain: tuple[str, ...],
    output: str,
    pager: bool,
    verbose: bool,
    **options: Any,
) -> int:
    """Show what an apply would change on the server; nothing is written to it.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given.
    In the text, + is added, ~ changed, - destroyed. With --against, the result also says what the change makes of
    gateway rules and guards, and what `validate` finds because of it.
    """
    from realmctl.cli.errors import so_far
    from realmctl.cli.plan_options import Early, errors_as, load_declared, missing_base_note, show_plans, sources
    from realmctl.cli.terminal import Progress
    from realmctl.cli.timing import Timings
    from realmctl.errors import Exit, UsageProblem
    from realmctl.workflow import PlanOptions, plan_realms, verdicts_of

    so_far("What the tests made up was removed again." if test else "Nothing was written to the server.")
    with errors_as(output, "plan"):
        if explain and output != "text":
            raise UsageProblem("--explain is for a reader", advice="Leave -o out; the plan as JSON names every place.")
        timings = Timings()
        with Progress(verbose=verbose, timings=timings) as progress:
            early = Early(connection_of(options), timings)
            want = load_declared(paths, var, var_file, progress, against=against, linted=output != "text")
            with early.connected() as admin:
                planned = plan_realms(
                    admin,
                    want.realms,
                    findings=want.findings,
                    compared=want.compared,
                    options=PlanOptions(people=output in ("markdown", "html"), explain=explain),
                    say=progress.say,
                )
                verdicts = (
                    verdicts_of(admin, want.configs, planned=True, only=lambda _: True, say=progress.say)
                    if test
                    else ()
                )
        if out:
            from realmctl.workflow.saved_plan import save

            save(Path(out), planned, sources(paths, want))
    if explain:
        told = _explained(planned)
    else:
        told = show_plans(planned, output, verbose=verbose, verdicts=verdicts, note=missing_base_note(against))
    show_result(told, pager=pager)
    if verbose:
        click.echo(timings.text(), err=True)
    if out and output == "text":
        again = shlex.join(["realmctl", "apply", out, *(word for path in paths for word in ("--files", path))])
        click.echo(f"Saved to {out}. Apply it with: {again}", err=True)
    if not all(one.passed for one in verdicts):
        return Exit.FAILED
    different = any(not one.plan.empty for one in planned)
    return Exit.DIFFERENT if detailed_exitcode and different else Exit.OK


def _explained(planned: Sequence[Planned]) -> str:
    import sys

    from realmctl.cli.terminal import has_color
    from realmctl.render.change_lines import summary
    from realmctl.render.explanation import text

    found = text([told for one in planned for told in one.explanations], color=has_color(sys.stdout))
    return f"{found}\nPlan: {summary([one.plan for one in planned])}.\n"
