"""Which admin events explain which deviations; and where none does, why.

Pure. Must not know about: how events are read, names of accounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from realmctl.drift.event_paths import Ids, trail
from realmctl.drift.events import learn_ids, matches
from realmctl.drift.field_history import AdminEvent, Lost, Match
from realmctl.model.address import Address
from realmctl.model.drift import Deviation, What


@dataclass(frozen=True, slots=True)
class EventWindow:
    """The realm's admin events that were read, the newest first: at most `most`, and none before `since`."""

    events: Sequence[AdminEvent]
    since: datetime | None
    most: int


def explained(
    found: Sequence[Deviation],
    window: EventWindow,
    ids: Ids,
    settings: Mapping[str, Any],
    lost: Mapping[Address, Lost],
) -> list[tuple[list[Match], str]]:
    """Return for each deviation the events that explain it; without any, why nobody can tell.

    `settings` are the live realm's. `lost` are, by object and field, the objects that it referred to and that are gone.
    """
    kept = window.events
    gone = [target for fields in lost.values() for targets in fields.values() for target in targets]
    known = learn_ids((*(one.address for one in found), *gone), kept, ids)
    told = [(one, matches(one, kept, known, lost.get(one.address))) for one in found]
    most = window.most if len(kept) >= window.most else 0
    return [(of, "" if of else " ".join(_reasons(one, settings, window.since, most))) for one, of in told]


def _reasons(one: Deviation, settings: Mapping[str, Any], since: datetime | None, most: int) -> Iterator[str]:
    if one.parts and all(trail(part, {}).silent for part in one.parts):
        yield "Keycloak writes no admin event of this kind"
        return
    if most:
        yield f"none of the newest {most:,} admin events tells of it"
    elif since is not None:
        yield f"no admin event since {since:%Y-%m-%d %H:%M} UTC tells of it"
    else:
        yield "no admin event that is kept tells of it"
    expiry = str((settings.get("attributes") or {}).get("adminEventsExpiration") or "")
    if expiry.isdigit() and int(expiry):
        yield f"(they are kept for {_spoken(int(expiry))})"
    if settings.get("adminEventsDetailsEnabled") is False and one.what is What.DELETED:
        yield "(they hold no details, adminEventsDetailsEnabled, and so do not name a deleted object)"


def _spoken(seconds: int) -> str:
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return f"{seconds:,} seconds"
