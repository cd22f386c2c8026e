"""The groups and roles of a live authorization policy by names that tell all of them apart.

Keycloak writes them as texts in an export and as ids in a list of policies; several objects may have one text. Pure.
Must not know about: requests.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from realmctl.keycloak.kinds.group import group_names, is_ambiguous, path_of
from realmctl.keycloak.kinds.policy_config import BY_ID, role_text
from realmctl.model.address import Address

_LISTS = {"group": "groups", "role": "roles"}


def named(config: Mapping[str, Any], export: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config with groups by path and roles by name, as files declare them."""
    found = dict(config)
    groups, roles = (_items(config, key) for key in ("groups", "roles"))
    if groups:
        names = group_names(export, [one if "id" in one else one.get("path", "") for one in groups])
        found["groups"] = [
            {"path": path_of(path), **{key: value for key, value in one.items() if key not in ("id", "path")}}
            for one, path in zip(groups, names, strict=True)
        ]
    if roles:
        known = _role_texts(export)
        found["roles"] = [{**one, "id": known.get(str(one.get("id")), str(one.get("id")))} for one in roles]
    return found


def unclear_types(policies: Iterable[Mapping[str, Any]], export: Mapping[str, Any]) -> list[str]:
    """Return the types of policies of which one has a group or a role by a text that several of the realm have."""
    found = [one for one in policies if one.get("type") in BY_ID]
    counted = _plain_role_texts(export) if any(one["type"] == "role" for one in found) else {}
    unclear = set()
    for one in found:
        members = _items(one.get("config") or {}, _LISTS[one["type"]])
        if one["type"] == "group":
            is_unclear = is_ambiguous(export, [group.get("path") for group in members])
        else:
            is_unclear = any(counted.get(str(role.get("id")), 0) > 1 for role in members)
        if is_unclear:
            unclear.add(one["type"])
    return sorted(unclear)


def _items(config: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    value = config.get(key)
    items = json.loads(value) if isinstance(value, str) and value.startswith("[") else value
    return items if isinstance(items, list) else []


def _roles(export: Mapping[str, Any]) -> list[tuple[Address, str]]:
    roles = export.get("roles") or {}
    found = [(Address("role", (one["name"],)), str(one.get("id") or "")) for one in roles.get("realm") or ()]
    for client, own in (roles.get("client") or {}).items():
        found += [(Address("client-role", (client, one["name"])), str(one.get("id") or "")) for one in own]
    return found


def _role_texts(export: Mapping[str, Any]) -> dict[str, str]:
    """Return id or Keycloak's text of every role → its name in files. Of equal texts the client role has it."""
    found: dict[str, str] = {}
    for address, known in _roles(export):
        text = role_text(address)
        found["/".join(address.names)] = text
        if known:
            found[known] = text
    return found


def _plain_role_texts(export: Mapping[str, Any]) -> Mapping[str, int]:
    return Counter("/".join(address.names) for address, _ in _roles(export))
