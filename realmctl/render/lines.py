"""One change as lines of text, shared by the text and the markdown renderer.

Must not know about: colours, code fences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import ndiff

from realmctl.errors import Place
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN
from realmctl.render.objects import objects
from realmctl.render.values import CHANGED, LONGEST, UNSET, clean, cut, inline, is_secret, leaves, named, pair

GLYPHS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
NO_CHANGES = "No changes. The realm is as declared."


def title(change: Change) -> str:
    """`client oauth2-proxy (renamed from client old)`, without its glyph and place."""
    renamed = f" (renamed from {named(change.renamed_from)})" if change.renamed_from else ""
    return f"{named(change.address)}{renamed}{' [protected]' if change.protected else ''}"


def where(place: Place | None) -> str:
    """`file:line`, or "" where there is none."""
    return f"{clean(place.file)}:{place.line}" if place else ""


def details(change: Change) -> Iterator[str]:
    """The lines below a change's title: its fields, then its notes."""
    if change.action is not Action.DELETE:
        for field in change.fields:
            yield from _field(field, created=change.action is Action.CREATE)
    for note in change.notes:
        yield clean(note)


def _field(field: FieldChange, *, created: bool) -> Iterator[str]:
    path = clean(field.path)
    if is_secret(field):
        yield f"{path}: {HIDDEN if created else CHANGED}"
    elif field.compare in (Compare.LIST, Compare.FIRST) and isinstance(field.new, list):
        yield from _listed(path, field)
    elif created:
        for leaf, value in leaves(field.new, field.path):
            yield f"{clean(leaf)}: {cut(inline(value))}"
    elif field.compare is Compare.SET:
        yield from _moved(path, field)
    elif isinstance(field.old, dict) and isinstance(field.new, dict):
        yield from _nested(field)
    else:
        yield _replaced(path, *pair(field.old, field.new))


def _listed(path: str, field: FieldChange) -> Iterator[str]:
    """A list whose order counts, line by line, such as the outline of a flow."""
    old, new = [[str(item) for item in side or ()] for side in (field.old, field.new)]
    yield f"{path}:"
    for line in ndiff(old, new):
        if not line.startswith("?"):
            yield f"  {clean(line) if field.old else clean(line[2:])}"


def _replaced(path: str, old: str, new: str) -> str:
    return f"{path}: {old} → {new}" if new != UNSET else f"{path}: {old} → (removed)"


def _moved(path: str, field: FieldChange) -> Iterator[str]:
    added, removed = field.moved()
    parts = [f"+{cut(inline(item))}" for item in added] + [f"-{cut(inline(item))}" for item in removed]
    line = f"{path}: {' '.join(parts)}"
    if len(line) <= LONGEST:
        yield line
        return
    yield f"{path}:"
    for part in parts:
        yield f"  {part}"


def _nested(field: FieldChange) -> Iterator[str]:
    old, new = dict(leaves(field.old, field.path)), dict(leaves(field.new, field.path))
    for path in {**old, **new}:
        if old.get(path) != new.get(path):
            yield _replaced(clean(path), *pair(old.get(path), new.get(path)))


def counts(plans: Sequence[Plan]) -> dict[Action, int]:
    """How many objects are created, updated and deleted, over all plans."""
    found = dict.fromkeys(Action, 0)
    for plan in plans:
        for change in objects(plan.changes):
            found[change.action] += 1
    return found


def summary(plans: Sequence[Plan]) -> str:
    """`3 to add, 1 to change, 0 to destroy`."""
    found = counts(plans)
    return f"{found[Action.CREATE]:,} to add, {found[Action.UPDATE]:,} to change, {found[Action.DELETE]:,} to destroy"


def many(count: int, one: str, more: str = "") -> str:
    """`1 object`, `2,000 objects`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
