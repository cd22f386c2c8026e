"""Rules that are tables: single fields of objects, and in which direction each becomes worse.

Pure. Must not know about: any single field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from realmctl.analysis.danger.rule import DangerRule, Found, name_text, say
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import duration, is_true, items, number, plain, text
from realmctl.model.danger import Severity
from realmctl.model.sentence import Name, Sentence

Judge = Callable[[Any, Any], Severity | None]
"""How bad the way from the old to the new value is; None where it is no worse."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a kind. In `told`, `{name}` is the object's name, `{old}` and `{new}` are the values.

    `unsaid` is what Keycloak takes where there is no value. `born`: whether a new object is judged too, from `unsaid`.
    """

    kind: str
    path: str
    """The steps to the value, with a slash between them: `attributes/pkce.code.challenge.method`."""
    judge: Judge
    told: str
    unsaid: Any = None
    born: bool = False
    at_birth: Severity | None = None
    """How bad it is of a new object, where that is less."""
    shown: Callable[[Any], str] = text

    @property
    def steps(self) -> tuple[str, ...]:
        """The path as a tuple."""
        return tuple(self.path.split("/"))

    @property
    def field(self) -> str:
        """The field as rules name it: `client.attributes.pkce.code.challenge.method`."""
        return ".".join((self.kind, *self.steps))


def table(
    id_: str, severity: Severity, title: str, why: str, instead: str, *rows: Row, also: Sequence[str] = ()
) -> DangerRule:
    """Return the rule that judges the fields of a table; `also` are further fields that it looks at."""
    return DangerRule(
        id_, severity, title, why, instead, partial(judge_settings, rows), (*(row.field for row in rows), *also)
    )


def judge_settings(rows: Sequence[Row], t: Transition) -> Iterator[Found]:
    """Return what becomes worse of all that a table names."""
    for row in rows:
        for address in t.of(row.kind):
            if t.is_new(address) and not row.born:
                continue
            old, new = (row.unsaid if value in (None, "") else value for value in t.pair(address, *row.steps))
            severity = row.judge(old, new)
            if severity and t.is_new(address):
                severity = row.at_birth or severity
            if severity:
                values: dict[str, str | Sentence] = {
                    key: (Name(text(value)),) if row.shown is text and text(value) else (row.shown(value) or "nothing",)
                    for key, value in (("old", old), ("new", new))
                }
                yield Found(severity, say(row.told, name=name_text(address), **values), address, row.steps)


def turned_on(severity: Severity) -> Judge:
    """Judge a switch that must not be turned on."""
    return lambda old, new: severity if is_true(new) and not is_true(old) else None


def turned_off(severity: Severity) -> Judge:
    """Judge a switch that must not be turned off."""
    return lambda old, new: severity if is_true(old) and not is_true(new) else None


def raised(severity: Severity, *, over: float | None = None, factor: float = 1) -> Judge:
    """Judge a number that is worse the larger it is: `severity` above `over` and from `factor` times; else medium."""

    def judge(old: Any, new: Any) -> Severity | None:
        was, now = number(old), number(new)
        if was is None or now is None or now <= was:
            return None
        return severity if (over is None or now > over) and now >= was * factor else Severity.MEDIUM

    return judge


def lowered(severity: Severity, *, under: float | None = None, mild: Severity | None = Severity.MEDIUM) -> Judge:
    """Judge a number that becomes worse the smaller it is: `severity` below `under`, else `mild`."""

    def judge(old: Any, new: Any) -> Severity | None:
        was, now = number(old), number(new)
        if was is None or now is None or now >= was:
            return None
        return severity if under is None or now < under else mild

    return judge


def weaker(severity: Severity, *order: str, other: Severity | None = Severity.MEDIUM) -> Judge:
    """Judge a choice by an order from the strongest to the weakest; `other` is for a choice that is not in it."""

    def judge(old: Any, new: Any) -> Severity | None:
        was, now = plain(old), plain(new)
        if was == now:
            return None
        if not was and now == order[0]:
            return None
        if was in order and now in order:
            return severity if order.index(now) > order.index(was) else None
        return other

    return judge


def changed(severity: Severity, *, only_from: bool = True) -> Judge:
    """Judge every other value, and the absence of one; `only_from`: not the first value of all."""
    return lambda old, new: severity if plain(old) != plain(new) and (plain(old) or not only_from) else None


def emptied(severity: Severity) -> Judge:
    """Judge a value that is taken away."""
    return lambda old, new: severity if plain(old) and not plain(new) else None


def became(severity: Severity, *bad: str) -> Judge:
    """Judge a choice that is one of the bad ones now and was none before."""
    return lambda old, new: severity if plain(new) in bad and plain(old) not in bad else None


def lost(severity: Severity) -> Judge:
    """Judge a list that has fewer members."""
    return lambda old, new: severity if set(items(old)) - set(items(new)) else None


def grown(severity: Severity) -> Judge:
    """Judge a list that has more members."""
    return lambda old, new: severity if set(items(new)) - set(items(old)) else None


def spoken_duration(value: Any) -> str:
    """Return a number of seconds in words."""
    return duration(number(value))
