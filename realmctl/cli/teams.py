"""`realmctl teams`: who owns which file, and who may declare what; CODEOWNERS from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from realmctl.cli.options import files, output, telling

if TYPE_CHECKING:
    from pathlib import Path

    from realmctl.config.loader import RealmConfig
    from realmctl.config.teams.codeowners import OwnedRealm
    from realmctl.render.teams import TeamFiles


@click.command("teams", short_help="Show who owns which file and may declare what; write CODEOWNERS from it.")
@files
@click.option(
    "--of",
    metavar="NAME",
    help="Who owns it: a file, or an object as kind/name, such as role/orders-reader.",
)
@click.option(
    "--codeowners",
    "host",
    type=click.Choice(("github", "gitlab")),
    help="Print CODEOWNERS for this host, with paths from the root of the git repository.",
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="With --codeowners: the file to write; stdout where none is given.",
)
@click.option(
    "--check",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="With --codeowners: compare with this file; exit 2 where it differs.",
)
@click.option(
    "--assume-env",
    is_flag=True,
    help="Don't ask for the environment: make up a value of each variable that is not set.",
)
@output("text", "json")
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    of: str | None,
    host: str | None,
    out: str | None,
    check: str | None,
    assume_env: bool,
    output: str,
    verbose: bool,
) -> int:
    """Show the teams of realms: their owners, their files, and what these may declare.

    PATH is a realm's folder or a folder of realms; realms/ where none is given. Teams are declared with `teams` in the
    file that names the realm: see `realmctl docs teams`.
    """
    import os
    import sys
    from pathlib import Path

    from realmctl.cli.output_files import write
    from realmctl.cli.plan_options import errors_as
    from realmctl.cli.terminal import Progress, has_color, result
    from realmctl.cli.variables import variables
    from realmctl.config.loader import Assumed
    from realmctl.config.teams.codeowners import CodeHost, codeowners
    from realmctl.errors import Exit, UsageProblem
    from realmctl.render.teams import teams_json, teams_text
    from realmctl.workflow import load_realms

    if (out or check) and not host:
        raise UsageProblem("--out and --check go with --codeowners", advice="Write --codeowners github, or gitlab.")
    environ = Assumed(os.environ) if assume_env else os.environ
    with errors_as(output, "teams"), Progress(verbose=verbose) as progress:
        configs = load_realms(paths, environ=environ, variables=variables(var, var_file), say=progress.say)
        configs = tuple(config for config in configs if config.ownership)
        if not configs:
            raise UsageProblem("no realm here has teams", advice="Declare them: `realmctl docs teams`.")
        if of:
            result(_owner(configs, of))
            return Exit.OK
        if not host:
            found = list(_teams(configs))
            result(teams_json(found) if output == "json" else teams_text(found, color=has_color(sys.stdout)))
            return Exit.OK
        text = codeowners([_owned(config) for config in configs], CodeHost(host))
    if check:
        return _checked(Path(check), text, f"realmctl teams {' '.join(paths)} --codeowners {host} --out {check}")
    if out:
        write(Path(out), text)
        result(f"{out}\n")
    else:
        result(text)
    return Exit.OK


def _checked(path: Path, text: str, remedy: str) -> int:
    """Compares CODEOWNERS with what it should be."""
    from realmctl.cli.terminal import result
    from realmctl.errors import Exit, UsageProblem

    try:
        there = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"cannot read {path}: {getattr(error, 'strerror', 'not UTF-8 text')}") from error
    if there == text:
        result(f"{path} is up to date.\n")
        return Exit.OK
    from difflib import unified_diff

    from realmctl.engine.plan.value_text import clean

    lines = unified_diff(there.splitlines(), text.splitlines(), str(path), "as teams say", lineterm="")
    result("".join(f"{clean(line)}\n" for line in lines))
    click.echo(f"{path} is not what `teams` say. Write it: {remedy}", err=True)
    return Exit.DIFFERENT


def _teams(configs: Sequence[RealmConfig]) -> Iterator[TeamFiles]:
    from realmctl.render.teams import TeamFiles

    for config in configs:
        owning = config.ownership
        for name, team in owning.teams.items() if owning else ():
            own = tuple(file for file in config.files if owning and owning.team_of(file) == name)
            yield TeamFiles(config.name, name, team, own)


def _owner(configs: Sequence[RealmConfig], wanted: str) -> str:
    """Whom to ask about a file or an object, a line for each realm."""
    import os

    from realmctl.config.teams.subject import noun_and_name
    from realmctl.engine.plan.value_text import clean
    from realmctl.errors import UsageProblem
    from realmctl.model.address import Address

    lines = []
    for config in configs:
        owning = config.ownership
        if not owning:
            continue
        files = [file for file in config.files if os.path.realpath(file) == os.path.realpath(wanted)]
        if files:
            name = owning.team_of(files[0])
        else:
            noun, text = noun_and_name(Address.parse(wanted))
            name = next((one for one, team in owning.teams.items() if team.may.includes(noun, text)), "platform")
            if not text:
                continue
        lines.append(f"{clean(config.name)}: {clean(name)}, {clean(owning.teams[name].told)}\n")
    if not lines:
        advice = "Name a file of these realms, or an object as kind/name."
        raise UsageProblem(f"--of {wanted}: there is no such file", advice=advice)
    return "".join(lines)


def _owned(config: RealmConfig) -> OwnedRealm:
    """A realm for CODEOWNERS, with its paths from the root of the repository."""
    from pathlib import Path

    from realmctl.config.teams.codeowners import OwnedRealm
    from realmctl.errors import UsageProblem

    owning = config.ownership
    if owning is None:
        raise UsageProblem(f"realm {config.name} has no teams")
    folder = Path(owning.folder).resolve()
    root = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), Path.cwd().resolve())
    if not folder.is_relative_to(root):
        raise UsageProblem(f"{folder} is in no git repository", advice="Run realmctl from the repository's root.")
    below = folder.relative_to(root).as_posix().removeprefix(".")
    return OwnedRealm(owning.teams, below, f"{below}/{Path(owning.home.file).name}".removeprefix("/"))
