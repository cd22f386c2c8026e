"""`realmctl test`: the tests of realm files, answered by Keycloak's own evaluation of tokens."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import click

from realmctl.cli.options import connecting, connection_of, files, output, telling


@click.command("test", short_help="Check who gets which token: the `tests` of realm files.")
@files
@click.option(
    "--planned",
    is_flag=True,
    help="Test the realm as it will be once the files are applied, on a throw-away realm of the same server.",
)
@click.option(
    "-k", "--only", metavar="PATTERN", multiple=True, help="Only tests of such a name (* and ? as in a shell)."
)
@output("text", "json", "markdown", "junit")
@connecting
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    planned: bool,
    only: tuple[str, ...],
    output: str,
    verbose: bool,
    **options: Any,
) -> int:
    """Check who gets which token, by the `tests` of realm files. Nobody logs in, and nobody is left behind.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given.
    Exits with 1 where a test fails.
    """
    import os
    import sys

    from realmctl.cli.errors import so_far
    from realmctl.cli.plan_options import connect, errors_as
    from realmctl.cli.terminal import Progress, has_color, result
    from realmctl.cli.variables import variables
    from realmctl.errors import Exit
    from realmctl.render import token_tests as render
    from realmctl.workflow import load_realms, verdicts_of

    def chosen(name: str) -> bool:
        return not only or any(fnmatchcase(name, pattern) for pattern in only)

    so_far("What the tests made up was removed again.")
    with errors_as(output, "test"), Progress(verbose=verbose) as progress:
        configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
        with connect(connection_of(options)) as admin:
            tested = verdicts_of(admin, configs, planned=planned, only=chosen, say=progress.say)
    if output == "text":
        result(render.text(tested, color=has_color(sys.stdout), verbose=verbose))
    else:
        result({"json": render.json_, "markdown": render.markdown, "junit": render.junit}[output](tested))
    return Exit.OK if all(realm.passed for realm in tested) else Exit.FAILED
