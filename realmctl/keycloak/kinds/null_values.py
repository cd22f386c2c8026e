"""What takes a field away: what a request sends in place of a null.

By experiment on 26.7.3; a live test takes each field away. A field that a kind does not name always has a value:
Keycloak ignores a null there, or answers with its default, or (an empty `otpPolicyType`) breaks the realm. Pure. Must
not know about: any single kind, except which attributes Keycloak keeps for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.keycloak.kinds.client_attributes import MADE_UP

Ways = Mapping[str, Any]
"""Field → what is sent."""
OMIT = None
"""Sent in place of a null: nothing, since a PUT without the field takes it away."""
EACH_KEY: Mapping[str, None] = {}
"""Of a map: null for each of its keys."""


def ways(
    *,
    texts: tuple[str, ...] = (),
    lists: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
    maps: tuple[str, ...] = (),
) -> Ways:
    """Return the fields that are taken away by an empty text, by an empty list, by being left out, and key by key."""
    return {
        **dict.fromkeys(texts, ""), **{name: [] for name in lists}, **dict.fromkeys(left_out, OMIT),
        **dict.fromkeys(maps, EACH_KEY),
    }  # fmt: skip


def with_each_key(emptied_by: Ways, want: Mapping[str, Any], have: Mapping[str, Any]) -> dict[str, Any]:
    """Return the maps of an object that are declared null, with null for each live key but those that stay."""
    return {
        name: {key: None for key in have.get(name) or () if key not in MADE_UP and not key.startswith("realmctl.")}
        for name, way in emptied_by.items()
        if way is EACH_KEY and name in want and want[name] is None
    }
