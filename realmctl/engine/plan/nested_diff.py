"""Differences between two nested values: maps by key, lists of objects by name, and JSON inside texts.

deepdiff compares, and is imported only then. It sees values that `_Preparation` has made: secrets are masked, and
every list is a map from what identifies an element to the element, so that no position shifts. Whether two values
differ at all is decided in `diff.py`. Must not know about: fields, output formats.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from enum import Enum
from sys import intern
from typing import Any

from realmctl.model.redaction import redact
from realmctl.model.secret import HIDDEN, MASK, Secret

NAMES = ("name", "alias", "clientId", "id", "kid", "key", "path", "username")
"""The fields that identify an object in a list, the first one first."""
NOTHING: Any = type("Nothing", (), {"__repr__": lambda _self: "nothing", "__bool__": lambda _self: False})()
"""The value of an element that does not exist on one side."""
_SEPARATOR = "##"
"""What Keycloak separates the items of a list inside a text with."""


class Label(str):
    """A step into a list: the name or the number of an element; empty for an element that has only its content."""

    __slots__ = ()


Path = tuple[str, ...]
"""Keys of maps as `str`, elements of lists as `Label`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One element; `old` or `new` is `NOTHING` where it does not exist.

    With `is_order` the elements that both lists have stand in another order: `old` and `new` are lists of their labels,
    and of single values the values themselves.
    """

    path: Path
    old: Any
    new: Any
    is_order: bool = False


def nested_differences(
    old: Any, new: Any, *, names: Sequence[str] = NAMES, opens_texts: bool = True
) -> list[Difference]:
    """Return the elements that differ, in the order of the values; at least one where `old` and `new` differ.

    Elements of a list are matched by the first of `names` that all of them have; without one, objects by content and
    then by position, and with empty `names` by position alone; single values by content. With `opens_texts`, a text
    that holds JSON, or a list in Keycloak's notation, is compared by what it holds. An element that exists on one side
    only is returned whole. Texts in the result have no secrets.
    """
    preparation = _Preparation(names, opens_texts=opens_texts)
    before, after = preparation.prepare(old), preparation.prepare(new)
    found = list(_compare(before, after, ()))
    if not found and (type(old) is not type(new) or old != new):  # a list and a tuple of the same elements
        found = [Difference((), _restored(before), _restored(after))]
    return found


def leaves(value: Any) -> Iterator[tuple[Path, Any]]:
    """Yield the single values inside `value` with their paths; empty maps and lists whole."""
    yield from _leaves(_Preparation().prepare(value), ())


class _Masked(str):
    """A text without its secrets. Two are equal only if their originals are, so that a changed secret is found."""

    __slots__ = ("number",)
    number: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Masked) and self.number == other.number

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((_Masked, self.number))


class _Key(str):
    """A key of a prepared map or list: a number to deepdiff, which evaluates keys; `step` is its part of the path."""

    __slots__ = ("step",)
    step: str | None

    @classmethod
    def of(cls, text: str, step: str | None = None) -> _Key:
        """Return the key; `step` is None for a part of a value that has no name."""
        made = cls(text)
        made.step = step
        return made


_CONTENT = _Key.of("content")
_TEXT = _Key.of("text")
_ORDER = _Key.of("order")


class _Keys:
    """The keys of one comparison: the same one for the same name or content on both sides."""

    def __init__(self) -> None:
        self._known: dict[Any, _Key] = {}

    def named(self, step: str) -> _Key:
        """Return the key of a map's key, or of a list's label."""
        return self._known.setdefault((type(step), step), _Key.of(str(len(self._known)), step))

    def by_content(self, items: Sequence[Any]) -> list[_Key]:
        """Return a key for each prepared item: of its content, and of how many items before it have the same."""
        seen: Counter[Any] = Counter()
        found = []
        for item in items:
            content = id(item)
            found.append(self._known.setdefault((content, seen[content]), _Key.of(str(len(self._known)), Label())))
            seen[content] += 1
        return found


class _Elements(dict[_Key, Any]):
    """A list whose elements have only their content: from the key of each one to the element; and their order."""

    def __init__(self, keys: Sequence[_Key], items: Sequence[Any]) -> None:
        super().__init__(zip(keys, items, strict=True))
        self.items_in_order = items
        self.places = {key: place for place, key in enumerate(keys)}
        self[_ORDER] = intern(" ".join(keys))


class _Labelled(_Elements):
    """A list whose elements have a name or a number each."""


class _Opened(dict[_Key, Any]):
    """A text that holds JSON or a list: its content and the text."""


class _Preparation:
    """Makes the values that deepdiff compares; equal ones are one object. Both sides of a comparison share one."""

    def __init__(self, names: Sequence[str] = NAMES, *, opens_texts: bool = True) -> None:
        self._names = names
        self._opens_texts = opens_texts
        self._keys = _Keys()
        self._numbers: dict[str, int] = {}
        self._known: dict[Any, Any] = {}

    def prepare(self, value: Any) -> Any:
        """Return maps as `dict`, lists as `_Elements`, opened texts as `_Opened`, single values without secrets."""
        return self._single(self._prepared(value))

    def _single(self, made: Any) -> Any:
        content = frozenset((key, id(item)) for key, item in made.items()) if isinstance(made, dict) else made
        return self._known.setdefault((type(made), content), made)

    def _prepared(self, value: Any) -> Any:
        if isinstance(value, str):
            content = _read(value) if self._opens_texts else value
            if content is value:
                return HIDDEN if value == MASK else self._masked(value)
            return _Opened({_CONTENT: self.prepare(content), _TEXT: self._single(self._masked(value))})
        if isinstance(value, Mapping):
            return {self._keys.named(self._masked(str(key))): self.prepare(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return self._list(value)
        if isinstance(value, (set, frozenset)):
            return self._list(sorted(value, key=str))
        if isinstance(value, Secret):
            return HIDDEN
        if isinstance(value, Enum):
            return self.prepare(value.value)
        return value if value is None or isinstance(value, (bool, int, float)) else self._masked(str(value))

    def _list(self, items: Sequence[Any]) -> _Elements:
        prepared = [self.prepare(item) for item in items]
        labels = self._labels(items)
        if labels is None:
            return _Elements(self._keys.by_content(prepared), prepared)
        return _Labelled([self._keys.named(label) for label in labels], prepared)

    def _labels(self, items: Sequence[Any]) -> list[Label] | None:
        """The names of objects, or their numbers; None where elements are identified by their content."""
        if not self._names:
            is_nested = any(isinstance(item, (Mapping, list, tuple)) for item in items)
            return [Label(number) for number in range(1, len(items) + 1)] if is_nested else None
        if all(isinstance(item, Mapping) for item in items):
            for name in self._names:
                labels = [Label(redact(item[name])) for item in items if isinstance(item.get(name), str)]
                if len(set(labels)) == len(items):
                    return labels
        return None

    def _masked(self, text: str) -> str:
        shown = redact(text)
        if shown == text:
            return str(text)
        made = _Masked(shown)
        made.number = self._numbers.setdefault(text, len(self._numbers))
        return made


def _read(text: str) -> Any:
    """What a text holds: JSON, or a list in Keycloak's notation; else the text itself."""
    stripped = text.strip()
    if stripped[:1] in ("{", "[") and stripped[-1:] in ("}", "]"):
        try:
            found = json.loads(stripped)
        except (ValueError, RecursionError):
            return text
        return found if isinstance(found, (dict, list)) else text
    return text.split(_SEPARATOR) if _SEPARATOR in text and " " not in text else text


def _compare(old: Any, new: Any, path: Path) -> Iterator[Difference]:
    """Yield the differences of two prepared values."""
    before, after = _content(old), _content(new)
    if isinstance(before, _Elements) and isinstance(after, _Elements) and type(before) is not type(after):
        before, after = _alike(before, after)
    is_found = False
    if isinstance(before, dict) and type(before) is type(after) and before is not after:
        for one in _inside(before, after, path):
            is_found = True
            yield one
    # Two texts may hold the same JSON, and be written differently.
    if not is_found and old is not new:
        yield Difference(path, _restored(old), _restored(new))


def _alike(old: _Elements, new: _Elements) -> tuple[_Elements, _Elements]:
    """Return two lists, of which one has labels, so that both have: an empty list has; else both have only content."""
    if not old.places or not new.places:
        return _Labelled(list(old.places), old.items_in_order), _Labelled(list(new.places), new.items_in_order)
    keys = _Keys()
    before, after = (_Elements(keys.by_content(one.items_in_order), one.items_in_order) for one in (old, new))
    return before, after


def _inside(old: dict[_Key, Any], new: dict[_Key, Any], path: Path) -> Iterator[Difference]:
    """Yield the differences of two maps, or two lists, in the order of their keys."""
    levels = _levels(old, new)
    opened = {keys[: at + 1] for keys in levels for at, key in enumerate(keys) if key is _CONTENT}
    pairs = _replaced(levels)
    for keys, level in levels.items():
        above = (*path, *_steps(keys[:-1]))
        last = keys[-1]
        if last is _TEXT and (*keys[:-1], _CONTENT) in opened:
            continue
        if last is _ORDER:
            yield from _reordered(*level.parents, above)
        elif keys not in pairs:
            yield from _compare(level.old, level.new, (*above, *_steps(keys[-1:])))
        elif level.new is NOTHING:
            number = Label(level.parents[0].places[last] + 1)
            yield from _compare(level.old, levels[pairs[keys]].new, (*above, number))


Keys = tuple[_Key, ...]


@dataclass(frozen=True, slots=True)
class _Differing:
    """What deepdiff found at one place: two prepared values, and the maps or lists that hold them."""

    old: Any
    new: Any
    parents: tuple[Any, Any]


def _levels(old: dict[_Key, Any], new: dict[_Key, Any]) -> dict[Keys, _Differing]:
    """Return by path what deepdiff finds to differ; sorted by the place in both values, texts and orders last."""
    from deepdiff import DeepDiff
    from deepdiff.helper import notpresent

    def side(value: Any) -> Any:
        return NOTHING if value is notpresent else value

    old, new = _narrowed(old, new)
    found = DeepDiff(old, new, view="tree", threshold_to_diff_deeper=0)
    levels = {
        tuple(one.path(output_format="list")): _Differing(side(one.t1), side(one.t2), (one.up.t1, one.up.t2))
        for kind in found.values()
        for one in kind
    }
    merged: dict[Keys, dict[_Key, int]] = {}

    def position(keys: Keys) -> list[tuple[bool, int]]:
        """For each key: whether it comes last, and its place among the keys of both sides."""
        before: Any = old
        after: Any = new
        places = []
        for at, key in enumerate(keys):
            if keys[:at] not in merged:
                merged[keys[:at]] = {one: place for place, one in enumerate(dict.fromkeys((*before, *after)))}
            places.append((key is _TEXT or key is _ORDER, merged[keys[:at]][key]))
            before, after = before.get(key), after.get(key)
        return places

    return {keys: levels[keys] for keys in sorted(levels, key=position)}


def _narrowed(old: dict[_Key, Any], new: dict[_Key, Any]) -> tuple[dict[_Key, Any], dict[_Key, Any]]:
    """Return both without what is the same on both sides: deepdiff takes a tenth of a millisecond for each key."""
    before, after = copy(old), copy(new)
    for key in old.keys() & new.keys():
        one, other = old[key], new[key]
        if one is other:
            del before[key], after[key]
        elif isinstance(one, dict) and type(one) is type(other):
            before[key], after[key] = _narrowed(one, other)
    return before, after


def _replaced(levels: Mapping[Keys, _Differing]) -> dict[Keys, Keys]:
    """Return the paths of maps and lists without a name that stand at one position of a list, old to new and back."""
    gone: dict[tuple[Keys, int], Keys] = {}
    come: dict[tuple[Keys, int], Keys] = {}
    for keys, level in levels.items():
        before, after = level.parents
        if type(before) is _Elements and keys[-1] is not _ORDER:
            if isinstance(_content(level.old), dict):
                gone[keys[:-1], before.places[keys[-1]]] = keys
            if isinstance(_content(level.new), dict):
                come[keys[:-1], after.places[keys[-1]]] = keys
    both = [(gone[place], come[place]) for place in gone if place in come]
    return dict(both) | {new: old for old, new in both}


def _reordered(old: _Elements, new: _Elements, path: Path) -> Iterator[Difference]:
    """Yield the order of the elements that both lists have, if it differs."""
    before, after = ([key for key in one.places if key in other.places] for one, other in ((old, new), (new, old)))
    if before != after:

        def label(key: _Key) -> Any:
            if isinstance(old, _Labelled):
                return str(key.step)
            place = old.places[key]
            item = old.items_in_order[place]
            return place + 1 if isinstance(_content(item), dict) else _restored(item)

        yield Difference(path, [label(key) for key in before], [label(key) for key in after], is_order=True)


def _steps(keys: Keys) -> Iterator[str]:
    """The keys of prepared values as the steps of a path."""
    for key in keys:
        if key.step is not None:
            yield key.step if isinstance(key.step, Label) else str(key.step)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    content = _content(value)
    if isinstance(content, _Elements) and content.places:
        for key, place in content.places.items():
            yield from _leaves(content.items_in_order[place], (*path, key.step or Label(place + 1)))
    elif type(content) is dict and content:
        for key, item in content.items():
            yield from _leaves(item, (*path, *_steps((key,))))
    else:
        yield path, _restored(value)


def _content(prepared: Any) -> Any:
    """The value without the text that it was read from."""
    return prepared[_CONTENT] if isinstance(prepared, _Opened) else prepared


def _restored(prepared: Any) -> Any:
    """The value as it was before its preparation, without secrets."""
    if isinstance(prepared, _Opened):
        return str(prepared[_TEXT])
    if isinstance(prepared, _Elements):
        return [_restored(item) for item in prepared.items_in_order]
    if isinstance(prepared, dict):
        return {str(key.step): _restored(item) for key, item in prepared.items()}
    return str(prepared) if isinstance(prepared, _Masked) else prepared
