"""The roles that a role includes, as links of their own, and the default roles, which a role of the realm holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.attribute_order import shortened
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Wanted
from realmctl.keycloak.kinds.request_parts import merge, moved
from realmctl.keycloak.kinds.role import OF_MASTER
from realmctl.keycloak.kinds.role_mappings import member_references, role_body
from realmctl.model.address import Address
from realmctl.model.change import Change, Id, Request
from realmctl.model.fields import Compare, RoleRefs
from realmctl.model.objects import Declared, Desired, Live


class RoleComposites(Kind):
    """What a realm role includes: a link, so that roles may refer to each other across clients in any order."""

    name, title, owner, owned = "role-composites", "composites of realm role", "role", False
    read_after: ClassVar[tuple[str, ...]] = ("role", "client", "group")
    admin_events = AdminEvents(
        (
            "roles/{name}/composites",
            "roles/{name}/composites/**",
            "roles-by-id/{role}/composites",
            "roles-by-id/{role}/composites/**",
        ),
        ("REALM_ROLE",),
    )

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        # What a declared composite or group leads to is followed to its end, through roles that nobody declares.
        roles = {role["name"]: role for role in export["roles"]["realm"]}
        todo = {name for kind in (self.name, "role") for (name,) in wanted.names(kind)}
        todo |= {export["defaultRole"]["name"], *_given_by(export.get("groups") or ())}
        done: set[str] = set()
        found: list[dict[str, Any]] = []
        while todo:
            added = _composites(look, (roles[name] for name in sorted(todo) if name in roles), export)
            done |= todo
            todo = {name for role in added for name in role["composites"]["realm"]} - done
            found += added
        return {"roles": {"realm": found}}

    def is_of_master(self, address: Address) -> bool:
        return address.name in OF_MASTER

    def fields(self) -> Mapping[str, Compare]:
        return {"composites": Compare.SET}

    def link_fields(self) -> Mapping[str, Any]:
        return {"composites": (RoleRefs | None, Field(None, description="The roles that this role includes."))}

    def parse_export(self, export: Export) -> Iterator[Live]:
        default = (export.get("defaultRole") or {}).get("name")
        for role in (export.get("roles") or {}).get("realm") or ():
            if role["name"] != default:
                yield Live(Address(self.name, (role["name"],)), {"composites": composites_of(role)})

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references(fields)

    def fold(self, want: Declared, body: dict[str, Any]) -> bool:
        members = [Address.parse(text) for text in want.fields["composites"] or ()]
        realm_roles = [address.name for address in members if address.kind == "role"]
        clients: dict[str, list[str]] = {}
        for address in members:
            if address.kind == "client-role":
                clients.setdefault(address.names[0], []).append(address.name)
        # Without "composite" the list is ignored (26.7.3, by experiment).
        if members:
            body |= {"composite": True, "composites": {"realm": realm_roles, "client": clients}}
        return True

    def role(self, want: Declared) -> Address:
        """The role that holds the composites."""
        return Address("role", want.address.names)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        added, removed = moved(change, "composites")
        path = ("roles-by-id", Id(self.role(want)), "composites")
        return tuple(
            Request(method, path, role_body(addresses))
            for method, addresses in (("POST", added), ("DELETE", removed))
            if addresses
        )


class ClientRoleComposites(RoleComposites):
    """What a client role includes."""

    name, title, owner = "client-role-composites", "composites of client role", "client-role"
    read_after = ("client-role",)
    admin_events = AdminEvents(
        (
            "clients/{client}/roles/{name}/composites",
            "clients/{client}/roles/{name}/composites/**",
            "roles-by-id/{client-role}/composites",
            "roles-by-id/{client-role}/composites/**",
        ),
        ("CLIENT_ROLE",),
    )

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        names = set(wanted.names(self.name))
        declared = {
            client: [role for role in roles if (client, role["name"]) in names]
            for client, roles in export["roles"]["client"].items()
        }
        found = {one["id"]: one for one in _composites(look, (role for of in declared.values() for role in of), export)}
        return {
            "roles": {
                "client": {
                    client: [found[role["id"]] for role in roles if role["id"] in found]
                    for client, roles in declared.items()
                }
            }
        }

    def is_of_master(self, address: Address) -> bool:
        return False

    def parse_export(self, export: Export) -> Iterator[Live]:
        for client, roles in ((export.get("roles") or {}).get("client") or {}).items():
            for role in roles:
                yield Live(Address(self.name, (client, role["name"])), {"composites": composites_of(role)})

    def role(self, want: Declared) -> Address:
        return Address("client-role", want.address.names)


class DefaultRoles(RoleComposites):
    """The roles every new user of the realm gets: the composites of the realm's default role."""

    name, title, owner = "default-roles", "default roles", "realm"
    read_after = ("role-composites",)
    admin_events = AdminEvents(
        ("roles-by-id/{id}", "roles-by-id/{id}/composites", "roles-by-id/{id}/composites/**"), ("REALM_ROLE",)
    )

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return {}  # The default role's are among the other roles'.

    def fields(self) -> Mapping[str, Compare]:
        return {"defaultRoles": Compare.SET, "defaultRole": Compare.KEYS}

    def link_fields(self) -> Mapping[str, Any]:
        holder = "The role that holds them: its name (default-roles-REALM if left out) and description."
        description = "The roles of every new user; the whole list, Keycloak's own (offline_access…) included."
        return {
            "defaultRoles": (RoleRefs | None, Field(None, description=description)),
            "defaultRole": (_Holder | None, Field(None, description=holder)),
        }

    def parse_export(self, export: Export) -> Iterator[Live]:
        default = (export.get("defaultRole") or {}).get("name")
        for role in (export.get("roles") or {}).get("realm") or ():
            if role["name"] == default:
                # The id is the role's: the role itself is named after the realm, and nobody declares it.
                holder = {key: role[key] for key in _HOLDER if role.get(key)}
                fields = {"defaultRoles": composites_of(role), "defaultRole": holder}
                yield Live(Address(self.name), fields, role.get("id"))

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references({"defaultRoles": fields.get("defaultRoles")})

    def birth(self, desired: Desired, fresh: Mapping[Address, Live]) -> tuple[dict[str, Any], frozenset[Address]]:
        want = desired.resources.get(Address(self.name))
        holder = want.fields.get("defaultRole") if want else None
        if not (holder and holder.get("name")):
            return {}, frozenset()
        usual = fresh[Address(self.name)].fields["defaultRole"]
        return {"defaultRole": {**usual, **holder}}, frozenset()

    def fold(self, want: Declared, body: dict[str, Any]) -> bool:
        return False

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        added, removed = moved(change, "defaultRoles")
        role = ("roles-by-id", Id(want.address))
        found = [
            Request(method, (*role, "composites"), role_body(addresses))
            for method, addresses in (("POST", added), ("DELETE", removed))
            if addresses
        ]
        if any(field.path.startswith("defaultRole.") for field in change.fields):
            found += (*shortened(change, role, "defaultRole.attributes"), merge(role, want.fields["defaultRole"]))
        return tuple(found)

    def locate(self, look: Look, address: Address) -> str:
        return str(look.get()["defaultRole"]["id"])


def default_role(desired: Desired) -> Address:
    """The role that a new realm's users get, by its name (26.7.3, by experiment)."""
    want = desired.resources.get(Address("default-roles"))
    said = (want.fields.get("defaultRole") or {}).get("name") if want else None
    return Address("role", (said or f"default-roles-{desired.realm.lower()}",))


_HOLDER = ("name", "description")


def _holder(value: Any) -> Any:
    if isinstance(value, Mapping) and set(value) - set(_HOLDER):
        raise ValueError("write {name: …, description: …}; the roles in it are said by defaultRoles")
    return value


_Holder = Annotated[dict[str, str | None], BeforeValidator(_holder), Compare.KEYS]


def composites_of(role: Mapping[str, Any]) -> list[str]:
    """The composites of an exported role, as addresses."""
    composites = role.get("composites") or {}
    found = [Address("role", (name,)) for name in composites.get("realm") or ()]
    for client, names in (composites.get("client") or {}).items():
        found += [Address("client-role", (client, name)) for name in names]
    return sorted(str(address) for address in found)


def _given_by(groups: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The realm roles that groups give, at any depth."""
    for group in groups:
        yield from group.get("realmRoles") or ()
        yield from _given_by(group.get("subGroups") or ())


def _composites(look: Look, roles: Iterable[Mapping[str, Any]], export: Export) -> list[dict[str, Any]]:
    """Return the composites of those of the roles that have any: the role's id, and its `composites` by name."""
    clients = {client["id"]: client["clientId"] for client in export["clients"]}
    roles = [role for role in roles if role.get("composite")]
    lists = look.side_by_side(partial(look.get, "roles-by-id", role["id"], "composites") for role in roles)
    every = []
    for role, members in zip(roles, lists, strict=True):
        found: dict[str, Any] = {"realm": [], "client": {}}
        for member in members or ():
            if member.get("clientRole"):
                found["client"].setdefault(clients[member["containerId"]], []).append(member["name"])
            else:
                found["realm"].append(member["name"])
        every.append({"id": role["id"], "composites": found})
    return every
