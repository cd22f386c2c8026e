"""One changed object as rows for a table: the path of a field, what it was and what it becomes.

The same values as in the lines of a text, told side by side. Must not know about: which page they are for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import ndiff
from xml.etree import ElementTree as ET

from realmctl.engine.plan.nested_diff import NOTHING
from realmctl.engine.plan.value_text import CHANGED, UNSET, inline, is_secret, shorten
from realmctl.model.change import Action, Change, FieldChange
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN
from realmctl.render.change_lines import PIECES, many, single
from realmctl.render.html_elements import element
from realmctl.render.nested_values import elements, leaves, pieces

LONGEST = 4_000
"""Characters of one value."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field; `old` and `new` as they are shown."""

    path: str
    old: ET.Element
    new: ET.Element


def rows(change: Change) -> Iterator[FieldRow]:
    """The rows of an object that is created or changed; of one that goes there are none."""
    if change.action is not Action.DELETE:
        for field in change.fields:
            yield from _field(field, created=change.action is Action.CREATE)


def _field(field: FieldChange, *, created: bool) -> Iterator[FieldRow]:
    if is_secret(field):
        yield FieldRow(
            field.path, _value(UNSET if field.old is None else HIDDEN), _value(HIDDEN if created else CHANGED)
        )
    elif created:
        for path, value in leaves(field.new, field.path):
            yield FieldRow(path, _value(UNSET), _value(inline(value)))
    elif field.compare in (Compare.LIST, Compare.FIRST) and single(field.new) and single(field.old or []):
        yield _list(field)
    elif field.compare is Compare.SET and single(field.new or []) and single(field.old or []):
        added, removed = field.moved()
        stay = len(field.old or ()) - len(removed)
        yield FieldRow(field.path, _several(removed, "del", stay), _several(added, "ins", stay))
    else:
        for path, old, new in elements(field.old, field.new, field.path, LONGEST):
            yield from _element(path, *(None if side is NOTHING else side for side in (old, new)))


def _element(path: str, old: object, new: object) -> Iterator[FieldRow]:
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > LONGEST:
        for one, other in pieces(old, new, PIECES):
            yield _replaced(path, inline(one), inline(other))
        return
    yield _replaced(path, inline(old), inline(new))


def _replaced(path: str, old: str, new: str) -> FieldRow:
    return FieldRow(path, _value(old, "del" if old != UNSET else ""), _value(new, "ins" if new != UNSET else ""))


def _list(field: FieldChange) -> FieldRow:
    """A list whose order counts: what stays as it is, what goes and what comes, line by line."""
    before: list[ET.Element] = []
    after: list[ET.Element] = []
    old, new = ([str(item) for item in side or ()] for side in (field.old, field.new))
    for line in ndiff(old, new):
        mark, text = line[:2], line[2:]
        if mark in ("  ", "- "):
            before.append(element("div", element("del", text) if mark == "- " else text))
        if mark in ("  ", "+ "):
            after.append(element("div", element("ins", text) if mark == "+ " else text))
    return FieldRow(field.path, element("div", before, class_="value"), element("div", after, class_="value"))


def _several(items: list[object], tag: str, stay: int) -> ET.Element:
    """What goes, or what comes, and how many are in both."""
    told = [element("div", element(tag, shorten(inline(one), LONGEST))) for one in items]
    more = f"{'and ' if items else ''}{many(stay, 'that stays', 'that stay')}"
    return element(
        "div", told, element("div", more if stay else "" if items else "none", class_="soft"), class_="value"
    )


def _value(text: str, tag: str = "") -> ET.Element:
    shown = shorten(text, LONGEST)
    return element("span", element(tag, shown) if tag else shown, class_="value")
