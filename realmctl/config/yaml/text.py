"""Plain data as YAML text: a small subset, quoted wherever a reader could take a text for something else.

Written here, not by a library: only load/ may touch one. Must not know about: realms, secrets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from realmctl.engine.plan.value_text import clean, json_safe, plain
from realmctl.model.redaction import redact
from realmctl.model.unsafe_characters import visible_lines

Remarks = Mapping[tuple[str | int, ...], Sequence[str]]
"""Comments by the path of the value that they stand above."""

_PLAIN = re.compile(r"[A-Za-z/][\w./@+-]*(?:[ :][\w./@+-]+)*|(?:\d+[dhms])+|\$\((?:env|file|var):[\w./-]+\)")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_COLON = re.compile(r":(?= |$)")
_LITERAL = re.compile(r"[^\s#](?:[^\n]*[^\s])?(?:\n(?:[^\n]*[^\s])?)*")
_REMARK_WIDTH = 116


def lines(value: Any, depth: int = 0, remarks: Remarks | None = None) -> Iterator[str]:
    """The lines of a value that stands by itself, indented by two spaces per depth."""
    return _block(value, depth, remarks or {}, ())


def comment(text: str, lead: str = "") -> list[str]:
    """A text as comment lines of a readable length."""
    found: list[str] = []
    line = ""
    for word in clean(text).split(" "):
        if line and len(line) + len(word) + len(lead) + 3 > _REMARK_WIDTH:
            found.append(f"{lead}# {line}")
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*found, f"{lead}# {line}".rstrip()]


def scalar(value: Any) -> str:
    """A value on one line, as YAML reads it back."""
    value = plain(value)
    if value is None:
        return "null"
    if isinstance(value, (dict, list)):
        return "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, str):
        text = redact(value)
        if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not _COLON.search(text) and clean(text) == text:
            return text
        return json_safe(json.dumps(text, ensure_ascii=False))
    return json_safe(json.dumps(value))


def _block(value: Any, depth: int, remarks: Remarks, path: tuple[str | int, ...]) -> Iterator[str]:
    lead = "  " * depth
    if isinstance(value, dict) and value:
        for key, item in value.items():
            here = (*path, key)
            for text in remarks.get(here, ()):
                yield from comment(text, lead)
            yield from _entry(f"{lead}{scalar(str(key))}:", item, depth, remarks, here)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            for text in remarks.get((*path, index), ()):
                yield from comment(text, lead)
            if isinstance(item, (dict, list)) and item:
                first, *rest = _block(item, depth + 1, remarks, (*path, index))
                yield f"{lead}- {first.lstrip()}"
                yield from rest
            else:
                yield f"{lead}- {scalar(item)}"
    else:
        yield f"{lead}{scalar(value)}"


def _entry(head: str, item: Any, depth: int, remarks: Remarks, path: tuple[str | int, ...]) -> Iterator[str]:
    if isinstance(item, (dict, list)) and item:
        yield head
        yield from _block(item, depth + 1, remarks, path)
    elif isinstance(item, str) and "\n" in item and _readable(item := redact(item)):
        body = item.removesuffix("\n")
        yield f"{head} |{'' if body != item else '-'}"
        yield from (f"{'  ' * (depth + 1)}{line}".rstrip() for line in body.split("\n"))
    else:
        yield f"{head} {scalar(item)}"


def _readable(text: str) -> bool:
    """Whether a text of several lines can stand as it is: nothing unprintable, no blanks that an editor would cut.

    Nor a line that a log would take as a command.
    """
    body = text.removesuffix("\n")
    return bool(_LITERAL.fullmatch(body)) and not body.endswith("\n") and visible_lines(body) == body
