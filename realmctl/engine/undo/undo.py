"""How an apply is taken back: from its record and the realm as it is now to what is desired, for a plan like any other.

Nothing has to be known of how far the apply came: what is as it was before is left alone, what is as the apply made it
is taken back, and what is neither was changed by somebody since, which refuses. Pure. Must not know about: where
records are kept, servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from realmctl.engine.plan.diff import alike, differences
from realmctl.engine.plan.ownership import holders
from realmctl.engine.plan.plan import TAKEN
from realmctl.engine.plan.renames import former
from realmctl.engine.read.scope import Scope, scope_to
from realmctl.errors import Place, Refused
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import Action
from realmctl.model.fields import Compare
from realmctl.model.objects import Declared, Desired, Live, Snapshot, Written
from realmctl.model.record import Entry, Record

_TOLD = 10
_BY_ITSELF = frozenset(
    {"sub-component", "authorization", "authorization-scope", "authorization-resource", "authorization-policy"}
)
"""Kinds of which Keycloak makes some by itself with what holds them."""


def scope_of_undo(record: Record) -> Scope:
    """Return what to read before an apply can be taken back: all that it touched, by either name."""
    touched = {address for entry in record.entries for address in (entry.address, entry.former)}
    touched |= {*record.adopted, *(record.released or {})}
    return scope_to(record.realm, touched, owner=record.owner)


def back(record: Record, now: Snapshot) -> Desired:
    """What the realm is to be for the apply to be taken back; `now` is read for what `scope_of_undo` names.

    Raises Refused where that can't be: the apply made the realm, its record is gone, or the realm has moved on in what
    it touched.
    """
    _refuse_impossible(record, now)
    moved = sorted(set(_moved(record, now)))
    if moved:
        more = f" and {len(moved) - _TOLD} more" if len(moved) > _TOLD else ""
        raise Refused(
            f"the realm {record.realm} has moved on since the apply {record.id}: {', '.join(moved[:_TOLD])}{more}",
            advice="Nothing was changed. Take back what came later first (realmctl history), or put it into the files.",
        )
    names = {one.address: one.former for one in record.entries if one.renamed and one.address in now.objects}

    def old(address: Address) -> Address:
        return names.get(address) or former(address, names)

    made = {one.address for one in record.entries if one.action is Action.CREATE}
    resources: dict[Address, Declared] = {}
    # An empty declaration changes nothing: whatever else is owned stays so.
    for address, flags in now.inventory.owned.items():
        if address in now.objects and address not in made:
            resources[old(address)] = _declared(old(address), {}, record, flags)
    for address, flags in (record.released or {}).items():
        if address in now.objects:
            resources[address] = _declared(address, {}, record, flags)
    let_go = {old(address) for address in record.adopted}
    for entry in record.entries:
        if entry.action is Action.CREATE:
            continue
        if entry.action is Action.DELETE and old(entry.address) in now.objects:
            continue
        if entry.owned is None and kinds()[entry.former.kind].owned:
            let_go.add(entry.former)
        resources[entry.former] = _declared(
            entry.former,
            _as_before(entry),
            record,
            entry.owned or "",
            entry.address if entry.renamed and entry.address in now.objects else None,
        )
    return Desired(
        record.realm,
        resources,
        record.owner,
        record.limits,
        let_go=frozenset(let_go),
        undoes=record.id,
    )


def _declared(
    address: Address, fields: Mapping[str, Any], record: Record, flags: str = "", renamed_from: Address | None = None
) -> Declared:
    return Declared(address, fields, Written(Place(f"apply {record.id}")), renamed_from, protected="p" in flags)


def _refuse_impossible(record: Record, now: Snapshot) -> None:
    if record.creates:
        raise Refused(
            f"the apply {record.id} made the realm {record.realm}, and realmctl deletes no realm",
            advice="Where that is meant, delete it in the admin console. Nothing was changed.",
        )
    if not record.kept:
        raise Refused(
            f"what the apply {record.id} changed is no longer kept in the realm {record.realm}",
            advice="Give the journal that it wrote: realmctl undo --journal FILE",
        )
    if not now.exists:
        raise Refused(f"the realm {record.realm} is not there any more", advice="Apply its files to make it anew.")
    unseen = {entry.address.kind for entry in record.entries} & now.unseen_kinds
    if unseen:
        told = ", ".join(sorted(kinds()[name].title for name in unseen))
        raise Refused(f"this account can't see all that the apply {record.id} changed: {told}", advice=now.unseen[0])


def _as_before(entry: Entry) -> dict[str, Any]:
    """The fields as they were; what was not set is said to be empty, which some writes need to clear it."""
    found = dict(entry.before)
    for name, value in found.items():
        if value is None:
            after = entry.after.get(name)
            found[name] = "" if isinstance(after, str) else [] if isinstance(after, list) else None
    return found


def _moved(record: Record, now: Snapshot) -> Iterator[str]:
    """What is neither as the apply found it nor as it made it, by address and field."""
    record = _as_named(record, now)
    ours = {one.address for one in record.entries}
    came = {one.address for one in record.entries if one.renamed}
    gone = {one.former for one in record.entries if one.action is Action.DELETE}
    for entry in record.entries:
        live = now.objects.get(entry.address)
        if entry.action is Action.CREATE:
            if live is not None:
                yield from _other(entry, live, record)
                yield from _added(entry.address, ours, came, now)
        elif entry.action is Action.DELETE:
            if live is not None:
                fields = {name: value for name, value in entry.before.items() if name in live.fields}
                if differences(kinds()[live.address.kind], _declared(live.address, fields, record), live):
                    yield f"{entry.address} (made anew)"
            elif missing := next((one for one in holders(entry.former) if not _there(one, gone, record, now)), None):
                yield f"{missing} (gone)"
        else:
            live = live or now.objects.get(entry.former)
            if live is None:
                if not kinds()[entry.address.kind].is_link:
                    yield f"{entry.address} (gone)"
                    continue
                live = Live(entry.address, {})
                if missing := next((one for one in holders(entry.former) if not _there(one, gone, record, now)), None):
                    yield f"{missing} (gone)"
                    continue
            yield from _other(entry, live, record)


def _as_named(record: Record, now: Snapshot) -> Record:
    """The record with its references as they read now: a rename shows at once in all that refers to it."""
    done = {one.former: one.address for one in record.entries if one.renamed and one.address in now.objects}
    undone = {one.address: one.former for one in record.entries if one.renamed and one.address not in now.objects}
    if not (done or undone):
        return record

    def named(fields: Mapping[str, Any], names: Mapping[Address, Address]) -> dict[str, Any]:
        def name(text: str) -> str:
            address = Address.parse(text)
            return str(names.get(address) or former(address, names))

        return {
            key: [name(one) for one in value] if isinstance(value, list) else value for key, value in fields.items()
        }

    return replace(
        record,
        entries=tuple(
            one
            if not kinds()[one.address.kind].is_link
            else replace(one, before=named(one.before, done), after=named(one.after, undone))
            for one in record.entries
        ),
    )


def _there(address: Address, gone: set[Address], record: Record, now: Snapshot) -> bool:
    """Whether what holds an object is there, or comes back with it; by its name before or after a rename."""
    if address in now.objects or address in gone or not address.names:
        return True
    names = {one.former: one.address for one in record.entries if one.renamed}
    return (names.get(address) or former(address, names)) in now.objects


def _added(address: Address, ours: set[Address], came: set[Address], now: Snapshot) -> Iterator[str]:
    """What somebody put into an object that the apply made: it would go with it. What `came` into it leaves again."""
    for one, live in now.objects.items():
        kind = kinds()[one.kind]
        if one in ours or one.kind in _BY_ITSELF or not kind.owned or live.builtin:
            continue
        if any(holder in came for holder in holders(one)):
            continue
        if address in holders(one):
            yield f"{one} (added)"


def _other(entry: Entry, live: Live, record: Record) -> Iterator[str]:
    kind = kinds()[entry.address.kind]
    for name in entry.after:
        if any(name in side and _is(side, name, live, record) for side in (entry.after, entry.before)):
            continue
        if kind.fields().get(name) is Compare.SET and _midway(entry, name, live):
            continue
        if isinstance(entry.after[name], Mapping) and _each_key(entry, name, live):
            continue
        yield f"{entry.address} ({name})"


def _is(side: Mapping[str, Any], name: str, live: Live, record: Record) -> bool:
    kind = kinds()[live.address.kind]
    # A flow that was built anew may still have its temporary alias: that is no difference of its executions.
    found = differences(kind, _declared(live.address, {name: side[name]}, record), live)
    return not any(field.path.partition(".")[0] == name for field in found)


def _midway(entry: Entry, name: str, live: Live) -> bool:
    """Whether a set is on its way: an apply that was killed had added some of it, or taken some away."""
    before, after, now = (set(map(str, side.get(name) or ())) for side in (entry.before, entry.after, live.fields))
    return before & after <= now <= before | after


def _each_key(entry: Entry, name: str, live: Live) -> bool:
    """Whether each key of a map by itself is on one of the two sides."""
    before, after, now = entry.before.get(name) or {}, entry.after[name], live.fields.get(name) or {}
    return all(alike(after[key], now.get(key)) or alike(before.get(key), now.get(key)) for key in after)


def cannot(record: Record) -> Iterator[str]:
    """What is not taken back, as sentences: what hung on objects that come back, and secrets that are kept nowhere."""
    titles = {}
    for entry in record.entries:
        if entry.action is Action.DELETE and not kinds()[entry.address.kind].is_link:
            titles[entry.address] = f"{kinds()[entry.address.kind].title} {' / '.join(entry.former.names)}"
    for address, note in record.lost:
        if address in titles and "declared absent" not in note and not note.endswith(TAKEN):
            yield f"{titles[address]} comes back, but not what hung on it: before the apply it said: {note}"
    for address, title in titles.items():
        if address.kind == "user":
            yield f"{title} comes back without password and other credentials"
    for entry in record.entries:
        if not entry.hidden or entry.action is Action.CREATE:
            continue
        title = f"{kinds()[entry.address.kind].title} {' / '.join(entry.former.names)}".strip()
        fields = ", ".join(entry.hidden)
        if entry.action is Action.UPDATE:
            yield f"{title}: {fields} is a secret; what it was is kept nowhere, and it stays as it is"
        elif entry.address.kind == "client" and entry.hidden == ("secret",):
            yield f"{title} gets a new secret from Keycloak, since the old one is kept nowhere"
        else:
            yield f"{title}: {fields} is a secret, and kept nowhere: it has to be set again"
