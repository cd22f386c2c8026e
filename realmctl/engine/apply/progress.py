"""What an apply tells while it runs, and in the end.

Must not know about: how either is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from realmctl.model.change import Change


@dataclass(frozen=True, slots=True)
class Event:
    """What happens, for whoever watches. `done` of `total` changes are through."""

    kind: str
    """start, done, failed, or phase."""
    change: Change | None = None
    text: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What an apply did. `remaining` are differences that are still there after all was written."""

    applied: tuple[Change, ...] = ()
    failed: tuple[tuple[Change, str], ...] = ()
    skipped: tuple[Change, ...] = ()
    remaining: tuple[Change, ...] = ()
    requests: int = 0
    problem: str = ""
    """What else went wrong, in sentences: the result could not be checked, the journal could not be written."""
    interrupted: bool = False
    """Whether somebody asked to stop: `skipped` was not begun; with nothing skipped, the result was not checked."""
