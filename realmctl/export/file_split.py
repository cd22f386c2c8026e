"""Long files in pieces that a person still reads: a section's objects by the beginnings of their names.

Pure. Must not know about: what the sections are, the file system.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.yaml.text import lines

LONGEST = 500
"""Lines that a file has at most, unless a single object has more."""
_WORD = re.compile(r"[A-Za-z0-9]+")


def split_file(name: str, data: Mapping[str, Any], *, deep: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Return the file with its data, or several in a folder of its name where it is too long.

    `deep` says how many levels down the objects of a section stand, of those sections that may be divided.
    """
    if _length(data) <= LONGEST:
        return {name: dict(data)}
    stem = name.removesuffix(".yaml")
    rest = {key: value for key, value in data.items() if key not in deep}
    found: dict[str, dict[str, Any]] = {name: rest} if rest else {}
    sections = [section for section in data if section in deep]
    for section in sections:
        folder = stem if len(sections) == 1 else f"{stem}/{section}"
        for beginning, piece in _pieces(data[section], deep[section]):
            file = f"{folder}/{beginning}.yaml"
            count = 2
            while file in found:
                file, count = f"{folder}/{beginning}-{count}.yaml", count + 1
            found[file] = {section: piece}
    return dict(sorted(found.items()))


def _pieces(section: Mapping[str, Any], levels: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The section in pieces, each with how the names of its objects begin."""
    piece: dict[str, Any] = {}
    names: list[str] = []
    length = 0
    for path, value in _objects(section, levels):
        more = _length({path[-1]: value})
        if piece and length + more > LONGEST - 20:
            yield _beginning(names), piece
            piece, names, length = {}, [], 0
        here = piece
        for key in path[:-1]:
            here = here.setdefault(key, {})
        here[path[-1]] = value
        names.append(" ".join(path))
        length += more
    if piece:
        yield _beginning(names), piece


def _objects(section: Mapping[str, Any], levels: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in section.items():
        if levels > 1 and isinstance(value, Mapping):
            yield from (((key, *path), inner) for path, inner in _objects(value, levels - 1))
        else:
            yield (key,), value


def _beginning(names: list[str]) -> str:
    """`orders` where all names begin so, else `billing-to-orders`."""
    first, last = (_word(names[0]), _word(names[-1]))
    return first if first == last else f"{first}-to-{last}"


def _word(name: str) -> str:
    found = _WORD.search(name)
    return found[0].lower()[:40] if found else "other"


def _length(data: Mapping[str, Any]) -> int:
    return sum(1 for _ in lines(data))
