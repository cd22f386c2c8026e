"""The differences of two nested values as a policy counts them: by key, and lists of objects by position.

Must not know about: what the values mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realmctl.engine.plan.nested_diff import NOTHING, Label, Path, nested_differences

__all__ = ["NOTHING", "Path", "differences"]


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the path, the old and the new value of each element that differs, `NOTHING` where there is none.

    Single values of a list are elements without a step of their own; of a list in another order, all are yielded.
    """
    found = nested_differences(before, after, names=(), opens_texts=False)
    changed = {_list_path(one.path) for one in found if not one.is_order}
    for one in found:
        if not one.is_order or one.path not in changed:
            yield (*path, *_list_path(one.path)), one.old, one.new


def _list_path(path: Path) -> Path:
    """The path without the last step, where that is an element that has only its content."""
    return path[:-1] if path and path[-1] == Label() and isinstance(path[-1], Label) else path
