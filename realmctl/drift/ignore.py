"""`ignore` rules over deviations: what is left out, by which rule, and which rules are of no use any more.

Pure: today is given. Must not know about: files, servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from realmctl.errors import Finding
from realmctl.model.drift import Deviation
from realmctl.model.ignore_rule import IgnoreRule


@dataclass(frozen=True, slots=True)
class Sorted:
    """What counts, what is ignored (each with its rule), and what is to be said of the rules."""

    counted: tuple[Deviation, ...]
    ignored: tuple[Deviation, ...]
    warnings: tuple[Finding, ...]


def sort(deviations: Sequence[Deviation], rules: Sequence[IgnoreRule], today: date) -> Sorted:
    """Splits the deviations; of one that is ignored in some fields only, either half is a deviation."""
    counted: list[Deviation] = []
    ignored: list[Deviation] = []
    used: set[int] = set()
    live = [(index, rule) for index, rule in enumerate(rules) if not rule.expired(today)]
    for one in deviations:
        left = one
        for index, rule in live:
            if not rule.covers(left.address):
                continue
            taken, left_over = _split(left, rule)
            if taken is None:
                continue
            used.add(index)
            ignored.append(taken)
            if left_over is None:
                break
            left = left_over
        else:
            counted.append(left)
    return Sorted(tuple(counted), tuple(ignored), tuple(_warnings(rules, used, today)))


def _split(one: Deviation, rule: IgnoreRule) -> tuple[Deviation | None, Deviation | None]:
    """What the rule takes of a deviation, and what it leaves."""
    if not rule.fields:
        return replace(one, ignored=rule), None
    taken = tuple(field for field in one.fields if rule.leaves_out(field.path))
    if not taken:
        return None, one
    rest = tuple(field for field in one.fields if field not in taken)
    return replace(one, fields=taken, ignored=rule), replace(one, fields=rest) if rest else None


def _warnings(rules: Sequence[IgnoreRule], used: set[int], today: date) -> Iterator[Finding]:
    for index, rule in enumerate(rules):
        if rule.expired(today):
            told = f"the rule that ignores {rule.address} expired after {rule.until}: it counts no more"
            yield Finding("expired-ignore", told, rule.place, "take it out, or give it another date", "warning")
        elif index not in used:
            told = f"the rule that ignores {rule.address} found nothing to ignore"
            yield Finding("unused-ignore", told, rule.place, "take it out, if it is not needed any more", "warning")
