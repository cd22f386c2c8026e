"""Load → read → plan → guard → apply, for several realms at once; and what takes an apply back.

Must not know about: terminals, output formats, exit codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from realmctl.errors import ApplyFailed, BadConfig, Finding, RealmctlError, Refused, Unreachable
from realmctl.model.interruption import finishing, interruptions
from realmctl.workflow.comparison_base import Compared, guarded_by, protected_by

if TYPE_CHECKING:
    from realmctl.config.loader import RealmConfig
    from realmctl.engine.apply.apply import Event
    from realmctl.engine.plan.comparison import Comparison
    from realmctl.keycloak.admin import Admin
    from realmctl.model.change import Plan
    from realmctl.model.explanation import Explanation
    from realmctl.model.objects import Desired
    from realmctl.model.record import Record
    from realmctl.model.review import Review
    from realmctl.model.sentence import Sentence
    from realmctl.render.report import RealmOutcome

Say = Callable[[str], None]
"""Told, in a few words, what is being done now."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One realm's plan. `refusal` says why an apply would be refused unless deletions are allowed; `review` is for
    who decides about it, where that was asked for. `base` is what the base declares, whose guards count as well;
    `unread` names a base that could not be read.
    """

    desired: Desired
    plan: Plan
    refusal: Refused | None = None
    review: Review | None = None
    explanations: tuple[Explanation, ...] = ()
    base: Desired | None = None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What a plan is accompanied by, beside its own changes.

    `people`: the review asks the server who has the roles that change. `explain`: why the objects of these addresses or
    patterns are planned as they are.
    """

    people: bool = False
    explain: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How plans are carried out: whether deletions over the limit may be made, where each request is noted (None for
    no file), and where the apply comes from, in a few words.
    """

    allow_deletions: bool = False
    journal: Path | None = None
    source: str = ""


def load_realms(
    paths: Sequence[str | Path], *, environ: Mapping[str, str], variables: Mapping[str, str], say: Say
) -> tuple[RealmConfig, ...]:
    """The realms that the files at `paths` declare (all in `realms/` where there are none). Raises BadConfig."""
    from realmctl.config.loader import load

    say(f"Loading {', '.join(map(str, paths)) or 'realms/'}")
    return load(paths, environ=environ, variables=variables)


def linted(configs: Sequence[RealmConfig], findings: Sequence[Finding]) -> list[Finding]:
    """The findings of realms that loaded, with the lint's; without what comments in the files allow."""
    from realmctl.config.lint import lint, without_allowed
    from realmctl.config.loader.suppressions import allowances
    from realmctl.config.teams.suppressions import counting

    found = [*findings, *(finding for config in configs for finding in lint(config))]
    comments = allowances(dict.fromkeys(file for config in configs for file in config.files))
    counted, refused = counting(configs, comments)
    return [*without_allowed(found, counted), *refused]


def plan_realms(
    admin: Admin,
    wanted: Sequence[Desired],
    *,
    findings: Mapping[str, Sequence[Finding]] | None = None,
    compared: Mapping[str, Compared] | None = None,
    options: PlanOptions | None = None,
    say: Say,
) -> tuple[Planned, ...]:
    """Return a plan with its review for every realm; `findings` are the loader's, by realm, and join its warnings.

    `compared`: the files of each realm beside those of a base; its stricter limits count, too.

    Raises UsageProblem where no realm has such an object, BadConfig with the findings of all realms together, and
    whatever reading a realm raises.
    """
    options = options or PlanOptions()
    planned: list[Planned] = []
    wrong: list[Finding] = []
    for desired in wanted:
        try:
            doubts = tuple((findings or {}).get(desired.realm, ()))
            beside = (compared or {}).get(desired.realm) or Compared()
            one, comparison = plan_realm(admin, desired, doubts, say, compared=beside, people=options.people)
            wrong += refused_adoptions(one.plan, comparison)
            planned.append(with_reasons(one, comparison, options.explain) if options.explain else one)
        except BadConfig as error:
            wrong.extend(error.findings)
    if wrong:
        raise BadConfig(wrong)
    if options.explain:
        from realmctl.analysis.explain import demand

        found = [told for one in planned for told in one.explanations]
        demand(options.explain, found, [(one.plan, one.desired) for one in planned])
    return tuple(planned)


def refused_adoptions(plan: Plan, comparison: Comparison) -> list[Finding]:
    """Return an error for each object on the server that a team's file would take over, or delete, without leave."""
    from realmctl.model.change import Action

    desired = comparison.declared
    if desired.adoption is None:
        return []
    gone = (one.address for one in plan.changes if one.action is Action.DELETE and one.address in desired.absent)
    taken = [*plan.adopted, *(one for one in gone if one not in comparison.as_read.inventory.owned)]
    found = (desired.adoption({**desired.resources, **desired.absent}[one]) for one in taken)
    return [one for one in found if one]


def with_reasons(one: Planned, comparison: Comparison, wanted: Sequence[str]) -> Planned:
    """The same, with why each object whose address fits one of the patterns is planned as it is."""
    from realmctl.analysis.explain import explained

    return replace(one, explanations=explained(one.plan, comparison, wanted, refusal=one.refusal))


def plan_realm(
    admin: Admin,
    desired: Desired,
    findings: tuple[Finding, ...],
    say: Say,
    *,
    compared: Compared | None = None,
    people: bool = False,
) -> tuple[Planned, Comparison]:
    """The plan of one realm, and what it was made from; `findings` join its warnings. With a review if `compared`.

    Raises BadConfig, Refused, and whatever reading a realm raises.
    """
    from realmctl.drift.missing_events import missing_events
    from realmctl.engine.plan.comparison import compare
    from realmctl.engine.plan.plan import make_plan
    from realmctl.engine.read.scope import scope_of
    from realmctl.engine.read.snapshot import read, with_costs

    say(f"Reading realm {desired.realm}")
    snapshot = read(admin, scope_of(desired))
    say(f"Planning realm {desired.realm}")
    comparison = compare(desired, snapshot)
    plan = with_costs(admin, make_plan(comparison), comparison)
    plan = replace(plan, warnings=(*findings, *plan.warnings, *missing_events(comparison)))
    told = None
    if compared:
        asked_for = _people(admin, plan, comparison) if people else ()
        told = reviewed(plan, comparison, compared, asked_for)
    compared = compared or Compared()
    planned = Planned(desired, plan, review=told, base=compared.base, unread=compared.unread)
    try:
        guard_realms([planned], allow_deletions=False)
    except Refused as refusal:
        return replace(planned, refusal=refusal), comparison
    return planned, comparison


def _people(admin: Admin, plan: Plan, comparison: Comparison) -> tuple[Sentence, ...]:
    from realmctl.analysis.danger import Transition
    from realmctl.analysis.danger.former_mappings import left_behind
    from realmctl.analysis.review.former_role_holders import keepers
    from realmctl.analysis.review.people import people

    snapshot = comparison.as_read
    left = left_behind(Transition.of_plan(plan, comparison)) if snapshot.exists else ()
    return (*people(admin, plan, snapshot), *keepers(admin, left, snapshot))


def reviewed(plan: Plan, comparison: Comparison, compared: Compared, people: Sequence[Sentence] = ()) -> Review:
    """The review of a plan, with what the comparison of the files adds.

    Without a base nobody knows which findings are new: then it has those of the objects that change.
    """
    from realmctl.analysis.review import review
    from realmctl.engine.plan.ownership import holder

    told = review(plan, comparison, people)
    changing = {holder(change.address) for change in plan.changes}
    found = tuple(
        finding
        for finding, address in compared.findings
        if compared.against or (address is not None and holder(address) in changing)
    )
    dangers = sorted((*told.dangers, *compared.dangers), key=lambda one: one.severity.rank)
    return replace(told, dangers=tuple(dangers), policy=compared.policy, new_findings=found, base=compared.against)


def guard_realms(planned: Sequence[Planned], *, allow_deletions: bool) -> None:
    """Raises Refused where any of the plans is unsafe; nothing has been written then."""
    from realmctl.engine.plan.deletion_policy import guard, listed
    from realmctl.model.change import Action

    for one in planned:
        guard(one.plan, one.desired, allow_deletions=allow_deletions)
        deleted = [change.address for change in one.plan.of(Action.DELETE)]
        if one.unread and deleted and not allow_deletions:
            raise Refused(
                f"the plan deletes {listed(deleted)}, and the guards of {one.unread} are not known: its files could "
                "not be read",
                advice="make it two changes: the first one mends the files, the second one deletes; or allow deletions "
                "for this once",
            )
        if one.base is None:
            continue
        # The guards of both sides count: none may be taken away and be passed in one change.
        desired, plan = guarded_by(one.desired, one.base), protected_by(one.plan, one.base)
        try:
            guard(plan, desired, allow_deletions=allow_deletions)
        except Refused as refusal:
            raise Refused(
                f"{refusal.message}; these are the guards of the base, which this change takes away",
                advice="make it two changes: the first one changes the guard, the second one deletes; or allow "
                "deletions for this once",
            ) from refusal


def apply_realms(
    admin: Admin,
    planned: Sequence[Planned],
    *,
    options: ApplyOptions,
    watch: Callable[[Event], None],
    say: Say,
) -> tuple[RealmOutcome, ...]:
    """Carries out the plans one realm after the other, and stops at the first that fails.

    Raises Refused before anything is written; what fails later is in the last `RealmOutcome.error`, so that what was
    done before it can be told.
    """
    from realmctl.engine.apply.apply import apply
    from realmctl.engine.apply.progress import Report
    from realmctl.render.report import RealmOutcome

    guard_realms(planned, allow_deletions=options.allow_deletions)
    done: list[RealmOutcome] = []

    def outcome(one: Planned) -> RealmOutcome:
        begun: list[Event] = []

        def noting(event: Event) -> None:
            if event.kind in ("done", "failed"):
                begun.append(event)
            watch(event)

        try:
            report = apply(admin, one.desired, one.plan, journal=options.journal, watch=noting, source=options.source)
            return RealmOutcome(one.plan, report)
        except ApplyFailed as error:
            return RealmOutcome(one.plan, error.report if isinstance(error.report, Report) else None, error)
        except RealmctlError as error:
            in_doubt = bool(begun) or isinstance(error, Unreachable)
            return RealmOutcome(one.plan, None, error, in_doubt=in_doubt)

    # A stop between two realms is met by the next apply, which then does not begin.
    with finishing("What was being written may or may not be there: plan again to see."):
        for one in planned:
            if done and done[-1].error:
                return (
                    *done,
                    *(RealmOutcome(rest.plan, stopped=bool(interruptions())) for rest in planned[len(done) :]),
                )
            say(f"Applying realm {one.plan.realm}")
            done.append(outcome(one))
    return tuple(done)


def undos_of(
    admin: Admin, realms: Mapping[str, Sequence[Record]], wanted: str | None, *, say: Say
) -> tuple[Planned, ...]:
    """The plan that takes an apply back, of every realm with one: its last one, or the one whose id is `wanted`.

    Raises UsageProblem where no realm has an apply of that id, Refused, and whatever reading a realm raises.
    """
    from realmctl.workflow.undo import choose_record, undo_of

    if wanted is not None:
        everything = sorted((one for found in realms.values() for one in found), key=lambda one: one.id, reverse=True)
        record = choose_record(everything, wanted)
        realms = {record.realm: [record]} if record else {}
    planned: list[Planned] = []
    for realm, found in realms.items():
        record = choose_record(found, wanted)
        if record is not None:
            say(f"Planning the undo of {record.id} in realm {realm}")
            planned.append(Planned(*undo_of(admin, record)))
    return tuple(planned)
