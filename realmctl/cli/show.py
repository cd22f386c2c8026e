"""`realmctl show`: the realm that the files declare, in Keycloak's own terms."""

from __future__ import annotations

import click

from realmctl.cli.options import files, output, telling
from realmctl.cli.pager import paging, show_result


@click.command("show", short_help="Print the realm that the files declare, in Keycloak's own terms.")
@files
@output("yaml", "json")
@paging
@telling
def command(
    paths: tuple[str, ...], var: tuple[str, ...], var_file: tuple[str, ...], output: str, pager: bool, verbose: bool
) -> None:
    """Print the realm that the files declare: what the platform's words compile to, in Keycloak's own terms.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given.
    Secrets are shown as the references in the files, or as (secret).
    """
    import os

    from realmctl.cli.plan_options import errors_as
    from realmctl.cli.terminal import Progress
    from realmctl.cli.variables import variables
    from realmctl.render.desired_realm import show_json, show_yaml
    from realmctl.workflow import load_realms

    with errors_as(output, "show"), Progress(verbose=verbose) as progress:
        configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
    # Tests are about the result, and services are the gateway's: neither is a part of it.
    frames = [config.frame.model_dump(exclude_unset=True, exclude={"tests", "services"}) for config in configs]
    realms = [{**frame, **config.sections} for frame, config in zip(frames, configs, strict=True)]
    show_result(show_json(realms) if output == "json" else show_yaml(realms), pager=pager)
