"""`realmctl audit`: kcwarden's checks of the realms on a server, told in the realms' files."""

from __future__ import annotations

from typing import Any

import click

from realmctl.cli.options import connecting, connection_of, files, output, telling

_LEVELS = click.Choice(["info", "low", "medium", "high", "critical"])


@click.command("audit", short_help="Ask kcwarden what it thinks of a realm on the server.")
@files
@click.option(
    "--planned", is_flag=True, help="Audit the realm as it will be, on a throw-away realm of the same server."
)
@click.option(
    "--min-severity", type=_LEVELS, default="info", show_default=True, help="Tell nothing that is less severe."
)
@click.option("--fail-on", type=_LEVELS, help="Exit with 1 for a finding of that severity or a higher one.")
@click.option("--declared", is_flag=True, help="Only of what the files declare; built-in clients are often named else.")
@output("text", "json", "markdown")
@connecting
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    planned: bool,
    min_severity: str,
    fail_on: str | None,
    declared: bool,
    output: str,
    verbose: bool,
    **options: Any,
) -> int:
    """Ask kcwarden what it thinks of the realms on the server that the files declare, undeclared objects included.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given. Needs the extra kcwarden.
    A comment `# realmctl: allow RULE: reason` silences a finding where it is meant.
    """
    import os
    import sys

    from realmctl.cli.plan_options import connect, errors_as
    from realmctl.cli.terminal import Progress, has_color, result
    from realmctl.cli.variables import variables
    from realmctl.errors import Exit
    from realmctl.integrations.kcwarden import SEVERITIES
    from realmctl.render import findings as render
    from realmctl.workflow import audit_realm, load_realms

    with errors_as(output, "audit"), Progress(verbose=verbose) as progress:
        configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
        with connect(connection_of(options)) as admin:
            told = audit_realm(admin, configs, planned=planned, least=min_severity, say=progress.say)
    told = [one for one in told if one[1].place or not declared]
    found = [finding for _, finding in told]
    if output == "json":
        result(render.findings_json(found, [one.name for one in configs]))
    elif output == "markdown":
        result(render.findings_markdown(found, [one.name for one in configs]))
    else:
        result(render.findings_text(found, color=has_color(sys.stdout)) or "kcwarden found nothing.\n")
    grave = fail_on and any(SEVERITIES.index(level) >= SEVERITIES.index(fail_on) for level, _ in told)
    return Exit.FAILED if grave else Exit.OK
