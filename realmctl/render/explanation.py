"""Explanations as text for a person: why an object is planned as it is, and what hangs together with it.

Must not know about: how any of it was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from realmctl.engine.plan.object_changes import objects
from realmctl.engine.plan.value_text import clean, named
from realmctl.errors import Place
from realmctl.model.address import Address
from realmctl.model.change import Action, Change
from realmctl.model.explanation import ExplainedField, Explanation
from realmctl.render.change_lines import GLYPHS, details
from realmctl.render.colors import paint

_WIDTH = 110
_LISTED = 12
"""Objects that a list names."""


def text(found: Sequence[Explanation], *, color: bool = False) -> str:
    """Every explanation, with an empty line between them."""
    return "\n\n".join("\n".join(explanation_lines(one, color=color)) for one in found) + "\n"


def explanation_lines(one: Explanation, *, color: bool = False, planned: bool = False) -> Iterator[str]:
    """One explanation; `planned` where it has to be said that it speaks of an apply."""
    glyph = GLYPHS[one.action] if one.action else "="
    head = f"{glyph} {named(one.address)}"
    head = paint(head, glyph, color) if one.action else head
    by = "by an apply " if planned else ""
    yield f"{head}{paint(f'  ({clean(str(one.address))})', 'dim', color)}: {by}{clean(one.verdict)}"
    for sentence in one.why:
        yield from _wrapped(sentence)
    for _, together in groupby(one.fields, key=lambda asked: (asked.part, asked.place, asked.word)):
        yield ""
        yield from _fields(list(together), one.action or Action.UPDATE, color)
    for heading, told in (
        ("It takes away", one.costs),
        ("Waits for", _named(one.after)),
        ("Waiting for it", _named(one.before)),
        ("Refers to", _named(one.refers)),
        ("Referred to by", _named(one.referred)),
        ("Sent", one.requests),
        ("Guard", one.guards),
    ):
        if told:
            yield ""
            yield f"    {paint(f'{heading}:', 'bold', color)}"
            for line in told:
                yield from _wrapped(line, indent="      ")


def _fields(together: Sequence[ExplainedField], action: Action, color: bool) -> Iterator[str]:
    """Fields that the same place asks for."""
    asked = together[0]
    (told,) = objects([Change(action, asked.part, tuple(one.field for one in together))])
    action = action if asked.part == told.address else Action.UPDATE
    yield from (f"    {line}" for line in details(Change(action, told.address, told.fields)))
    through = f", by the word {clean(asked.word)}" if asked.word else ""
    if asked.place:
        yield f"        {paint(f'asked for at {_place(asked.place)}{through}', 'dim', color)}"


def _place(place: Place) -> str:
    return clean(str(place))


def _named(addresses: Sequence[Address]) -> tuple[str, ...]:
    told = tuple(str(one) for one in addresses[:_LISTED])
    more = len(addresses) - _LISTED
    return (*told, f"… and {more:,} more") if more > 0 else told


def _wrapped(sentence: str, indent: str = "    ") -> Iterator[str]:
    yield from wrap(
        clean(sentence), _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
