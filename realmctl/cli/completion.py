"""`realmctl completion`: a completion script for the user's shell."""

from __future__ import annotations

import click

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
    result(made.source_template % made.source_vars())
