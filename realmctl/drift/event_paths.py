"""Where Keycloak's admin events speak of an object: their resource paths and types, by kind (26.7.3, by experiment).

Pure. Must not know about: how events are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address

ANY = "*"
"""In a path: one segment, whatever it is. The end of a path as `/**` stands for everything below."""
IMPORTED = "REALM"
"""The type of events of partial imports, whatever the object is."""
NO_PATH = ""
"""A PUT of the realm itself has no resource path."""

SILENT = frozenset({"client-policy", "client-profile", "localization", "workflow"})
"""Kinds of which Keycloak writes no event."""

_UNKNOWN = "?"
"""Stands in a path for the id of another object that nobody knows: such a path leads to nothing."""
_NAME_KEYS: Mapping[str, str] = {"client": "clientId", "organization": "alias", "user": "username"}
_BY_BODY: Mapping[str, tuple[str, str]] = {
    "group": ("groups/{above}/children", "name"),
    "flow": ("authentication/flows/*/copy", "newName"),
    "required-action": ("authentication/register-required-action", "providerId"),
    "client-role": ("clients/{client}", "name"),
    "identity-provider": ("identity-provider-settings/*", "alias"),
}
"""Where an object is made at a path of something else: the path, and what the details call it by. The last two are of
partial imports."""


@dataclass(frozen=True, slots=True)
class Trail:
    """`paths` are of the object and of what is told as part of it. Events of `life` and of the type `own` create and
    delete the object itself, as those of imports do; all others do that to something below it, at most.

    Where its id isn't known, a segment of `shapes` is the id of an object if the event's details carry its name as
    `key`. `by_body` are paths at which only the details tell the object, by its name as the key beside the path.
    """

    paths: tuple[str, ...]
    types: frozenset[str]
    life: tuple[str, ...] = ()
    own: str = ""
    shapes: tuple[str, ...] = ()
    key: str = "name"
    by_body: tuple[tuple[str, str], ...] = ()
    name: str = ""
    id: str = ""
    silent: bool = False


Ids = Mapping[Address, str]


def trail(address: Address, ids: Ids) -> Trail:
    """Where to look for the object, or the link, at `address`; `ids` are the server's ids of what is live."""
    templates, types = _TRAILS.get(address.kind, ((), ()))
    if not templates:
        return Trail((), frozenset(), silent=True)
    known = ids.get(address) or ""
    segments = {
        "{id}": known or ANY,
        "{name}": address.name,
        "{first}": next(iter(address.names), ""),
        **{f"{{{kind}}}": ids.get(Address(kind, names(address))) or _UNKNOWN for kind, names in _OTHERS.items()},
        "{above}": ids.get(Address(address.kind, address.names[:-1])) or _UNKNOWN,
    }

    def filled(found: Iterable[str]) -> Iterator[str]:
        paths = ("/".join(segments.get(part, part) for part in one.split("/")) for one in found)
        return (path for path in paths if _UNKNOWN not in path.split("/"))

    life = [one for one in templates if one.endswith(("{id}", "{name}"))]
    imported = (f"realms/{known}",) if known else ()
    shapes = [] if known else [one for one in life if "{id}" in one]
    path, key = _BY_BODY.get(address.kind, ("", ""))
    return Trail(
        (*filled(one for one in templates if known or "{id}" not in one), *imported),
        frozenset(types),
        (*filled(one for one in life if one not in shapes), *imported),
        types[0],
        tuple(filled(shapes)),
        _NAME_KEYS.get(address.kind, kinds()[address.kind].key),
        tuple((one, key) for one in filled([path] if path else ())),
        address.name,
        known,
    )


def fits(path: str, shape: str) -> bool:
    """Whether an event's path is one of a shape."""
    if shape.endswith("/**"):
        above = shape.removesuffix("/**").split("/")
        parts = path.split("/")
        return len(parts) > len(above) and _same(parts[: len(above)], above)
    return _same(path.split("/"), shape.split("/"))


def _same(parts: list[str], shape: list[str]) -> bool:
    return len(parts) == len(shape) and all(want in (ANY, part) for part, want in zip(parts, shape, strict=True))


_Names = Callable[[Address], tuple[str, ...]]


def _first(address: Address) -> tuple[str, ...]:
    return address.names[:1]


_ALL: _Names = attrgetter("names")
_OTHERS: Mapping[str, _Names] = {
    "client": _first,
    "client-scope": _first,
    "role": _ALL,
    "client-role": _ALL,
    "group": _ALL,
    "user": _ALL,
    "organization": _ALL,
}
"""What a segment such as `{client}` stands for: the id of the object of that kind, whose names begin the address."""

_MODELS = "protocol-mappers/models"
_AUTHZ = "clients/{client}/authz/resource-server"
_MAPPINGS = ("REALM_ROLE_MAPPING", "CLIENT_ROLE_MAPPING")
_SCOPES = ("REALM_SCOPE_MAPPING", "CLIENT_SCOPE_MAPPING")
_TRAILS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "realm": ((NO_PATH, "events/config"), ("REALM",)),
    "flow-bindings": ((NO_PATH,), ("REALM",)),
    "realm-client-scopes": (
        ("default-default-client-scopes/**", "default-optional-client-scopes/**"),
        ("CLIENT_SCOPE",),
    ),
    "default-groups": (("default-groups/**",), ("GROUP",)),
    "default-roles": (
        ("roles-by-id/{id}", "roles-by-id/{id}/composites", "roles-by-id/{id}/composites/**"),
        ("REALM_ROLE",),
    ),
    "role": (("roles/{name}", "roles-by-id/{id}"), ("REALM_ROLE",)),
    "role-composites": (
        (
            "roles/{name}/composites",
            "roles/{name}/composites/**",
            "roles-by-id/{role}/composites",
            "roles-by-id/{role}/composites/**",
        ),
        ("REALM_ROLE",),
    ),
    "client": (
        ("clients/{id}", "clients/{id}/client-secret", "clients/{id}/client-secret/**"),
        ("CLIENT", "AUTHORIZATION_RESOURCE_SERVER"),
    ),
    "client-role": (("clients/{client}/roles/{name}", "roles-by-id/{id}"), ("CLIENT_ROLE",)),
    "client-role-composites": (
        (
            "clients/{client}/roles/{name}/composites",
            "clients/{client}/roles/{name}/composites/**",
            "roles-by-id/{client-role}/composites",
            "roles-by-id/{client-role}/composites/**",
        ),
        ("CLIENT_ROLE",),
    ),
    "client-scopes-of-client": (
        ("clients/{client}/default-client-scopes/**", "clients/{client}/optional-client-scopes/**"),
        ("CLIENT_SCOPE_CLIENT_MAPPING",),
    ),
    "scope-mappings": (("clients/{client}/scope-mappings/**",), _SCOPES),
    "service-account-roles": (("users/{id}/role-mappings/**",), _MAPPINGS),
    "service-account-groups": (("users/{id}/groups/**",), ("GROUP_MEMBERSHIP",)),
    "client-flow-overrides": (("clients/{client}",), ("CLIENT",)),
    "protocol-mapper": ((f"clients/{{client}}/{_MODELS}/{{id}}",), ("PROTOCOL_MAPPER",)),
    "client-scope": (("client-scopes/{id}",), ("CLIENT_SCOPE",)),
    "scope-mapper": ((f"client-scopes/{{client-scope}}/{_MODELS}/{{id}}",), ("PROTOCOL_MAPPER",)),
    "scope-mappings-of-scope": (("client-scopes/{client-scope}/scope-mappings/**",), _SCOPES),
    "authorization": ((_AUTHZ, "clients/{client}"), ("AUTHORIZATION_RESOURCE_SERVER",)),
    "authorization-scope": ((f"{_AUTHZ}/scope/{{id}}",), ("AUTHORIZATION_SCOPE",)),
    "authorization-resource": ((f"{_AUTHZ}/resource/{{id}}",), ("AUTHORIZATION_RESOURCE",)),
    "authorization-policy": (
        (f"{_AUTHZ}/policy/{{id}}", f"{_AUTHZ}/policy/*/{{id}}", f"{_AUTHZ}/permission/*/{{id}}"),
        ("AUTHORIZATION_POLICY",),
    ),
    "group": (("groups/{id}",), ("GROUP",)),
    "group-roles": (("groups/{group}/role-mappings/**",), _MAPPINGS),
    "user": (("users/{id}",), ("USER",)),
    "user-roles": (("users/{user}/role-mappings/**",), _MAPPINGS),
    "user-groups": (("users/{user}/groups/**",), ("GROUP_MEMBERSHIP",)),
    "flow": (
        (
            "authentication/flows/{id}",
            "authentication/flows/{name}/executions",
            "authentication/flows/{name}/executions/**",
        ),
        ("AUTH_FLOW", "AUTH_EXECUTION", "AUTH_EXECUTION_FLOW", "AUTHENTICATOR_CONFIG"),
    ),
    "identity-provider": (("identity-provider/instances/{name}",), ("IDENTITY_PROVIDER",)),
    "identity-provider-mapper": (("identity-provider/instances/{first}/mappers/{id}",), ("IDENTITY_PROVIDER_MAPPER",)),
    "required-action": (
        ("authentication/required-actions/{name}", "authentication/required-actions/{name}/**"),
        ("REQUIRED_ACTION", "REQUIRED_ACTION_CONFIG"),
    ),
    "user-profile": (("users/profile",), ("USER_PROFILE",)),
    "component": (("components/{id}",), ("COMPONENT",)),
    "sub-component": (("components/{id}",), ("COMPONENT",)),
    "organization": (("organizations/{id}",), ("ORGANIZATION",)),
    "organization-identity-providers": (("organizations/{organization}/identity-providers/**",), ("ORGANIZATION",)),
}
"""By kind: resource paths, with `{…}` for ids and names, and the resource types of such events, its own first."""
