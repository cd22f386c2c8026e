"""`realmctl completion`: a completion script for the user's shell."""

from __future__ import annotations

import os
from collections import UserDict
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

EPILOG = """\b
bash:  realmctl completion bash > ~/.local/share/bash-completion/completions/realmctl
zsh:   realmctl completion zsh > "${fpath[1]}/_realmctl"
fish:  realmctl completion fish > ~/.config/fish/completions/realmctl.fish
"""


@click.command("completion", short_help="Print a completion script for your shell.", epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print a completion script for your shell."""
    from click.shell_completion import get_completion_class

    from realmctl.cli.main import cli
    from realmctl.cli.terminal import result

    script = get_completion_class(shell)
    if script is None:
        raise click.UsageError(f"click has no completion for {shell}.")
    # Not `.source()` where the shell's own version would be asked for first: the script may be made elsewhere.
    made = script(cli, {}, "realmctl", "_REALMCTL_COMPLETE")
    text = made.source_template % made.source_vars()
    # Names may hold blanks: bash alone puts in what it is told as it is.
    result(text.replace("COMPREPLY+=($value)", 'COMPREPLY+=("$(printf %q "$value")")') if shell == "bash" else text)


def addresses(context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The addresses of what the files declare that this command line names: without a server, and without variables.

    Nothing where the files cannot be read: who presses the tab key wants no errors.
    """
    from click.shell_completion import CompletionItem

    from realmctl.config.loader import Assumed, load
    from realmctl.engine.plan.ownership import holder
    from realmctl.errors import RealmctlError

    try:
        configs = load(_paths(context.command), environ=Assumed(os.environ), variables=_Anything())
    except (RealmctlError, OSError):
        return []
    known = {str(holder(address)) for config in configs for address in config.desired.resources}
    return [CompletionItem(one) for one in sorted(known) if one.startswith(begun)]


def _paths(command: click.Command) -> list[str]:
    """The files and folders on the command line; click itself loses them where an option still lacks its value."""
    from click.shell_completion import split_arg_string

    words = split_arg_string(os.environ.get("COMP_WORDS", ""))[2:]
    options = [one for one in command.params if isinstance(one, click.Option) and not one.is_flag and not one.count]
    names = {name for one in options for name in one.opts}
    before = ["", *words]
    return [
        word
        for last, word in zip(before, words, strict=False)
        if not word.startswith("-") and not _wants_value(last, names) and Path(word).exists()
    ]


def _wants_value(word: str, names: Collection[str]) -> bool:
    """Whether the next word is the value of this option; `names` are those of options with one."""
    if word.startswith("--") or not word.startswith("-"):
        return word in names
    # Short ones may share a dash: the first with a value takes the rest of the word, if there is any.
    valued = next((at for at, letter in enumerate(word) if f"-{letter}" in names), -1)
    return valued == len(word) - 1


def guide_topics(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The topics of `realmctl docs`."""
    from click.shell_completion import CompletionItem

    from realmctl.workflow.reference import aliases, topics

    return [CompletionItem(one) for one in sorted({*topics(), *aliases()}) if one.startswith(begun)]


def rules(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The rules that `validate --explain` knows."""
    from click.shell_completion import CompletionItem

    from realmctl.workflow.reference.rules import names

    return [CompletionItem(one) for one in sorted(names()) if one.startswith(begun)]


class _Anything(UserDict[str, str]):
    """The environment, in which what is not set is an id: what it stands for is in no address, and must be valid."""

    def __contains__(self, _key: object) -> bool:
        return True

    def __missing__(self, _key: str) -> str:
        return "00000000-0000-4000-8000-000000000000"
