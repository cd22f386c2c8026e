"""Options that several commands share: where the files are, how to connect, how to print.

Must not know about: what is done with them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from realmctl.cli.errors import debugging

Function = TypeVar("Function", bound=Callable[..., Any])

CONNECTION = {
    "url": ("KEYCLOAK_URL", "URL", "Keycloak's address, with its path: https://example.com/auth."),
    "login_realm": ("KEYCLOAK_REALM", "REALM", "The realm to log in to. [default: master]"),
    "client_id": ("KEYCLOAK_CLIENT_ID", "ID", "The client to log in with. [default: admin-cli]"),
    "client_secret": (
        "KEYCLOAK_CLIENT_SECRET",
        "TEXT",
        "Its secret: logs in as its service account. Others on this machine can see flags: prefer the environment.",
    ),
    "user": ("KEYCLOAK_USER", "NAME", "A user to log in as."),
    "password": ("KEYCLOAK_PASSWORD", "TEXT", "The user's password. Prefer the environment here, too."),
    "assertion_file": (
        "KEYCLOAK_JWT_TOKEN_FILE",
        "FILE",
        "A file with a signed JWT to log in with, such as a Kubernetes service-account token; read at every login.",
    ),
    "key_file": (
        "KEYCLOAK_CLIENT_KEY_FILE",
        "FILE",
        "The client's private key (PEM), which a JWT to log in with is signed with, as realmctl bootstrap makes it.",
    ),
    "public_url": (
        "KEYCLOAK_PUBLIC_URL",
        "URL",
        "Keycloak's public address, where it is another one than --url: what --key-file signs is for it alone.",
    ),
    "ca": ("KEYCLOAK_CA_FILE", "FILE", "Certificates (PEM) to trust instead of the system's."),
    "client_cert": (
        "KEYCLOAK_CLIENT_CERT",
        "FILE",
        "The client certificate (PEM) for mutual TLS, shown to the server at every connection.",
    ),
    "client_key": (
        "KEYCLOAK_CLIENT_KEY",
        "FILE",
        "The private key (PEM, not encrypted) of --client-cert. For TLS alone: the key of a login is --key-file.",
    ),
    "timeout": ("KEYCLOAK_CLIENT_TIMEOUT", "SECONDS", "How long to wait for one answer. [default: 60]"),
}
"""The connection's settings: environment variable, placeholder, help."""


def _together(decorators: Sequence[Callable[[Function], Function]]) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def _set_debug(_ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        debugging(True)


def _set_verbose(_ctx: click.Context, _option: click.Parameter, value: bool) -> bool:
    if value:
        from realmctl.cli.request_log import show_requests

        show_requests()
    return value


def tracing(function: Function) -> Function:
    """--debug."""
    return click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_debug,
        help="Show the traceback of an error; secrets stay hidden.",
    )(function)


def telling(function: Function) -> Function:
    """-v and --debug; the command gets `verbose`."""
    verbose = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        callback=_set_verbose,
        help="Say more: every step and every request as a line on stderr.",
    )
    return verbose(tracing(function))


def asking(function: Function) -> Function:
    """--auto-approve."""
    return click.option(
        "--auto-approve", is_flag=True, help="Do not ask. Needed where there is no terminal to ask on."
    )(function)


def approving(function: Function) -> Function:
    """--auto-approve and --allow-deletions: of what carries out a plan of somebody's files."""
    allow = click.option(
        "--allow-deletions",
        is_flag=True,
        help="Allow what is refused otherwise: more deletions than the realm's limit, and those of protected objects.",
    )
    return _together([asking, allow])(function)


READING = {
    "--secrets-dir": (
        "REALMCTL_SECRETS_DIR",
        "FOLDER",
        os.pathsep,
        "A folder outside the repository that $(file:…) may read; what it holds is secret. Repeatable.",
    ),
    "--allow-variables": (
        "REALMCTL_ALLOW_VARIABLES",
        "NAMES",
        ",",
        "The environment variables that $(env:…) may refer to: names or patterns (ENTRA_*), by commas. Repeatable.",
    ),
    "--public-variables": (
        "REALMCTL_PUBLIC_VARIABLES",
        "NAMES",
        ",",
        "The variables that hold no secret, though their names do not say so: plans show them. Repeatable.",
    ),
}
"""What files may read: the environment variable that says the same, placeholder, what joins several, help."""


def _in_environment(context: click.Context, option: click.Parameter, given: Sequence[str]) -> None:
    """Let an option that was given stand for its environment variable, for as long as the command runs."""
    variable, _, joint, _ = READING[option.opts[0]]
    if not given:
        return
    before = os.environ.get(variable)
    os.environ[variable] = joint.join(given)

    def restore() -> None:
        os.environ.pop(variable, None)
        if before is not None:
            os.environ[variable] = before

    context.call_on_close(restore)


def files(function: Function) -> Function:
    """PATH…, --var, --var-file and what the files may read; the command gets `paths`, `var` and `var_file`."""
    return _together(
        [
            *(
                click.option(
                    name,
                    metavar=placeholder,
                    multiple=True,
                    expose_value=False,
                    is_eager=True,
                    callback=_in_environment,
                    help=f"{words} [env: {variable}]",
                )
                for name, (variable, placeholder, _, words) in READING.items()
            ),
            click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path()),
            click.option("--var", metavar="NAME=VALUE", multiple=True, help="A value for $(var:NAME). Repeatable."),
            click.option(
                "--var-file",
                metavar="FILE",
                multiple=True,
                type=click.Path(dir_okay=False),
                help="A file of NAME: VALUE lines (YAML or JSON) for $(var:NAME). Repeatable; --var wins.",
            ),
        ]
    )(function)


def comparing(function: Function) -> Function:
    """--against; the command gets `against`."""
    return click.option(
        "--against",
        metavar="REV|FOLDER",
        help="Compare with the files of a git revision, such as origin/main, or of a folder, such as ./base.",
    )(function)


def output(*formats: str) -> Callable[[Function], Function]:
    """-o FORMAT, the first one being the default; the command gets `output`."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="The format of the result on stdout.",
    )


def connecting(function: Function) -> Function:
    """The connection's options; the command gets them by their names in `CONNECTION`, None where not given."""
    kinds = {"SECONDS": click.FLOAT, "FILE": click.Path(dir_okay=False)}
    return _together(
        [
            click.option(
                f"--{name.replace('_', '-')}",
                name,
                metavar=placeholder,
                type=kinds.get(placeholder, click.STRING),
                help=f"{words} [env: {variable}]",
            )
            for name, (variable, placeholder, words) in CONNECTION.items()
        ]
    )(function)


def connection_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a command's options that are the connection's and were given."""
    return {name: options[name] for name in CONNECTION if options.get(name) is not None}
