"""Carries out a plan: under the realm's lock, against a realm that is still as planned, and checked by a second read.

Must not know about: files, terminals, single kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from realmctl.engine.apply.executor import Outcome, run
from realmctl.engine.apply.journal import Journal
from realmctl.engine.apply.lock import Lock
from realmctl.engine.apply.progress import Event, Report
from realmctl.engine.apply.refused_values import explain
from realmctl.engine.apply.request_graph import make_steps
from realmctl.engine.apply.writer import Writer
from realmctl.engine.plan.comparison import REALM, Comparison, compare
from realmctl.engine.plan.fingerprint import fingerprint
from realmctl.engine.plan.inventory import attribute, encode, flags, hidden_marks
from realmctl.engine.plan.ownership import goes
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.engine.undo.record import make_record
from realmctl.engine.undo.record_text import as_data, records
from realmctl.engine.undo.record_text import attribute as record_attribute
from realmctl.engine.undo.record_text import encode as encode_records
from realmctl.errors import ApplyFailed, Conflict, Interrupted, Lines, Refused, ServerError
from realmctl.keycloak.fresh_realm import fresh
from realmctl.keycloak.kinds.base import Around
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.kinds.request_parts import part_of_realm
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.model.interruption import Stopped, breakable, check, finishing
from realmctl.model.objects import Declared, Desired, Snapshot
from realmctl.model.record import Record

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin

LEFT_BEHIND = (
    "What was being written to the realm {} may or may not be there, and its lock is not given back: "
    "the next apply takes it over, from another machine after 20 s without a sign of life."
)
__all__ = ["Event", "Report", "apply"]


Watch = Callable[[Event], None]


def apply(
    admin: Admin,
    desired: Desired,
    plan: Plan,
    *,
    journal: Path | None = None,
    watch: Watch = lambda _: None,
    source: str = "",
) -> Report:
    """Makes the realm as declared, by exactly the planned changes.

    Raises Refused when the realm is no longer as planned (nothing was written then), Locked while another apply runs,
    ApplyFailed with the report when a change failed or did not stick, and Interrupted where somebody asked to stop.
    """
    before = admin.requests
    if not plan.has_work:
        return Report()
    lock = Lock(admin, desired.realm, lambda text: watch(Event("phase", text=text)))
    if not plan.writes:
        with finishing(LEFT_BEHIND.format(desired.realm)):
            lock.clear()
        return Report(requests=admin.requests - before)
    applied: list[Change] = []
    with finishing(LEFT_BEHIND.format(desired.realm)), Journal(journal) as diary:
        tools = _Tools(admin, diary, watch)
        diary.write("apply", realm=desired.realm, owner=desired.owner, source=source, changes=len(plan.changes))
        try:
            check()
            if plan.creates_realm:
                record = _record(admin, plan, compare(desired, Snapshot.absent(desired.realm, plan.version)), source)
                applied += _create_realm(tools, desired, plan, record)
            with lock:
                watch(Event("phase", text="reading the realm again"))
                with breakable():
                    comparison = compare(desired, read(admin, scope_of(desired)))
                    current = make_plan(comparison)
                if not plan.creates_realm:
                    _refuse_moved(plan, current)
                    # What its deletions take from people was asked for when it was shown.
                    noted = replace(current, changes=_with_notes(current, plan))
                    record = _record(admin, noted, comparison, source)
                if plan.creates_realm or current.writes:
                    diary.write("record", record=as_data(record))
                    report = _carry_out(tools, current, comparison, record, lock)
                else:  # All of it was made meanwhile: a record of nothing could be put back.
                    report = Report()
        except Stopped:
            report = Report(skipped=tuple(one for one in plan.changes if one not in applied), interrupted=True)
        except ServerError as error:
            if not applied:
                raise
            left = tuple(one for one in plan.changes if one not in applied)
            report = Report(skipped=left, problem=_sentences(error))
        report = replace(report, applied=(*applied, *report.applied), requests=admin.requests - before)
        diary.write("end", applied=len(report.applied), failed=len(report.failed), remaining=len(report.remaining))
    problems = (report.problem, lock.told if lock.kept else "", diary.problem)
    report = replace(report, problem=" ".join(filter(None, problems)))
    if report.interrupted:
        raise _interrupted(report, lock)
    _raise_failed(report)
    return report


@dataclass(frozen=True, slots=True)
class _Tools:
    """What an apply works with from its begin to its end."""

    admin: Admin
    diary: Journal
    watch: Watch


def _unowned(desired: Desired) -> Iterator[Declared]:
    return (want for want in desired.resources.values() if not kinds()[want.address.kind].owned)


def _create_realm(tools: _Tools, desired: Desired, plan: Plan, record: Record) -> list[Change]:
    admin, watch = tools.admin, tools.watch
    change = next(change for change in plan.changes if change.address == REALM)
    watch(Event("start", change, total=len(plan.changes)))
    (request,) = kinds()["realm"].create(desired.resources[REALM], Around(desired, Snapshot.absent(desired.realm)))
    owned = flags(want for want in desired.resources.values() if kinds()[want.address.kind].owned)
    hidden = hidden_marks(_unowned(desired), {})
    body = dict(request.body) | {"realm": desired.realm}
    body["attributes"] = {
        **(body.get("attributes") or {}),
        attribute(desired.owner): encode(owned, record.source, hidden),
        record_attribute(desired.owner): encode_records([record]),
    }
    born = {REALM}
    newest = fresh("")
    fixed = any(kind.birth(desired, newest)[0] for kind in kinds().values())
    fresh_objects = fresh(plan.version) if fixed else {}
    for kind in kinds().values():
        said, of = kind.birth(desired, fresh_objects)
        body |= said
        born |= of
    writer = Writer(admin, desired.realm, {}, tools.diary.request)
    try:
        writer.create_realm(body)
    except Conflict as error:
        raise Refused(f"the realm {desired.realm} was created after the plan was made", advice="plan again") from error
    except ServerError as error:
        if why := explain(error, [change], desired.resources):
            error.message = f"{error.message} {why}"
            error.args = (error.message,)
        raise
    admin.renew()
    watch(Event("done", change, done=1, total=len(plan.changes)))
    return [change for change in plan.changes if change.address in born]


def _refuse_moved(plan: Plan, current: Plan) -> None:
    moved = fingerprint(current, around_secrets=True).beyond(fingerprint(plan, around_secrets=True))
    if moved:
        raise Refused(
            f"the realm {plan.realm} is no longer as it was when this was planned: {', '.join(moved[:5])}"
            + (f" and {len(moved) - 5} more" if len(moved) > 5 else ""),
            advice="nothing was written; plan again and look at what changed",
        )


def _carry_out(tools: _Tools, plan: Plan, comparison: Comparison, record: Record, lock: Lock) -> Report:
    desired, live, watch = comparison.desired, comparison.live, tools.watch
    ids = {address: one.id for address, one in live.objects.items() if one.id}
    writer = Writer(tools.admin, desired.realm, ids, tools.diary.request)
    # Written before the first create and after the last delete: what realmctl made is never forgotten. With it goes
    # what is about to change, as it is now: also of an apply that is killed.
    owned, notes = _Owned.of(plan, comparison), _Notes(comparison, record)
    if noted := notes.at_start(owned):
        writer.carry_out(part_of_realm({"attributes": noted}))
    about = partial(explain, declared=desired.resources)
    outcome = run(make_steps(plan, comparison), writer, lock.check, watch, tools.diary, about)
    told = notes.at_end(owned, outcome, plan)
    remaining: Sequence[Change] = ()
    interrupted, problem = outcome.interrupted, ""
    try:
        if told:
            writer.carry_out(part_of_realm({"attributes": told}))
        if not outcome.failed and not outcome.skipped and not interrupted:
            watch(Event("phase", text="verifying"))
            with breakable():
                written = {change.address for change in outcome.applied}
                remaining = make_plan(compare(desired, read(tools.admin, scope_of(desired), written))).changes
    except Stopped:
        interrupted = True
    except ServerError as error:
        # The list of what was done must not be lost with the server.
        problem = _sentences(error)
    return Report(
        tuple(outcome.applied),
        tuple(outcome.failed),
        tuple(outcome.skipped),
        tuple(remaining),
        problem=problem,
        interrupted=interrupted,
    )


@dataclass(frozen=True, slots=True)
class _Owned:
    """What the realm is to note as owned: by what is declared, and of the rest until it is deleted."""

    declared: Mapping[Address, str]
    kept: Mapping[Address, str]
    hidden: Mapping[Address, str]

    @classmethod
    def of(cls, plan: Plan, comparison: Comparison) -> _Owned:
        desired, inventory = comparison.desired, comparison.live.inventory
        mine = (one for a, one in desired.resources.items() if kinds()[a.kind].owned and a not in desired.let_go)
        declared = flags(mine, inventory.owned)
        gone, unknown = {change.address for change in plan.of(Action.DELETE)}, set(plan.undecided)
        kept = {a: f for a, f in inventory.owned.items() if a in unknown or (a not in declared and goes(gone, a))}
        return cls(declared, kept, hidden_marks(_unowned(desired), inventory.hidden))

    def after(self, outcome: Outcome, before: Collection[Address]) -> _Owned:
        """Return the same without what was deleted, and without what was never made and not owned `before`."""
        done = {change.address for change in outcome.applied if change.action is Action.DELETE}
        never = outcome.never_made() - set(before)
        return replace(
            self,
            declared={address: flag for address, flag in self.declared.items() if address not in never},
            kept={address: flag for address, flag in self.kept.items() if not goes(done, address)},
        )

    def encoded(self, source: str) -> str:
        """Return the value of the realm's attribute."""
        return encode({**self.kept, **self.declared}, source, self.hidden)


@dataclass(frozen=True, slots=True)
class _Notes:
    """What an apply writes into the realm's attributes: what is owned, and the records of applies."""

    comparison: Comparison
    record: Record

    def at_start(self, owned: _Owned) -> dict[str, str]:
        """Return the attributes to write before the first change."""
        owner, inventory = self.record.owner, self.comparison.as_read.inventory
        noted: dict[str, str] = {}
        if not self.record.creates:
            noted[record_attribute(owner)] = encode_records([self.record, *self._earlier()])
        if ({**owned.kept, **owned.declared}, owned.hidden) != (inventory.owned, inventory.hidden):
            noted[attribute(owner)] = owned.encoded(self.record.source)
        return noted

    def at_end(self, owned: _Owned, outcome: Outcome, plan: Plan) -> dict[str, str]:
        """Return the attributes to write after the last change; nothing where all is noted already."""
        owner = self.record.owner
        # The realm was born with its inventory: nothing in it was owned before.
        left = owned.after(outcome, () if self.record.creates else self.comparison.live.inventory.owned)
        told: dict[str, str] = {}
        if left != owned:
            told[attribute(owner)] = left.encoded(self.record.source)
        if why := _ended(outcome, plan):
            told[record_attribute(owner)] = encode_records([replace(self.record, ended=why), *self._earlier()])
        return told

    def _earlier(self) -> tuple[Record, ...]:
        """Return what the realm knows of earlier applies of this owner."""
        realm = self.comparison.as_read.objects.get(REALM)
        attributes = (realm.fields.get("attributes") or {}) if realm else {}
        return tuple(one for one in records(attributes, self.record.owner) if one.id != self.record.id)


def _sentences(error: ServerError) -> str:
    return f"{error} {error.advice}".strip()


def _record(admin: Admin, plan: Plan, comparison: Comparison, source: str) -> Record:
    now = datetime.now(UTC)
    return make_record(
        plan,
        comparison,
        name=f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03d}",
        at=now.isoformat(timespec="seconds"),
        by=admin.whoami(),
        source=source,
    )


def _with_notes(current: Plan, shown: Plan) -> tuple[Change, ...]:
    notes = {change.address: change.notes for change in shown.changes}
    return tuple(replace(change, notes=notes.get(change.address, change.notes)) for change in current.changes)


def _ended(outcome: Outcome, plan: Plan) -> str:
    if not (outcome.failed or outcome.skipped or outcome.interrupted):
        return ""
    why = "stopped" if outcome.interrupted else "failed"
    return f"{why} after {len(outcome.applied)} of {len(plan.changes)} changes"


def _interrupted(report: Report, lock: Lock) -> Interrupted:
    """What was done and what was not, and what became of the lock."""
    made, left, failed = len(report.applied), len(report.skipped), len(report.failed)
    if left or failed:
        more = f", {failed} failed" if failed else ""
        begun = f"{left} {'was' if left == 1 else 'were'} not begun"
        told = f"{made or 'no'} change{' was' if made == 1 else 's were'} made{more}, {begun}"
    else:
        told = "everything was written, but it was not checked whether the server kept all of it"
    advice = "What was done stays done; apply again to go on from there." if made else "Apply again to begin anew."
    return Interrupted(f"stopped: {told}", report=report, advice=Lines.of(lock.told, advice))


def _raise_failed(report: Report) -> None:
    if report.failed:
        first, why = report.failed[0]
        more = f" ({len(report.failed) - 1} more failed)" if len(report.failed) > 1 else ""
        raise ApplyFailed(
            f"{first.address} could not be written: {why}{more}",
            report=report,
            advice="What was done stays done; plan again to see what is left, and apply that.",
        )
    if report.problem:
        made = len(report.applied)
        raise ApplyFailed(
            f"{made} change{' was' if made == 1 else 's were'} made, and the apply could not be finished: "
            f"{report.problem}",
            report=report,
            advice="What was done stays done; plan again to see what is left, and apply that.",
        )
    if report.skipped:
        told = ", ".join(str(change.address) for change in report.skipped[:5])
        raise ApplyFailed(
            f"{len(report.skipped)} changes could not be begun, since they wait for each other: {told}",
            report=report,
            advice="This is a mistake in realmctl: please report it with the plan. What was done stays done.",
        )
    if report.remaining:
        told = ", ".join(
            f"{change.address} ({', '.join(field.path for field in change.fields) or change.action.value})"
            for change in report.remaining[:5]
        )
        raise ApplyFailed(
            f"everything was written, but the server did not keep all of it: {told}",
            report=report,
            advice="Keycloak may not know that field or value: take it out, or write what the plan shows as old.",
        )
