"""Null as an item of a list, in what is declared of a realm: no list of Keycloak's has an item that is nothing.

A field's type refuses it in a list of texts. Maps of free values (`config`, `attributes`) have lists, too: there it
would become the text `null`, or Keycloak would fail on it. Must not know about: kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.loader.origin import Files
from realmctl.errors import Finding, Place

Path = tuple[str | int, ...]


def with_null_items(sections: Mapping[str, Any], files: Files, found: list[Finding]) -> list[Finding]:
    """Return the findings about the types of fields, with an error for each item that is null.

    An error of a whole list that has such an item says the same less exactly, and is left out.
    """
    nulls: dict[Place, str] = {}
    lists: set[Place] = set()
    for path in _nulls(sections, ()):
        key = next(str(step) for step in reversed(path) if isinstance(step, str))
        nulls[files.place(*path)] = f"item {int(path[-1]) + 1} of '{key}' is null"
        lists |= {files.place(*path[:length]) for length in range(1, len(path))}
    kept = [one for one in found if not (one.rule == "bad-value" and one.place in lists)]
    told = {one.place for one in kept}
    advice = "take it out of the list, or write a value"
    return [*kept, *(Finding("null", text, at, advice) for at, text in nulls.items() if at not in told)]


def _nulls(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _nulls(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if item is None:
                yield (*path, index)
            else:
                yield from _nulls(item, (*path, index))
