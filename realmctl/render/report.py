"""What an apply did, as text, JSON and markdown: what was done, what was not, what did not stick.

Must not know about: how anything was applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realmctl.engine.plan.object_changes import objects
from realmctl.engine.plan.value_text import clean
from realmctl.errors import Locked, RealmctlError, Refused, UsageProblem
from realmctl.model.change import Action, Change, Plan
from realmctl.render.change_lines import GLYPHS, NO_CHANGES, details, many, title
from realmctl.render.colors import paint
from realmctl.render.findings import paragraph
from realmctl.render.plan_json import change_data, dump, error_data, plan_data

if TYPE_CHECKING:
    from realmctl.engine.apply.progress import Event, Report

_NAMED = 50
"""Objects that a part of a text report names."""

_DONE = {Action.CREATE: "added", Action.UPDATE: "changed", Action.DELETE: "destroyed"}


@dataclass(frozen=True, slots=True)
class RealmOutcome:
    """What became of one plan; neither report nor error: it was not begun, because one before it failed."""

    plan: Plan
    report: Report | None = None
    error: RealmctlError | None = None
    in_doubt: bool = True
    """Without a report: whether something may have been written before the error."""
    stopped: bool = False
    """Whether it was not begun because somebody asked to stop."""


def event_line(event: Event) -> str:
    """One line about what an apply is doing: `12/40 + role reader`."""
    count = f"{event.done:,}/{event.total:,} " if event.total else ""
    what = f"{GLYPHS[event.change.action]} {title(event.change)}" if event.change else ""
    state = "failed: " if event.kind == "failed" else ""
    return f"{count}{state}{what}{': ' if what and event.text else ''}{clean(event.text)}"


def done(changes: Sequence[Change]) -> str:
    """`3 added, 1 changed, 0 destroyed`."""
    found = objects(changes)
    return ", ".join(f"{sum(one.action is action for one in found):,} {word}" for action, word in _DONE.items())


def report_text(outcomes: Sequence[RealmOutcome], *, journal: str | None = None, color: bool = False) -> str:
    """What was done in each realm; where something failed, every object by name."""
    lines = [line for outcome in outcomes for line in _outcome(outcome, color)] or [NO_CHANGES]
    if journal:
        lines.append(f"Journal: {clean(journal)}")
    return "\n".join(lines) + "\n"


def _outcome(outcome: RealmOutcome, color: bool) -> Iterator[str]:
    realm, report = clean(outcome.plan.realm), outcome.report
    if report is None:
        yield paint(f"Realm {realm}: {_unreported(outcome)}", "error", color)
        return
    whole = not (report.failed or report.skipped or report.remaining or outcome.error)
    adopted = outcome.plan.adopted if whole else ()
    owned = f", {len(adopted):,} now owned by {clean(outcome.plan.owner)}" if adopted else ""
    yield paint(f"Realm {realm}: {done(report.applied)}{owned}.", "good" if whole else "error", color)
    if whole:
        left = "nothing else" if outcome.plan.unseen else "nothing"
        yield f"  Verified: {left} is left to do. ({many(report.requests, 'request')})"
        yield from _unwritten(outcome.plan.unseen)
        return
    yield from _part("Done", report.applied)
    if report.failed:
        yield f"  Failed ({len(report.failed):,}):"
        for change, why in report.failed:
            yield f"    {GLYPHS[change.action]} {title(change)}"
            yield from (f"        {line}" for line in paragraph(why))
    why = "the apply was stopped" if report.interrupted else "something they need failed"
    yield from _part(f"Not tried, because {why}", report.skipped)
    if report.problem:
        yield "  Not finished:"
        yield from (f"    {line}" for line in paragraph(report.problem))
    if report.interrupted and not (report.failed or report.skipped):
        yield "  Not checked, because the apply was stopped: whether the server kept all of it."
    yield from _part("Did not stick: the server accepted them and shows something else", report.remaining, fields=True)


def _unwritten(unseen: Sequence[str]) -> Iterator[str]:
    if unseen:
        yield f"  Not seen with this account, and so not written ({len(unseen):,}):"
    for told in unseen:
        yield from (f"    {line}" for line in paragraph(told))


def _unreported(outcome: RealmOutcome) -> str:
    if outcome.error is None:
        why = "the apply was stopped" if outcome.stopped else "the one before it failed"
        return f"not begun, because {why}."
    if not outcome.in_doubt or isinstance(outcome.error, (Refused, Locked, UsageProblem)):
        return "nothing was changed."
    return "stopped midway; what was done is not known. Apply again: it goes on from where the realm is."


def _part(heading: str, changes: Sequence[Change], *, fields: bool = False) -> Iterator[str]:
    if changes:
        yield f"  {heading} ({len(changes):,}):"
    found = objects(changes)
    for change in found[:_NAMED]:
        yield f"    {GLYPHS[change.action]} {title(change)}"
        if fields:
            yield from (f"        {line}" for line in details(change))
    if len(found) > _NAMED:
        yield f"    … and {len(found) - _NAMED:,} more; -o json and the journal name all"


def report_json(plans: Sequence[Plan], outcomes: Sequence[RealmOutcome], *, journal: str | None = None) -> str:
    """The plans as `plan -o json` has them, each with its `report`, null where there was nothing to do."""
    found = {outcome.plan.realm: outcome for outcome in outcomes}
    realms = [{**plan_data(plan), "report": _report_data(found.get(plan.realm))} for plan in plans]
    error = next((outcome.error for outcome in outcomes if outcome.error), None)
    return dump({"realms": realms, "journal": journal, **({"error": error_data(error)} if error else {})})


def _report_data(outcome: RealmOutcome | None) -> dict[str, Any] | None:
    if outcome is None or outcome.report is None:
        return None
    report = outcome.report
    return {
        "applied": [str(change.address) for change in report.applied],
        "failed": [{"address": str(change.address), "message": why} for change, why in report.failed],
        "skipped": [str(change.address) for change in report.skipped],
        "remaining": [change_data(change) for change in report.remaining],
        "requests": report.requests,
        "problem": report.problem,
    }


def report_markdown(
    plans: Sequence[Plan], outcomes: Sequence[RealmOutcome], *, journal: str | None = None, command: str = "apply"
) -> str:
    """The report as a comment, the plans it carried out below."""
    from realmctl.render.plan_markdown import Head, comment

    whole = not any(outcome.error for outcome in outcomes)
    heading = f"realmctl {command}: " + ("done" if whole else "failed")
    return comment(Head(command, heading, report_text(outcomes, journal=journal)), plans)
