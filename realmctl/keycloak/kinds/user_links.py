"""The roles and the groups of users that a file names: whole lists, what every user has aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from realmctl.keycloak.kinds.admin_events import ROLE_MAPPINGS, AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Objects
from realmctl.keycloak.kinds.group import ClientRoles, GroupPaths, member_groups, memberships
from realmctl.keycloak.kinds.request_parts import moved
from realmctl.keycloak.kinds.role_mappings import member_references, role_addresses, role_mappings
from realmctl.keycloak.kinds.user import GROUPS, LOOKED_UP, ROLES
from realmctl.model.address import Address
from realmctl.model.change import Change, FieldChange, Id, Request
from realmctl.model.fields import Compare, RoleRefs
from realmctl.model.objects import Declared, Live

_DEFAULT = "defaultRole"
"""The default role where the user has it, as a list; it is in none of the lists that are compared."""


class UserRoles(Kind):
    """The roles given to a user. The realm's default role is everybody's: it may be left out, and is never taken."""

    name, title, owner, owned = ROLES, "roles of user", "user", False
    read_after = ("user",)
    admin_events = AdminEvents(("users/{user}/role-mappings/**",), ROLE_MAPPINGS)
    new_fields: ClassVar[Mapping[str, Any]] = {}

    def fields(self) -> Mapping[str, Compare]:
        return {"realmRoles": Compare.SET, "clientRoles": Compare.SET}

    def link_fields(self) -> Mapping[str, Any]:
        realm_roles = "Realm roles of the user; the whole list, the default role aside."
        return {
            "realmRoles": (RoleRefs | None, Field(None, description=realm_roles)),
            "clientRoles": (ClientRoles | None, Field(None, description="Client roles of the user; all of them.")),
        }

    def parse_export(self, export: Export) -> Iterator[Live]:
        default = str(Address("role", ((export.get("defaultRole") or {}).get("name", ""),)))
        for user in export.get(LOOKED_UP) or ():
            held = role_addresses(user)
            fields = {
                **held,
                "realmRoles": [role for role in held["realmRoles"] if role != default],
                _DEFAULT: [role for role in held["realmRoles"] if role == default],
            }
            yield Live(Address(self.name, (user["username"],)), fields)

    def compare(self, want: Declared, have: Live) -> list[FieldChange]:
        found = []
        for field, members in want.fields.items():
            wanted = members or []
            living = [*have.fields[field], *(one for one in have.fields[_DEFAULT] if one in wanted)]
            if set(wanted) != set(living):
                found.append(FieldChange(field, living, wanted, Compare.SET))
        return found

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references({name: fields.get(name) for name in self.fields()})

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        added, removed = [], []
        for field in self.fields():
            come, gone = moved(change, field)
            added += come
            removed += gone
        user = Id(Address("user", want.address.names))
        return tuple(role_mappings(("users", user, "role-mappings"), added, removed))


class UserGroups(Kind):
    """The groups of a user; a new one joins, as everybody does, the default groups, and leaves them if not listed."""

    name, title, owner, owned = GROUPS, "groups of user", "user", False
    read_after = ("user", "group")
    admin_events = AdminEvents(("users/{user}/groups/**",), ("GROUP_MEMBERSHIP",))

    def fields(self) -> Mapping[str, Compare]:
        return {"groups": Compare.SET}

    def filled_in(self, live: Live, objects: Objects) -> Mapping[str, Any]:
        realm = objects.get(Address("default-groups"))
        return {"groups": realm.fields.get("defaultGroups") or [] if realm else []}

    def link_fields(self) -> Mapping[str, Any]:
        description = "Groups of the user, by path (/a/b); the whole list."
        return {"groups": (GroupPaths | None, Field(None, description=description))}

    def parse_export(self, export: Export) -> Iterator[Live]:
        for user in export.get(LOOKED_UP) or ():
            groups = member_groups(export, user.get("groups"))
            yield Live(Address(self.name, (user["username"],)), {"groups": groups})

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references(fields)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        user = Address("user", want.address.names)
        return memberships(user, *moved(change, "groups"), have, around)
