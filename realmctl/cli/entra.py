"""`realmctl entra`: the Entra app registration that a realm brokers to, read through Microsoft Graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from realmctl.cli.notifications import pushing
from realmctl.cli.options import Function, files, output, telling

if TYPE_CHECKING:
    from realmctl.cli.terminal import Progress
    from realmctl.config.loader import RealmConfig

_OPTIONS = (
    click.option("--graph", metavar="URL", help="Microsoft Graph's address; by default that of the realm's cloud."),
    click.option("--device-code", is_flag=True, help="Sign in yourself, in a browser, with a code that is shown."),
    click.option(
        "--ca",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Certificates (PEM) to trust instead of the system's. [env: KEYCLOAK_CA_FILE]",
    ),
    click.option(
        "--timeout", metavar="SECONDS", type=click.FLOAT, help="How long to wait for one answer. [default: 60]"
    ),
)


def _asking(function: Function) -> Function:
    """The options of everything that asks Graph."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group("entra", short_help="Check the Entra app registration that a realm brokers to.")
def command() -> None:
    """Check the Entra app registration that a realm's word `entra` brokers to. Nothing is ever written to Entra."""


@command.command("check")
@files
@click.option(
    "--public-url",
    metavar="URL",
    help="Keycloak's address as browsers know it, with its path: https://apps.example.com/auth. "
    "[env: KEYCLOAK_PUBLIC_URL, else the realm's frontendUrl, else KEYCLOAK_URL]",
)
@click.option("--strict", is_flag=True, help="Exit with 2 for warnings, too.")
@pushing
@output("text", "json", "az", "prometheus")
@_asking
@telling
def check(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    public_url: str | None,
    strict: bool,
    push_gateway: str | None,
    output: str,
    verbose: bool,
    **options: Any,
) -> int:
    """Hold the app registration against what the realm needs of it.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given.
    Exits with 2 where something has to be put right. -o az prints the Azure CLI's commands for it, -o json the
    requests, -o prometheus gauges.
    """
    import os
    import sys
    from datetime import UTC, datetime

    from realmctl.cli.notifications import Announcing
    from realmctl.cli.plan_options import errors_as
    from realmctl.cli.terminal import Progress, has_color, result
    from realmctl.errors import Exit
    from realmctl.integrations.entra.check import check_realm
    from realmctl.integrations.entra.requirements import want_of
    from realmctl.render import entra
    from realmctl.render.notify import pushgateway
    from realmctl.render.notify.post import address

    public = public_url or os.environ.get("KEYCLOAK_PUBLIC_URL")
    with errors_as(output, "entra check"), Progress(verbose=verbose) as progress:
        gateway = address(push_gateway, pushgateway.OPTION, pushgateway.VARIABLE, os.environ)
        configs = _configs(paths, var, var_file, progress)
        wants = [want_of(one, public_url=public, url=os.environ.get("KEYCLOAK_URL")) for one in configs]
        now = datetime.now(UTC)
        checked = [
            check_realm(want, options, os.environ, now=now, say=progress.say, tell=_tell)
            for want in wants
            if want is not None
        ]
    shown: dict[str, Callable[[], str]] = {
        "text": lambda: entra.text(checked, color=has_color(sys.stdout)),
        "json": lambda: entra.document(checked),
        "az": lambda: entra.commands(checked),
        "prometheus": lambda: entra.metrics(checked),
    }
    result(shown[output]())
    announcing = Announcing()
    if gateway:
        with announcing.trying():
            for one in checked:
                pushgateway.push(gateway, "realmctl_entra", {"realm": one.want.realm}, entra.metrics([one]))
    wrong = any(one.counts["fail"] or (strict and one.counts["warn"]) for one in checked)
    return announcing.exit(Exit.DIFFERENT if wrong else Exit.OK)


@command.command("roles")
@files
@output("yaml", "json", "text")
@_asking
@telling
def roles(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    output: str,
    verbose: bool,
    **options: Any,
) -> None:
    """List app roles and groups with their ids, ready to be pasted into the realm's word `entra`.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given.
    Groups are those assigned to the application, and those that the realm maps.
    """
    import os

    from realmctl.cli.plan_options import errors_as
    from realmctl.cli.terminal import Progress, result
    from realmctl.config.macros.entra import EntraSaying
    from realmctl.integrations.entra.access import access
    from realmctl.integrations.entra.check import client_id_of, registration_of
    from realmctl.render.entra import roles as listing

    several = []
    with errors_as(output, "entra roles"), Progress(verbose=verbose) as progress:
        for config in _configs(paths, var, var_file, progress):
            word = config.words["entra"]
            if isinstance(word, EntraSaying):
                client = client_id_of(config, word)
                how = access(word.authority, word.home, options, os.environ)
                found = registration_of(word, client, how, say=progress.say, tell=_tell)
                several.append(listing.list_roles(config.name, word, client, found))
    shown = {"yaml": listing.yaml, "json": listing.json, "text": listing.text}
    result(shown[output](several))


def _configs(
    paths: tuple[str, ...], var: tuple[str, ...], var_file: tuple[str, ...], progress: Progress
) -> list[RealmConfig]:
    """The realms that have the word. Raises UsageProblem where none has."""
    import os

    from realmctl.cli.variables import variables
    from realmctl.errors import UsageProblem
    from realmctl.workflow import load_realms

    configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
    speaking = [config for config in configs if "entra" in config.words]
    if not speaking:
        names = ", ".join(config.name for config in configs)
        raise UsageProblem(
            f"No realm here brokers to Entra: {names} has no word `entra`.",
            advice="docs/language.md has the word.",
        )
    return speaking


def _tell(text: str) -> None:
    """What a person has to do now, on stderr."""
    from realmctl.engine.plan.value_text import clean

    click.echo(clean(text), err=True)


@command.command("endpoints")
@files
@click.option(
    "--ca",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Certificates (PEM) to trust instead of the system's. [env: KEYCLOAK_CA_FILE]",
)
@click.option("--timeout", metavar="SECONDS", type=click.FLOAT, default=60, help="How long to wait. [default: 60]")
@telling
def endpoints(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    ca: str | None,
    timeout: float,
    verbose: bool,
) -> int:
    """Hold the addresses that the realm uses of Entra against its discovery document, and print what would pin it.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given. Nobody has to sign in.
    Exits with 2 where they differ.
    """
    import os

    from realmctl.cli.plan_options import errors_as
    from realmctl.cli.terminal import Progress, result
    from realmctl.config.macros.entra import EntraSaying
    from realmctl.engine.plan.value_text import clean
    from realmctl.errors import Exit
    from realmctl.integrations.entra.endpoints import discover_endpoints, text

    trusted = ca or os.environ.get("KEYCLOAK_CA_FILE")
    different = False
    with errors_as("text", "entra endpoints"), Progress(verbose=verbose) as progress:
        for config in _configs(paths, var, var_file, progress):
            word = config.words["entra"]
            if isinstance(word, EntraSaying):
                provider = config.expanded["identityProviders"][word.alias]["config"]
                found = discover_endpoints(word, provider, ca=trusted, timeout=timeout)
                different = different or not all(one.same for one in found)
                result("\n".join(map(clean, text(config.name, found).split("\n"))))
    return Exit.DIFFERENT if different else Exit.OK
