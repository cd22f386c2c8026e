"""`realmctl gateway`: a look at a live gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from realmctl.cli.options import files, output, telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from realmctl.integrations.gateway.probe.checks import Evidence
    from realmctl.integrations.gateway.values import Gateway

_READABLE = click.Path(exists=True, dir_okay=False)


@click.group("gateway", short_help="Look at a live gateway for what must hold.")
def command() -> None:
    """Look at a live gateway for what must hold. Nothing is changed, and nobody logs in."""


@command.command("check")
@click.argument("url")
@files
@click.option("--values", metavar="FILE", type=_READABLE, help="What to expect: a file that `realmctl render` wrote.")
@click.option("--kubeconfig", metavar="FILE", type=_READABLE, help="Look into the cluster, too, by kubectl.")
@click.option("--context", metavar="NAME", help="The kubeconfig's context; looks into the cluster, too.")
@click.option(
    "--istio-namespace",
    metavar="NAME",
    default="istio-system",
    show_default=True,
    help="Where istiod runs, and the config map `istio` is.",
)
@click.option(
    "--objects", metavar="FILE", type=_READABLE, help="What kubectl would read, as a file: a List, JSON or YAML."
)
@click.option(
    "--token-file", metavar="FILE", type=_READABLE, help="An API client's bearer token, to look at and to ask with."
)
@click.option("--echo", metavar="PATH", help="A service that answers with the headers it got, such as /echo.")
@click.option(
    "--connect-to", metavar="HOST:PORT", help="Connect there, and still ask for the URL's host: before DNS leads to it."
)
@click.option("--ca", metavar="FILE", type=_READABLE, help="Certificates (PEM) to trust instead of the system's.")
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(min=0.1),
    default=10,
    show_default=True,
    help="How long to wait for one answer.",
)
@output("text", "json")
@telling
def check(
    url: str,
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    values: str | None,
    kubeconfig: str | None,
    context: str | None,
    istio_namespace: str,
    objects: str | None,
    token_file: str | None,
    echo: str | None,
    connect_to: str | None,
    ca: str | None,
    timeout: float,
    output: str,
    verbose: bool,
) -> int:
    """Ask the gateway at URL as an attacker would, and tell which of eleven points is open, and how to close it.

    What to expect comes from the realm's files (PATH) or the values that `render` wrote from them; without either,
    from the gateway's own login. Exits with 2 where a point is open.
    """
    import sys
    from pathlib import Path

    from realmctl.cli.plan_options import errors_as
    from realmctl.cli.terminal import Progress, has_color, result
    from realmctl.errors import Exit
    from realmctl.integrations.gateway.probe.checks import PointState, group_evidence
    from realmctl.integrations.gateway.probe.logins import logins, with_token
    from realmctl.integrations.gateway.probe.public_access import outside
    from realmctl.integrations.gateway.probe.requests import Asking
    from realmctl.keycloak.admin import Raw
    from realmctl.render import gateway_probe as told

    with errors_as(output, "gateway check"), Progress(verbose=verbose) as progress:
        expected = _expected(paths, var, var_file, values)
        raw = Raw(url, ca=ca, timeout=timeout, connect_to=connect_to or "")
        progress.say(f"Asking {raw.origin}")
        asking = Asking(raw.send, raw.origin, raw.authority, expected)
        found = [*outside(asking), *logins(asking)]
        token = Path(token_file).read_text(encoding="utf-8").strip() if token_file else ""
        found += with_token(asking, token, echo or "")
        progress.say("Looking into the cluster")
        options = [f"--{name}={value}" for name, value in (("kubeconfig", kubeconfig), ("context", context)) if value]
        found += _in_cluster(options, istio_namespace, Path(objects) if objects else None, expected)
    checked = group_evidence(found)
    if output == "json":
        result(told.json_(raw.origin, checked))
    else:
        result(told.text(raw.origin, checked, color=has_color(sys.stdout), verbose=verbose))
    return Exit.DIFFERENT if any(one.state is PointState.OPEN for one in checked) else Exit.OK


def _expected(paths: Sequence[str], var: Sequence[str], var_file: Sequence[str], values: str | None) -> Gateway | None:
    import os
    from pathlib import Path

    from realmctl.cli.variables import variables
    from realmctl.config.yaml.gateway_values import ValuesFile
    from realmctl.errors import UsageProblem
    from realmctl.integrations.gateway import compilation
    from realmctl.integrations.gateway.values import KEY, Gateway
    from realmctl.workflow import load_realms

    if paths and values:
        raise UsageProblem("Both realm files and --values say what to expect.", advice="Give one of them.")
    if paths:
        configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=lambda _: None)
        return compilation.gateway(compilation.speaking(configs))
    if not values:
        return None
    data = ValuesFile(Path(values)).data
    try:
        return Gateway.model_validate(data[KEY] if isinstance(data, dict) and KEY in data else data)
    except ValueError as error:
        raise UsageProblem(
            f"{values} holds no values of a gateway: {str(error).splitlines()[0]}",
            advice="Write it with realmctl render.",
        ) from None


def _in_cluster(
    options: Sequence[str], namespace: str, file: Path | None, expected: Gateway | None
) -> Iterator[Evidence]:
    from realmctl.config.yaml.kubernetes_objects import mesh_of, objects_in, parse_map
    from realmctl.integrations.gateway.probe import kubectl
    from realmctl.integrations.gateway.probe.checks import evidence_of_unknown
    from realmctl.integrations.gateway.probe.cluster import cluster, merge_mesh_config, shared_mesh

    if file is not None or options:
        found = objects_in(file) if file is not None else kubectl.objects(options)

        def mesh(name: str) -> dict[str, Any] | None:
            if file is not None:
                return mesh_of(found, namespace, name)
            text = kubectl.mesh(options, namespace, name)
            return parse_map(text) if text else None

        shared = shared_mesh(found, namespace)
        yield from cluster(found, merge_mesh_config(mesh("istio"), mesh(shared) if shared else None), expected)
    else:
        told = "only the cluster shows this: give --kubeconfig, --context or --objects"
        yield from (evidence_of_unknown(point, told) for point in ("check", "redis"))
