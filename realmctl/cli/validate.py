"""`realmctl validate`: checks realm files without a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from realmctl.cli.completion import rules
from realmctl.cli.options import comparing, files, output, telling

if TYPE_CHECKING:
    from realmctl.config.loader import RealmConfig
    from realmctl.errors import Finding
    from realmctl.workflow import Base


@click.command("validate", short_help="Check realm files offline: syntax, names, references, unsafe settings.")
@files
@comparing
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
@click.option(
    "--explain",
    metavar="RULE",
    multiple=True,
    shell_complete=rules,
    help="Why this rule warns, what to write instead, how to silence it. Or FILE:LINE: of what is found there.",
)
@output("text", "json", "markdown", "sarif")
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    against: str | None,
    gateway: str | None,
    assume_env: bool,
    explain: tuple[str, ...],
    output: str,
    verbose: bool,
) -> int:
    """Check realm files offline: syntax, types, unknown names, references that lead nowhere, unsafe settings.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given.
    Every finding comes as file:line:column. Warnings alone do not fail; a comment `# realmctl: allow RULE: reason`
    silences one where it is meant. With --against, only what the base does not have is reported.
    """
    import os
    import sys

    from realmctl.cli.plan_options import base_of, errors_as
    from realmctl.cli.terminal import Progress, has_color, result
    from realmctl.cli.variables import variables
    from realmctl.config.loader import Assumed
    from realmctl.engine.plan.value_text import clean
    from realmctl.errors import BadConfig, Exit, UsageProblem
    from realmctl.render import findings as render
    from realmctl.workflow import compared_with, linted, load_realms

    environ = Assumed(os.environ) if assume_env else os.environ
    with errors_as(output, "validate"):
        if explain and output != "text":
            raise UsageProblem("--explain is for a reader", advice="Leave -o out, or ask `realmctl docs RULE -o json`.")
        try:
            with Progress(verbose=verbose) as progress:
                configs = load_realms(paths, environ=environ, variables=variables(var, var_file), say=progress.say)
                drift = _drift(configs, gateway) if gateway else []
                if against is None:
                    found = linted(configs, [finding for config in configs for finding in config.findings]) + drift
                else:
                    base = base_of(against, paths, configs, var, var_file, progress)
                    compared = compared_with(base, configs)
                    found = [finding for one in compared.values() for finding, _ in one.findings] + drift
                    found += [_unknown(base)] if base.problem else []
            realms = [one.name for one in configs]
        except BadConfig as error:
            found, realms = list(error.findings), []
    if explain:
        result(_explained(found, explain))
    elif output == "json":
        result(render.findings_json(found, realms))
    elif output == "markdown":
        result(render.findings_markdown(found, realms))
    elif output == "sarif":
        from pathlib import Path

        from realmctl.config.lint import RULES
        from realmctl.render.sarif import sarif

        result(sarif(found, RULES, folder=Path.cwd()))
    else:
        result(render.findings_text(found, color=has_color(sys.stdout)))
        if realms and not drift:
            result(f"Valid: {', '.join(map(clean, realms))}.\n")
    return Exit.BAD_CONFIG if any(finding.severity == "error" for finding in found) else Exit.OK


def _unknown(base: Base) -> Finding:
    """A warning: nobody knows which findings are new."""
    from realmctl.errors import Finding
    from realmctl.workflow.comparison_base import UNKNOWN

    told = f"the files of {base.name} could not be read, so every finding is reported: {base.problem}"
    return Finding(UNKNOWN, told, None, "look at the base's files with `realmctl validate`", "warning")


def _explained(found: Sequence[Finding], wanted: Sequence[str]) -> str:
    """What is found of each rule, or at each place, with what the guide says of the rule. Raises UsageProblem."""
    import sys

    from realmctl.cli.terminal import has_color
    from realmctl.errors import UsageProblem
    from realmctl.model.suggestion import did_you_mean
    from realmctl.render.findings import finding_lines
    from realmctl.render.reference_page import text
    from realmctl.workflow.reference import page, rules

    color = has_color(sys.stdout)
    blocks = []
    for asked in wanted:
        here = [one for one in found if asked == one.rule or (one.place and f"{one.place}:".startswith(f"{asked}:"))]
        named = [asked] if asked in rules.names() else list(dict.fromkeys(one.rule for one in here))
        if not named:
            guess = did_you_mean(asked, [*rules.names(), *(one.rule for one in found)])
            told = f"Did you mean '{guess}'?" if guess else "Name a rule, or FILE:LINE of something that is found."
            raise UsageProblem(f"--explain {asked}: there is no such rule, and nothing is found there", advice=told)
        for rule in named:
            told = "\n".join(line for one in here if one.rule == rule for line in finding_lines(one, color=color))
            said = text(page(rule), color=color) if rule in rules.names() else _silenced(rule, here)
            blocks.append("\n\n".join(part.rstrip("\n") for part in (told, said) if part))
    return "\n\n".join(blocks) + "\n"


def _silenced(rule: str, found: Sequence[Finding]) -> str:
    """How a finding is silenced that no page tells of."""
    if all(one.severity == "error" for one in found if one.rule == rule):
        return "    It is wrong in any realm: no comment and no `accept` silences it."
    return f"    Where it is meant, a comment on its line silences it: `# realmctl: allow {rule}: because …`"


def _drift(configs: Sequence[RealmConfig], file: str) -> list[Finding]:
    """Where a values file of the gateway differs from what the realm's files give."""
    from pathlib import Path

    from realmctl.config.yaml.gateway_values import ValuesFile
    from realmctl.integrations.gateway.compilation import gateway, speaking
    from realmctl.integrations.gateway.values_file import differences

    found = ValuesFile(Path(file))
    return differences(gateway(speaking(configs)), found.data, found.place)
