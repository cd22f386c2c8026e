"""`realmctl validate`: checks realm files without a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from realmctl.cli.options import files, output, telling

if TYPE_CHECKING:
    from realmctl.errors import Finding
    from realmctl.load import RealmConfig


@click.command("validate", short_help="Check realm files offline: syntax, names, references, unsafe settings.")
@files
@click.option(
    "--gateway",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="A values file that `render` wrote: find where it differs from what it would write now.",
)
@click.option(
    "--assume-env",
    is_flag=True,
    help="Don't ask for the environment: make up a value of each variable that is not set.",
)
@output("text", "json", "markdown", "sarif")
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    gateway: str | None,
    assume_env: bool,
    output: str,
    verbose: bool,
) -> int:
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
    from realmctl.load import Assumed
    from realmctl.render import findings as render
    from realmctl.render.values import clean
    from realmctl.workflow import linted, load_realms

    environ = Assumed(os.environ) if assume_env else os.environ
    try:
        with Progress(verbose=verbose) as progress:
            configs = load_realms(paths, environ=environ, variables=variables(var, var_file), say=progress.say)
            drift = _drift(configs, gateway) if gateway else []
        found = linted(configs, [finding for config in configs for finding in config.findings]) + drift
        realms = [one.name for one in configs]
    except BadConfig as error:
        found, realms = list(error.findings), []
    if output == "json":
        result(render.findings_json(found, realms))
    elif output == "markdown":
        result(render.findings_markdown(found, realms))
    elif output == "sarif":
        from pathlib import Path

        from realmctl.lint import RULES
        from realmctl.render.sarif import sarif

        result(sarif(found, RULES, folder=Path.cwd()))
    else:
        result(render.findings_text(found, color=colored(sys.stdout)))
        if realms and not drift:
            result(f"Valid: {', '.join(map(clean, realms))}.\n")
    return Exit.BAD_CONFIG if any(finding.severity == "error" for finding in found) else Exit.OK


def _drift(configs: Sequence[RealmConfig], file: str) -> list[Finding]:
    """Where a values file of the gateway differs from what the realm's files give."""
    from pathlib import Path

    from realmctl.gateway.draw import gateway, speaking
    from realmctl.gateway.written import differences
    from realmctl.load.values import ValuesFile

    found = ValuesFile(Path(file))
    return differences(gateway(speaking(configs)), found.data, found.place)
