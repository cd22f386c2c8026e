"""The entry point: finds the command, loads it only then, and turns errors into exits.

Must not know about: what a command does. Imports little but click at start-up: `--version` and `--help` stay quick.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from realmctl import __version__
from realmctl.cli import errors, signals
from realmctl.model import output

COMMANDS = {
    "init": "Write a commented starting realm into a folder.",
    "validate": "Check realm files offline: syntax, names, references, unsafe settings.",
    "show": "Print the realm that the files declare, in Keycloak's own terms.",
    "render": "Write what the gateway has to know of a realm: values for its charts.",
    "graph": "Draw who gets what: from app roles and groups to the rules of services.",
    "teams": "Show who owns which file and may declare what; write CODEOWNERS from it.",
    "plan": "Show what an apply would change on the server.",
    "apply": "Make the server as declared, after asking.",
    "undo": "Take the last apply back, after asking.",
    "history": "Show what realmctl did: when, by whom, from where.",
    "drift": "Show what on the server is no longer as declared, and who changed it.",
    "test": "Check who gets which token: the `tests` of realm files.",
    "audit": "Ask kcwarden what it thinks of a realm on the server.",
    "bootstrap": "Make a realm's accounts for pipelines: one that reads, one that writes.",
    "export": "Write an existing realm as the files that declare it.",
    "gateway": "Look at a live gateway for what must hold.",
    "entra": "Check the Entra app registration that a realm brokers to.",
    "docs": "Say what may be written: a kind, a word, a setting, a rule; offline.",
    "schema": "Write the JSON Schemas of the language and of the output.",
    "local": "Run a real Keycloak on this machine.",
    "completion": "Print a completion script for your shell.",
}
"""Every command and its line in the help; the command itself is in the module of its name."""

EXITS = """\b
Exit codes:
  0   done; no differences
  1   failed (server, network, permission; a test that fails)
  2   differences (plan --detailed-exitcode, drift, entra check, gateway check)
  3   refused: unsafe (deletions over the limit, protected object, stale plan)
  4   bad configuration
  64  bad usage
  130 interrupted with Ctrl-C
  143 ended by SIGTERM
"""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used, not when it is listed."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command `cmd_name`, loaded now; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"realmctl.cli.{cmd_name}"), "command", None)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with a did-you-mean."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, 1)
            hint = f" Did you mean '{near[0]}'?" if near else f" There are: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command '{name}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    epilog=EXITS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="realmctl", message="%(prog)s %(version)s")
def cli() -> None:
    """Keycloak as code: plan and apply realms that are kept as YAML in git.

    realmctl COMMAND --help says more about a command.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line (the process's own by default) and answers its exit code.

    Unexpected exceptions pass through: `main` leaves them to the interpreter's hook.
    """
    output.register_environment(os.environ)
    with output.redacting_output():
        try:
            answer = cli.main(
                args=list(arguments) if arguments is not None else None, prog_name="realmctl", standalone_mode=False
            )
        except errors.EXPECTED as error:
            return errors.report_failure(error)
    return answer if isinstance(answer, int) else 0


def main() -> None:
    """The console script."""
    # A command lives for seconds: looking for cycles would cost a tenth of them and free next to nothing.
    gc.disable()
    # pydantic would read the metadata of every installed package in search of plug-ins that nobody has.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.excepthook = errors.report_unexpected
    signals.listen()
    # Closed by the caller (`>&-`), they are None, which nobody else should have to know.
    sys.stdin = sys.stdin or io.StringIO()
    sys.stdout = sys.stdout or errors.discarding_stream()
    sys.stderr = sys.stderr or errors.discarding_stream()
    for stream in (sys.stdout, sys.stderr):
        errors.never_choke(stream)
    # For good: the interpreter's hook writes after `run` has ended.
    sys.stdout, sys.stderr = output.guard(sys.stdout), output.guard(sys.stderr)
    _leave(run())


def _leave(code: int) -> NoReturn:
    """Ends the process at once: taking thousands of objects apart costs a tenth of a second and helps nobody."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        # Left to itself the interpreter tries again, fails again, and answers 120 (a full disk).
        if not code and not isinstance(error, BrokenPipeError):
            output.write_error(f"error: cannot write the result: {error.strerror}")
            code = 1
    os._exit(code)
