"""What of a live object's field is worth saying: what differs from its default.

Pure. Must not know about: how it is written, any single kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.engine.plan.diff import alike
from realmctl.model.fields import Compare

NOTHING = object()
"""There is nothing to say: the value is the default."""

OURS = "realmctl."
"""Keys that begin so are realmctl's own: its inventory and its fingerprints."""


def minimal(value: Any, default: Any, compare: Compare, *, whole: bool) -> Any:
    """The part of `value` that differs from `default`, or NOTHING.

    `whole` says that what is not in `value` is not there at all: what the default has and it hasn't is then asked away.
    """
    if compare in (Compare.KEYS, Compare.TREE) and isinstance(value or {}, Mapping):
        return _map(value or {}, default if isinstance(default, Mapping) else {}, compare, whole=whole)
    if compare is Compare.SET and isinstance(value or [], list) and isinstance(default or [], list):
        same = sorted(map(str, value or ())) == sorted(map(str, default or ()))
        return NOTHING if same else _sorted(value or [])
    if alike(value, default) or (value is None and not default):
        return NOTHING
    return _empty_like(default) if value is None else value


def _map(value: Mapping[str, Any], default: Mapping[str, Any], compare: Compare, *, whole: bool) -> Any:
    found: dict[str, Any] = {}
    for key, item in value.items():
        if key.startswith(OURS):
            continue
        below = compare if compare is Compare.TREE and isinstance(item, Mapping) else Compare.VALUE
        left = minimal(item, default.get(key), below, whole=whole)
        if left is not NOTHING:
            found[key] = left
        elif compare is Compare.TREE and key not in default and isinstance(item, Mapping):
            found[key] = item
    if whole:
        # In a tree the presence of an empty map means something: a validation without settings.
        gone = {key for key, item in default.items() if key not in value and item is not None}
        found |= {key: None for key in sorted(gone) if compare is Compare.TREE or not alike(default[key], None)}
    if compare is Compare.KEYS:
        found = dict(sorted(found.items()))
    return found or NOTHING


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items) if all(isinstance(item, str) for item in items) else items


def _empty_like(default: Any) -> Any:
    """What takes a value away, in the type that the default has."""
    if isinstance(default, bool):
        return False
    if isinstance(default, str):
        return ""
    if isinstance(default, list):
        return []
    return {} if isinstance(default, Mapping) else None
