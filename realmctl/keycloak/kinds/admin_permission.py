"""Fine-grained administration permissions (version 2): scope permissions of the client admin-permissions.

Their resources are objects of the realm, which Keycloak keeps by id, and the files say by name. Must not know about:
plans, other clients' permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from realmctl.keycloak.kinds.base import Export
from realmctl.keycloak.kinds.group import group_of, path_of, walk
from realmctl.keycloak.kinds.policy_config import role, role_text
from realmctl.model.address import Address
from realmctl.model.change import Id

CLIENT = "admin-permissions"
"""The client that a realm with adminPermissionsEnabled has."""


def named(config: Mapping[str, Any], export: Export) -> dict[str, Any]:
    """Live config with names for ids; a permission on all of a type has no resources."""
    found = dict(config)
    if found.get("resources"):
        names = _names(export)
        found["resources"] = sorted(
            names.get(one, one) for one in found["resources"] if one != found.get("defaultResourceType")
        )
    return found


def targets(config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
    """The objects that a permission is about; users are people, and looked for nowhere."""
    for name in config.get("resources") or ():
        target = _address(str(config.get("defaultResourceType")), name)
        if target:
            yield ("config", "resources"), target


def with_renamed(
    config: dict[str, Any], live: Mapping[str, Any], renamed: Callable[[Address], Address]
) -> dict[str, Any]:
    """Return `config` with the resources of `live` under their new names."""
    if not isinstance(live.get("resources"), list):
        return config
    kind = str(live.get("defaultResourceType"))
    named = ((one, _address(kind, one)) for one in live["resources"])
    return {**config, "resources": sorted(_text(renamed(target)) if target else one for one, target in named)}


def body(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The representation of a scope permission, which alone ties it to its resources (26.7.3)."""
    config = policy.get("config") or {}
    kind = str(config.get("defaultResourceType"))
    resources = [(Id(target) if (target := _address(kind, one)) else one) for one in config.get("resources") or ()]
    return {
        **{key: value for key, value in policy.items() if key != "config"},
        "resourceType": kind,
        "resources": resources,
        "scopes": list(config.get("scopes") or ()),
        "policies": list(config.get("applyPolicies") or ()),
    }


def _address(kind: str, name: str) -> Address | None:
    if kind == "Groups":
        return group_of(name)
    if kind == "Roles":
        return role(name)
    return Address("client", (name,)) if kind == "Clients" else None


def _text(target: Address) -> str:
    if target.kind == "group":
        return path_of(target.names)
    return target.name if target.kind == "client" else role_text(target)


def _names(export: Export) -> dict[str, str]:
    roles = export.get("roles") or {}
    found = {one["id"]: role_text(Address("role", (one["name"],))) for one in roles.get("realm") or () if "id" in one}
    for client, own in (roles.get("client") or {}).items():
        found |= {one["id"]: role_text(Address("client-role", (client, one["name"]))) for one in own if "id" in one}
    found |= {one["id"]: one["clientId"] for one in export.get("clients") or () if "id" in one}
    return found | {one["id"]: path_of(names) for names, one in walk(export) if "id" in one}
