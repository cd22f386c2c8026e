"""One side of a transition: a whole realm as it is or would be, and questions across its objects.

Pure. Must not know about: rules, plans, which side it is.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from realmctl.analysis.danger.values import text
from realmctl.keycloak.kinds.group import find_by_path
from realmctl.keycloak.token_roles import LINKS
from realmctl.model.address import Address

Fields = Mapping[str, Any]

_DEFAULT_ROLES = Address("default-roles")
_REALM = Address("realm")


class RealmView:
    """A realm: `objects` as they are, and over them `laid`, in which None stands for an object that is not there."""

    def __init__(self, realm: str, objects: Mapping[Address, Fields], laid: Mapping[Address, Fields | None]) -> None:
        self.name = realm
        self._objects, self._laid = objects, laid

    def __contains__(self, address: object) -> bool:
        if isinstance(address, Address) and address in self._laid:
            return self._laid[address] is not None
        return address in self._objects

    def fields(self, address: Address) -> Fields:
        """Return an object's fields; empty where the object does not exist."""
        if address in self._laid:
            return self._laid[address] or {}
        return self._objects.get(address, {})

    def get(self, address: Address, *path: str) -> Any:
        """Return the value at a path below an object; None where there is none. A component's list of one is its item.

        Only the last step may have dots in it, as keys of attributes and configs do.
        """
        value: Any = self.fields(address)
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def said(self, address: Address, *path: str) -> str:
        """Return the value at a path as text; "" where there is none."""
        return text(self.get(address, *path))

    def realm(self, *path: str) -> Any:
        """Return a setting of the realm."""
        return self.get(_REALM, *path)

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Address]]:
        found: dict[str, list[Address]] = {}
        for address in sorted({*self._objects, *self._laid}):
            if address in self:
                found.setdefault(address.kind, []).append(address)
        return found

    def of(self, *kinds: str) -> Iterator[Address]:
        """Return the addresses of all objects of some kinds, sorted within each kind."""
        for kind in kinds:
            yield from self._by_kind.get(kind, ())

    @cached_property
    def default_role(self) -> Address:
        """The role that holds the default roles."""
        said = self.said(_DEFAULT_ROLES, "defaultRole", "name")
        return Address("role", (said or f"default-roles-{self.name.lower()}",))

    def members(self, role: Address) -> list[Address]:
        """Return the roles that a role directly contains, those that do not exist left out."""
        if role == self.default_role:
            return self.roles(_DEFAULT_ROLES, "defaultRoles")
        return self.roles(Address(LINKS[role.kind], role.names), "composites") if role.kind in LINKS else []

    def roles(self, link: Address, *fields: str) -> list[Address]:
        """Return the roles that the fields of a link name, those that are known not to exist left out."""
        found = self.fields(link)
        named = (Address.parse(str(one)) for field in fields for one in found.get(field) or ())
        return [role for role in named if not self.is_gone(role)]

    def is_gone(self, address: Address) -> bool:
        """Return whether an object is known not to exist on this side. An object that nobody read may exist."""
        return address in self._laid and self._laid[address] is None

    def granted(
        self, roles: Iterable[Address], *, within: Container[Address] | None = None
    ) -> dict[Address, tuple[Address, ...]]:
        """Return every role that holders of `roles` have, at any depth: each with the shortest path that leads to it.

        A path begins with a member of `roles` and ends with the role itself. `within`: only these roles are followed.
        """
        found: dict[Address, tuple[Address, ...]] = {}
        todo: list[tuple[Address, tuple[Address, ...]]] = [(role, (role,)) for role in roles]
        while todo:
            later: list[tuple[Address, tuple[Address, ...]]] = []
            for role, path in todo:
                if role not in found and (within is None or role in within):
                    found[role] = path
                    later += [(member, (*path, member)) for member in self.members(role)]
            todo = later
        return found

    def role_named(self, name: str) -> Address:
        """Return the role that Keycloak means by `role`, `client.role` or a client id with dots in it (26.7.3)."""
        dot = name.rfind(".")
        while dot > 0:
            client = Address("client", (name[:dot],))
            if client in self:
                return Address("client-role", (name[:dot], name[dot + 1 :]))
            dot = name.rfind(".", 0, dot)
        return Address("role", (name,))

    def group_roles(self, group: Address) -> Iterator[tuple[Address, Address]]:
        """Return the roles of a group's members with the links that give them: its own, and its parents'."""
        for depth in range(len(group.names), 0, -1):
            link = Address("group-roles", group.names[:depth])
            for role in self.roles(link, "realmRoles", "clientRoles"):
                yield link, role

    def group_at(self, path: str) -> Address:
        """Return the group that Keycloak finds at a path such as `/a/b`, which may be one whose name is `a/b`."""
        found = find_by_path(path, lambda names: Address("group", names) in self)
        return Address("group", found or tuple(part for part in path.split("/") if part))

    def scopes(self, client: Address, *, optional: bool = False) -> list[str]:
        """Return the names of a client's default scopes (or of its optional ones), the realm's where it has no list."""
        own = "optionalClientScopes" if optional else "defaultClientScopes"
        link = Address("client-scopes-of-client", client.names)
        found = self.fields(link).get(own)
        if found is None and link not in self:
            found = self.get(
                Address("realm-client-scopes"),
                "defaultOptionalClientScopes" if optional else "defaultDefaultClientScopes",
            )
        return [Address.parse(str(one)).name for one in found or ()]

    @cached_property
    def _mappers(self) -> Mapping[tuple[str, str], list[Address]]:
        found: dict[tuple[str, str], list[Address]] = {}
        for mapper in self.of("protocol-mapper", "scope-mapper"):
            found.setdefault((mapper.kind, mapper.names[0]), []).append(mapper)
        return found

    def mappers(self, client: Address) -> Iterator[Address]:
        """Return the mappers that act on all tokens of a client: its own, and those of its default scopes."""
        yield from self._mappers.get(("protocol-mapper", client.name), ())
        for scope in self.scopes(client):
            yield from self._mappers.get(("scope-mapper", scope), ())

    def mappers_of(self, holder: Address) -> list[Address]:
        """Return the mappers of one client or client scope, and no others."""
        return self._mappers.get(("protocol-mapper" if holder.kind == "client" else "scope-mapper", holder.name), [])

    @property
    def objects(self) -> Mapping[Address, Fields]:
        """All objects with their fields."""
        return {one: self.fields(one) for kind in self._by_kind.values() for one in kind}

    def without(self, addresses: Iterable[Address]) -> RealmView:
        """Return the realm without these objects."""
        return RealmView(self.name, self._objects, {**self._laid, **dict.fromkeys(addresses)})
