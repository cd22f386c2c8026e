"""Texts that were made of several: a list that was joined (`a##b`), and a map or list that became JSON.

Must not know about: YAML, where anything was written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from realmctl.config.loader.interpolation import literal
from realmctl.model.joined_list import HASHES, Joined

Path = tuple[str | int, ...]

_JOINT = HASHES


def is_composed(text: str) -> bool:
    """Whether the text looks like one of these."""
    return _joint(text) in text or text[:1] in ("{", "[")


def parts(text: str) -> Iterator[tuple[Path, str]]:
    """The texts in it, each with its path below the whole."""
    data = _json(text)
    yield from _leaves(text.split(_joint(text)) if data is None else data, ())


class Holder:
    """Tells which texts are one of the given ones, or have one of them as a part."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = frozenset(values)
        self._joined = [f"{_JOINT}{value}{_JOINT}" for value in self._values if _JOINT in value]

    def holds(self, text: str) -> bool:
        """Whether this is such a text."""
        if text in self._values:
            return True
        if not is_composed(text):
            return False
        around = f"{_JOINT}{text.replace(_joint(text), _JOINT)}{_JOINT}"
        return any(one in around for one in self._joined) or any(part in self._values for _, part in parts(text))


def rebuild_reference(text: str, references: Mapping[Path, str]) -> str:
    """The whole as a reference that resolves to it, made of those of its parts; "" where none could."""
    if not references:
        return ""
    data = _json(text)
    if data is None:
        return _joint(text).join(references.get(at) or literal(part) for at, part in parts(text))
    inside = dict(parts(text))
    same = [inside[at] for at in references] + list(references.values())
    if _quoted(data) != text or any(_quoted(one) != f'"{one}"' for one in same):
        return ""  # Inside JSON it would be written with other characters.
    return _quoted(_with(data, references, ()))


def _joint(text: str) -> str:
    """What stands between the parts of a joined list."""
    return text.separator if isinstance(text, Joined) and text.separator else _JOINT


def _json(text: str) -> Any:
    """The map or list that became this text; None where none did."""
    if text[:1] not in ("{", "["):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data


def _quoted(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))


def _with(value: Any, references: Mapping[Path, str], path: Path) -> Any:
    if isinstance(value, str):
        return references.get(path) or literal(value)
    if isinstance(value, dict):
        return {literal(key): _with(item, references, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_with(item, references, (*path, index)) for index, item in enumerate(value)]
    return value
