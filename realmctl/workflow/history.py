"""The history of a realm: the records that it keeps, its inventories, its lock, and its admin events beside them.

Must not know about: terminals, output formats.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from realmctl.drift.accounts import Accounts
from realmctl.drift.events import events
from realmctl.drift.field_history import AdminEvent
from realmctl.engine.plan.inventory import PREFIX, decode
from realmctl.engine.read.view import representation
from realmctl.engine.undo.record_text import records
from realmctl.errors import Forbidden, ServerError
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from realmctl.model.history import History, OwnerSummary, Run
from realmctl.model.objects import Snapshot
from realmctl.model.record import Record

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin

MOST = 1000
"""Admin events that are looked at, the newest ones."""
APART_SECONDS = 300.0
"""How far the clocks of a runner and the server may be apart for a record and a run to be taken for the same apply."""


def history(admin: Admin, realm: str, owner: str | None) -> History:
    """What is known of a realm's applies: of one owner, or of all.

    Raises NotFound where there is no such realm, and ServerError.
    """
    found = representation(admin, realm)
    attributes = found.get("attributes") or {}
    applies = records(attributes, owner)
    runs, unseen = _runs(admin, realm, found)
    matched = dict(_matched(applies, runs))
    return History(
        realm,
        applies,
        tuple(_holdings(attributes)),
        _running(admin, realm),
        matched,
        tuple(run for run in runs if run not in matched.values()),
        unseen,
    )


def _holdings(attributes: Mapping[str, Any]) -> Iterator[OwnerSummary]:
    for name in sorted(attributes):
        if name.startswith(PREFIX):
            owned, source = decode(str(attributes[name]))
            yield OwnerSummary(name.removeprefix(PREFIX), len(owned), source)


def _running(admin: Admin, realm: str) -> str:
    try:
        attributes = admin.get(realm, "roles", LOCK_ROLE).get("attributes") or {}
    except ServerError:
        return ""
    holder, since = (next(iter(attributes.get(key, ())), "") for key in ("holder", "since"))
    return f"An apply holds the lock: {holder or 'somebody'}, since {since or 'an unknown time'}."


def _runs(admin: Admin, realm: str, found: Mapping[str, Any]) -> tuple[list[Run], str]:
    if not found.get("adminEventsEnabled"):
        return [], "the realm keeps no admin events (its setting adminEventsEnabled)"
    try:
        told = admin.get(realm, "admin-events", query={"max": str(MOST)})
    except Forbidden as error:
        return [], f"this account may not read admin events (view-events). {error.advice}".strip()
    except ServerError as error:
        return [], f"the admin events could not be read: {error.message}"
    grouped = list(runs_of(events(told if isinstance(told, list) else ())))
    accounts = Accounts(admin, realm, str(found.get("id") or ""), Snapshot.absent(realm))
    accounts.look_up(own[0] for own in grouped)
    return [_run(own, accounts.of(own[0]).name) for own in grouped], ""


def runs_of(newest_first: Sequence[AdminEvent]) -> Iterator[list[AdminEvent]]:
    """The events of each apply, in the order of time; the newest apply first."""
    open_: dict[tuple[str, str], list[AdminEvent]] = {}
    found: list[list[AdminEvent]] = []
    for event in reversed(newest_first):
        if event.own and _makes_lock(event):
            open_[event.account] = []
            found.append(open_[event.account])
        if event.own and event.account in open_:
            open_[event.account].append(event)
    return reversed(found)


def _makes_lock(event: AdminEvent) -> bool:
    return event.operation == "CREATE" and event.path == f"roles/{LOCK_ROLE}"


def _run(own: Sequence[AdminEvent], by: str) -> Run:
    last = own[-1]
    whole = len(own) > 1 and last.operation == "DELETE" and last.path.startswith(("roles-by-id/", "roles/"))
    lock = {f"roles-by-id/{own[0].body.get('id')}"} if isinstance(own[0].body, dict) else set()
    lock |= {last.path} if whole else set()
    writes = sum(not _makes_lock(event) and event.path not in lock for event in own)
    return Run(_moment(own[0]), _moment(last), by, writes, whole)


def _moment(event: AdminEvent) -> datetime:
    return datetime.fromtimestamp(event.at / 1000, UTC).replace(microsecond=0)


def _matched(applies: Sequence[Record], runs: Sequence[Run]) -> Iterator[tuple[str, Run]]:
    """To each record the run of the same account that is nearest in time, each run once."""
    left = list(runs)
    for record in applies:
        at = datetime.fromisoformat(record.at)
        near = [run for run in left if _same(run.by, record.by) and _apart(run, at) <= APART_SECONDS]
        if near:
            best = min(near, key=lambda run: _apart(run, at))
            left.remove(best)
            yield record.id, best


def _same(one: str, other: str) -> bool:
    return one.removeprefix("service-account-") == other.removeprefix("service-account-")


def _apart(run: Run, at: datetime) -> float:
    return abs((run.since - at).total_seconds())
