"""The request before a change that gives the values of an attribute another order.

Keycloak compares the values of an attribute of a role, a group, a user or an organization as a set: a PUT with the same
values in another order is answered 204 and changes nothing (26.7.3, by experiment). The order has a meaning: a mapper
that gives one value takes the first. Must not know about: single kinds.
"""

from __future__ import annotations

from realmctl.keycloak.kinds.request_parts import merge
from realmctl.model.change import Change, Id, Request


def shortened(change: Change, path: tuple[str | Id, ...], field: str = "attributes") -> tuple[Request, ...]:
    """The write of each such attribute without its last value, after which Keycloak takes the whole in its order."""
    values = {
        one.path.removeprefix(f"{field}."): one.new[:-1]
        for one in change.fields
        if one.path.startswith(f"{field}.")
        and isinstance(one.old, list)
        and isinstance(one.new, list)
        and one.old != one.new
        and set(one.old) == set(one.new)
    }
    return (merge(path, {"attributes": values}),) if values else ()
