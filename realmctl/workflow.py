"""The ways through the rooms: load → read → plan → guard → apply, for several realms at once.

Must not know about: terminals, output formats, exit codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from realmctl.errors import ApplyFailed, BadConfig, Finding, RealmctlError, Refused, Unreachable
from realmctl.stop import asked, check, finishing, reading

if TYPE_CHECKING:
    from datetime import datetime

    from realmctl.admin import Admin
    from realmctl.apply import Event
    from realmctl.export import Exported
    from realmctl.load import RealmConfig
    from realmctl.model.change import Plan
    from realmctl.model.drift import RealmDrift
    from realmctl.model.explanation import Explanation
    from realmctl.model.objects import Desired, Snapshot
    from realmctl.model.record import Record
    from realmctl.model.review import Review
    from realmctl.model.verdict import Verdict, Verdicts
    from realmctl.render.report import Outcome
    from realmctl.tokentest.cases import Case

Say = Callable[[str], None]
"""Told, in a few words, what is being done now."""

SIDE_BY_SIDE = 8
"""Servers of a fleet that are asked at a time."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A server whose realms are looked at for drift: its name in a fleet ("" outside of one), and how it is reached."""

    name: str
    connect: Callable[[], Admin]
    configs: Sequence[RealmConfig]


@dataclass(frozen=True, slots=True)
class Planned:
    """One realm's plan. `refusal` says why an apply would be refused unless deletions are allowed; `review` is for
    who decides about it, where that was asked for.
    """

    desired: Desired
    plan: Plan
    refusal: Refused | None = None
    review: Review | None = None
    explanations: tuple[Explanation, ...] = ()


def load_realms(
    paths: Sequence[str | Path], *, environ: Mapping[str, str], variables: Mapping[str, str], say: Say
) -> tuple[RealmConfig, ...]:
    """The realms that the files at `paths` declare (all in `realms/` where there are none). Raises BadConfig."""
    from realmctl.load import load

    say(f"Loading {', '.join(map(str, paths)) or 'realms/'}")
    return load(paths, environ=environ, variables=variables)


def linted(configs: Sequence[RealmConfig], findings: Sequence[Finding]) -> list[Finding]:
    """The findings of realms that loaded, with the lint's; without what comments in the files allow."""
    from realmctl.lint import lint, silenced
    from realmctl.load.allowed import allowances

    found = [*findings, *(finding for config in configs for finding in lint(config))]
    comments = allowances(dict.fromkeys(file for config in configs for file in config.files))
    return silenced(found, comments)


def plan_realms(
    admin: Admin,
    wanted: Sequence[Desired],
    *,
    findings: Mapping[str, Sequence[Finding]] | None = None,
    reviewed: bool = False,
    explain: Sequence[str] = (),
    say: Say,
) -> tuple[Planned, ...]:
    """A plan for every realm; `findings` are the loader's, by realm, and join the plan's own warnings.

    `reviewed`: with a review, for which the server is asked who has the roles that change. `explain`: with why the
    objects of these addresses or patterns are planned as they are.

    Raises UsageProblem where no realm has such an object, BadConfig with the findings of all realms together, and
    whatever reading a realm raises.
    """
    planned: list[Planned] = []
    wrong: list[Finding] = []
    for desired in wanted:
        try:
            doubts = tuple((findings or {}).get(desired.realm, ()))
            one, snapshot = plan_realm(admin, desired, doubts, say, reviewed=reviewed)
            planned.append(_explained(one, snapshot, explain) if explain else one)
        except BadConfig as error:
            wrong.extend(error.findings)
    if wrong:
        raise BadConfig(wrong)
    if explain:
        from realmctl.explain import demand

        found = [told for one in planned for told in one.explanations]
        demand(explain, found, [(one.plan, one.desired) for one in planned])
    return tuple(planned)


def _explained(one: Planned, snapshot: Snapshot, wanted: Sequence[str]) -> Planned:
    from realmctl.explain import explained

    return replace(one, explanations=explained(one.plan, one.desired, snapshot, wanted, refusal=one.refusal))


def plan_realm(
    admin: Admin, desired: Desired, findings: tuple[Finding, ...], say: Say, *, reviewed: bool = False
) -> tuple[Planned, Snapshot]:
    """The plan of one realm, and what it was made from; `findings` join its warnings. `reviewed`: with a review.

    Raises BadConfig, Refused, and whatever reading a realm raises.
    """
    from realmctl.drift.unwatched import unwatched
    from realmctl.live import read, with_costs
    from realmctl.plan import guard, make_plan

    say(f"Reading realm {desired.realm}")
    snapshot = read(admin, desired)
    say(f"Planning realm {desired.realm}")
    plan = with_costs(admin, make_plan(desired, snapshot), snapshot)
    plan = replace(plan, warnings=(*findings, *plan.warnings, *unwatched(desired, snapshot)))
    told = None
    if reviewed:
        from realmctl.review import review
        from realmctl.review.people import people

        told = review(plan, desired, snapshot, people(admin, plan, snapshot))
    try:
        guard(plan, desired, allow_deletions=False)
    except Refused as refusal:
        return Planned(desired, plan, refusal, told), snapshot
    return Planned(desired, plan, review=told), snapshot


def guard_realms(planned: Sequence[Planned], *, allow_deletions: bool) -> None:
    """Raises Refused where any of the plans is unsafe; nothing has been written then."""
    from realmctl.plan import guard

    for one in planned:
        guard(one.plan, one.desired, allow_deletions=allow_deletions)


def apply_realms(
    admin: Admin,
    planned: Sequence[Planned],
    *,
    allow_deletions: bool,
    journal: Path | None,
    source: str,
    watch: Callable[[Event], None],
    say: Say,
) -> tuple[Outcome, ...]:
    """Carries out the plans one realm after the other, and stops at the first that fails.

    Raises Refused before anything is written; what fails later is in the last `Outcome.error`, so that what was done
    before it can be told.
    """
    from realmctl.apply import apply
    from realmctl.progress import Report
    from realmctl.render.report import Outcome

    guard_realms(planned, allow_deletions=allow_deletions)
    done: list[Outcome] = []

    def outcome(one: Planned) -> Outcome:
        begun: list[Event] = []

        def noting(event: Event) -> None:
            if event.kind in ("done", "failed"):
                begun.append(event)
            watch(event)

        try:
            report = apply(admin, one.desired, one.plan, journal=journal, watch=noting, source=source)
            return Outcome(one.plan, report)
        except ApplyFailed as error:
            return Outcome(one.plan, error.report if isinstance(error.report, Report) else None, error)
        except RealmctlError as error:
            in_doubt = bool(begun) or isinstance(error, Unreachable)
            return Outcome(one.plan, None, error, in_doubt=in_doubt)

    # A stop between two realms is met by the next apply, which then does not begin.
    with finishing("What was being written may or may not be there: plan again to see."):
        for one in planned:
            if done and done[-1].error:
                return (*done, *(Outcome(rest.plan, stopped=bool(asked())) for rest in planned[len(done) :]))
            say(f"Applying realm {one.plan.realm}")
            done.append(outcome(one))
    return tuple(done)


def undos_of(
    admin: Admin, realms: Mapping[str, Sequence[Record]], wanted: str | None, *, say: Say
) -> tuple[Planned, ...]:
    """The plan that takes an apply back, of every realm with one: its last one, or the one whose id is `wanted`.

    Raises UsageProblem where no realm has an apply of that id, Refused, and whatever reading a realm raises.
    """
    from realmctl.takeback import chosen, undo_of

    if wanted is not None:
        everything = sorted((one for found in realms.values() for one in found), key=lambda one: one.id, reverse=True)
        record = chosen(everything, wanted)
        realms = {record.realm: [record]} if record else {}
    planned: list[Planned] = []
    for realm, found in realms.items():
        record = chosen(found, wanted)
        if record is not None:
            say(f"Planning the undo of {record.id} in realm {realm}")
            planned.append(Planned(*undo_of(admin, record)))
    return tuple(planned)


def drift_of(
    servers: Sequence[Watched], *, now: datetime, since: datetime | None = None, say: Say
) -> tuple[RealmDrift, ...]:
    """The drift of every realm of every server, the servers side by side.

    What goes wrong with a server or a realm is that realm's `error`, and hides nothing of the others.
    """
    if len(servers) == 1:
        return tuple(_drift_of_server(servers[0], now, since, say))
    with reading(max(1, min(SIDE_BY_SIDE, len(servers)))) as pool:
        found = pool.map(lambda server: list(_drift_of_server(server, now, since, say)), servers)
        return tuple(one for of_server in found for one in of_server)


def _drift_of_server(server: Watched, now: datetime, since: datetime | None, say: Say) -> Iterator[RealmDrift]:
    from contextlib import ExitStack, closing
    from time import monotonic

    from realmctl.drift.find import find
    from realmctl.model.drift import RealmDrift

    gone: RealmctlError | None = None
    with ExitStack() as leaving:
        try:
            admin = leaving.enter_context(closing(server.connect()))
        except RealmctlError as error:
            yield from (RealmDrift(config.name, server.name, error=error) for config in server.configs)
            return
        for config in server.configs:
            begun = monotonic()
            found = RealmDrift(config.name, error=gone)
            if gone is None:
                try:
                    one, snapshot = plan_realm(admin, config.desired, (), say)
                    found = find(admin, one.plan, one.desired, snapshot, config.ignored, today=now.date(), since=since)
                except RealmctlError as error:
                    found = RealmDrift(config.name, error=error)
                    # Who does not answer is not waited for once more with each realm.
                    gone = error if isinstance(error, Unreachable) else None
            yield replace(found, server=server.name, seconds=monotonic() - begun)


def drift_explained(
    servers: Sequence[Watched], found: Sequence[RealmDrift], wanted: Sequence[str]
) -> tuple[tuple[Explanation, ...], ...]:
    """For every realm looked at, why the objects `wanted` (addresses, patterns) are as they are, from an apply's side.

    Raises UsageProblem where no realm has such an object.
    """
    from realmctl.explain import demand, explained
    from realmctl.plan import make_plan

    declared = {(server.name, config.name): config.desired for server in servers for config in server.configs}
    told: list[tuple[Explanation, ...]] = []
    plans = []
    for one in found:
        desired = declared[one.server, one.realm]
        plan = make_plan(desired, one.snapshot) if one.snapshot else None
        told.append(explained(plan, desired, one.snapshot, wanted) if plan and one.snapshot else ())
        plans += [(plan, desired)] if plan else []
    demand(wanted, [each for of in told for each in of], plans)
    return tuple(told)


def taken_over(
    configs: Sequence[RealmConfig],
    found: Sequence[RealmDrift],
    wanted: Sequence[str],
    *,
    paths: Sequence[str | Path],
    environ: Mapping[str, str],
    variables: Mapping[str, str],
    say: Say,
) -> tuple[RealmDrift, ...]:
    """Takes what is live over into the realms' files, of the objects `wanted` (patterns of addresses); what is left.

    Raises UsageProblem where a pattern fits nothing that has drifted, and RealmctlError where a file can't be written.
    """
    from realmctl.drift.take_over import take_over
    from realmctl.errors import UsageProblem
    from realmctl.load import load
    from realmctl.model.ignore import pattern

    known = [str(one.address) for realm in found for one in realm.deviations]
    for text in wanted:
        if not any(pattern(text).fullmatch(address) for address in known):
            told = ", ".join(known[:10]) or "nothing has drifted"
            raise UsageProblem(
                f"--adopt {text}: nothing that has drifted has such an address", advice=f"There is: {told}."
            )
    by_name = {config.name: config for config in configs}

    def again(realm: str, more: Mapping[str, str]) -> RealmConfig:
        read = load(paths, environ={**more, **environ}, variables=variables)
        return next(config for config in read if config.name == realm)

    done: list[RealmDrift] = []
    for one in found:
        say(f"Taking over into the files of {one.realm}")
        with finishing(f"Files of {one.realm} may be half edited: look at them with git diff."):
            done.append(take_over(by_name[one.realm], one, wanted, partial(again, one.realm)))
        check()
    return tuple(done)


def verdicts_of(
    admin: Admin, configs: Sequence[RealmConfig], *, planned: bool, only: Callable[[str], bool], say: Say
) -> tuple[Verdicts, ...]:
    """The verdicts of each realm's tests, of those whose name `only` picks.

    `planned`: on a throw-away realm, as it will be once the files are applied; else on the realm as it is. Raises
    BadConfig for tests that can't be asked, Refused, and whatever reading a realm raises.
    """
    from realmctl.model.verdict import Verdicts
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
    from realmctl.tokentest.judge import compared, judged
    from realmctl.tokentest.people import ask

    with copy(admin, config.desired) as realm:
        before = None if realm.empty else ask(admin, realm.name, asked, called=config.name)
        realm.apply()
        after = tuple(map(judged, ask(admin, realm.name, asked, called=config.name)))
    if before is None:
        return after
    return tuple(
        replace(one, changed=tuple(compared(was.token, one.token))) if one.token and was.token else one
        for one, was in zip(after, before, strict=True)
    )


def audited(
    admin: Admin, configs: Sequence[RealmConfig], *, planned: bool, least: str, say: Say
) -> list[tuple[str, Finding]]:
    """What kcwarden finds in each realm, with its severity, but for what comments in the files allow.

    `planned`: in a throw-away realm, as it will be once the files are applied; else in the realm as it is. Raises
    UsageProblem without kcwarden, Refused, and whatever reading a realm raises.
    """
    from realmctl.audit import audited as judged
    from realmctl.lint import silenced
    from realmctl.load.allowed import allowances
    from realmctl.tokentest.copy import copy
    from realmctl.view import View

    found: list[tuple[str, Finding]] = []
    for config in configs:
        say(f"Auditing {'a throw-away copy of ' if planned else ''}realm {config.name}")
        if planned:
            with copy(admin, config.desired) as realm:
                realm.apply()
                told = judged(View(admin, realm.name).export(), config.desired, least, called=realm.name)
        else:
            told = judged(View(admin, config.name).export(), config.desired, least)
        left = silenced([finding for _, finding in told], allowances(config.files), linted=False)
        found += [one for one in told if one[1] in left]
    return found


def export_realm(admin: Admin, realm: str, *, environ: Mapping[str, str], say: Say) -> Exported:
    """The files of a server's realm. Raises NotFound where there is no such realm, and whatever reading it raises."""
    from realmctl.errors import NotFound
    from realmctl.export import export
    from realmctl.export.read import whole

    say(f"Reading realm {realm}")
    snapshot = whole(admin, realm)
    if not snapshot.exists:
        raise NotFound(
            f"there is no realm {realm} on this server, or this account may not see it",
            advice="Check the name (it is the one in the realm's URLs) and --login-realm.",
        )
    say(f"Writing realm {realm} down, and planning that")
    return export(snapshot, environ=environ)


def export_file(path: Path, realm: str | None, *, environ: Mapping[str, str], say: Say) -> Exported:
    """The files of a realm that is in a file. Raises UsageProblem where it isn't clear which."""
    from realmctl.errors import UsageProblem
    from realmctl.export import export
    from realmctl.export.source import is_whole, realms, snapshot

    say(f"Reading {path}")
    found = realms(path)
    name = realm or next(iter(found))
    if name not in found or (realm is None and len(found) > 1):
        raise UsageProblem(f"{path} holds the realms {', '.join(found)}", advice="Name one of them.")
    say(f"Writing realm {name} down, and planning that")
    return export(snapshot(found[name]), whole=is_whole(found[name]), references=True, environ=environ)
