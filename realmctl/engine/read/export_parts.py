"""Puts parts of a realm's export together, each read by another request, without changing any of them. Pure.

Must not know about: kinds, requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def merge_part(whole: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """Return `whole` with `part` laid over it.

    Maps are merged key by key. Lists of objects are merged by id (entries of scope mappings: by who has the mapping);
    an object that only `part` has is added at the end. Any other value of `part` takes the place of the former one.
    """
    return {**whole, **{key: _merge(whole[key], value) if key in whole else value for key, value in part.items()}}


def _merge(known: Any, value: Any) -> Any:
    if isinstance(known, Mapping) and isinstance(value, Mapping):
        return merge_part(known, value)
    if isinstance(known, list) and isinstance(value, list):
        return _merge_lists(known, value)
    return value


def _merge_lists(known: Sequence[Any], items: Sequence[Any]) -> list[Any]:
    parts = {_identity(item): item for item in items}
    if None in parts or not all(isinstance(item, Mapping) for item in known):
        return list(items)
    merged = [merge_part(item, parts.pop(_identity(item), {})) for item in known]
    return [*merged, *parts.values()]


def _identity(item: Any) -> tuple[str, str] | None:
    """Return what tells an object of a list from the others, None where nothing does."""
    if isinstance(item, Mapping):
        for key in ("id", "client", "clientScope"):
            if isinstance(item.get(key), str):
                return key, item[key]
    return None
