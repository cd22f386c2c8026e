"""`realmctl local`: a real Keycloak on this machine, to try things on."""

from __future__ import annotations

import click

from realmctl.cli.options import telling


@click.group("local", short_help="Run a real Keycloak on this machine.")
def command() -> None:
    """Run a real Keycloak on this machine: in a container where an engine answers, else by Java and Maven."""


@command.command("up")
@click.option("--version", "keycloak", metavar="VERSION", help="Keycloak's version; by default realmctl's own pin.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port; by default the last one, or 8080.")
@click.option("--engine", type=click.Choice(["java", "container"]), help="Insist on one way to run it.")
@telling
def up(keycloak: str | None, port: int, engine: str | None, verbose: bool) -> None:
    """Start it, and print the environment that points realmctl at it: eval "$(realmctl local up)"."""
    from realmctl.cli.terminal import Progress, result
    from realmctl.keycloak import local

    with Progress(verbose=verbose) as progress:
        server = local.up(
            keycloak or local.KEYCLOAK, port, progress=progress.say, runtime=local.Runtime(engine=engine or "")
        )
    state = "is running now" if server.started else "was running already"
    click.echo(f"Keycloak {server.version} {state}: {server.console} (log in as {server.user})", err=True)
    click.echo("Point realmctl at it with the lines below; stop it with: realmctl local down", err=True)
    result("".join(f"export {name}={value}\n" for name, value in server.exports().items()), secrets=True)


@command.command("down")
@click.option("--forget-data", is_flag=True, help="Delete its realms, too; else the next up finds them again.")
@telling
def down(forget_data: bool, verbose: bool) -> None:
    """Stop it; its realms are kept."""
    from realmctl.cli.terminal import Progress, result
    from realmctl.keycloak import local

    with Progress(verbose=verbose) as progress:
        progress.say("Stopping Keycloak")
        server = local.down(forget_data=forget_data)
    told = f"Stopped Keycloak {server.version} at {server.url}." if server else "No Keycloak of realmctl's was running."
    result(f"{told}{' Its realms are deleted.' if forget_data else ''}\n")


@command.command("status")
@telling
def status(verbose: bool) -> int:
    """Say whether it runs, and where. Exits with 1 where it does not."""
    from realmctl.cli.terminal import result
    from realmctl.errors import Exit
    from realmctl.keycloak import local

    server = local.status()
    if server is None:
        result("Not running. Start it with: realmctl local up\n")
        return Exit.FAILED
    result(f"Keycloak {server.version} runs at {server.url}\n")
    if verbose:
        result(f"  console: {server.console}\n  run by:  {server.how}\n  log:     {server.log}\n")
    return Exit.OK
