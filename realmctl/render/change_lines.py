"""One change as lines of text, shared by the text and the markdown renderer.

Must not know about: colours, code fences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import ndiff

from realmctl.engine.plan.nested_diff import NOTHING
from realmctl.engine.plan.object_changes import objects
from realmctl.engine.plan.value_text import CHANGED, LONGEST, UNSET, clean, inline, is_secret, named, shorten
from realmctl.errors import Place
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN
from realmctl.render.nested_values import elements, leaves, pieces

GLYPHS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
PIECES = 20
"""Places at which two long texts differ that are shown; how many more there are is said."""
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
    elif field.compare in (Compare.LIST, Compare.FIRST) and single(field.new) and single(field.old or []):
        yield from _listed(path, field)
    elif created:
        yield from _created(field.new, field.path)
    elif field.compare is Compare.SET and single(field.new or []) and single(field.old or []):
        yield from _moved(path, field)
    else:
        for where, old, new in elements(field.old, field.new, field.path, LONGEST):
            yield from _element(where, old, new)


def single(value: object) -> bool:
    """Whether it is a list of single values."""
    return isinstance(value, list) and not any(isinstance(item, (list, dict, tuple)) for item in value)


def _listed(path: str, field: FieldChange) -> Iterator[str]:
    """A list whose order counts, line by line, such as the outline of a flow."""
    old, new = [[str(item) for item in side or ()] for side in (field.old, field.new)]
    yield f"{path}:"
    for line in ndiff(old, new):
        if not line.startswith("?"):
            yield f"  {clean(line) if field.old else clean(line[2:])}"


def _created(value: object, path: str) -> Iterator[str]:
    """The values of what is new; a short list on one line."""
    short = inline(value)
    if not isinstance(value, dict) and (single(value) or not isinstance(value, (list, str))) and len(short) <= LONGEST:
        yield f"{clean(path)}: {short}"
    elif isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _created(item, f"{path}.{key}")
    else:
        for leaf, item in leaves(value, path):
            yield f"{clean(leaf)}: {shorten(inline(item))}"


def _element(path: str, old: object, new: object) -> Iterator[str]:
    if path.endswith("[]") and NOTHING in (old, new):
        sign, value = ("+", new) if old is NOTHING else ("-", old)
        yield f"{clean(path[:-2])}: {sign}{shorten(inline(value))}"
        return
    before, after = (None if side is NOTHING else side for side in (old, new))
    if isinstance(before, str) and isinstance(after, str) and max(len(before), len(after)) > LONGEST:
        for one, other in pieces(before, after, PIECES):
            yield _replaced(clean(path), shorten(inline(one)), shorten(inline(other)))
        return
    yield _replaced(clean(path), shorten(inline(before)), shorten(inline(after)))


def _replaced(path: str, old: str, new: str) -> str:
    return f"{path}: {old} → {new}" if new != UNSET else f"{path}: {old} → (removed)"


def _moved(path: str, field: FieldChange) -> Iterator[str]:
    added, removed = field.moved()
    parts = [f"+{shorten(inline(item))}" for item in added] + [f"-{shorten(inline(item))}" for item in removed]
    line = f"{path}: {' '.join(parts)}"
    if len(line) <= LONGEST:
        yield line
        return
    yield f"{path}:"
    for part in parts:
        yield f"  {part}"


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
