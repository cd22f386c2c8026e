"""`realmctl export`: an existing realm as the files that declare it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from realmctl.cli.options import connecting, connection_of, telling

if TYPE_CHECKING:
    from pathlib import Path

    from realmctl.export import Exported


@click.command("export", short_help="Write an existing realm as the files that declare it.")
@click.argument("realm", metavar="[REALM]", required=False)
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False),
    help="The realm's folder to write; it holds no YAML files yet.",
)
@click.option(
    "--from",
    "sources",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Read a realm export, import files or a folder of them (JSON, YAML) instead of a server. May be repeated.",
)
@click.option("--minimal", is_flag=True, help="With --from: leave out what equals Keycloak's defaults.")
@click.option(
    "--skip-unsupported",
    "skip",
    is_flag=True,
    help="With --from: leave out what realmctl cannot declare, and list it.",
)
@click.option(
    "--env-file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write the secrets that Keycloak tells, in clear text, as NAME='value' lines. Keep it out of git.",
)
@connecting
@telling
def command(
    realm: str | None,
    folder: str,
    sources: tuple[str, ...],
    minimal: bool,
    skip: bool,
    env_file: str | None,
    verbose: bool,
    **options: Any,
) -> int:
    """Write an existing realm as the files that declare it: what differs from Keycloak's defaults, split into files.

    Nothing on the server is changed, or marked as realmctl's own. The files are loaded and planned before they are
    written: a plan of them finds nothing to do. Secrets become $(env:NAME); .env.example lists the variables to set.

    With --from, the files declare exactly what the source states. What realmctl cannot declare is an error.
    """
    import os
    from pathlib import Path

    from realmctl.cli.output_files import write
    from realmctl.cli.terminal import Progress, result
    from realmctl.errors import Exit
    from realmctl.model.interruption import finishing
    from realmctl.workflow import export_files, export_realm

    _refuse_written(Path(folder))
    with Progress(verbose=verbose) as progress:
        if sources:
            paths = [Path(one) for one in sources]
            found = export_files(
                paths, realm, only_differences=minimal, skip=skip, environ=os.environ, say=progress.say
            )
        else:
            from realmctl.cli.plan_options import connect
            from realmctl.errors import UsageProblem

            if not realm:
                raise UsageProblem("which realm?", advice="Name it: realmctl export REALM -o DIR")
            with connect(connection_of(options)) as admin:
                found = export_realm(admin, realm, environ=os.environ, say=progress.say)
    with finishing(f"The files in {folder} are not whole: delete them before the next export."):
        for name, text in found.files.items():
            write(Path(folder) / name, text)
            result(f"{Path(folder) / name}\n")
        if env_file:
            write(Path(env_file), found.values, private=True)
            result(f"{env_file}\n")
    _tell(found, folder)
    return Exit.FAILED if found.findings or found.changes else Exit.OK


def _refuse_written(folder: Path) -> None:
    from realmctl.errors import UsageProblem

    there = sorted(path for suffix in ("yaml", "yml") for path in folder.glob(f"**/*.{suffix}"))
    if there:
        raise UsageProblem(
            f"{folder} holds YAML files already, such as {there[0]}",
            advice="What is in a folder belongs to one realm: name an empty one.",
        )


def _tell(found: Exported, folder: str) -> None:
    """What the user has to know or do, on stderr."""
    from realmctl.engine.plan.value_text import clean

    for text in found.remarks:
        click.echo(f"note: {clean(text)}", err=True)
    if found.variables:
        click.echo(f"\nSet {len(found.variables)} variables: {folder}/.env.example lists them.", err=True)
    for finding in found.findings:
        click.echo(clean(f"not clean: {finding.message} [{finding.rule}]"), err=True)
    for change in found.changes:
        fields = ", ".join(field.path for field in change.fields)
        click.echo(clean(f"not exact: a plan would {change.action.value} {change.address} ({fields})"), err=True)
    click.echo(f"\nNext: realmctl plan {folder}", err=True)
