"""Comments that allow what a rule warns of: `# realmctl: allow RULE: reason`, on the line, or alone on one above.

Comments are no part of the data, so they are looked for in the text; the parser tells what is no comment.
Must not know about: which rules there are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from realmctl.config.yaml.document import LOADER
from realmctl.errors import Place

_COMMENT = re.compile(r"(?<!\S)#\s*realmctl:\s*allow\b[ \t]*(?P<rule>[\w-]*)[ \t]*:?[ \t]*(?P<reason>.*)$")
_MARK = "realmctl:"
_BOM = "\ufeff"

_Spot = tuple[int, int]
"""Line and column, both from 0."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """One such comment. `lines` are those it is about, `text` what stands there; `reason` is "" where it gives none."""

    rule: str
    reason: str
    place: Place
    lines: range
    text: str = ""


def allowances(files: Iterable[str]) -> list[Allowance]:
    """Every such comment in these files."""
    found: list[Allowance] = []
    for file in files:
        text = Path(file).read_text(encoding="utf-8", errors="replace")
        if _MARK in text:
            found += _in(file, text.removeprefix(_BOM))
    return found


def _texts(text: str) -> list[tuple[_Spot, _Spot]]:
    """From where to where the texts of a file stand, in order: a hash in one of them begins no comment."""
    spans: list[tuple[_Spot, _Spot]] = []
    try:
        for event in yaml.parse(text, Loader=LOADER):
            if isinstance(event, yaml.ScalarEvent) and event.style:
                start, end = _spot(event.start_mark), _spot(event.end_mark)
                # What stands behind `|` or `>` on its line is no part of the text.
                spans.append(((start[0] + 1, 0) if event.style in "|>" else start, end))
    except yaml.YAMLError:
        pass  # Whoever reads the data tells of it.
    return spans


def _spot(mark: Any) -> _Spot:
    return mark.line, mark.column


def _in(file: str, text: str) -> list[Allowance]:
    lines = text.splitlines()
    found = []
    spans = _texts(text)
    for number, line in enumerate(lines, 1):
        match = _comment(line, number - 1, spans) if _MARK in line else None
        if not match:
            continue
        about = number
        if not line[: line.index("#")].strip():
            # Alone on its line: it is about the next one that says something.
            following = (n for n, one in enumerate(lines[number:], number + 1) if one.strip() and one.strip()[0] != "#")
            about = next(following, number)
        place = Place(file, number, match.start() + 1)
        said = line[: match.start()] if about == number else lines[about - 1]
        found.append(Allowance(match["rule"], match["reason"].strip(), place, range(about, about + 1), said.strip()))
    return found


def _comment(line: str, number: int, spans: list[tuple[_Spot, _Spot]]) -> re.Match[str] | None:
    """The first such comment on a line that is no part of a text."""
    match = _COMMENT.search(line)
    while match:
        spot = (number, match.start())
        before = bisect_right(spans, spot, key=lambda span: span[0])
        if not before or spot >= spans[before - 1][1]:
            return match
        match = _COMMENT.search(line, match.start() + 1)
    return None
