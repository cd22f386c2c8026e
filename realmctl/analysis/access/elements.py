"""Two nested values element by element: which path holds something else.

Must not know about: what the values mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]
Difference = tuple[Path, Any, Any]
"""The path, what was there and what is there now; `ABSENT` where there is nothing."""

ABSENT: Any = type("Absent", (), {"__repr__": lambda _self: "nothing"})()


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[Difference]:
    """Where two values differ. Maps go by key; lists of single values by what came and went, others by position."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), (*path, str(key)))
    elif isinstance(before, list) and isinstance(after, list) and before != after:
        yield from _lists(before, after, path)
    elif type(before) is not type(after) or before != after:
        yield path, before, after


def _lists(before: list[Any], after: list[Any], path: Path) -> Iterator[Difference]:
    if not any(isinstance(one, (list, Mapping)) for one in (*before, *after)):
        gone = [one for one in before if one not in after]
        come = [one for one in after if one not in before]
        yield from ((path, one, ABSENT) for one in gone)
        yield from ((path, ABSENT, one) for one in come)
        if not gone and not come:
            yield path, before, after  # The same in another order, or as often as not.
        return
    for at in range(max(len(before), len(after))):
        old = before[at] if at < len(before) else ABSENT
        new = after[at] if at < len(after) else ABSENT
        yield from differences(old, new, (*path, str(at + 1)))
