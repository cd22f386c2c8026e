"""The config of an authorization policy: written as lists of names, kept by Keycloak as JSON within strings.

Must not know about: requests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from realmctl.keycloak.kinds.group import group_of, path_of
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


BY_ID = ("group", "role")
"""Types of policies that are written in a representation of their own, which names groups and roles by id: by its text,
Keycloak takes the realm role `a/b` for a role of the client `a`, and finds no role of a client `a/b` (26.7.3)."""


def with_ids(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return the representation of a group policy or role policy that names its groups or roles by id."""
    config = policy.get("config") or {}
    found = {key: value for key, value in policy.items() if key != "config"} | dict(config)
    if policy.get("type") == "group":
        found["groups"] = [{**one, "id": Id(group_of(one["path"]))} for one in config.get("groups") or ()]
        for one in found["groups"]:
            del one["path"]
    else:
        found["roles"] = [{**one, "id": Id(role(one["id"]))} for one in config.get("roles") or ()]
    return found


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
    """A role as policies name it: a realm role, or `client/role`. A slash inside a name is written `~/`."""
    marked = name.replace("~/", "\0")
    client, slash, own = (part.replace("\0", "/") for part in marked.partition("/"))
    return Address("client-role", (client, own)) if slash else Address("role", (client,))


def role_text(address: Address) -> str:
    """Return a role as policies name it, the inverse of `role`."""
    first, *rest = address.names
    return "/".join((first.replace("/", "~/"), *rest))


def renamed_config(config: Mapping[str, Any], client: str, renamed: Callable[[Address], Address]) -> dict[str, Any]:
    """Return live config under the new names of what it names, which Keycloak keeps by id."""
    found = dict(config)
    for key, kind in (("applyPolicies", "policy"), ("resources", "resource"), ("scopes", "scope")):
        if isinstance(found.get(key), list):
            own = (Address(f"authorization-{kind}", (client, name)) for name in found[key])
            found[key] = sorted(renamed(one).name for one in own)
    if isinstance(found.get("clients"), list):
        found["clients"] = sorted(renamed(Address("client", (name,))).name for name in found["clients"])
    spellings: tuple[tuple[str, str, Callable[[str], Address], Callable[[Address], str]], ...] = (
        ("roles", "id", role, role_text),
        ("clientScopes", "id", lambda name: Address("client-scope", (name,)), lambda scope: scope.name),
        ("groups", "path", group_of, lambda group: path_of(group.names)),
    )
    for key, name, read, write in spellings:
        if isinstance(found.get(key), list):
            moved = {write(renamed(read(one[name]))): one for one in found[key]}
            found[key] = [{**one, name: text} for text, one in sorted(moved.items())]
    return found


def _declared(value: Any) -> Any:
    return read_config(value) if isinstance(value, Mapping) else value


PolicyConfig = Annotated[
    dict[str, Any],
    BeforeValidator(_declared),
    Compare.KEYS,
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]
"""The config of a policy."""
