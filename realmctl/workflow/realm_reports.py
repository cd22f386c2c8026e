"""What is asked of a realm beside plans: who gets which token, what kcwarden thinks of it, how it looks as files.

Must not know about: terminals, output formats, exit codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from realmctl.errors import Finding
from realmctl.workflow.plan import Say

if TYPE_CHECKING:
    from realmctl.config.loader import RealmConfig
    from realmctl.export import Exported
    from realmctl.keycloak.admin import Admin
    from realmctl.model.test_result import Verdict, Verdicts
    from realmctl.tokentest.cases import Case


def verdicts_of(
    admin: Admin, configs: Sequence[RealmConfig], *, planned: bool, only: Callable[[str], bool], say: Say
) -> tuple[Verdicts, ...]:
    """The verdicts of each realm's tests, of those whose name `only` picks.

    `planned`: on a throw-away realm, as it will be once the files are applied; else on the realm as it is. Raises
    BadConfig for tests that can't be asked, Refused, and whatever reading a realm raises.
    """
    from realmctl.model.test_result import Verdicts
    from realmctl.tokentest.cases import cases
    from realmctl.tokentest.judge import judged
    from realmctl.tokentest.people import ask

    done: list[Verdicts] = []
    for config in configs:
        chosen = {name: test for name, test in config.frame.tests.items() if only(name)}
        gateway = str(getattr(config.words.get("oauth2Proxy"), "clientId", ""))
        entra = str(getattr(config.words.get("entra"), "alias", ""))
        asked = cases(chosen, config.origin, gateway=gateway, entra=entra)
        tokens = f"{len(asked)} token{'' if len(asked) == 1 else 's'}"
        verdicts: tuple[Verdict, ...] = ()
        if asked and planned:
            say(f"Asking a throw-away copy of realm {config.name} for {tokens}, before and after the files are applied")
            verdicts = _before_and_after(admin, config, asked)
        elif asked:
            say(f"Asking realm {config.name} for {tokens}")
            verdicts = tuple(map(judged, ask(admin, config.name, asked)))
        done.append(Verdicts(config.name, planned, verdicts))
    return tuple(done)


def _before_and_after(admin: Admin, config: RealmConfig, asked: Sequence[Case]) -> tuple[Verdict, ...]:
    """The verdicts on the planned realm, each with how its token differs from what the same person gets now."""
    from realmctl.tokentest.copy import copy
    from realmctl.tokentest.judge import compare_tokens, judged
    from realmctl.tokentest.people import ask

    with copy(admin, config.desired) as realm:
        before = None if realm.empty else ask(admin, realm.name, asked, called=config.name)
        realm.apply()
        after = tuple(map(judged, ask(admin, realm.name, asked, called=config.name)))
    if before is None:
        return after
    return tuple(
        replace(one, changed=tuple(compare_tokens(was.token, one.token))) if one.token and was.token else one
        for one, was in zip(after, before, strict=True)
    )


def audit_realm(
    admin: Admin, configs: Sequence[RealmConfig], *, planned: bool, least: str, say: Say
) -> list[tuple[str, Finding]]:
    """What kcwarden finds in each realm, with its severity, but for what comments in the files allow.

    `planned`: in a throw-away realm, as it will be once the files are applied; else in the realm as it is. Raises
    UsageProblem without kcwarden, Refused, and whatever reading a realm raises.
    """
    from realmctl.config.lint import without_allowed
    from realmctl.config.loader.suppressions import allowances
    from realmctl.config.teams.suppressions import counting
    from realmctl.engine.read.view import View
    from realmctl.integrations.kcwarden import audit_realms as judged
    from realmctl.tokentest.copy import copy

    found: list[tuple[str, Finding]] = []
    for config in configs:
        say(f"Auditing {'a throw-away copy of ' if planned else ''}realm {config.name}")
        if planned:
            with copy(admin, config.desired) as realm:
                realm.apply()
                told = judged(View(admin, realm.name).export(), config.desired, least, called=realm.name)
        else:
            told = judged(View(admin, config.name).export(), config.desired, least)
        counted, _ = counting([config], allowances(config.files))
        left = without_allowed([finding for _, finding in told], counted, linted=False)
        found += [one for one in told if one[1] in left]
    return found


def export_realm(admin: Admin, realm: str, *, environ: Mapping[str, str], say: Say) -> Exported:
    """The files of a server's realm. Raises NotFound where there is no such realm, and whatever reading it raises."""
    from realmctl.engine.read.view import no_realm
    from realmctl.export import export
    from realmctl.export.read import read_realm
    from realmctl.export.unsupported_objects import beyond

    say(f"Reading realm {realm}")
    snapshot = read_realm(admin, realm)
    if not snapshot.exists:
        raise no_realm(realm)
    say(f"Writing realm {realm} down, and planning that")
    return export(snapshot, environ=environ, beyond=beyond(admin, snapshot))


def export_files(
    paths: Sequence[Path],
    realm: str | None,
    *,
    only_differences: bool,
    skip: bool,
    environ: Mapping[str, str],
    say: Say,
) -> Exported:
    """Return the files of a realm that is in files of another tool. Raises UsageProblem where it isn't clear which.

    `only_differences`: without what Keycloak does by default; of a whole export also with what it lacks of that.
    `skip`: what cannot be declared is left out. Raises BadConfig with all of that otherwise.
    """
    from realmctl.errors import UsageProblem
    from realmctl.export.foreign.documents import read_sources
    from realmctl.export.stated import export_stated

    say(f"Reading {', '.join(map(str, paths))}")
    found = read_sources(paths, realm)
    name = realm or next(iter(found), "")
    if name not in found or (realm is None and len(found) > 1):
        raise UsageProblem(f"the files hold the realms {', '.join(found)}", advice="Name one of them.")
    say(f"Writing realm {name} down, and comparing that with the files")
    return export_stated(found[name], only_differences=only_differences, skip=skip, environ=environ)
