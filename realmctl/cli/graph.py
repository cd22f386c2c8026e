"""`realmctl graph`: who gets what by a realm's files, as a picture."""

from __future__ import annotations

import click

from realmctl.cli.options import files, telling


@click.command("graph", short_help="Draw who gets what: from app roles and groups to the rules of services.")
@files
@click.option(
    "--of",
    metavar="NAME",
    multiple=True,
    help="What something gives, and who gets it: a role, group, app role, client, audience, claim or service; * and ? "
    "as in a shell. Repeatable.",
)
@click.option("--from", "source", metavar="NAME", multiple=True, help="What something leads to. Repeatable.")
@click.option("--to", "target", metavar="NAME", multiple=True, help="What leads to something. Repeatable.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(("svg", "mermaid", "html")),
    default="svg",
    show_default=True,
    help="The format of the result on stdout.",
)
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    of: tuple[str, ...],
    source: tuple[str, ...],
    target: tuple[str, ...],
    output: str,
    verbose: bool,
) -> None:
    """Draw who gets what, from the files alone.

    Left are app roles and groups of Entra, then Keycloak's groups and roles, what the access tokens hold, and right the
    rules of services. PATH is a realm's folder or its files; realms/ where none is given.
    --from and --to together show the ways from the one to the other.
    """
    import os

    from realmctl.analysis.graph import build_picture, select_part
    from realmctl.cli.graph_formats import show_graph
    from realmctl.cli.plan_options import errors_as
    from realmctl.cli.terminal import Progress, result
    from realmctl.cli.variables import variables
    from realmctl.errors import UsageProblem
    from realmctl.workflow import load_realms

    with errors_as(output, "graph"), Progress(verbose=verbose) as progress:
        configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
        if len(configs) != 1:
            names = ", ".join(config.name for config in configs)
            raise UsageProblem(f"one picture is of one realm, and here are {names}", advice="Name the folder of one.")
        picture = select_part(build_picture(configs[0]), of=of, source=source, target=target)
    result(show_graph(picture, output))
