"""What was told before, so that nobody is told the same drift again and again.

It lives in a file, not in the realm: drift never writes to a server, and its account may not. Losing it is harmless:
everything is told once more. Must not know about: where the file is, whom it is told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from realmctl.engine.plan.value_text import is_secret, json_text, plain
from realmctl.model.drift import RealmDrift

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Told:
    """What a realm was found to be like when that was last told."""

    fingerprint: str
    at: datetime


Memory = Mapping[str, Told]
"""By the realm's name, with its server where there are several: only of realms of which something is the matter."""


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told now, and what has to be remembered once it was."""

    wrong: tuple[RealmDrift, ...]
    """Realms with drift, and those that could not be looked at."""
    well: tuple[RealmDrift, ...]
    """Realms of which something was told, and that are as declared again."""
    memory: Memory

    @property
    def any(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.wrong or self.well)


def news(found: Sequence[RealmDrift], memory: Memory, *, now: datetime, every: timedelta) -> News:
    """What nobody was told yet, or not since `every`."""
    wrong, well, kept = [], [], dict(memory)
    for one in found:
        before = memory.get(one.name)
        if not (one.deviations or one.error):
            if kept.pop(one.name, None):
                well.append(one)
            continue
        same = fingerprint(one)
        if before is None or before.fingerprint != same or now - before.at >= every:
            wrong.append(one)
            kept[one.name] = Told(same, now)
    return News(tuple(wrong), tuple(well), kept)


def fingerprint(one: RealmDrift) -> str:
    """The same for the same deviations, whoever did it. It can't tell one changed secret from another."""
    said = [
        [
            deviation.what.value,
            str(deviation.address),
            [
                [field.path, *(["", ""] if is_secret(field) else [plain(field.old), plain(field.new)])]
                for field in deviation.fields
            ],
        ]
        for deviation in one.deviations
    ]
    # Of an error its sort alone: how long it waited, and for what, is another thing each time.
    text = json.dumps([said, type(one.error).__name__ if one.error else ""], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def read(text: str) -> dict[str, Told]:
    """The memory of a file's text; empty where that is none."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            return {}
        return {str(name): Told(str(one["fingerprint"]), _moment(one["at"])) for name, one in document["told"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def memory_text(memory: Memory) -> str:
    """The file's text. It holds no value of any realm, only names and fingerprints."""
    told = {name: {"fingerprint": one.fingerprint, "at": one.at.isoformat()} for name, one in sorted(memory.items())}
    return json_text({"format": FORMAT, "told": told})
