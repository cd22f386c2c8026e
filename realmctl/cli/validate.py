"""`realmctl validate`: checks realm files without a server."""

from __future__ import annotations

import click

from realmctl.cli.options import files, output, telling


@click.command("validate", short_help="Check realm files offline: syntax, names, references, unsafe settings.")
@files
@output("text", "json", "markdown")
@telling
def command(paths: tuple[str, ...], var: tuple[str, ...], var_file: tuple[str, ...], output: str, verbose: bool) -> int:
    """Check realm files offline: syntax, types, unknown names, references that lead nowhere, unsafe settings.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given.
    Every finding comes as file:line:column. Warnings alone do not fail; a comment `# realmctl: allow RULE: reason`
    silences one where it is meant.
    """
    import os
    import sys

    from realmctl.cli.terminal import Progress, colored, result
    from realmctl.cli.variables import variables
    from realmctl.errors import BadConfig, Exit
    from realmctl.render import findings as render
    from realmctl.render.values import clean
    from realmctl.workflow import linted, load_realms

    try:
        with Progress(verbose=verbose) as progress:
            configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
        found = linted(configs, [finding for config in configs for finding in config.findings])
        realms = [one.name for one in configs]
    except BadConfig as error:
        found, realms = list(error.findings), []
    if output == "json":
        result(render.findings_json(found, realms))
    elif output == "markdown":
        result(render.findings_markdown(found, realms))
    else:
        result(render.findings_text(found, color=colored(sys.stdout)))
        if realms:
            result(f"Valid: {', '.join(map(clean, realms))}.\n")
    return Exit.BAD_CONFIG if any(finding.severity == "error" for finding in found) else Exit.OK
