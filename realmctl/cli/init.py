"""`realmctl init`: a commented starting realm."""

from __future__ import annotations

import click

from realmctl.cli.options import tracing


@click.command("init", short_help="Write a commented starting realm into a folder.")
@click.argument("folder", metavar="[DIR]", default="realms/platform", type=click.Path(file_okay=False))
@tracing
def command(folder: str) -> None:
    """Write a commented starting realm into DIR (realms/platform by default), ready for plan.

    Nothing that exists is overwritten.
    """
    from pathlib import Path

    from realmctl.cli.output_files import write
    from realmctl.cli.terminal import result
    from realmctl.config.starter import GATEWAY, files
    from realmctl.errors import UsageProblem

    made = {Path(folder) / name: text for name, text in files().items()}
    there = [path for path in made if path.exists()]
    if there:
        raise UsageProblem(f"{there[0]} exists already", advice="Name another folder: realmctl init DIR")
    for path, text in made.items():
        write(path, text, private=path == Path(folder) / GATEWAY)
        result(f"{path}\n")
    click.echo(f"\nEdit them, then: realmctl validate {folder} && realmctl plan {folder}", err=True)
