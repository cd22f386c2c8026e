"""The form that a successful answer of the Admin API has at each path, so that any other answer is an error here.

From Keycloak's Admin REST API (26.4 to 26.7.3). Must not know about: how requests are sent, single kinds' fields.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

_ANY = "*"

_LISTS = {
    tuple(path.split("/"))
    for path in (
        "admin-events",
        "authentication/flows",
        "authentication/flows/*/executions",
        "authentication/required-actions",
        "client-scopes",
        "client-scopes/*/protocol-mappers/models",
        "clients",
        "clients/*/authz/resource-server/permission",
        "clients/*/authz/resource-server/policy",
        "clients/*/authz/resource-server/resource",
        "clients/*/authz/resource-server/scope",
        "clients/*/default-client-scopes",
        "clients/*/optional-client-scopes",
        "clients/*/protocol-mappers/models",
        "clients/*/roles",
        "components",
        "default-default-client-scopes",
        "default-groups",
        "default-optional-client-scopes",
        "events",
        "groups",
        "groups/*/children",
        "groups/*/members",
        "identity-provider/instances",
        "identity-provider/instances/*/mappers",
        "organizations",
        "organizations/*/identity-providers",
        "organizations/*/members",
        "roles",
        "roles-by-id/*/composites",
        "roles/*/composites",
        "roles/*/groups",
        "roles/*/users",
        "users",
        "users/*/groups",
        "workflows",
    )
}
"""Paths below the realm whose answer is a list of objects."""

_OBJECTS: Mapping[tuple[str, ...], str] = {
    tuple(path.split("/")) if path else (): key
    for path, key in {
        "": "realm",
        "authentication/config/*": "id",
        "authentication/flows/*": "id",
        "authentication/required-actions/*": "alias",
        "client-scopes/*": "id",
        "clients/*": "id",
        "clients/*/roles/*": "name",
        "clients/*/service-account-user": "id",
        "components/*": "id",
        "groups/*": "id",
        "identity-provider/instances/*": "alias",
        "partial-export": "realm",
        "roles-by-id/*": "id",
        "roles/*": "name",
        "users/*": "id",
        "users/profile": "attributes",
    }.items()
}
"""Paths below the realm whose answer is an object, and the field that it always has."""

_NUMBERS = frozenset({("users", "count")})
"""Paths below the realm that look like those of an object, and whose answer is a number."""


def shape_problem(path: Sequence[str], body: Any) -> str:
    """Return what is wrong with the body of a successful answer to a read, as the end of a sentence; "" if nothing.

    `path` is below `/admin/realms`; of a path that is not known here only an empty body is wrong.
    """
    if body is None:
        return "with no content, or with `null`"
    below = tuple(path[1:])
    if not path or _template(below, _LISTS):
        is_list = isinstance(body, list) and all(isinstance(one, dict) for one in body)
        return "" if is_list else f"with {_shown(body)}, and not with a list of objects"
    if below in _NUMBERS:
        return "" if isinstance(body, int) else f"with {_shown(body)}, and not with a number"
    found = _template(below, _OBJECTS)
    if found is None or below == ("groups", "count"):
        return ""
    key = _OBJECTS[found]
    return "" if isinstance(body, dict) and key in body else f"with {_shown(body)}, which has no '{key}'"


def _template(path: tuple[str, ...], known: Collection[tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the entry of `known` that fits the path; an exact one wins."""
    if path in known:
        return path
    for one in known:
        if len(one) == len(path) and all(said in (_ANY, part) for said, part in zip(one, path, strict=True)):
            return one
    return None


def _shown(body: Any) -> str:
    """Return what a body is, without what stands in it."""
    if isinstance(body, list):
        return "a list" if body else "an empty list"
    if isinstance(body, dict):
        return "an object" if body else "an empty object"
    return {bool: "a truth value", str: "a text"}.get(type(body), "a number")
