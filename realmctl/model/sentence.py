"""Sentences: text with names in it, kept apart so that a renderer can quote the names.

Must not know about: output formats.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A name from a file or a server inside a sentence. Renderers quote it, so that it is never read as markup."""

    text: str


Sentence = tuple[str | Name, ...]
"""Words and names, in the order in which they are read."""
