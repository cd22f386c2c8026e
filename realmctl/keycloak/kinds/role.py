"""Realm roles and client roles (RoleRepresentation)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from realmctl.errors import Forbidden
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.attribute_order import shortened
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Objects, Wanted
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, OLD, PLACE, SELF, Omission
from realmctl.keycloak.kinds.request_parts import body_of, merge
from realmctl.model.address import Address
from realmctl.model.change import Change, Id, Request
from realmctl.model.fields import Owned, StringLists
from realmctl.model.objects import Declared, Live

OF_MASTER = frozenset({"admin", "create-realm"})
"""The realm roles that no realm but `master` has (26.7.3)."""


class Role(Owned):
    """A role."""

    description: str | None = Field(None, description="What the role allows.")
    attributes: StringLists | None = Field(None, description="Free attributes; each value at most 255 characters.")


class RealmRole(Kind):
    """A realm role. PUT wipes an omitted description (26.7.3), hence read, merge, write."""

    name, title, field, model = "role", "realm role", "roles", Role
    listed_after = "realm"
    read_after = ("realm",)
    located_by_id = False
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "containerId": ID,
        "composite": SELF,
        "clientRole": PLACE,
        "scopeParamRequired": OLD,
    }
    emptied_by = ways(left_out=("description",), maps=("attributes",))
    new_fields: ClassVar[Mapping[str, Any]] = {}
    admin_events = AdminEvents(("roles/{name}", "roles-by-id/{id}"), ("REALM_ROLE",), same_fields=True)
    in_clear = frozenset({"attributes"})

    def parse_export(self, export: Export) -> Iterator[Live]:
        default = (export.get("defaultRole") or {}).get("name")
        for role in (export.get("roles") or {}).get("realm") or ():
            yield Live(Address(self.name, (role["name"],)), role, role.get("id"), builtin=role["name"] == default)

    def is_of_master(self, address: Address) -> bool:
        return address.name in OF_MASTER

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        if "defaultRole" not in export:
            raise Forbidden("The realm's default role could not be seen.", advice="Grant the account view-realm.")
        return {"roles": {"realm": look.whole("roles", query={"briefRepresentation": "false"})}}

    def warm(self, look: Look) -> None:
        look.get("roles", query={"briefRepresentation": "false"})

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        return (Request("POST", ("roles",), body_of(want, "name"), creates=want.address),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        path = ("roles-by-id", Id(want.address))
        return (*shortened(change, path), merge(path, self.patch(change, want)))

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", ("roles-by-id", Id(have.address))),)

    def locate(self, look: Look, address: Address) -> str:
        return str((look.get("roles", address.name) or {}).get("id", ""))

    def locate_all(self, look: Look, address: Address) -> Mapping[Address, str]:
        return {Address(self.name, (role["name"],)): role["id"] for role in look.whole("roles")}

    def cost(self, look: Look, have: Live) -> str:
        return _holders(look, ("roles", have.address.name))


_UMA_ROLE = "uma_protection"
"""The role that Keycloak makes with a client's authorization services, for its service account (26.7.3)."""


class ClientRole(Kind):
    """A role of a client. Its clients' mappers and the token name it by client and role."""

    name, title, owner, field, model = "client-role", "client role", "client", "roles", Role
    listed_after = "protocol-mapper"
    read_after = ("client",)
    located_by_id = False
    omitted = RealmRole.omitted
    emptied_by = RealmRole.emptied_by
    new_fields = RealmRole.new_fields
    admin_events = AdminEvents(
        ("clients/{client}/roles/{name}", "roles-by-id/{id}"),
        ("CLIENT_ROLE",),
        by_body=("clients/{client}", "name"),
        same_fields=True,
    )
    in_clear = RealmRole.in_clear

    def parse_export(self, export: Export) -> Iterator[Live]:
        for client, roles in ((export.get("roles") or {}).get("client") or {}).items():
            for role in roles:
                yield Live(Address(self.name, (client, role["name"])), role, role.get("id"))

    def is_of_master(self, address: Address) -> bool:
        return address.names[0].endswith("-realm")

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        ids = {client["clientId"]: client["id"] for client in export["clients"]}
        declared = {names[0] for names in wanted.names("client-role")}
        clients = [client for client in ids if client in declared]
        lists = look.side_by_side(
            partial(look.get, "clients", ids[client], "roles", query={"briefRepresentation": "false"})
            for client in clients
        )
        return {"roles": {"client": dict(zip(clients, lists, strict=True))}}

    def brought_by(self, live: Live, objects: Objects) -> Address | None:
        client = objects.get(Address("client", live.address.names[:1]))
        as_made = not any(live.fields.get(name) for name in ("composite", "description", "attributes"))
        if client is None or live.address.name != _UMA_ROLE or not as_made:
            return None
        return client.address if client.fields.get("authorizationServicesEnabled") is True else None

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        client = Id(Address("client", want.address.names[:1]))
        # A client with authorization services comes with that role (26.7.3).
        fine = frozenset({409}) if want.address.name == _UMA_ROLE else frozenset()
        return (Request("POST", ("clients", client, "roles"), body_of(want, "name"), creates=want.address, fine=fine),)

    def together(self, wants: Sequence[Declared]) -> Request | None:
        # 1,000 client roles take half the time this way (26.7.3); for realm roles it is slower than one by one.
        # Never with OVERWRITE, which deletes and makes anew: roles would lose everybody who holds them.
        clients: dict[str, list[dict[str, Any]]] = {}
        for want in wants:
            clients.setdefault(want.address.names[0], []).append(body_of(want, "name"))
        return Request("POST", ("partialImport",), {"ifResourceExists": "SKIP", "roles": {"client": clients}})

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        path = ("roles-by-id", Id(want.address))
        return (*shortened(change, path), merge(path, self.patch(change, want)))

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", ("roles-by-id", Id(have.address))),)

    def locate(self, look: Look, address: Address) -> str:
        client = look.id(Address("client", address.names[:1]))
        return str((look.get("clients", client, "roles", address.name) or {}).get("id", "")) if client else ""

    def locate_all(self, look: Look, address: Address) -> Mapping[Address, str]:
        owner = address.names[0]
        client = look.id(Address("client", (owner,)))
        roles = look.get("clients", client, "roles") if client else None
        return {Address(self.name, (owner, role["name"])): role["id"] for role in roles or ()}

    def cost(self, look: Look, have: Live) -> str:
        client = look.id(Address("client", have.address.names[:1]))
        return _holders(look, ("clients", client, "roles", have.address.name))


_COUNTED = 100


def _holders(look: Look, path: tuple[str, ...]) -> str:
    query = {"first": "0", "max": str(_COUNTED), "briefRepresentation": "true"}
    users, groups = look.side_by_side(
        (partial(look.get, *path, "users", query=query), partial(look.get, *path, "groups", query=query))
    )
    told = [
        f"{len(held)}{' or more' if len(held) == _COUNTED else ''} {what}{'' if len(held) == 1 else 's'}"
        for held, what in ((users or (), "user"), (groups or (), "group"))
        if held
    ]
    return f"held directly by {' and '.join(told)}" if told else ""
