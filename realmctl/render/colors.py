"""The few ANSI styles of the text output.

Must not know about: whether there is a terminal; the caller says whether to colour.
"""

from __future__ import annotations

_STYLES = {
    "+": "32",
    "~": "33",
    "-": "31",
    "?": "36",
    "bold": "1",
    "dim": "2",
    "warning": "33",
    "error": "31",
    "good": "32",
}


def paint(words: str, style: str, color: bool) -> str:
    """The words in a style (a glyph, `bold`, `dim`, `good`, `warning`, `error`), or as they are without colour."""
    return f"\x1b[{_STYLES[style]}m{words}\x1b[0m" if color else words
