"""Files of other tools, JSON or YAML, as plain data that remembers where everything stands.

References in them are plain text. Must not know about: what the data means.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from realmctl.config.yaml.document import Document
from realmctl.config.yaml.syntax import literally, parsed_text
from realmctl.errors import BadConfig, Finding, Place

_SPACE = re.compile(r"[ \t\r\n]*")
_NEXT_DOCUMENT = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_DECODER = json.JSONDecoder()
_COLUMN_BITS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One document of a file."""

    file: str
    data: Any = field(repr=False)
    _document: Document = field(repr=False)

    def place(self, path: Sequence[str | int]) -> Place:
        """Return the place of the value at `path`, or of the nearest value above it. That of a map is its key's."""
        return self._document.locate(path)[1]

    def path_at(self, place: Place) -> tuple[str | int, ...]:
        """Return the path of the value or key at a place, or of the nearest one before it."""
        wanted = (place.line - 1) << _COLUMN_BITS | (place.column - 1)
        before = [(position, path) for position, path in self._positions(self.data, ()) if position <= wanted]
        return max(before, key=lambda one: (one[0], len(one[1])), default=(0, ()))[1]

    def _positions(self, node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[int, tuple[str | int, ...]]]:
        known = self._document.positions.get(id(node), ())
        if isinstance(node, dict):
            for index, (key, item) in enumerate(node.items()):
                yield from ((position, (*path, key)) for position in known[2 * index : 2 * index + 2])
                yield from self._positions(item, (*path, key))
        elif isinstance(node, list):
            for index, item in enumerate(node):
                yield from ((position, (*path, index)) for position in known[index : index + 1])
                yield from self._positions(item, (*path, index))


def read_sheets(text: str, file: str) -> list[Sheet]:
    """Return the documents in the text of a file. Raises BadConfig with everything that is wrong with the syntax."""
    try:
        json.loads(text)
    except RecursionError:
        raise BadConfig([Finding("too-deep", "the file nests too deeply", Place(file))]) from None
    except ValueError as error:
        documents = _yaml_documents(text, file)
        if file.endswith(".json") and isinstance(error, json.JSONDecodeError) and any(d.findings for d in documents):
            place = Place(file, error.lineno, error.colno)
            raise BadConfig([Finding("unreadable", f"broken JSON: {error.msg}", place)]) from None
    else:
        documents = [_Scanner(text, file).document()]
    findings = [finding for document in documents for finding in document.findings]
    if findings:
        raise BadConfig(findings)
    return [Sheet(file, document.data, document) for document in documents if document.data is not None]


def _yaml_documents(text: str, file: str) -> list[Document]:
    """The documents of a YAML text, each with the lines that it has in the file."""
    starts = [0, *(match.start() for match in _NEXT_DOCUMENT.finditer(text))]
    parts = [(start, text[start:end]) for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [
        parsed_text("\n" * text.count("\n", 0, start) + part, file, literally)
        for start, part in parts
        if _says_something(part)
    ]


def _says_something(part: str) -> bool:
    lines = part.removeprefix("---").splitlines()
    return any(line.strip() and not line.lstrip().startswith(("#", "%")) and line.strip() != "..." for line in lines)


class _Scanner:
    """Reads a JSON text that is known to be well-formed, with positions."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._document = Document(file)

    def document(self) -> Document:
        """Return the document. A key that stands twice in a map is a finding."""
        self._document.data = self._value(self._skipped(0))[0]
        return self._document

    def _value(self, at: int) -> tuple[Any, int]:
        character = self._text[at]
        if character == "{":
            return self._map(at)
        if character == "[":
            return self._list(at)
        return _DECODER.raw_decode(self._text, at)

    def _map(self, at: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        positions: list[int] = []
        for key_at in self._items(at, "}"):
            key, end = _DECODER.raw_decode(self._text, key_at)
            value_at = self._skipped(self._skipped(end) + 1)
            value, self._end = self._value(value_at)
            if key in found:
                message, advice = f"'{key}' is written twice in one map", "keep one of them"
                place = self._document.place_at(self._position(key_at))
                self._document.findings.append(Finding("duplicate-key", message, place, advice))
                self._document.dropped.append(value)
                continue
            found[key] = value
            positions += (self._position(key_at), self._position(value_at))
        self._document.positions[id(found)] = positions
        return found, self._end

    def _list(self, at: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        positions: list[int] = []
        for item_at in self._items(at, "]"):
            value, self._end = self._value(item_at)
            found.append(value)
            positions.append(self._position(item_at))
        self._document.positions[id(found)] = positions
        return found, self._end

    def _items(self, at: int, closing: str) -> Iterator[int]:
        """Where each item begins; the caller leaves in `_end` where it ended, and finds there the end of the whole."""
        at = self._skipped(at + 1)
        while self._text[at] != closing:
            yield at
            at = self._skipped(self._end)
            at = self._skipped(at + 1) if self._text[at] == "," else at
        self._end = at + 1

    _end = 0

    def _skipped(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _position(self, at: int) -> int:
        line = bisect.bisect_right(self._lines, at) - 1
        return line << _COLUMN_BITS | min(at - self._lines[line], (1 << _COLUMN_BITS) - 1)
