"""A realm's admin events: what they say, which of them are of an apply of realmctl, which speak of an object.

Pure: the events are given as Keycloak tells them. Must not know about: how they are read, names of accounts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from realmctl.drift.event_paths import ANY, IMPORTED, Ids, Trail, fits, trail
from realmctl.drift.field_history import AdminEvent, Lost, Match, of_fields
from realmctl.engine.apply.lock import LEASE_SECONDS
from realmctl.engine.plan.ownership import holders
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from realmctl.model.address import Address
from realmctl.model.drift import Deviation, What

SILENCE_MS = int(2 * LEASE_SECONDS * 1000)
"""After so long without an event of its account an apply is over: it beats much more often."""


def events(told: Iterable[Mapping[str, Any]]) -> tuple[AdminEvent, ...]:
    """The events, the newest first, those of realmctl's own applies marked. Failed requests are left out."""
    found = [_event(one) for one in told if not one.get("error")]
    return _with_own(sorted(found, key=lambda event: -event.at))


def _event(one: Mapping[str, Any]) -> AdminEvent:
    who = one.get("authDetails") or {}
    text = one.get("representation")
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = None
    return AdminEvent(
        int(one.get("time") or 0),
        str(one.get("operationType") or ""),
        str(one.get("resourcePath") or ""),
        body,
        str(who.get("realmId") or ""),
        str(who.get("userId") or ""),
        str(who.get("clientId") or ""),
        str(who.get("ipAddress") or ""),
        str(one.get("resourceType") or ""),
    )


def _with_own(newest_first: Sequence[AdminEvent]) -> tuple[AdminEvent, ...]:
    """Marks what an account did between making the lock of an apply and giving it back."""
    held: dict[tuple[str, str], str] = {}
    last: dict[tuple[str, str], int] = {}
    found: list[AdminEvent] = []
    for event in reversed(newest_first):
        begins = event.operation == "CREATE" and event.path == f"roles/{LOCK_ROLE}"
        if begins:
            held[event.account] = str(event.body.get("id") or "") if isinstance(event.body, Mapping) else ""
        elif event.account in held and event.at - last[event.account] > SILENCE_MS:
            del held[event.account]  # It died with its lock.
        last[event.account] = event.at
        own = event.account in held
        found.append(replace(event, own=True) if own else event)
        if own and event.operation == "DELETE" and _is_lock(event.path, held[event.account]):
            del held[event.account]
    return tuple(reversed(found))


def _is_lock(path: str, lock: str) -> bool:
    """Without details the lock's id is unknown: then the first deletion of a role ends the apply."""
    return path == f"roles/{LOCK_ROLE}" or (path == f"roles-by-id/{lock}" if lock else path.startswith("roles-by-id/"))


def learn_ids(addresses: Iterable[Address], found: Sequence[AdminEvent], ids: Ids) -> dict[Address, str]:
    """`ids` with those of objects that are gone, as far as the events' details tell them by name."""
    # Owners before what they own: of a role of a deleted client, the paths begin with the client's id.
    known = dict(ids)
    for address in sorted({one for a in addresses for one in (a, *holders(a))}, key=lambda one: len(one.names)):
        if address not in known and (identity := _identity(trail(address, known), found)):
            known[address] = identity
    return known


def _identity(of: Trail, found: Sequence[AdminEvent]) -> str:
    for event in found:
        if not isinstance(event.body, Mapping) or event.type not in ("", of.own, IMPORTED):
            continue
        told = str(event.body.get("id") or "")
        if _told_by_body(event, of) or (_at(event, of.life) and event.body.get(of.key) == of.name):
            if told:
                return told  # Else its path has the name; an id it does not tell.
        elif event.body.get(of.key) == of.name:
            shape = next((one for one in of.shapes if fits(event.path, one)), "")
            if shape:
                place = max(at for at, part in enumerate(shape.split("/")) if part == ANY)
                return told or event.path.split("/")[place]
    return ""


def matches(one: Deviation, found: Sequence[AdminEvent], ids: Ids, lost: Lost | None = None) -> list[Match]:
    """The events that explain a deviation, the newest first; none where the events don't tell.

    `lost` are, by field, the objects that it referred to and that are gone.
    """
    if one.what in (What.DELETED, What.MISSING):
        gone = _end(one.address, found, ids)
        return [Match(gone, True)] if gone else []
    trails = [_with_steps(part, trail(part, ids), found) for part in one.parts]
    own = trail(one.address, ids)
    of = _of_this_one([event for event in found if any(_speaks(event, way) for way in trails)], own)
    if one.what is What.CHANGED:
        ends = {
            field: [end for target in sorted(gone) if (end := _end(target, found, ids))]
            for field, gone in (lost or {}).items()
        }
        return of_fields(one, of, ids, ends, own)
    # A CREATE of something below it is no more than the last word on it.
    made = [event for event in of if event.operation == "CREATE" and _of_life(event, own)]
    return [Match(event, event in made) for event in (made or of)[:1]]


def _of_this_one(newest_first: Sequence[AdminEvent], own: Trail) -> Sequence[AdminEvent]:
    """Without the events from before it was made: those are of an earlier object of its name."""
    for at, event in enumerate(newest_first):
        if event.operation in ("CREATE", "DELETE") and _of_life(event, own):
            return newest_first[: at + (event.operation == "CREATE")]
    return newest_first


def _end(address: Address, found: Sequence[AdminEvent], ids: Ids) -> AdminEvent | None:
    """The event that took an object away or gave it another name; or that deleted what it belonged to."""
    own = trail(address, ids)
    last = next((event for event in found if event.operation in ("CREATE", "DELETE") and _of_life(event, own)), None)
    if last and last.operation == "DELETE":
        return last
    since = last.at if last else 0
    renaming = next((event for event in found if event.at >= since and _renames(event, own)), None)
    above = _with_holder(address, found, ids)
    return renaming or next((event for event in above if event.at >= since), None)


def _renames(event: AdminEvent, own: Trail) -> bool:
    """Whether an event gives the object at its own path another name."""
    if event.operation != "UPDATE" or event.type not in ("", own.own) or not isinstance(event.body, Mapping):
        return False
    is_own = own.name in event.path.split("/") or (own.id and own.id in event.path.split("/"))
    return bool(is_own and _at(event, own.life) and event.body.get(own.key) not in (None, own.name))


def is_never_made(address: Address, since: int, found: Sequence[AdminEvent], ids: Ids) -> bool:
    """Whether an apply that was to create the object, and began at `since` (milliseconds), did not get to it.

    Only the events of that very apply can show it: a realm that keeps none, or no longer has them, says nothing.
    """
    later = [event for event in found if event.at >= since]
    if not any(event.own for event in later):
        return False
    ways = [trail(one, ids) for one in (address, *holders(address))]
    return not any(event.operation in ("CREATE", "DELETE") and _of_life(event, way) for event in later for way in ways)


def _with_steps(address: Address, of: Trail, found: Sequence[AdminEvent]) -> Trail:
    """For a flow: its sub-flows, steps and their configs, too, as far as earlier events tell which are its own.

    Later events name a step by its id alone, which could be of any flow.
    """
    if address.kind != "flow":
        return of
    aliases, steps, configs = {address.name}, set[str](), set[str]()
    for event in reversed(found):
        body = event.body if isinstance(event.body, Mapping) else {}
        match event.path.split("/"):
            case ["authentication", "flows", alias, "executions", *rest] if alias in aliases:
                steps.add(str(body.get("id")))
                configs.add(str(body.get("authenticationConfig")))
                aliases |= {str(body.get("alias"))} if rest == ["flow"] else set()
            case ["authentication", "executions", step] if of.id and body.get("parentFlow") == of.id:
                steps.add(step)
            case ["authentication", "executions", step, "config"] if step in steps:
                configs.add(str(body.get("id")))
    paths: list[str] = []
    for alias in sorted(aliases):
        paths += [f"authentication/flows/{alias}/executions", f"authentication/flows/{alias}/executions/**"]
    for step in sorted(steps):
        paths += [f"authentication/executions/{step}", f"authentication/executions/{step}/**"]
    paths += [f"authentication/config/{config}" for config in sorted(configs)]
    return replace(of, paths=(*of.paths, *paths))


def _speaks(event: AdminEvent, way: Trail) -> bool:
    """Whether an event is of the object, or of what is told as part of it."""
    if _of_life(event, way):
        return True
    if _imports_client_role(event):
        return False
    return _at(event, way.paths) and not (_at(event, way.life) and _of_another(event, way))


def _of_life(event: AdminEvent, way: Trail) -> bool:
    """Whether an event is of the object itself, and not of something below it."""
    if event.type not in ("", way.own, IMPORTED) or _of_another(event, way):
        return False
    if _told_by_body(event, way):
        return True
    if _imports_client_role(event):
        return False
    named = isinstance(event.body, Mapping) and event.body.get(way.key) == way.name
    return _at(event, way.life) or (named and _at(event, way.shapes))


def _imports_client_role(event: AdminEvent) -> bool:
    """Whether an event tells the import of a client's role, which has the client's path; or may tell it."""
    of_client = isinstance(event.body, Mapping) and "clientId" in event.body
    return event.type == IMPORTED and fits(event.path, f"clients/{ANY}") and not of_client


def _at(event: AdminEvent, paths: Iterable[str]) -> bool:
    return any(fits(event.path, path) for path in paths)


def _told_by_body(event: AdminEvent, way: Trail) -> bool:
    """Whether only its details say that an event is of the object."""
    return isinstance(event.body, Mapping) and any(
        event.body.get(key) == way.name and fits(event.path, path) for path, key in way.by_body
    )


def _of_another(event: AdminEvent, way: Trail) -> bool:
    """Whether an event's details tell another id than the object's, where its path leaves that open."""
    told = event.body.get("id") if isinstance(event.body, Mapping) else None
    open_ = event.type == IMPORTED or way.id not in event.path.split("/")
    return bool(told and way.id and told != way.id and open_)


def _with_holder(address: Address, found: Sequence[AdminEvent], ids: Ids) -> list[AdminEvent]:
    """The deletion of what the object belonged to, and went with."""
    for above in holders(address):
        own = trail(above, ids)
        gone = [event for event in found if event.operation == "DELETE" and _of_life(event, own)]
        if gone:
            return gone
    return []
