"""`realmctl history`: what realmctl did in a realm, as the realm itself and its admin events tell."""

from __future__ import annotations

from typing import Any

import click

from realmctl.cli.options import connecting, connection_of, files, output, telling


@click.command("history", short_help="Show what realmctl did: when, by whom, from where.")
@files
@click.option("--realm", metavar="NAME", multiple=True, help="A realm, in place of files. Repeatable.")
@click.option(
    "--journal",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Show the applies that FILE tells of, which apply --journal wrote.",
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
    output: str,
    verbose: bool,
    **options: Any,
) -> int:
    """Show what realmctl did in a realm: when, by whom, from where, how much; nothing is written.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given.
    """
    from realmctl.cli.apply_selection import asked_for, show_histories
    from realmctl.cli.plan_options import connect, errors_as
    from realmctl.cli.terminal import Progress, result
    from realmctl.errors import Exit
    from realmctl.model.history import History
    from realmctl.workflow.history import history

    with errors_as(output, "history"), Progress(verbose=verbose) as progress:
        asked = asked_for(paths, var, var_file, realm, journal, progress)
        if asked.told is not None:
            found = [History(name, tuple(told)) for name, told in asked.told.items()]
        else:
            with connect(connection_of(options)) as admin:
                found = [history(admin, name, owner) for name, owner in asked.owners.items()]
    result(show_histories(found, output))
    return Exit.OK
