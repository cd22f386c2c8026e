"""Several files as one: names meet once, and what the platform's words say goes under what the files say.

Must not know about: YAML, and what the names are of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from realmctl.config.loader.interpolated_text import reference_of
from realmctl.config.yaml.document import Document
from realmctl.errors import Finding

Path = tuple[str | int, ...]
Part = tuple[Document, int]
"""A document, and how many items of a joined list came of it."""


@dataclass(frozen=True, slots=True)
class JoinedFiles:
    """The files of a realm as one map, or their values of one key as one.

    `lists` has for each list that was joined how many items came of each file.
    """

    data: Any
    lists: Mapping[Path, Sequence[Part]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def join(documents: Sequence[Document], *, depth: Callable[[str], int], lists: Callable[[str], bool]) -> JoinedFiles:
    """Return the documents' maps as one; no document is changed.

    `depth(key)` is how many levels below a top-level key maps are joined (1: a section's names);
    `lists(key)` whether lists below it are joined too. Another value that two files have is a finding with both places.
    """
    values = _by_key([(document, document.data or {}) for document in documents])
    return _as_map({key: _join(parts, (key,), depth(key), lists=lists(key)) for key, parts in values.items()})


def _by_key(maps: Sequence[tuple[Document, Mapping[str, Any]]]) -> dict[str, list[tuple[Document, Any]]]:
    """Return for each key the documents that have it, each with its value."""
    found: dict[str, list[tuple[Document, Any]]] = {}
    for document, values in maps:
        for key, value in values.items():
            found.setdefault(key, []).append((document, value))
    return found


def _as_map(values: Mapping[str, JoinedFiles]) -> JoinedFiles:
    return JoinedFiles(
        {key: one.data for key, one in values.items()},
        {path: parts for one in values.values() for path, parts in one.lists.items()},
        tuple(finding for one in values.values() for finding in one.findings),
    )


def _join(values: Sequence[tuple[Document, Any]], path: Path, depth: int, *, lists: bool) -> JoinedFiles:
    """Return what several documents have at one path as one value: the first one decides what can be joined to it."""
    given = [(document, value) for document, value in values if value is not None]
    first = given[0][1] if given else None
    fitting, others = given[:1], given[1:]
    if isinstance(first, dict) and depth:
        fitting, others = _of_type(given, dict)
        inner = _by_key(fitting)
        joined = _as_map({key: _join(parts, (*path, key), depth - 1, lists=lists) for key, parts in inner.items()})
    elif isinstance(first, list) and lists:
        fitting, others = _of_type(given, list)
        joined = _join_lists(fitting, path)
    else:
        joined = JoinedFiles(list(first) if isinstance(first, list) else first)
        others = [(document, value) for document, value in others if path != ("realm",) or value != first]
    twice = [_twice([document for document, _ in values], document, path) for document, _ in others]
    return replace(joined, findings=(*joined.findings, *twice))


def _of_type(
    values: Sequence[tuple[Document, Any]], type_: type
) -> tuple[list[tuple[Document, Any]], list[tuple[Document, Any]]]:
    """Return the values of this type, and the others."""
    fitting = [one for one in values if isinstance(one[1], type_)]
    return fitting, [one for one in values if not isinstance(one[1], type_)]


def _join_lists(values: Sequence[tuple[Document, list[Any]]], path: Path) -> JoinedFiles:
    items: list[Any] = []
    parts: list[Part] = []
    findings: list[Finding] = []
    for document, value in values:
        for index, item in enumerate(value):
            if item in items:
                first = item_place(parts, items.index(item), path)
                place = document.locate((*path, index))[1]
                message = f"'{reference_of(item) or item}' is already in '{path[-1]}': {first}"
                findings.append(Finding("declared-twice", message, place, "keep it in one of the files"))
        items += value
        parts.append((document, len(value)))
    return JoinedFiles(items, {path: parts}, tuple(findings))


def item_place(parts: Sequence[Part], index: int, path: Path, below: Path = (), *, key: bool = False) -> Any:
    """Return the place of an item of a joined list, or of the value at `below` in it."""
    first = 0
    for document, count in parts:
        if index < first + count:
            return document.locate((*path, index - first, *below), key=key and bool(below))[1]
        first += count
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
