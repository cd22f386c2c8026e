"""Changes a realm by single requests, value by value, so that a comparison of realms can be tested with it.

Must not know about: how the comparison reads a realm.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.admin import Admin
from realmctl.errors import ServerError

IDENTITY = frozenset({"id", "_id", "internalId", "containerId", "parentId", "realm", "path", "access", "username"})
"""Fields that are no settings: another value would address another object, or is derived."""
NAMED = frozenset({"name", "alias", "clientId"})
"""Another name is the deletion of one object and the creation of another: `removals` covers that."""
CASCADES = frozenset(
    {
        "organizationsEnabled",
        "adminPermissionsEnabled",
        "serviceAccountsEnabled",
        "authorizationServicesEnabled",
        "bearerOnly",
        "publicClient",
        "protocol",
        "providerId",
        "composite",
        "internationalizationEnabled",
    }
)
"""Fields that create or delete other objects when they change: `removals` covers them."""
ALTERNATIVES: Mapping[str, tuple[Any, ...]] = {
    "sslRequired": ("none",),
    "requirement": ("DISABLED", "REQUIRED"),
    "logic": ("NEGATIVE", "POSITIVE"),
    "decisionStrategy": ("AFFIRMATIVE", "UNANIMOUS", "CONSENSUS"),
    "policyEnforcementMode": ("ENFORCING", "DISABLED"),
    "clientAuthenticatorType": ("client-jwt",),
    "defaultSignatureAlgorithm": ("ES256",),
    "mode": ("PERMISSIVE", "STRICT"),
    "browserFlow": ("direct grant",),
    "editMode": (["WRITABLE"],),
}
"""Values that Keycloak takes where it does not take any text."""
SEEN_ELSEWHERE = frozenset({"authenticationExecutions"})


@dataclass
class Target:
    """An object that one PUT writes whole. `prefix` is the object's path in the comparison."""

    kind: str
    prefix: str
    path: tuple[str, ...]
    read_path: tuple[str, ...] = ()
    body: Any = None
    """What was there before."""
    changed: list[tuple[str, ...]] = field(default_factory=list)
    """The values that are now others by the object's own resource."""


def mutate(admin: Admin, realm: str, target: Target, wanted: Callable[[str, tuple[str, ...]], bool]) -> None:
    """Change every wanted value of an object, one after the other, and note those that Keycloak took."""
    read = (realm, *(target.read_path or target.path))
    target.body = admin.get(*read)
    body = copy.deepcopy(target.body)
    for path in list(_values(target.body, ())):
        if not wanted(target.kind, path):
            continue
        for value in _others(_at(body, path), path[-1]):
            tried = copy.deepcopy(body)
            _put(tried, path, value)
            try:
                admin.send("PUT", (realm, *target.path), tried)
            except ServerError:
                continue
            if _has(found := admin.get(*read), path, _at(target.body, path)):
                continue
            body = tried
            target.changed.append(path)
            del found
            break
    now = admin.get(*read)
    target.changed = [path for path in target.changed if not _has(now, path, _at(target.body, path))]


def revert(admin: Admin, realm: str, target: Target) -> None:
    """Write what was there before."""
    admin.send("PUT", (realm, *target.path), target.body)


def _values(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the settings in an object; a list is one value."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not path and name in IDENTITY | NAMED | CASCADES | SEEN_ELSEWHERE:
                continue
            yield from _values(item, (*path, name))
    elif path:
        yield path


def _others(value: Any, name: str) -> Iterator[Any]:
    """Yield other values of the same type."""
    yield from (other for other in ALTERNATIVES.get(name, ()) if other != value)
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, max(value - 1, 0))
    elif isinstance(value, str):
        flag = {"true": "false", "false": "true"}.get(value)
        number = [str(int(value) + 1)] if value.isdigit() else []
        yield from ([flag] if flag else [*number, f"{value}x", f"{value}/x", ""])
    elif isinstance(value, list):
        yield value[::-1]
        yield from (value[:-1], [*value, "x"])
        yield from ([*value[:-1], other] for last in value[-1:] if isinstance(last, str) for other in _others(last, ""))


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value[name]
    return value


def _put(value: Any, path: tuple[str, ...], new: Any) -> None:
    _at(value, path[:-1])[path[-1]] = new


def _has(value: Any, path: tuple[str, ...], expected: Any) -> bool:
    """Say whether there is still the same value; the order of a list counts."""
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return bool(expected in (None, "", [], {}))
        value = value[name]
    return bool(value == expected)
