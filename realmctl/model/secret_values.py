"""Walks over nested values that may hold secrets: finds them, replaces them, reveals them.

Values are plain data: maps, lists, scalars and `Secret`s. Must not know about: what a value is of, output formats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from realmctl.model.secret import HIDDEN, Secret

Path = tuple[str | int, ...]
"""The keys of maps and the indexes of lists (from 0) that lead to a value."""

_SCALARS = frozenset({str, int, float, bool, type(None)})
"""Most values are of these types; an abstract class answers ten times as slowly as this look-up."""


def secrets_in(value: Any, path: Path = ()) -> Iterator[tuple[Path, Secret]]:
    """Yield every secret at any depth with its path, in the order of the value; `path` leads to the value itself."""
    if type(value) in _SCALARS:
        return
    if isinstance(value, Secret):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from secrets_in(item, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from secrets_in(item, (*path, index))


def has_secret(value: Any) -> bool:
    """Return whether a value is a secret, or holds one at any depth."""
    return next(secrets_in(value), None) is not None


def replace_secrets(value: Any, replacement: Callable[[Secret], Any]) -> Any:
    """Return the same data with `replacement(secret)` in place of each secret.

    Maps become dicts, and tuples become lists.
    """
    if type(value) in _SCALARS:
        return value
    if isinstance(value, Secret):
        return replacement(value)
    if isinstance(value, Mapping):
        return {key: replace_secrets(item, replacement) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [replace_secrets(item, replacement) for item in value]
    return value


def hide_secrets(value: Any) -> Any:
    """Return the same data with `(secret)` in place of each secret, as a plan may hold it."""
    return replace_secrets(value, lambda _: HIDDEN)


def reveal_secrets(value: Any) -> Any:
    """Return the same data with the secrets in clear, as the server keeps it: for a comparison, never for an output."""
    return replace_secrets(value, Secret.reveal)
