"""JSON inside texts: the values that Keycloak keeps as one text, and people write as a map or a list of maps.

Pure. Must not know about: fields, kinds, YAML.
"""

from __future__ import annotations

import json
from typing import Any


def structure_of(text: Any) -> Any:
    """Return the map or the list that a text holds as JSON; None for every other text."""
    if not isinstance(text, str) or text[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def is_same_json(one: Any, other: Any) -> bool:
    """Return whether two texts hold the same map or list as JSON, however they are spaced and ordered."""
    if not isinstance(one, str) or not isinstance(other, str) or one[:1] != other[:1]:
        return False
    first = structure_of(one)
    second = None if first is None else structure_of(other)
    return second is not None and _canonical(first) == _canonical(second)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
