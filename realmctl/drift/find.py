"""Drift of one realm: its plan from the server's side, and who did it, asked for where there is drift.

Must not know about: terminals, files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from realmctl.drift.accounts import Accounts
from realmctl.drift.danger import judged
from realmctl.drift.deviations import REALM, deviations, taken_along
from realmctl.drift.events import Event, Match, events
from realmctl.drift.explain import explained
from realmctl.drift.ignore import sort
from realmctl.drift.trails import IMPORTED, trail
from realmctl.errors import Forbidden, ServerError
from realmctl.model.address import Address
from realmctl.model.change import Plan
from realmctl.model.drift import Deed, Deviation, RealmDrift, Trace, What
from realmctl.model.ignore import Rule
from realmctl.model.objects import Desired, Snapshot
from realmctl.plan import seen
from realmctl.render.objects import holder

if TYPE_CHECKING:
    from realmctl.admin import Admin

MOST = 1000
"""Admin events that are looked at, the newest of those that may be of use."""

_LOCK_TYPE = "REALM_ROLE"


def find(
    admin: Admin,
    plan: Plan,
    desired: Desired,
    snapshot: Snapshot,
    rules: Sequence[Rule],
    *,
    today: date,
    since: datetime | None = None,
) -> RealmDrift:
    """The drift of a planned realm. Asks for admin events only where something has drifted. Raises ServerError."""
    split = sort(deviations(plan, desired, snapshot), rules, today)
    counted, ignored = judged(split.counted, split.ignored, plan, desired, snapshot)
    told = RealmDrift(
        plan.realm,
        version=plan.version,
        deviations=counted,
        ignored=ignored,
        warnings=split.warnings,
        unseen=plan.unseen,
        kinds=tuple(sorted({holder(address).kind for address in desired.resources})),
        snapshot=snapshot,
    )
    if not told.deviations or plan.creates_realm:
        return told
    traces = _traces(admin, told.deviations, desired, seen(desired, snapshot), since)
    by = {one.address: trace for one, trace in zip(told.deviations, traces, strict=True) if one.what is What.DELETED}
    traces = [_with(one, plan, trace, by) for one, trace in zip(told.deviations, traces, strict=True)]
    return replace(
        told, deviations=tuple(replace(one, trace=trace) for one, trace in zip(told.deviations, traces, strict=True))
    )


def _with(one: Deviation, plan: Plan, trace: Trace, deleted: Mapping[Address, Trace]) -> Trace:
    """Where no event tells of a changed object: the deletion of what it referred to, which left no other trace."""
    if trace.deeds or one.what is not What.CHANGED:
        return trace
    return next((deleted[gone] for gone in sorted(taken_along(one, plan)) if gone in deleted), trace)


def _traces(
    admin: Admin, found: Sequence[Deviation], desired: Desired, live: Snapshot, since: datetime | None
) -> list[Trace]:
    realm = live.objects.get(REALM)
    settings = realm.fields if realm else {}
    if settings.get("adminEventsEnabled") is False:
        why = "the realm keeps no admin events (its setting adminEventsEnabled)"
        return [Trace(unknown=why) for _ in found]
    ids = {address: one.id for address, one in live.objects.items() if one.id}
    types = {_LOCK_TYPE, IMPORTED}.union(*(trail(part, ids).types for one in found for part in one.parts))
    try:
        kept = _read(admin, desired.realm, sorted(types), since)
    except Forbidden as error:
        return [Trace(unknown=f"this account may not read admin events (view-events). {error.advice}") for _ in found]
    except ServerError as error:
        return [Trace(unknown=f"the admin events could not be read: {error.message}") for _ in found]
    told = explained(found, kept, ids, settings, since, most=MOST)
    accounts = Accounts(admin, desired.realm, realm.id or "" if realm else "", live)
    accounts.look_up(match.event for of, _ in told for match in of)
    return [Trace(tuple(_deed(match, accounts) for match in of), why) for of, why in told]


def _read(admin: Admin, realm: str, types: Sequence[str], since: datetime | None) -> tuple[Event, ...]:
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
