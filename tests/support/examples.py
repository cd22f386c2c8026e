"""How many examples a property draws: the profile `untimed` draws all of them, `quick` a fifth (see conftest.py)."""

from __future__ import annotations

from hypothesis import settings


def examples(full: int) -> int:
    """Return `full` in the profile `untimed`, and in proportion in one that draws fewer than hypothesis' 100."""
    profile = settings.default
    assert profile
    return max(1, full * profile.max_examples // 100)
