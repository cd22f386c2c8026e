"""The config of an authorization policy: written as lists of names, kept by Keycloak as JSON within strings.

Must not know about: requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from realmctl.kinds.group import group_of
from realmctl.model.address import Address
from realmctl.model.change import Id
from realmctl.model.fields import Compare, wire_text

_KEYED = {"roles": ("id", "required"), "clientScopes": ("id", "required"), "groups": ("path", "extendChildren")}
"""Lists of objects: the field that names each, and its switch."""
_NAMES = ("clients", "users", "resources", "scopes", "applyPolicies")


def read_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Declared or live config in one form: lists sorted, everything else as the text that Keycloak keeps."""
    return {str(key): _read(str(key), value) for key, value in config.items()}


def _read(key: str, value: Any) -> Any:
    if key not in _KEYED and key not in _NAMES:
        return wire_text(value)
    items = json.loads(value) if isinstance(value, str) and value.startswith("[") else value
    if items is None:
        return None
    if not isinstance(items, list):
        raise ValueError(f"write {key} as a list")
    if key in _NAMES:
        return sorted(str(one) for one in items)
    name, switch = _KEYED[key]
    return sorted((_keyed(one, name, switch) for one in items), key=lambda one: str(one[name]))


def _keyed(one: Any, name: str, switch: str) -> dict[str, Any]:
    known = {name: one} if isinstance(one, str) else one
    if not isinstance(known, Mapping) or not isinstance(known.get(name), str) or set(known) - {name, switch}:
        raise ValueError(f"write a name, or {{{name}: …, {switch}: true}}")
    return {name: str(known[name]), switch: bool(known.get(switch, False))}


def on_the_wire(config: Mapping[str, Any]) -> dict[str, str]:
    """Lists as JSON texts; an empty one is left out, as Keycloak itself does (26.7.3)."""
    return {
        key: json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, list) else value
        for key, value in config.items()
        if value not in (None, [])
    }


def with_groups_by_id(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A group policy's own representation: by path, a group with a slash in its name is not found (26.7.3)."""
    config = policy.get("config") or {}
    groups = [
        {"id": Id(group_of(one["path"])), "extendChildren": one["extendChildren"]} for one in config.get("groups") or ()
    ]
    rest = {key: value for key, value in config.items() if key != "groups"}
    return {**{key: value for key, value in policy.items() if key != "config"}, **rest, "groups": groups}


def targets(config: Mapping[str, Any], client: str) -> Iterator[tuple[str, Address]]:
    """What a policy of a client refers to: the key, and the address."""
    for key, kind in (("applyPolicies", "policy"), ("resources", "resource"), ("scopes", "scope")):
        for name in config.get(key) or ():
            yield key, Address(f"authorization-{kind}", (client, name))
    for one in config.get("roles") or ():
        yield "roles", role(one["id"])
    for one in config.get("clientScopes") or ():
        yield "clientScopes", Address("client-scope", (one["id"],))
    for one in config.get("groups") or ():
        yield "groups", group_of(one["path"])
    for name in config.get("clients") or ():
        yield "clients", Address("client", (name,))


def role(name: str) -> Address:
    """A role as policies name it: a realm role, or `client/role`."""
    client, slash, own = name.partition("/")
    return Address("client-role", (client, own)) if slash else Address("role", (name,))


def _declared(value: Any) -> Any:
    return read_config(value) if isinstance(value, Mapping) else value


PolicyConfig = Annotated[
    dict[str, Any],
    BeforeValidator(_declared),
    Compare.KEYS,
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]
"""The config of a policy."""
