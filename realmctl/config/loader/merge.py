"""Several files as one: names meet once, and what the platform's words say goes under what the files say.

Must not know about: YAML, and what the names are of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from realmctl.config.loader.interpolated_text import reference_of
from realmctl.config.yaml.document import Document
from realmctl.errors import Finding

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Joined:
    """The files of a realm as one map. `lists` tells of a list joined of several files how many items came of each."""

    data: dict[str, Any] = field(default_factory=dict)
    lists: dict[Path, list[tuple[Document, int]]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def join(documents: Sequence[Document], *, depth: Callable[[str], int], lists: Callable[[str], bool]) -> Joined:
    """The documents' maps as one.

    `depth(key)` says at how many levels below a top-level key maps are joined (1: a section's names);
    `lists(key)` whether lists below it are joined too. Whatever else meets twice is a finding that names both places.
    """
    joined = Joined()
    for document in documents:
        for key, value in (document.data or {}).items():
            _add(joined, documents, document, joined.data, key, value, (key,), depth(key), lists(key))
    return joined


def _add(
    joined: Joined,
    documents: Sequence[Document],
    document: Document,
    into: dict[str, Any],
    key: str,
    value: Any,
    path: Path,
    depth: int,
    lists: bool,
) -> None:
    if key not in into or into[key] is None:
        # Maps that may grow are copied, so that every document keeps what it said and where.
        into[key] = _copy(value, depth)
        if lists and isinstance(value, list):
            joined.lists[path] = [(document, len(value))]
        elif lists and isinstance(value, dict) and depth:
            joined.lists |= {(*path, k): [(document, len(v))] for k, v in value.items() if isinstance(v, list)}
        return
    have = into[key]
    if value is None or (path == ("realm",) and have == value):
        return
    if isinstance(have, dict) and isinstance(value, dict) and depth:
        for inner, item in value.items():
            _add(joined, documents, document, have, inner, item, (*path, inner), depth - 1, lists)
    elif isinstance(have, list) and isinstance(value, list) and lists:
        _join_lists(joined, document, have, value, path)
    else:
        joined.findings.append(_twice(documents, document, path))


def _copy(value: Any, depth: int) -> Any:
    if isinstance(value, dict) and depth:
        return {key: _copy(item, depth - 1) for key, item in value.items()}
    return list(value) if isinstance(value, list) else value


def _join_lists(joined: Joined, document: Document, have: list[Any], value: list[Any], path: Path) -> None:
    for index, item in enumerate(value):
        if item in have:
            first = item_place(joined.lists[path], have.index(item), path)
            place = document.locate((*path, index))[1]
            message = f"'{reference_of(item) or item}' is already in '{path[-1]}': {first}"
            joined.findings.append(Finding("declared-twice", message, place, "keep it in one of the files"))
    have += value
    joined.lists[path].append((document, len(value)))


def item_place(
    parts: Sequence[tuple[Document, int]], index: int, path: Path, below: Path = (), *, key: bool = False
) -> Any:
    """The place of an item of a joined list, or of what stands at `below` in it."""
    for document, count in parts:
        if index < count:
            return document.locate((*path, index, *below), key=key and bool(below))[1]
        index -= count
    return parts[0][0].locate(path)[1]


def _twice(documents: Sequence[Document], document: Document, path: Path) -> Finding:
    found = (other.locate(path, key=True) for other in documents if other is not document)
    first = next(place for depth, place in found if depth == len(path))
    what = f"'{path[-1]}'" + (f" in '{path[-2]}'" if len(path) > 1 else "")
    if path == ("realm",):
        advice = "one folder holds one realm: move the other's files to a folder of its own"
        message = f"a second realm name; the first is at {first}"
        return Finding("two-realms", message, document.locate(path, key=True)[1], advice)
    message = f"{what} is declared in two files: first at {first}"
    advice = "keep one of them: an object is declared in one place"
    return Finding("declared-twice", message, document.locate(path, key=True)[1], advice)


def under(explicit: Mapping[str, Any], fragment: Mapping[str, Any]) -> dict[str, Any]:
    """`fragment` with `explicit` laid over it, key by key; both stay as they are. A list said explicitly is whole."""
    merged = dict(explicit)
    for key, value in fragment.items():
        have = merged.get(key)
        if key not in merged:
            merged[key] = value
        elif isinstance(have, dict) and isinstance(value, Mapping):
            merged[key] = under(have, value)
    return merged


def beside(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Two words' fragments as one: maps are joined, lists too (each item once); else the first one's word stands."""
    merged = dict(first)
    for key, value in second.items():
        have = merged.get(key)
        if key not in merged:
            merged[key] = value
        elif isinstance(have, Mapping) and isinstance(value, Mapping):
            merged[key] = beside(have, value)
        elif isinstance(have, list) and isinstance(value, list):
            merged[key] = have + [item for item in value if item not in have]
    return merged
