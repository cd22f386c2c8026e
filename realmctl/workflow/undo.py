"""Taking applies back: which one, and its undo as a plan like any other, with what can't be taken back.

Must not know about: terminals, output formats, exit codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.deletion_policy import guard
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.snapshot import read, with_costs
from realmctl.engine.read.view import representation
from realmctl.engine.undo.record_text import records
from realmctl.engine.undo.undo import back, cannot, scope_of_undo
from realmctl.errors import BadConfig, Finding, Refused, UsageProblem
from realmctl.model.record import Record

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin
    from realmctl.model.change import Plan
    from realmctl.model.objects import Desired

_TOLD = 5


def read_records(admin: Admin, realm: str, owner: str | None = None) -> tuple[Record, ...]:
    """The applies that a realm knows of, the newest first; of one owner, or of all. Raises NotFound, ServerError."""
    found = representation(admin, realm)
    return records(found.get("attributes") or {}, owner)


def choose_record(found: Sequence[Record], wanted: str | None) -> Record | None:
    """The apply to take back: the one whose id begins with `wanted`; else the last one that is no undo itself.

    So an undo that is said twice does no more than once, and an undo is taken back by its id. None where there is none.
    Raises UsageProblem where `wanted` fits none, or more than one.
    """
    if wanted is None:
        return next((one for one in found if not one.undoes), None)
    fitting = [one for one in found if one.id.startswith(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    told = ", ".join(one.id for one in (fitting or found)[:_TOLD]) or "none is kept"
    raise UsageProblem(
        f"--apply {wanted}: {'several applies have' if fitting else 'no apply has'} such an id",
        advice=f"There is: {told}.",
    )


def undo_of(admin: Admin, record: Record) -> tuple[Desired, Plan, Refused | None]:
    """What is desired, the plan for it, and why it would be refused unless deletions are allowed.

    Raises Refused where the apply can't be taken back, and whatever reading a realm raises.
    """
    snapshot = read(admin, scope_of_undo(record))
    desired = back(record, snapshot)
    try:
        comparison = compare(desired, snapshot)
        plan = make_plan(comparison)
    except BadConfig as error:
        told = "; ".join(finding.message for finding in error.findings[:_TOLD])
        raise Refused(
            f"the apply {record.id} can't be taken back as the realm is now: {told}",
            advice="Nothing was changed. Put into the files what you want to have, and apply them.",
        ) from error
    plan = with_costs(admin, plan, comparison)
    # Whatever else is in the realm is not what this is about.
    plan = replace(
        plan,
        changes=tuple(replace(change, place=None) for change in plan.changes),
        unmanaged=(),
        warnings=tuple(_warnings(record, plan)),
        undoes=sentence(record),
    )
    try:
        guard(plan, desired, allow_deletions=False)
    except Refused as refusal:
        return desired, plan, refusal
    return desired, plan, None


def _warnings(record: Record, plan: Plan) -> Iterable[Finding]:
    if not plan.empty:
        for told in cannot(record):
            yield Finding("not-taken-back", told, severity="warning")


def sentence(record: Record) -> str:
    """Which apply it is."""
    whose = f" by {record.by}" if record.by else ""
    where = f" from {record.source}" if record.source else ""
    what = f"the undo {record.id} of {record.undoes}" if record.undoes else f"the apply {record.id}"
    return f"Takes back {what}{whose}{where}."
