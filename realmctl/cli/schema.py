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

    from realmctl.cli.terminal import Progress, result
    from realmctl.cli.writing import write
    from realmctl.entra.report.schema import check_schema, roles_schema
    from realmctl.gateway import values
    from realmctl.gateway.probe import told
    from realmctl.load.fleet import fleet_schema
    from realmctl.render import drift_json, tests
    from realmctl.render.history_schema import history_schema
    from realmctl.render.plan_schema import plan_schema
    from realmctl.render.show import show_schema
    from realmctl.render.teams import teams_schema
    from realmctl.schema import realm_schema

    schemas = {
        "realm.schema.json": realm_schema,
        "plan.schema.json": plan_schema,
        "drift.schema.json": drift_json.schema,
        "test.schema.json": tests.schema,
        "show.schema.json": show_schema,
        "history.schema.json": history_schema,
        "teams.schema.json": teams_schema,
        "entra-check.schema.json": check_schema,
        "entra-roles.schema.json": roles_schema,
        "fleet.schema.json": fleet_schema,
        "gateway.schema.json": values.schema,
        "gateway-check.schema.json": told.schema,
    }
    with Progress(verbose=verbose) as progress:
        for name, make in schemas.items():
            progress.say(f"Making {name}")
            path = Path(folder) / name
            write(path, json.dumps(make(), indent=2, ensure_ascii=False) + "\n")
            result(f"{path}\n")
