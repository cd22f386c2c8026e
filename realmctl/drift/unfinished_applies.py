"""What an apply that was cut off was to create, and did not: it is missing, and was never deleted.

Pure. Must not know about: how events and records are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from realmctl.drift.deviations import REALM
from realmctl.drift.event_paths import Ids
from realmctl.drift.events import is_never_made
from realmctl.drift.field_history import AdminEvent
from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.undo.record_text import records
from realmctl.model.address import Address
from realmctl.model.change import Action
from realmctl.model.drift import Deviation, Trace, What

_EARLIER = timedelta(minutes=1)
"""How long before its record an apply may have made its lock."""


def unfinished_creations(comparison: Comparison) -> dict[Address, datetime]:
    """Return what the applies that the realm remembers were to make, and when each of them began."""
    declared, realm = comparison.declared, comparison.as_read.objects.get(REALM)
    attributes = (realm.fields.get("attributes") or {}) if realm else {}
    found: dict[Address, datetime] = {}
    for record in sorted(records(attributes, declared.owner), key=lambda one: one.at):
        begun = datetime.fromisoformat(record.at)
        made = (one.address for one in record.entries if one.action is Action.CREATE and one.owned is None)
        found |= dict.fromkeys(declared.resources if record.creates else made, begun)
    return found


def or_missing(one: Deviation, attempts: Mapping[Address, datetime], kept: Sequence[AdminEvent], ids: Ids) -> Deviation:
    """Return a deleted object as missing where the apply that was to make it was cut off before."""
    begun = attempts.get(one.address)
    if one.what is not What.DELETED or one.trace.deeds or begun is None:
        return one
    since = int((begun - _EARLIER).timestamp() * 1000)
    if not is_never_made(one.address, since, kept, ids):
        return one
    note = f"the apply that began on {begun:%Y-%m-%d %H:%M:%S} UTC was to create it, and ended before"
    return replace(one, what=What.MISSING, notes=(*one.notes, note), trace=Trace())
