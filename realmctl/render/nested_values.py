"""Two values of a field as the rows that show them: a text path and two values each; and the places of long texts.

Nothing is left out here: the caller cuts a value that is too long for a line, and says so. Must not know about: output
formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import accumulate, takewhile
from typing import Any

from realmctl.engine.plan.nested_diff import NOTHING, Label, Path, nested_differences
from realmctl.engine.plan.nested_diff import leaves as single_values
from realmctl.engine.plan.value_text import inline

Element = tuple[str, Any, Any]
"""The dotted path, the old value and the new one; `NOTHING` where there is none."""

_WORDS = 4_000
_AROUND = 24


def elements(old: Any, new: Any, path: str, longest: int) -> Iterator[Element]:
    """Yield the elements that differ below `path`; at least one where the two values differ.

    A map or list that exists on one side only is shown by its single values; where the other side has another value, if
    it has more than `longest` characters.
    """
    for one in nested_differences(old, new):
        where = path_text(path, one.path)
        if one.is_order:
            yield f"{where} (order)", ", ".join(map(str, one.old)), ", ".join(map(str, one.new))
        elif any(side is NOTHING or _is_long(side, longest) for side in (one.old, one.new)):
            yield from ((at, value, NOTHING) for at, value in _side(one.old, one.new, where))
            yield from ((at, NOTHING, value) for at, value in _side(one.new, one.old, where))
        else:
            yield where, one.old, one.new


def _is_long(value: Any, longest: int) -> bool:
    return isinstance(value, (Mapping, list)) and len(inline(value)) > longest


def _side(value: Any, other: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The single values of one side; none where it does not exist, or where it is unset and the other side is not."""
    return iter(()) if value is NOTHING or (value is None and other is not NOTHING) else leaves(value, path)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the single values inside `value`, items of lists as `path[name]` or `path[number]`; empty ones whole."""
    return ((path_text(path, below), item) for below, item in single_values(value))


def path_text(path: str, below: Path) -> str:
    """Return a path as text: `path.key`, `path[name]` for an element of a list, `path[]` for one without a name."""
    for step in below:
        path = f"{path}[{step}]" if isinstance(step, Label) else f"{path}.{step}" if path else step
    return path


def pieces(old: str, new: str, most: int) -> Iterator[tuple[str, str]]:
    """The places at which two long texts differ, with some text around each; after `most`, how many there are more."""
    before, after = _words(old), _words(new)
    if len(before) > _WORDS or len(after) > _WORDS:
        before, after = (side.splitlines(keepends=True) for side in (old, new))
    if len(before) > _WORDS or len(after) > _WORDS:
        yield old, new
        return
    starts, ends = ([0, *accumulate(map(len, words))] for words in (before, after))
    found = [one for one in SequenceMatcher(None, before, after, autojunk=False).get_opcodes() if one[0] != "equal"]
    for _, a, b, c, d in found[:most]:
        yield _around(old, new, (starts[a], starts[b]), (ends[c], ends[d]))
    if len(found) > most:
        yield f"and {len(found) - most} differences more", "-o json has both texts"


def _around(old: str, new: str, was: tuple[int, int], now: tuple[int, int]) -> tuple[str, str]:
    """What stands in two ranges, without what is the same at their beginning and end, and with some text around."""
    gone, come = old[slice(*was)], new[slice(*now)]
    lead = _alike(gone, come)
    tail = _alike(gone[lead:][::-1], come[lead:][::-1])
    return _piece(old, was[0] + lead, was[1] - tail), _piece(new, now[0] + lead, now[1] - tail)


def _alike(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _piece(text: str, start: int, end: int) -> str:
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\W", text)
