"""The temporary names that an apply gives: to a flow that it builds beside the old one, to a group that moves.

An apply that was cut off leaves such names. Must not know about: requests, plans.
"""

from __future__ import annotations

import re

NEXT = " realmctl-next"
"""Ends a temporary name, followed by a number where several would be the same; a finished apply leaves none."""
_ENDING = re.compile(rf"{NEXT}(?:-\d+)?$")


def final_name(name: str) -> str:
    """Return the name that the object gets when the apply is finished."""
    return _ENDING.sub("", name)


def is_temporary(name: str) -> bool:
    """Return whether an apply gave that name."""
    return bool(_ENDING.search(name))
