"""`realmctl render`: what the gateway's charts have to know of a realm."""

from __future__ import annotations

import click

from realmctl.cli.options import files, telling


@click.command("render", short_help="Write what the gateway has to know of a realm: values for its charts.")
@files
@click.option(
    "-o",
    "--output",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="The file to write; stdout where none is given.",
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(("yaml", "json", "istio")),
    default="yaml",
    show_default=True,
    help="Helm values, as YAML or JSON; or Istio's plain resources, for a gateway without a chart.",
)
@click.option(
    "--gateway-namespace",
    metavar="NAME",
    default="istio-system",
    show_default=True,
    help="For istio: the namespace of the ingress gateway.",
)
@click.option(
    "--gateway-label",
    metavar="KEY=VALUE",
    multiple=True,
    help="For istio: a label of the ingress gateway's pods. Repeatable. [default: istio=ingressgateway]",
)
@click.option(
    "--provider",
    metavar="NAME",
    default="oauth2-proxy",
    show_default=True,
    help="For istio: the extension provider in the mesh config that asks oauth2-proxy.",
)
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    file: str | None,
    shape: str,
    gateway_namespace: str,
    gateway_label: tuple[str, ...],
    provider: str,
    verbose: bool,
) -> None:
    """Write what the gateway has to know of a realm: issuer, addresses, client, lifetimes, role rules of services.

    PATH is a realm's folder, one file, or a folder of realms, one of which has the word oauth2Proxy; realms/ where
    none is given. No secret is ever in it, only the names of where one is expected.
    """
    import os
    from pathlib import Path

    from realmctl.cli.output_files import write
    from realmctl.cli.terminal import Progress, result
    from realmctl.cli.variables import variables
    from realmctl.engine.plan.value_text import clean
    from realmctl.integrations.gateway import compilation, values_file
    from realmctl.integrations.gateway.istio import GatewayPlacement
    from realmctl.workflow import load_realms

    with Progress(verbose=verbose) as progress:
        configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
        config = compilation.speaking(configs)
        gateway = compilation.gateway(config)
    for setting in compilation.assumed_lifetimes(config):
        click.echo(
            f"note: {setting} is not declared, and Keycloak's default is assumed: declare it, so that a change by hand "
            "can't outdo the cookie",
            err=True,
        )
    if shape == "istio":
        labels = dict(_pair(one) for one in gateway_label) or {"istio": "ingressgateway"}
        text = values_file.as_istio(gateway, GatewayPlacement(gateway_namespace, labels, provider))
    else:
        text = values_file.as_json(gateway) if shape == "json" else values_file.as_yaml(gateway)
    if file:
        write(Path(file), text)
        result(f"{clean(file)}\n")
    else:
        result(text)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise click.BadParameter(f"{text!r} is no label: write KEY=VALUE", param_hint="--gateway-label")
    return key, value
