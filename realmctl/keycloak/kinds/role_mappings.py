"""Roles that an object holds: as the export writes them, as addresses, and as the requests that map them.

Must not know about: which kinds hold roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from realmctl.model.address import Address
from realmctl.model.change import Id, Request


def member_references(fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
    """The references of a link whose fields are lists of addresses."""
    for name, members in fields.items():
        for member in members or ():
            yield (name,), Address.parse(member)


def role_body(addresses: Iterable[Address]) -> list[dict[str, Any]]:
    """Roles as mappings want them (26.7.3: both id and name)."""
    return [{"id": Id(address), "name": address.name} for address in addresses]


def mapped_roles(mappings: Mapping[str, Any]) -> dict[str, Any]:
    """The role mappings of a user, as the export has them: realm roles by name, roles by client."""
    return {
        "realmRoles": [role["name"] for role in mappings.get("realmMappings") or ()],
        "clientRoles": {
            client: [role["name"] for role in mapping["mappings"]]
            for client, mapping in (mappings.get("clientMappings") or {}).items()
        },
    }


def role_addresses(held: Mapping[str, Any]) -> dict[str, list[str]]:
    """The addresses of the roles that the export writes like that (`mapped_roles`), each list sorted."""
    client_roles = (
        Address("client-role", (client, role))
        for client, roles in (held.get("clientRoles") or {}).items()
        for role in roles
    )
    return {
        "realmRoles": sorted(str(Address("role", (role,))) for role in held.get("realmRoles") or ()),
        "clientRoles": sorted(map(str, client_roles)),
    }


def role_mappings(base: tuple[str | Id, ...], added: list[Address], removed: list[Address]) -> list[Request]:
    """Role mappings below `base` (of a user, a group, or a scope): realm roles, and roles per client; adds first."""
    found: list[Request] = []
    for method, addresses in (("POST", added), ("DELETE", removed)):
        realm_roles = [address for address in addresses if address.kind == "role"]
        if realm_roles:
            found.append(Request(method, (*base, "realm"), role_body(realm_roles)))
        clients = sorted({address.names[0] for address in addresses if address.kind == "client-role"})
        for client in clients:
            roles = [a for a in addresses if a.kind == "client-role" and a.names[0] == client]
            found.append(Request(method, (*base, "clients", Id(Address("client", (client,)))), role_body(roles)))
    return found
