"""Several fixes of one object as one request's body.

Must not know about: which rule wants what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from realmctl.integrations.entra.finding import EntraRemark

Request = tuple[Literal["PATCH", "POST"], str]

_NAMES = ("name", "value", "id")
"""What tells the items of Graph's lists apart: optional claims by name, app roles by value."""


def patches(remarks: Iterable[EntraRemark]) -> dict[Request, Mapping[str, Any]]:
    """By method and address the body that puts right all of `remarks` there; what only a command can do is left out.

    Lists are whole in every fix, each with the same beginning: the registration's own.
    """
    found: dict[Request, Mapping[str, Any]] = {}
    for remark in remarks:
        if remark.fix and remark.fix.body is not None:
            request: Request = (remark.fix.method, remark.fix.url)
            found[request] = merge_patches(found.get(request, {}), remark.fix.body)
    return found


def merge_patches(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Both at once; a value that only one of them has stays, and of two lists the items of both."""
    body = dict(first)
    for key, value in second.items():
        have = body.get(key)
        if isinstance(have, Mapping) and isinstance(value, Mapping):
            body[key] = merge_patches(have, value)
        elif isinstance(have, list) and isinstance(value, list):
            body[key] = _items(have, value)
        else:
            body[key] = value
    return body


def _items(first: list[Any], second: list[Any]) -> list[Any]:
    """Items of both; of two of the same name the second one's."""
    named = {_name(item): item for item in first}
    return list((named | {_name(item): item for item in second}).values())


def _name(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    return next((item[key] for key in _NAMES if item.get(key)), repr(item))
