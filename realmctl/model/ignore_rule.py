"""An `ignore` rule of a realm's files: what drift leaves out, why, and until when.

Must not know about: how drift is found, how files are read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from realmctl.errors import Place
from realmctl.model.address import Address


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One `ignore` rule: what drift leaves out, and why. An `address` is a pattern (`*`, `?`), and so are `fields`."""

    address: str
    fields: tuple[str, ...]
    reason: str
    until: date | None = None
    """The last day on which it counts."""
    place: Place | None = None

    def expired(self, today: date) -> bool:
        """Whether it counts no more."""
        return self.until is not None and today > self.until

    def covers(self, address: Address) -> bool:
        """Whether the object is one that it speaks of; names may be written as they are, or as addresses have them."""
        plain = "/".join((address.kind, *address.names))
        return any(pattern(self.address).fullmatch(text) for text in (str(address), plain))

    def leaves_out(self, path: str) -> bool:
        """Whether it leaves out this field of such an object; without fields it leaves out all."""
        return not self.fields or any(pattern(one).fullmatch(path) or path.startswith(f"{one}.") for one in self.fields)


def pattern(text: str) -> re.Pattern[str]:
    """A text in which `*` stands for anything and `?` for one character; brackets are brackets, as names have them."""
    return re.compile("".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in text), re.DOTALL)
