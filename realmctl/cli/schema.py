"""`realmctl schema`: the JSON Schemas of the language and of the output."""

from __future__ import annotations

import click

from realmctl.cli.options import telling


@click.command("schema", short_help="Write the JSON Schemas of the language and of the output.")
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False),
    help="The folder to write to; it is made where it is missing.",
)
@telling
def command(folder: str, verbose: bool) -> None:
    """Write the JSON Schemas of the language, for editors, of the output, and of the gateway's values.

    With a line `# yaml-language-server: $schema=…/realm.schema.json` at its top, an editor completes a realm's file.
    """
    import json
    from pathlib import Path

    from realmctl.cli.output_files import write
    from realmctl.cli.terminal import Progress, result
    from realmctl.config.loader.fleet import fleet_schema
    from realmctl.config.schema import realm_schema
    from realmctl.integrations.gateway import values
    from realmctl.render import drift_json, gateway_probe, token_tests
    from realmctl.render.desired_realm import show_schema
    from realmctl.render.entra.schema import check_schema, roles_schema
    from realmctl.render.history_schema import history_schema
    from realmctl.render.plan_schema import plan_schema
    from realmctl.render.teams import teams_schema

    schemas = {
        "realm.schema.json": realm_schema,
        "plan.schema.json": plan_schema,
        "drift.schema.json": drift_json.schema,
        "test.schema.json": token_tests.schema,
        "show.schema.json": show_schema,
        "history.schema.json": history_schema,
        "teams.schema.json": teams_schema,
        "entra-check.schema.json": check_schema,
        "entra-roles.schema.json": roles_schema,
        "fleet.schema.json": fleet_schema,
        "gateway.schema.json": values.schema,
        "gateway-check.schema.json": gateway_probe.schema,
    }
    with Progress(verbose=verbose) as progress:
        for name, make in schemas.items():
            progress.say(f"Making {name}")
            path = Path(folder) / name
            write(path, json.dumps(make(), indent=2, ensure_ascii=False) + "\n")
            result(f"{path}\n")
