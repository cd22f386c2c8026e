"""Characters that change how a terminal, a log or a reader takes a text: control characters, invisible ones, commands.

Must not know about: secrets, output formats.
"""

from __future__ import annotations

import re

_INVISIBLE = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Control characters, line separators, direction overrides, characters without a shape, halves of characters."""

_MARKER = r"#(?=#\w*\[)"
"""What begins a command of Azure Pipelines (`##vso[`, `##[`), GitHub (`##[`) or TeamCity, anywhere in a line."""

_UNSAFE = re.compile(f"[{_INVISIBLE}]|{_MARKER}")
_KEPT = r"\x1b\[[0-9;]*m|[\n\t]"
"""What realmctl itself writes to a stream: colours, lines, tabs."""
_UNSAFE_IN_LINES = re.compile(rf"({_KEPT})|[{_INVISIBLE}]|{_MARKER}")
_COMMAND_LINE = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
"""What begins a command of GitHub: `::` after blanks at the start of a line (actions/runner, ActionCommand.cs)."""
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""The text with such characters as escapes (`\n`, `\x1b`, `\u202e`), and no command of a log in it."""
    return _UNSAFE.sub(lambda found: _escape(found[0]), text)


def visible_lines(text: str, *, starts: bool = True) -> str:
    """The same for a text of several lines that may be coloured; `starts`: whether it begins at the start of a line."""
    made = _UNSAFE_IN_LINES.sub(lambda found: found[1] or _escape(found[0]), text)
    if "::" not in made:
        return made
    if starts:
        return _COMMAND_LINE.sub(r"\1\\x3a", made)
    first, line_break, rest = made.partition("\n")
    return first + line_break + _COMMAND_LINE.sub(r"\1\\x3a", rest)


def visible_in_json(document: str) -> str:
    """A JSON document with the same characters as JSON escapes; its own line breaks are kept."""
    return _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else _json_escape(found[0]), document)


def _escape(one: str) -> str:
    code = ord(one)
    if one in _SHORT:
        return _SHORT[one]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(one: str) -> str:
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
