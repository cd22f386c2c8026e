"""One YAML file as plain data that remembers where everything stands.

Parsed from events, in one pass: dicts and lists without any wrapping, and beside them one list of packed positions for
each container. Must not know about: what the data means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from realmctl.errors import Finding, Place

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser: libyaml's where PyYAML was built with it, some ten times as fast."""

NODE_LIMIT = 200_000
_DEPTH_LIMIT = 100
_SHIFT = 20
_COLUMNS = (1 << _SHIFT) - 1


def pack_mark(mark: Any) -> int:
    """A YAML mark as one integer: cheaper to keep than the mark, by the ten thousand."""
    return int(mark.line << _SHIFT | min(mark.column, _COLUMNS))


@dataclass(slots=True, eq=False)
class Document:
    """A parsed file. `data` is None where it is empty or broken beyond use."""

    file: str
    data: Any = field(default=None, repr=False)
    findings: list[Finding] = field(default_factory=list)
    positions: dict[int, list[int]] = field(default_factory=dict, repr=False)
    """id of a container → packed positions: key, value, key, value… of a map; of the items of a list."""
    empty: bool = False
    _order: dict[int, dict[str, int]] = field(default_factory=dict, repr=False)
    """id of a map → the place of each key in it: looking for one among thousands is done for every planned object."""
    dropped: list[Any] = field(default_factory=list, repr=False)
    """Containers that are no part of the data, kept alive so that no other takes over their id."""

    def place_at(self, position: int) -> Place:
        """A packed position as a place."""
        return Place(self.file, (position >> _SHIFT) + 1, (position & _COLUMNS) + 1)

    def locate(self, path: Sequence[str | int], *, key: bool = False) -> tuple[int, Place]:
        """How many steps of `path` exist here, and the place where they lead.

        The place of a scalar is its own; that of a map or list, or with `key`, its key's.
        """
        node, found, depth = self.data, 0, 0
        for step in path:
            positions = self.positions.get(id(node), ())
            if isinstance(node, dict) and step in node:
                order = self._order.get(id(node))
                if order is None or len(order) != len(node):
                    order = self._order[id(node)] = {name: index for index, name in enumerate(node)}
                index = 2 * order[str(step)]
                node = node[step]
                own = not key and node is not None and not isinstance(node, (dict, list))
                if index + 1 < len(positions):
                    found = positions[index + own]
            elif isinstance(node, list) and isinstance(step, int) and 0 <= step < len(node):
                node = node[step]
                if step < len(positions):
                    found = positions[step]
            else:
                break
            depth += 1
        return depth, self.place_at(found)


class _StopError(Exception):
    """The file is not worth reading on; its finding is noted."""


_NO_KEY: Any = object()
"""Stands for the key that is yet to come in a map, and for an anchor whose value is not closed yet."""


class _Frame:
    """A map or list that is being read."""

    __slots__ = ("anchor", "before", "data", "key", "keys", "merged", "merging", "positions", "start")

    def __init__(self, data: Any, anchor: str | None, start: int, before: int) -> None:
        self.data = data
        self.anchor = anchor
        self.start = start
        self.before = before
        self.positions: list[int] = []
        self.key: Any = _NO_KEY
        self.keys: dict[str, int] = {}
        self.merged: list[Any] = []
        self.merging = False


def parse(text: str, file: str, interpolate: Callable[[str, Place], str]) -> Document:
    """The document in `text`. `interpolate` is asked about every scalar that holds `$(`.

    Everything wrong is in the document's findings; raises yaml.YAMLError where the syntax is broken.
    """
    builder = _Builder(Document(file), interpolate)
    try:
        builder.run(text)
    except _StopError:
        builder.document.data = None
    return builder.document


class _Builder:
    def __init__(self, document: Document, interpolate: Callable[[str, Place], str]) -> None:
        self.document = document
        self._interpolate = interpolate
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int, str]] = {}
        """What is anchored, how many nodes that is, and the text as it is written, where that holds references."""
        self._nodes = 0
        self._documents = 0

    def run(self, text: str) -> None:
        handlers: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open_map,
            yaml.SequenceStartEvent: self._open_list,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._start,
        }
        self.document.empty = True
        for event in yaml.parse(text, Loader=LOADER):
            handler = handlers.get(type(event))
            if handler:
                handler(event)

    def _start(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._wrong(
                "two-documents", pack_mark(event.start_mark), "a second YAML document starts here", _ONE_DOCUMENT
            )
            raise _StopError

    def _scalar(self, event: Any) -> None:
        value: Any = event.value
        position = pack_mark(event.start_mark)
        tag = event.tag
        if tag is not None and tag != "!" and tag != _TEXT_TAG:
            self._tag(event)
        written = ""
        if "$(" in value:
            value = self._interpolate(value, self.document.place_at(position))
            written = "" if type(value) is str else event.value
        frame = self._stack[-1] if self._stack else None
        if frame is not None and frame.key is _NO_KEY and type(frame.data) is dict:
            self._count(1)
            self._key(frame, value, position, plain=event.implicit[0])
            return
        if event.implicit[0] and tag is None and type(value) is str:
            value = plain(value)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1, written)
        self._add(value, position, 1)

    def _key(self, frame: _Frame, key: str, position: int, *, plain: bool) -> None:
        if plain and key == "":
            self._wrong("no-key", position, "a key without a name", "write `name: value`")
        # Text compares and hashes as its value, so an interpolated key is found by its resolved name.
        frame.key = key
        # In quotes it is a name like any other.
        frame.merging = plain and key == "<<"
        frame.start = position
        if key in frame.keys:
            first = self.document.place_at(frame.keys[key])
            message = f"'{key}' is written twice: first at {first}"
            self._wrong("duplicate-key", position, message, "keep one of them, or join what they say")

    def _open_map(self, event: Any) -> None:
        self._open(event, {})

    def _open_list(self, event: Any) -> None:
        self._open(event, [])

    def _open(self, event: Any, data: Any) -> None:
        position = pack_mark(event.start_mark)
        if event.tag is not None and event.tag != "!":
            self._tag(event)
        if len(self._stack) >= _DEPTH_LIMIT:
            message = f"more than {_DEPTH_LIMIT} levels of nesting"
            self._wrong("too-deep", position, message, "no realm needs this; look for a bracket that is never closed")
            raise _StopError
        if self._stack and self._stack[-1].key is _NO_KEY and type(self._stack[-1].data) is dict:
            self._wrong("complex-key", position, "a map or list cannot be a key", _QUOTE_BRACES)
            raise _StopError
        if event.anchor is not None:
            self._anchors[event.anchor] = (_NO_KEY, 0, "")
        self._count(1)
        self._stack.append(_Frame(data, event.anchor, position, self._nodes))

    def _close(self, _event: Any) -> None:
        frame = self._stack.pop()
        data, size = frame.data, self._nodes - frame.before + 1
        self.document.positions[id(data)] = frame.positions
        for source in frame.merged:
            self._merge(frame, source)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (data, size, "")
        self._add(data, frame.start, 0)

    def _alias(self, event: Any) -> None:
        position = pack_mark(event.start_mark)
        value, size, written = self._anchors.get(event.anchor, (None, 0, ""))
        if event.anchor not in self._anchors:
            self._wrong("unknown-alias", position, f"nothing is anchored as &{event.anchor}", _QUOTE_STAR)
        elif value is _NO_KEY:
            self._wrong("alias-loop", position, f"*{event.anchor} contains itself", "write it out")
            raise _StopError
        if self._stack and self._stack[-1].key is _NO_KEY and type(self._stack[-1].data) is dict:
            self._wrong("complex-key", position, "an alias cannot be a key", "write the name out")
            raise _StopError
        if written:
            # What came of a reference is known by its place, and this is another one.
            value = self._interpolate(written, self.document.place_at(position))
        self._add(value, position, size)

    def _add(self, value: Any, position: int, size: int) -> None:
        if size:
            self._count(size)
        if not self._stack:
            self.document.data = value
            self.document.empty = value is None
            return
        frame = self._stack[-1]
        data = frame.data
        if type(data) is list:
            data.append(value)
            frame.positions.append(position)
            return
        key, frame.key = frame.key, _NO_KEY
        if frame.merging and isinstance(value, (dict, list)):
            frame.merged += value if isinstance(value, list) else [value]
            self.document.dropped.append(value)
        elif key not in frame.keys:
            frame.keys[key] = frame.start
            data[key] = value
            frame.positions += (frame.start, position)
        else:
            self.document.dropped.append(value)

    def _merge(self, frame: _Frame, source: Any) -> None:
        """YAML's merge key `<<`: what the map says itself wins."""
        if not isinstance(source, dict):
            self._wrong("bad-merge", frame.start, "'<<' merges maps, and this is none", "write `<<: *anchor` of a map")
            return
        positions = self.document.positions[id(source)]
        for index, (key, value) in enumerate(source.items()):
            if key not in frame.data:
                frame.data[key] = value
                frame.positions += positions[2 * index : 2 * index + 2]

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > NODE_LIMIT:
            start = self._stack[-1].start if self._stack else 0
            message = f"more than {NODE_LIMIT:,} values once every alias is written out"
            self._wrong("too-large", start, message, "use fewer aliases (*name), or split the realm")
            raise _StopError

    def _tag(self, event: Any) -> None:
        if event.tag in _KNOWN_TAGS:
            return
        name = event.tag.replace("tag:yaml.org,2002:", "!!")
        message = f"the tag {name} is not supported: files hold plain data"
        self._wrong(
            "yaml-tag", pack_mark(event.start_mark), message, "remove the tag; quote a text that starts with '!'"
        )

    def _wrong(self, rule: str, position: int, message: str, advice: str) -> None:
        self.document.findings.append(Finding(rule, message, self.document.place_at(position), advice))


_TEXT_TAG = "tag:yaml.org,2002:str"
_KNOWN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq", "int", "bool", "float", "null")}
_ONE_DOCUMENT = "one document per file: remove the '---', or move the rest to a file of its own"
_QUOTE_BRACES = "quote it if it is a name: '{…}'"
_QUOTE_STAR = "quote a text that starts with '*'"

_CONSTANTS: dict[str, Any] = {"": None, "~": None}
for _word, _value in (("null", None), ("true", True), ("false", False)):
    _CONSTANTS |= {_word: _value, _word.title(): _value, _word.upper(): _value}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")


def plain(value: str) -> Any:
    """An unquoted scalar's meaning: null, true, false, a number, else text.

    yes, no, on, off, dates and 0777 are texts; so is a number that would not be printed as it is written (1.10).
    """
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if value[0] in "-0123456789":
        if _INTEGER.fullmatch(value):
            return int(value)
        if _DECIMAL.fullmatch(value) and repr(float(value)) == value:
            return float(value)
    return value
