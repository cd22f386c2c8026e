"""Changes a realm by single requests, value by value, so that a comparison of realms can be tested with it.

Must not know about: how the comparison reads a realm.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.errors import ServerError
from realmctl.keycloak.admin import Admin
from tests.live.naming import NAMES

IDENTITY = frozenset(
    {
        "id",
        "_id",
        "internalId",
        "containerId",
        "parentId",
        "realm",
        "path",
        "access",
        "username",
        "subType",
        "providerType",
    }
)
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
        "organizationId",
        "internationalizationEnabled",
    }
)
"""Fields that create or delete other objects when they change: `removals` covers them."""
APART = frozenset(
    {"clientPolicies", "clientProfiles", "protocolMappers", "defaultClientScopes", "optionalClientScopes"}
)
"""Fields that have resources of their own: those are targets or links, and a PUT without the field leaves them."""
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
    "cibaBackchannelTokenDeliveryMode": ("ping", "poll"),
    # Of a mapper whose type does not exist nothing can be read any more.
    "protocolMapper": ("oidc-hardcoded-role-mapper", "saml-hardcode-role-mapper"),
    "identityProviderMapper": ("hardcoded-attribute-idp-mapper", "oidc-username-idp-mapper"),
}
"""Values that Keycloak takes where it does not take any text."""
Key = str | int
Where = tuple[Key, ...]
"""The way to a value in a body: keys of objects, positions in lists."""


@dataclass
class Target:
    """An object that one PUT writes whole. `prefix` is the object's path in the comparison."""

    kind: str
    prefix: str
    path: tuple[str, ...]
    read_path: tuple[str, ...] = ()
    body: Any = None
    """What was there before."""
    changed: list[Where] = field(default_factory=list)
    """The values that are now others by the object's own resource."""

    def compared_as(self, where: Where) -> str:
        """Return a value's path in the comparison, or that of the list without names that it is in."""
        names, value = [self.prefix], self.body
        for key in where:
            if isinstance(key, int):
                name = next((value[key][one] for one in NAMES if value[key].get(one)), None)
                if name is None and len(value) > 1:
                    break
                names.append(str(name or key + 1))
            else:
                names.append(key)
            value = value[key]
        return " › ".join(names)


def mutate(admin: Admin, realm: str, target: Target, wanted: Callable[[Where], bool]) -> None:
    """Change every wanted value of an object, one after the other, and note those that Keycloak took."""
    read = (realm, *(target.read_path or target.path))
    target.body = {name: value for name, value in admin.get(*read).items() if name not in APART}
    body = copy.deepcopy(target.body)
    for path in list(_values(target.body, ())):
        if not wanted(path):
            continue
        for value in _others(_at(body, path), str(path[-1])):
            tried = copy.deepcopy(body)
            _put(tried, path, value)
            try:
                admin.send("PUT", (realm, *target.path), tried)
            except ServerError:
                continue
            if _has(admin.get(*read), path, _at(target.body, path)):
                continue
            body = tried
            target.changed.append(path)
            break
    now = admin.get(*read)
    target.changed = [path for path in target.changed if not _has(now, path, _at(target.body, path))]


def revert(admin: Admin, realm: str, target: Target) -> None:
    """Write what was there before."""
    admin.send("PUT", (realm, *target.path), target.body)


def _values(value: Any, path: Where) -> Iterator[Where]:
    """Yield the ways to the settings in an object; a list of texts or numbers is one value."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name not in IDENTITY | NAMED | CASCADES:
                # An attribute of the realm that repeats a field is that field.
                known = value.keys() if name == "attributes" else ()
                yield from (one for one in _values(item, (*path, name)) if one[-1] not in known)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from _values(item, (*path, index))
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
        if value[::-1] != value:
            yield value[::-1]
        yield from ([*value[:-1], other] for last in value[-1:] if isinstance(last, str) for other in _others(last, ""))
        yield from ([*value, "x"], value[:-1])


def _at(value: Any, path: Where) -> Any:
    for name in path:
        value = value[name]
    return value


def _put(value: Any, path: Where, new: Any) -> None:
    _at(value, path[:-1])[path[-1]] = new


def _has(value: Any, path: Where, expected: Any) -> bool:
    """Say whether there is still the same value; the order of a list counts."""
    try:
        return bool(_at(value, path) == expected)
    except (KeyError, IndexError, TypeError):
        return bool(expected in (None, "", [], {}))
