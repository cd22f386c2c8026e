"""Drift of one realm: its plan from the server's side, and who did it, asked for where there is drift.

Must not know about: terminals, files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from realmctl.drift.accounts import Accounts
from realmctl.drift.danger import judged
from realmctl.drift.deviations import REALM, deviations, lost_references
from realmctl.drift.event_paths import IMPORTED, Ids, trail
from realmctl.drift.events import events
from realmctl.drift.explain import EventWindow, explained
from realmctl.drift.field_history import AdminEvent, Match
from realmctl.drift.ignore import sort
from realmctl.drift.unfinished_applies import or_missing, unfinished_creations
from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.ownership import holder, holders
from realmctl.errors import Forbidden, ServerError
from realmctl.model.change import Plan
from realmctl.model.drift import Deed, Deviation, RealmDrift, Trace
from realmctl.model.ignore_rule import IgnoreRule

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin

MOST = 1000
"""Admin events that are looked at, the newest of those that may be of use."""

_LOCK_TYPE = "REALM_ROLE"


def find(
    admin: Admin,
    plan: Plan,
    comparison: Comparison,
    rules: Sequence[IgnoreRule],
    *,
    today: date,
    since: datetime | None = None,
) -> RealmDrift:
    """The drift of a planned realm. Asks for admin events only where something has drifted. Raises ServerError."""
    split = sort(deviations(plan, comparison), rules, today)
    counted, ignored = judged(split.counted, split.ignored, plan, comparison)
    told = RealmDrift(
        plan.realm,
        version=plan.version,
        deviations=counted,
        ignored=ignored,
        warnings=split.warnings,
        unseen=plan.unseen,
        kinds=tuple(sorted({holder(address).kind for address in comparison.declared.resources})),
        snapshot=comparison.as_read,
    )
    if not told.deviations or plan.creates_realm:
        return told
    traces = _traces(admin, told.deviations, comparison, since)
    both = (replace(one, trace=trace) for one, trace in zip(told.deviations, traces.found, strict=True))
    # Of the newest events only, or of those since some day, a creation may be among the others.
    attempts = {} if since is not None or len(traces.kept) >= MOST else unfinished_creations(comparison)
    return replace(told, deviations=tuple(or_missing(one, attempts, traces.kept, traces.ids) for one in both))


@dataclass(frozen=True, slots=True)
class _Looked:
    """Who did what, by deviation; and the events that were read for it, with the ids by which they name objects."""

    found: list[Trace]
    kept: tuple[AdminEvent, ...] = ()
    ids: Ids = field(default_factory=dict)


def _traces(admin: Admin, found: Sequence[Deviation], comparison: Comparison, since: datetime | None) -> _Looked:
    live = comparison.live
    realm = live.objects.get(REALM)
    settings = realm.fields if realm else {}
    if settings.get("adminEventsEnabled") is False:
        why = "the realm keeps no admin events (its setting adminEventsEnabled)"
        return _Looked([Trace(unknown=why) for _ in found])
    ids = {address: one.id for address, one in live.objects.items() if one.id}
    lost = lost_references(found, comparison)
    gone = {target for fields in lost.values() for targets in fields.values() for target in targets}
    asked = (*(part for one in found for part in one.parts), *(up for one in gone for up in (one, *holders(one))))
    types = {_LOCK_TYPE, IMPORTED}.union(*(trail(part, ids).types for part in asked))
    try:
        kept = _read(admin, comparison.declared.realm, sorted(types), since)
    except Forbidden as error:
        why = f"this account may not read admin events (view-events). {error.advice}"
        return _Looked([Trace(unknown=why) for _ in found])
    except ServerError as error:
        return _Looked([Trace(unknown=f"the admin events could not be read: {error.message}") for _ in found])
    told = explained(found, EventWindow(kept, since, MOST), ids, settings, lost)
    accounts = Accounts(admin, comparison.declared.realm, realm.id or "" if realm else "", live)
    accounts.look_up(match.event for of, _ in told for match in of)
    traces = [Trace(tuple(_deed(match, accounts) for match in of), why) for of, why in told]
    return _Looked(traces, kept, ids)


def _read(admin: Admin, realm: str, types: Sequence[str], since: datetime | None) -> tuple[AdminEvent, ...]:
    query: dict[str, str | list[str]] = {"max": str(MOST), "resourceTypes": list(types)}
    if since is not None:
        query["dateFrom"] = str(int(since.timestamp() * 1000))
    told: Any = admin.get(realm, "admin-events", query=query)
    return events(told if isinstance(told, list) else ())


def _deed(match: Match, accounts: Accounts) -> Deed:
    event = match.event
    who = accounts.of(event)
    return Deed(
        datetime.fromtimestamp(event.at / 1000, UTC).replace(microsecond=0),
        event.operation,
        who.name,
        service=who.service,
        named=who.known,
        through=accounts.client(event),
        address=event.address,
        own=event.own,
        sure=match.sure,
    )
