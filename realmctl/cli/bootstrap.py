"""`realmctl bootstrap`: the accounts that pipelines use in a realm, with no more rights than they need."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from realmctl.cli.options import asking, connecting, connection_of, telling

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin
    from realmctl.render.report import RealmOutcome
    from realmctl.workflow.bootstrap import AccountsPlan, BootstrapAccount, Login

NAMES = ("reader", "writer")
_WHERE = "Name a folder for it (-o DIR: files that only you can read), or say --show-secrets."
_KEY = "Name a folder for it: -o DIR (files that only you can read)."


@click.command("bootstrap", short_help="Make a realm's accounts for pipelines: one that reads, one that writes.")
@click.argument("realm")
@click.option(
    "-o",
    "--output",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Write each account's key (or secret) and environment into DIR, readable by you alone.",
)
@click.option("--show-secrets", is_flag=True, help="Print new secrets on stdout.")
@click.option(
    "--key",
    is_flag=True,
    help="Let both accounts log in by a key that is made here. The default for new accounts and those with a secret.",
)
@click.option(
    "--reader-secret",
    is_flag=True,
    help="Let the reader log in by a client secret. Everybody who may view the realm's clients can read it.",
)
@click.option(
    "--writer-secret",
    is_flag=True,
    help="Let the writer log in by a client secret. "
    "Everybody who may view the realm's clients, the reader included, can then become the writer.",
)
@click.option("--reader-jwks", metavar="URL", help="The reader's own keys: where Keycloak finds their public halves.")
@click.option("--writer-jwks", metavar="URL", help="The writer's own keys.")
@click.option("--kubernetes-issuer", metavar="URL", help="The cluster whose tokens are taken, by its issuer.")
@click.option("--reader-service-account", metavar="NS/NAME", help="The cluster's service account that is the reader.")
@click.option("--writer-service-account", metavar="NS/NAME", help="The one that is the writer.")
@click.option(
    "--rotate", type=click.Choice(NAMES), multiple=True, help="Replace the secret or key of this account. Repeatable."
)
@click.option(
    "--no-events",
    is_flag=True,
    help="Do not let the reader view the realm's events: drift then cannot tell who made a change.",
)
@click.option(
    "--hide-client",
    metavar="ID",
    multiple=True,
    help="Hide this client, and its secret, from the reader. Repeatable. The realm needs adminPermissionsEnabled.",
)
@click.option("--create-realm", is_flag=True, help="Make the realm, too, where it is not there yet.")
@asking
@connecting
@telling
def command(
    realm: str,
    folder: str | None,
    show_secrets: bool,
    rotate: tuple[str, ...],
    create_realm: bool,
    no_events: bool,
    hide_client: tuple[str, ...],
    auto_approve: bool,
    verbose: bool,
    **options: Any,
) -> int:
    """Make the accounts that pipelines use in REALM: realmctl-reader (plan, drift, export), realmctl-writer (apply).

    Log in as an administrator of master or of the realm. What they are is planned, shown and applied like any realm;
    plans of the realm's own files leave them alone. A second run changes nothing, but replaces a secret by a key
    unless --reader-secret or --writer-secret keeps it.
    """
    from realmctl.cli.plan_options import connect, show_plans
    from realmctl.cli.terminal import Progress, result
    from realmctl.errors import Exit
    from realmctl.workflow import Planned
    from realmctl.workflow.bootstrap import Wish, changes, plan_accounts, privates, sight, warnings

    if not auto_approve and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("There is no terminal to ask on: give --auto-approve.")
    wish = Wish(_logins(options), frozenset(rotate), events=not no_events, hidden=frozenset(hide_client))
    with connect(connection_of(options)) as admin:
        with Progress(verbose=verbose) as progress:
            progress.say(f"Reading realm {realm}")
            accounts = plan_accounts(admin, realm, wish, create_realm=create_realm)
        new = privates(accounts.logins)
        url = admin.connection.url
        keys = _keys(accounts.logins)
        if folder:
            existing = [path for name in new if name not in rotate for path in _files(folder, realm, name, keys)]
            _check_unused(existing, url)
        else:
            _check_shown(new, keys, shown=show_secrets)
        result(show_plans([Planned(accounts.desired, accounts.plan)], "text", verbose=verbose))
        _warn(changes(accounts))
        plan = accounts.plan
        if plan.changes or plan.adopted or plan.released:
            if not auto_approve and not click.confirm("Make these accounts?", err=True):
                click.echo("Nothing was changed.", err=True)
                return Exit.FAILED
            # Before the apply: what Keycloak has been told must not be lost with a connection.
            written = _write(admin, realm, accounts, folder)
            _apply(admin, accounts, written, verbose=verbose)
            result("".join(f"{path}\n" for path in written))
        texts = [
            *_told(admin, realm, accounts, folder, shown=show_secrets),
            sight(realm, events=not no_events, hidden=hide_client),
        ]
        result("".join("\n" + text for text in texts), secrets=show_secrets)
        _warn(warnings(admin, realm, accounts))
    return Exit.OK


def _warn(texts: Iterable[str]) -> None:
    from realmctl.engine.plan.value_text import clean

    for text in texts:
        click.echo(f"warning: {clean(text)}", err=True)


def _logins(options: Mapping[str, Any]) -> dict[str, Login]:
    """How each account is to log in, as far as the options say it. Raises click.UsageError."""
    from realmctl.workflow.bootstrap import by_key, by_key_set, by_kubernetes, by_secret

    issuer = options["kubernetes_issuer"]
    found: dict[str, Login] = {}
    for name in NAMES:
        key_set, pod, secret = (options[f"{name}_{one}"] for one in ("jwks", "service_account", "secret"))
        given = [f"--{name}-{one}" for one in ("jwks", "service-account", "secret") if options[f"{name}_{_id(one)}"]]
        if len(given) > 1:
            raise click.UsageError(f"{' and '.join(given)} exclude each other.")
        if secret:
            found[name] = by_secret()
        elif key_set:
            found[name] = by_key_set(_address(key_set, f"--{name}-jwks"))
        elif pod:
            namespace, _, account = pod.partition("/")
            if not namespace or not account or "/" in account or ":" in pod:
                raise click.UsageError(f"--{name}-service-account is written NAMESPACE/NAME.")
            if not issuer:
                raise click.UsageError("Say which cluster's tokens are taken: --kubernetes-issuer.")
            found[name] = by_kubernetes(_address(issuer, "--kubernetes-issuer"), namespace, account)
        elif options["key"]:
            found[name] = by_key()
    if issuer and not any(one.way == "kubernetes" for one in found.values()):
        raise click.UsageError("--kubernetes-issuer needs --reader-service-account or --writer-service-account.")
    return found


def _id(option: str) -> str:
    return option.replace("-", "_")


def _address(text: str, option: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise click.UsageError(f"{option} is an address that starts with https://, without a password.")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        # Who answers in its place decides which keys Keycloak takes.
        raise click.UsageError(f"{option} must start with https://: its keys decide who may log in.")
    return text


def _keys(logins: Mapping[str, Login]) -> frozenset[str]:
    return frozenset(name for name, login in logins.items() if login.key)


def _check_shown(new: tuple[str, ...], keys: frozenset[str], *, shown: bool) -> None:
    """Check that a secret that is made is at least shown, since no folder is given. Raises UsageProblem."""
    from realmctl.errors import UsageProblem

    if keys:
        raise UsageProblem("A key is made, and nothing says where to keep it.", advice=_KEY)
    if new and not shown:
        raise UsageProblem("A secret is made, and nothing says where to keep it.", advice=_WHERE)


def _check_unused(paths: Sequence[Path], url: str) -> None:
    """Check that no file belongs to another server's account. Raises UsageProblem."""
    from realmctl.errors import UsageProblem

    for path in paths:
        if path.exists() and not _is_of(path, url):
            raise UsageProblem(
                f"{path} is there already: it may be what another server's account logs in with.",
                advice="Name another folder, or move the file away.",
            )


def _files(folder: str, realm: str, name: str, keys: frozenset[str]) -> list[Path]:
    return [_file(folder, realm, name, suffix) for suffix in ("env", *(["key"] if name in keys else []))]


def _is_of(path: Path, url: str) -> bool:
    """Whether a file is an environment that points at this server: then it is this account's own, of an earlier run."""
    from realmctl.workflow.bootstrap import URL

    return f"{URL}={shlex.quote(url)}" in path.read_text(encoding="utf-8", errors="replace").splitlines()


def _file(folder: str, realm: str, name: str, suffix: str) -> Path:
    return Path(folder) / f"{realm}-{name}.{suffix}"


def _write(admin: Admin, realm: str, accounts: AccountsPlan, folder: str | None) -> list[Path]:
    """Writes the environment of every account whose login is said anew, each file beside its place; the places."""
    from realmctl.cli.output_files import write
    from realmctl.workflow.bootstrap import ACCOUNTS

    texts: dict[Path, str] = {}
    for account in ACCOUNTS if folder else ():
        login = accounts.logins.get(account.name)
        if not login or not folder:
            continue
        if not (login.key or login.secret) and _file(folder, realm, account.name, "env").exists():
            continue  # It says nothing that would be lost; what is in it may be somebody else's.
        if login.key:
            texts[_file(folder, realm, account.name, "key")] = login.key.reveal()
        secret = login.secret.reveal() if login.secret else ""
        told = _environment(admin, realm, account, accounts, folder, secret=secret)
        texts[_file(folder, realm, account.name, "env")] = told
    for path, text in texts.items():
        write(_beside(path), text, private=True)
    return list(texts)


def _beside(path: Path) -> Path:
    """Where a file waits until Keycloak has been told."""
    return path.with_name(f"{path.name}.new")


def _settle(written: Sequence[Path], outcome: RealmOutcome) -> None:
    """Puts the files in their places, or takes them away where nothing has come of it."""
    for path in written:
        if not outcome.error:
            _beside(path).replace(path)
        elif outcome.in_doubt or (outcome.report and outcome.report.applied):
            click.echo(f"note: {_beside(path)} may be what the account logs in with now.", err=True)
        else:
            _beside(path).unlink()


def _environment(
    admin: Admin, realm: str, account: BootstrapAccount, accounts: AccountsPlan, folder: str | None, **said: Any
) -> str:
    from realmctl.workflow.bootstrap import AccountEndpoint, environment, public_url

    key = _file(folder, realm, account.name, "key").absolute() if folder else None
    known = key and (account.name in _keys(accounts.logins) or key.exists())
    way = accounts.ways.get(account.name, "")
    url = admin.connection.url
    public = public_url(admin, realm) if way == "key" else ""
    file = str(key) if known else ""
    return environment(account, AccountEndpoint(url, realm, public), way=way, key_file=file, **said)


def _told(admin: Admin, realm: str, accounts: AccountsPlan, folder: str | None, *, shown: bool) -> list[str]:
    """How to use each account, for a shell; secrets only where that was asked for."""
    from realmctl.workflow.bootstrap import ACCOUNTS

    texts = []
    for account in ACCOUNTS:
        login = accounts.logins.get(account.name)
        secret = login.secret.reveal() if login and login.secret and shown else ""
        texts.append(_environment(admin, realm, account, accounts, folder, secret=secret, export=True))
    return texts


def _apply(admin: Admin, accounts: AccountsPlan, written: Sequence[Path], *, verbose: bool) -> None:
    """Carries the plan out; raises what went wrong."""
    from realmctl.cli.source import source_of
    from realmctl.cli.terminal import Progress, has_color, result
    from realmctl.render.report import report_text
    from realmctl.workflow import ApplyOptions, Planned, apply_realms

    with Progress(verbose=verbose) as progress:
        (outcome,) = apply_realms(
            admin,
            [Planned(accounts.desired, accounts.plan)],
            options=ApplyOptions(source=source_of(None, (), os.environ)),
            watch=progress.watch,
            say=progress.say,
        )
    _settle(written, outcome)
    result(report_text([outcome], journal=None, color=has_color(sys.stdout)))
    if outcome.error:
        raise outcome.error
