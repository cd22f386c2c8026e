"""Two values of a field, element by element: nested maps, lists of objects, and JSON inside of texts.

Nothing is left out here: what is too long for a line is cut by the caller, who says so.
Must not know about: fields, output formats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import accumulate, takewhile
from typing import Any

Element = tuple[str, Any, Any]
"""The dotted path, the old value and the new one; `NOTHING` where there is none."""

NOTHING: Any = type("Nothing", (), {"__repr__": lambda _self: "nothing", "__bool__": lambda _self: False})()

_NAMES = ("name", "alias", "clientId", "id", "kid", "key", "path", "username")
"""By which of its fields an object in a list is known."""
_SEPARATOR = "##"
"""What Keycloak separates lists inside of texts with."""
_WORDS = 4_000
_AROUND = 24


def elements(old: Any, new: Any, path: str) -> Iterator[Element]:
    """The single values that differ below `path`; at least one where the two values differ at all."""
    before, after = _opened(old), _opened(new)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = dict.fromkeys((*before, *after))
        inner = (elements(before.get(key, NOTHING), after.get(key, NOTHING), _below(path, key)) for key in keys)
        found = [one for part in inner for one in part]
    elif isinstance(before, list) and isinstance(after, list):
        found = list(_lists(before, after, path))
    elif before is NOTHING and isinstance(after, (Mapping, list)) and after:
        found = [(where, NOTHING, value) for where, value in leaves(after, path)]
    elif after is NOTHING and isinstance(before, (Mapping, list)) and before:
        found = [(where, value, NOTHING) for where, value in leaves(before, path)]
    else:
        found = []
    yield from found
    # Two texts may hold the same JSON, and be written differently.
    if not found and (type(old) is not type(new) or old != new):
        yield path, old, new


def _below(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The single values below `path`, items of lists as `path[name]` or `path[number]`; empty maps and lists whole."""
    inner = _opened(value)
    if isinstance(inner, Mapping) and inner:
        for key, item in inner.items():
            yield from leaves(item, _below(path, key))
    elif isinstance(inner, list) and inner:
        for label, item in _labelled(inner):
            yield from leaves(item, f"{path}[{label}]")
    else:
        yield path, value


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[Element]:
    old, new = _by_label(before), _by_label(after)
    if old is not None and new is not None:
        for label in dict.fromkeys((*old, *new)):
            yield from elements(old.get(label, NOTHING), new.get(label, NOTHING), f"{path}[{label}]")
        kept = [label for label in old if label in new]
        if kept != [label for label in new if label in old]:
            yield f"{path} (order)", ", ".join(kept), ", ".join(label for label in new if label in old)
        return
    for sort, a, b, c, d in SequenceMatcher(None, _keys(before), _keys(after), autojunk=False).get_opcodes():
        if sort == "equal":
            continue
        for at in range(max(b - a, d - c)):
            gone = before[a + at] if a + at < b else NOTHING
            come = after[c + at] if c + at < d else NOTHING
            nested = isinstance(gone, (Mapping, list)) and isinstance(come, (Mapping, list))
            if nested:
                yield from elements(gone, come, f"{path}[{a + at + 1}]")
                continue
            yield from ((where, value, NOTHING) for where, value in leaves(gone, f"{path}[]") if gone is not NOTHING)
            yield from ((where, NOTHING, value) for where, value in leaves(come, f"{path}[]") if come is not NOTHING)


def _keys(items: list[Any]) -> list[str]:
    return [json.dumps(_plain(item), sort_keys=True) for item in items]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def _by_label(items: list[Any]) -> dict[str, Any] | None:
    """Objects by the field that names them; None where something in the list is no such object."""
    if not items:
        return {}
    for name in _NAMES:
        if all(isinstance(item, Mapping) and isinstance(item.get(name), str) for item in items):
            found = {item[name]: item for item in items}
            if len(found) == len(items):
                return found
    return None


def _labelled(items: list[Any]) -> Iterator[tuple[str, Any]]:
    found = _by_label(items)
    yield from found.items() if found else ((str(at), item) for at, item in enumerate(items, 1))


def _opened(value: Any) -> Any:
    """A text that holds JSON, or a list in Keycloak's own way, as what it holds; every other value as it is."""
    if isinstance(value, (tuple, set, frozenset)):
        return list(value) if isinstance(value, tuple) else sorted(value, key=str)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text[:1] in ("{", "[") and text[-1:] in ("}", "]"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return value
        return found if isinstance(found, (dict, list)) else value
    return value.split(_SEPARATOR) if _SEPARATOR in value and " " not in value else value


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
