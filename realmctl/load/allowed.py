"""Comments that allow what a rule warns of: `# realmctl: allow RULE: reason`, on the line, or alone on one above.

Comments are no part of the data, so they are looked for in the text. Must not know about: which rules there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from realmctl.errors import Place

_COMMENT = re.compile(r"(?:^|\s)#\s*realmctl:\s*allow\b[ \t]*(?P<rule>[\w-]*)[ \t]*:?[ \t]*(?P<reason>.*)$")
_MARK = "realmctl:"


@dataclass(frozen=True, slots=True)
class Allowance:
    """One such comment. `lines` are those it is about; `reason` is "" where it gives none."""

    rule: str
    reason: str
    place: Place
    lines: range


def allowances(files: Iterable[str]) -> list[Allowance]:
    """Every such comment in these files."""
    found: list[Allowance] = []
    for file in files:
        text = Path(file).read_text(encoding="utf-8", errors="replace")
        if _MARK in text:
            found += _in(file, text.splitlines())
    return found


def _quoted(before: str) -> bool:
    """Whether what follows stands inside quotes."""
    return any(before.count(mark) % 2 for mark in ('"', "'"))


def _in(file: str, lines: list[str]) -> list[Allowance]:
    found = []
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line)
        if not match or _quoted(line[: match.start("rule")].rpartition("#")[0]):
            continue
        about = number
        if not line[: match.start("rule")].split("#", 1)[0].strip():
            # Alone on its line: it is about the next one that says something.
            following = (n for n, one in enumerate(lines[number:], number + 1) if one.strip() and one.strip()[0] != "#")
            about = next(following, number)
        place = Place(file, number, line.index("#") + 1)
        found.append(Allowance(match["rule"], match["reason"].strip(), place, range(about, about + 1)))
    return found
