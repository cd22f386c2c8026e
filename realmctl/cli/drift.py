"""`realmctl drift`: what on the server is no longer as declared, and who changed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from realmctl.cli.completion import addresses
from realmctl.cli.notifications import pushing
from realmctl.cli.options import connecting, connection_of, files, output, telling
from realmctl.cli.pager import paging, show_result

if TYPE_CHECKING:
    from realmctl.cli.terminal import Progress
    from realmctl.drift.commands import Call
    from realmctl.keycloak.admin import Admin
    from realmctl.model.drift import RealmDrift
    from realmctl.model.explanation import Explanation
    from realmctl.model.secret import Secret
    from realmctl.workflow import Watched


@click.command("drift", short_help="Show what on the server is no longer as declared, and who changed it.")
@files
@click.option(
    "--since",
    metavar="TIME",
    help="How far back to look for who did it: 24h, 7d, or a day such as 2026-11-24. By default as far as events go.",
)
@click.option(
    "--fleet", metavar="FILE", type=click.Path(dir_okay=False), help="Several Keycloaks at once, which FILE names."
)
@click.option(
    "--metrics", metavar="FILE", type=click.Path(dir_okay=False), help="Write gauges for Prometheus into FILE, too."
)
@click.option(
    "--webhook",
    metavar="URL",
    help="Tell a chat or a program of new drift: URL or $(env:NAME). [env: REALMCTL_WEBHOOK]",
)
@click.option(
    "--webhook-form",
    type=click.Choice(["auto", "slack", "teams", "json"]),
    default="auto",
    show_default=True,
    help="What the webhook takes; auto goes by its address.",
)
@click.option(
    "--webhook-memory",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Keep in FILE what was told, and don't tell the same drift again too soon.",
)
@click.option(
    "--webhook-every", metavar="TIME", default="24h", show_default=True, help="When to tell the same drift again."
)
@click.option(
    "--adopt",
    metavar="ADDRESS",
    multiple=True,
    shell_complete=addresses,
    help="Take what is live of this object over into the files: client/grafana; * and ? as in a shell. Repeatable.",
)
@pushing
@click.option(
    "--explain",
    metavar="ADDRESS",
    multiple=True,
    shell_complete=addresses,
    help="Why this object deviates, and what an apply would do about it; * and ? as in a shell. Repeatable.",
)
@output("text", "json", "markdown", "html")
@paging
@connecting
@telling
def command(
    paths: tuple[str, ...],
    var: tuple[str, ...],
    var_file: tuple[str, ...],
    since: str | None,
    fleet: str | None,
    metrics: str | None,
    webhook: str | None,
    webhook_form: str,
    webhook_memory: str | None,
    webhook_every: str,
    adopt: tuple[str, ...],
    push_gateway: str | None,
    explain: tuple[str, ...],
    output: str,
    pager: bool,
    verbose: bool,
    **options: Any,
) -> int:
    """Show what on the server is no longer as declared, and who changed it; nothing is written to it.

    PATH is a realm's folder, one file, or a folder of realms; realms/ where none is given.
    Exits with 0 where nothing has drifted, 2 where something has, 1 where a server could not be asked.
    """
    import os

    from realmctl.cli.errors import so_far
    from realmctl.cli.notifications import Announcing
    from realmctl.cli.plan_options import errors_as
    from realmctl.cli.terminal import Progress
    from realmctl.cli.variables import variables
    from realmctl.drift.commands import with_commands
    from realmctl.errors import UsageProblem
    from realmctl.render.notify import pushgateway
    from realmctl.render.notify import webhook as hook
    from realmctl.render.notify.post import address
    from realmctl.workflow import RealmFiles, drift_explained, drift_of, taken_over

    now = datetime.now(UTC)
    so_far("Nothing was written to the server.")
    with errors_as(output, "drift"), Progress(verbose=verbose) as progress:
        earliest = _since(since, now)
        if explain and output != "text":
            raise UsageProblem("--explain is for a reader", advice="Leave -o out; drift as JSON names every place.")
        every = _span(webhook_every)
        gateway = address(push_gateway, pushgateway.OPTION, pushgateway.VARIABLE, os.environ)
        chat = address(webhook, hook.OPTION, hook.VARIABLE, os.environ)
        if adopt and fleet:
            raise UsageProblem("--adopt and --fleet exclude each other", advice="Adopt from one server at a time.")
        if fleet is None:
            servers = [_one(paths, var, var_file, connection_of(options), progress)]
        else:
            servers = _fleet(fleet, paths, var, var_file, connection_of(options), progress)
        found = drift_of(servers, now=now, since=earliest, say=progress.say)
        if adopt:
            found = taken_over(
                servers[0].configs,
                found,
                adopt,
                RealmFiles(paths, os.environ, variables(var, var_file)),
                say=progress.say,
            )
        told = drift_explained(servers, found, explain) if explain else ()
        found = with_commands(found, _call(paths, var, var_file, fleet, options))
    announcing = Announcing()
    if metrics:
        with announcing.trying():
            _write_metrics(Path(metrics), found, now)
    show_result(_explained(found, told) if explain else _shown(found, output, now, verbose=verbose), pager=pager)
    if output != "text":
        _tell_errors(found)
    if gateway:
        with announcing.trying():
            _push(gateway, found, now)
    if chat:
        with announcing.trying():
            _tell(chat, webhook_form, found, now, every=every, memory=Path(webhook_memory) if webhook_memory else None)
    return announcing.exit(_exit(found))


def _call(
    paths: Sequence[str], var: Sequence[str], var_file: Sequence[str], fleet: str | None, options: Mapping[str, Any]
) -> Call:
    """This call as the commands to paste repeat it: without what it printed where, and without secrets."""
    from realmctl.drift.commands import Call, options_of

    # A value of --var may be a secret: its name alone says what to give again.
    named = [word for one in var for word in ("--var", f"{one.partition('=')[0]}=VALUE")]
    named += [word for one in var_file for word in ("--var-file", one)]
    connection = options_of(connection_of(options), frozenset({"client_secret", "password"}))
    return Call(tuple(paths), (*named, *connection), fleet or "")


def _one(
    paths: Sequence[str], var: Sequence[str], var_file: Sequence[str], options: dict[str, Any], progress: Progress
) -> Watched:
    import os

    from realmctl.cli.variables import variables
    from realmctl.keycloak.admin import Admin, connection
    from realmctl.workflow import Watched, load_realms

    reached = connection(options, os.environ)
    configs = load_realms(paths, environ=os.environ, variables=variables(var, var_file), say=progress.say)
    return Watched("", partial(Admin, reached), configs)


def _fleet(
    fleet: str,
    paths: Sequence[str],
    var: Sequence[str],
    var_file: Sequence[str],
    options: dict[str, Any],
    progress: Progress,
) -> list[Watched]:
    import os

    from realmctl.cli.variables import variables
    from realmctl.config.loader.fleet import read_fleet
    from realmctl.errors import UsageProblem
    from realmctl.workflow import Watched, load_realms

    if paths or options:
        what = "PATH" if paths else f"--{next(iter(options)).replace('_', '-')}"
        raise UsageProblem(
            f"{what} and --fleet exclude each other", advice="The fleet file says where, and which realms."
        )
    common = variables(var, var_file)
    found = []
    for server in read_fleet(fleet, os.environ):
        configs = load_realms(
            server.paths, environ=os.environ, variables={**server.variables, **common}, say=progress.say
        )
        # Nothing of the environment's own login, which would be another server's; and what is wrong with one server's
        # login is told of that server.
        found.append(Watched(server.name, partial(_reach, server.options), configs))
    return found


def _reach(options: Mapping[str, Any]) -> Admin:
    from realmctl.cli.request_log import Traffic
    from realmctl.keycloak.admin import Admin, connection

    return Admin(connection(options, {}), listener=Traffic())


def _since(text: str | None, now: datetime) -> datetime | None:
    """The moment that --since means. Raises UsageProblem."""
    from realmctl.errors import UsageProblem
    from realmctl.model.fields import seconds

    if text is None:
        return None
    try:
        span = seconds(text)
    except ValueError:
        span = None
    try:
        if span is not None:
            return now - timedelta(seconds=span)
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        advice = "Write a time span such as 24h or 7d, or a day such as 2026-11-24."
        raise UsageProblem(f"--since {text}: that is no time", advice=advice) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _span(text: str) -> timedelta:
    """A stretch of time. Raises UsageProblem."""
    from realmctl.errors import UsageProblem
    from realmctl.model.fields import seconds

    try:
        return timedelta(seconds=seconds(text))
    except (ValueError, OverflowError):
        advice = "Write a time span such as 12h or 7d."
        raise UsageProblem(f"--webhook-every {text}: that is no time", advice=advice) from None


def _shown(found: Sequence[RealmDrift], output: str, now: datetime, *, verbose: bool) -> str:
    import sys

    from realmctl.cli.terminal import has_color

    if output == "json":
        from realmctl.render.drift_json import json_

        return json_(found)
    if output == "markdown":
        from realmctl.render.drift_markdown import markdown

        return markdown(found)
    if output == "html":
        from realmctl.render.drift_html import html

        return html(found, at=now)
    from realmctl.render.drift_text import text

    return text(found, color=has_color(sys.stdout), verbose=verbose)


def _explained(found: Sequence[RealmDrift], told: Sequence[Sequence[Explanation]]) -> str:
    """How each object deviates and who did it, then why an apply would do what; and the counts of it all."""
    import sys

    from realmctl.cli.terminal import has_color
    from realmctl.render.drift_text import deviation_lines, summary
    from realmctl.render.explanation import explanation_lines

    color = has_color(sys.stdout)
    blocks = []
    for realm, explanations in zip(found, told, strict=True):
        known = {one.address: one for one in (*realm.deviations, *realm.ignored)}
        for one in explanations:
            deviation = known.get(one.address)
            lines = [*deviation_lines(deviation, color=color), ""] if deviation else []
            blocks.append("\n".join((*lines, *explanation_lines(one, color=color, planned=True))))
    return "\n\n".join((*blocks, f"Drift: {summary(found)}.")) + "\n"


def _write_metrics(path: Path, found: Sequence[RealmDrift], now: datetime) -> None:
    from realmctl.cli.notifications import read, replace_file
    from realmctl.render.drift_metrics import metrics

    replace_file(path, metrics(found, now=now.timestamp(), before=read(path)))


def _push(gateway: Secret, found: Sequence[RealmDrift], now: datetime) -> None:
    """A group for each realm: one that could not be looked at keeps what was pushed when it last could."""
    from realmctl.render.drift_metrics import metrics
    from realmctl.render.notify.pushgateway import push

    for one in found:
        group = {"server": one.server, "realm": one.realm}
        push(gateway, "realmctl_drift", group, metrics([one], now=now.timestamp()), whole=not one.error)


def _tell(
    url: Secret, form: str, found: Sequence[RealmDrift], now: datetime, *, every: timedelta, memory: Path | None
) -> None:
    """Remembers only what could be told."""
    import os

    from realmctl.cli.notifications import read, replace_file, run_url
    from realmctl.render.notify import history as notes
    from realmctl.render.notify.webhook import Webhook, send_changes

    before = notes.read(read(memory)) if memory else {}
    after = send_changes(Webhook(url, form, run_url(os.environ)), found, before, now=now, every=every)
    if memory and after != before:
        replace_file(memory, notes.memory_text(after))


def _tell_errors(found: Sequence[RealmDrift]) -> None:
    """What could not be looked at, on stderr, where the result is for a program."""
    from realmctl.engine.plan.value_text import clean
    from realmctl.render.findings import error_text

    for one in found:
        if one.error:
            click.echo(f"{clean(one.name)}: {error_text(one.error)}", err=True, nl=False)


def _exit(found: Sequence[RealmDrift]) -> int:
    """A server that could not be asked counts most; what else is wrong with a realm has its own code."""
    from realmctl.errors import BadConfig, Exit, Refused
    from realmctl.model.drift import has_drift

    errors = [one.error for one in found if one.error]
    if errors:
        asked = all(isinstance(error, (BadConfig, Refused)) for error in errors)
        return errors[0].exit_code if asked else Exit.FAILED
    return Exit.DIFFERENT if has_drift(found) else Exit.OK
