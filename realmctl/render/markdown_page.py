"""Markdown of a comment: blocks up to a limit, code spans and fences that no name can leave.

Must not know about: what the comment is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from realmctl.engine.plan.value_text import clean, shorten
from realmctl.render.change_lines import many

MOST = 60_000
"""Characters of a comment; GitHub takes 65,536, GitLab more."""

_LONGEST_LINE = 1_500
_NAMED = 8
_TAIL = 2_000
"""Room kept for what closes a comment that was cut."""


class MarkdownPage:
    """Blocks of text up to a limit; what no longer fits is left out, and said by its name."""

    def __init__(self, lines: Sequence[str], rest: str = "realmctl plan") -> None:
        """`rest` is the command that shows what did not fit."""
        self._rest = rest
        self._blocks = list(lines)
        self._size = sum(len(line) + 1 for line in lines)
        self._kept = 0
        self._cut: list[str] = []

    def room(self) -> int:
        """How many characters still fit."""
        return max(0, MOST - _TAIL - self._size - self._kept)

    def keep(self, characters: int) -> None:
        """Keeps room for what is added later."""
        self._kept = characters

    def add(self, block: str, what: str = "") -> None:
        """Adds a block, whole or not at all; `what` says what it is, for a reader who misses it."""
        if len(block) >= self.room():
            self._cut.append(what)
            return
        self._blocks.append(block)
        self._size += len(block) + 1

    def fence(self, language: str, lines: Sequence[str], before: str = "", after: str = "", what: str = "") -> None:
        """Adds lines as a code block between `before` and `after`, as many as fit."""
        fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
        left = self.room() - len(before) - len(after) - 2 * len(fence) - 100
        kept: list[str] = []
        for line in (shorten(line, _LONGEST_LINE) for line in lines):
            left -= len(line) + 1
            if left < 0:
                break
            kept.append(line)
        if lines and not kept:
            self._cut.append(what)
            return
        if len(kept) < len(lines):
            kept.append(f"… {many(len(lines) - len(kept), 'more line')}")
            self._cut.append(what)
        self.add("\n".join([*([before, ""] if before else []), f"{fence}{language}", *kept, fence, after]))

    def text(self) -> str:
        """The page, with a last word where something was left out."""
        if not self._cut:
            return "\n".join(self._blocks).rstrip("\n") + "\n"
        named = [one for one in dict.fromkeys(self._cut) if one]
        more = f" and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
        what = f": {', '.join(named[:_NAMED])}{more}" if named else ""
        last = f"**This is not everything:** the rest did not fit{what}. Run `{self._rest}` to see it."
        return "\n".join([*self._blocks, "", last]).rstrip("\n") + "\n"


def code(text: str, *, cell: bool = False) -> str:
    """The text as a code span that cannot be left from inside; `cell` for one in a table."""
    text = clean(text)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    span = f"{ticks}{pad}{text}{pad}{ticks}"
    return span.replace("|", "\\|") if cell else span
