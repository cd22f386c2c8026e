"""A list that Keycloak keeps as one text: `openid profile`, `a##b`.

On the wire it is that text; compared and shown it is its items. Must not know about: which keys hold such lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

HASHES = "##"
"""What Keycloak puts between the items of a config value, unless the key's own code wants something else."""


class Joined(str):
    """A text that knows the items it was joined of, and what stands between them."""

    __slots__ = ("items", "ordered", "separator")

    items: tuple[str, ...]
    separator: str
    ordered: bool

    @classmethod
    def of(cls, items: Iterable[str], separator: str = HASHES, *, ordered: bool = False) -> Self:
        """The text of these items."""
        kept = tuple(items)
        made = cls(separator.join(kept))
        made.items, made.separator, made.ordered = kept, separator, ordered
        return made

    @classmethod
    def read(cls, text: str, separator: str, *, ordered: bool = False) -> Self:
        """The same text with its items, as Keycloak reads it: blanks around an item and empty ones mean nothing."""
        made = cls(text)
        made.items, made.separator, made.ordered = split(text, separator), separator, ordered
        return made

    def __deepcopy__(self, _memo: object) -> Self:
        return self


def split(text: str, separator: str) -> tuple[str, ...]:
    """The items of a text that holds a list."""
    parts = text.split() if separator.isspace() else text.split(separator)
    return tuple(part for part in (one.strip() for one in parts) if part)
