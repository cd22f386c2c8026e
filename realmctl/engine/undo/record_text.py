"""Records as text: one in a line of a journal, the last ones in an attribute of their realm, per owner.

A realm keeps them so that an apply can be taken back from anywhere: the runner that did it may be gone, and its files.
Pure: who writes the attribute is `apply`. Must not know about: how an apply is taken back.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from typing import Any

from realmctl.model.address import Address
from realmctl.model.change import Action
from realmctl.model.objects import Limits
from realmctl.model.record import Entry, Record

PREFIX = "realmctl.applied."
FORMAT = 1
MOST = 20
"""Applies of which a realm knows that they were."""
ROOM = 40_000
"""Characters that they may take: the realm's attributes are in every answer about it, and in Keycloak's memory."""
ROOM_OF_ONE = 250_000
"""Characters that the newest may take, alone if need be: what it was about to change has to be somewhere."""


def attribute(owner: str) -> str:
    """The name of the realm attribute that holds an owner's records."""
    return PREFIX + owner


def encode(records: Sequence[Record]) -> str:
    """The attribute's value, compressed: the newest first, older ones without what they changed where room ends."""
    kept = list(records)[:MOST]
    for place in range(len(kept) - 1, 0, -1):
        if len(text := _packed(kept)) <= ROOM:
            return text
        kept[place] = _bare(kept[place])
    text = _packed(kept)
    return text if len(text) <= ROOM_OF_ONE else _packed([_bare(kept[0]), *kept[1:]])


def decode(text: str) -> tuple[Record, ...]:
    """The records, the newest first; none from a text that isn't theirs, or is of a later format."""
    try:
        found = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
        if found["v"] != FORMAT:
            return ()
        return tuple(of_data(one) for one in found["applied"])
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError, AttributeError):
        return ()


def records(attributes: Mapping[str, Any], owner: str | None = None) -> tuple[Record, ...]:
    """The records among a realm's attributes, the newest first; of one owner, or of all."""
    found = [
        decode(str(value))
        for name, value in attributes.items()
        if name.startswith(PREFIX) and owner in (None, name.removeprefix(PREFIX))
    ]
    # The clocks of two runners may differ: an owner's own order is that in which it was.
    return tuple(merge(*found, key=lambda record: record.id, reverse=True))


def _bare(record: Record) -> Record:
    return replace(record, entries=(), lost=(), kept=False)


def _packed(kept: Sequence[Record]) -> str:
    text = json.dumps(
        {"v": FORMAT, "applied": [as_data(one) for one in kept]}, separators=(",", ":"), ensure_ascii=False
    )
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def as_data(record: Record) -> dict[str, Any]:
    """The record as plain data."""
    data: dict[str, Any] = {
        "id": record.id,
        "at": record.at,
        "realm": record.realm,
        "owner": record.owner,
        "by": record.by,
        "source": record.source,
        "counts": list(record.counts),
        "creates": record.creates,
        "undoes": record.undoes,
        "ended": record.ended,
        "limits": [record.limits.count, record.limits.share],
        "entries": [dict(_entry_data(one)) for one in record.entries],
        "adopted": list(map(str, record.adopted)),
        "released": {str(address): flags for address, flags in (record.released or {}).items()},
        "lost": [[str(address), told] for address, told in record.lost],
        "kept": record.kept,
    }
    return {key: value for key, value in data.items() if value not in ("", [], {}, False) or key == "kept"}


def _entry_data(entry: Entry) -> Iterator[tuple[str, Any]]:
    yield "do", entry.action.value
    yield "at", str(entry.address)
    if entry.former != entry.address:
        yield "was", str(entry.former)
    if entry.renamed:
        yield "renamed", True
    if entry.owned is not None:
        yield "owned", entry.owned
    if entry.before:
        yield "before", entry.before
    if entry.after:
        yield "after", entry.after
    if entry.hidden:
        yield "hidden", list(entry.hidden)


def of_data(data: Mapping[str, Any]) -> Record:
    """The inverse of `as_data`. Raises KeyError, ValueError, TypeError or AttributeError for anything else."""
    count, share = data["limits"]
    added, changed, deleted = data["counts"]
    return Record(
        id=str(data["id"]),
        at=str(data["at"]),
        realm=str(data["realm"]),
        owner=str(data["owner"]),
        by=str(data.get("by", "")),
        source=str(data.get("source", "")),
        counts=(int(added), int(changed), int(deleted)),
        creates=bool(data.get("creates")),
        undoes=str(data.get("undoes", "")),
        ended=str(data.get("ended", "")),
        limits=Limits(int(count), float(share)),
        entries=tuple(_entry(one) for one in data.get("entries", ())),
        adopted=tuple(map(Address.parse, data.get("adopted", ()))),
        released={Address.parse(text): str(flags) for text, flags in data.get("released", {}).items()},
        lost=tuple((Address.parse(text), str(told)) for text, told in data.get("lost", ())),
        kept=bool(data["kept"]),
    )


def _entry(data: Mapping[str, Any]) -> Entry:
    return Entry(
        action=Action(data["do"]),
        address=Address.parse(data["at"]),
        former=Address.parse(data.get("was", data["at"])),
        before=dict(data.get("before", {})),
        after=dict(data.get("after", {})),
        renamed=bool(data.get("renamed")),
        owned=data.get("owned"),
        hidden=tuple(map(str, data.get("hidden", ()))),
    )
