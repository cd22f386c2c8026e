"""The reference names every command and option, and nothing that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from realmctl.cli.main import COMMANDS, cli
from realmctl.cli.options import CONNECTION
from realmctl.errors import Exit
from realmctl.keycloak.admin.connection_settings import VARIABLES

PAGE = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def every_command(group: click.Group = cli, path: str = "realmctl") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command, name
        if isinstance(command, click.Group):
            yield from every_command(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


ALL = dict(every_command())


def said_of(path: str) -> str:
    """The command's own section, and those it sends the reader to."""
    own: str = SECTIONS[path]
    return own + "".join(text for name, text in SECTIONS.items() if f"(#{name.lower()})" in own)


@pytest.mark.parametrize("path", ALL)
def test_every_option_is_documented(path: str) -> None:
    options = [flag for one in ALL[path].params if isinstance(one, click.Option) for flag in one.opts]
    assert [flag for flag in options if f"`{flag}" not in said_of(path)] == []


@pytest.mark.parametrize("path", ALL)
def test_no_option_is_documented_that_does_not_exist(path: str) -> None:
    real = {flag for one in ALL[path].params for flag in (*one.opts, *one.secondary_opts)}
    told = set(re.findall(r"^\| `(-[\w-]+)", said_of(path), re.MULTILINE))
    told |= set(re.findall(r"^\| `-\w`, `(--[\w-]+)`", said_of(path), re.MULTILINE))
    assert told <= real


def test_no_command_is_documented_that_does_not_exist() -> None:
    assert {name for name in SECTIONS if name.startswith("realmctl ")} == set(ALL)


def test_the_list_of_commands_says_what_they_say_themselves() -> None:
    context = click.Context(cli)
    found = {name: getattr(cli.get_command(context, name), "short_help", None) for name in COMMANDS}
    assert found == COMMANDS


@pytest.mark.parametrize("code", Exit)
def test_every_exit_code_is_documented(code: Exit) -> None:
    assert f"| {int(code)} |" in SECTIONS["Exit codes"]
    assert re.search(rf"^  {int(code)} ", str(cli.epilog), re.MULTILINE)


def test_flags_and_environment_mean_the_same_connection() -> None:
    assert {name: variable for name, (variable, _, _) in CONNECTION.items()} == VARIABLES
    for variable in VARIABLES.values():
        assert f"`{variable}`" in SECTIONS["Connection"]


def test_every_command_has_help_that_fits_its_reader() -> None:
    for path, command in ALL.items():
        assert command.help, path
        assert all(one.help for one in command.params if isinstance(one, click.Option)), path
