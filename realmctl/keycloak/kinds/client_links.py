"""What links a client (or a client scope) to scopes, roles and flows: each compared and written by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from realmctl.keycloak.kinds.admin_events import ROLE_MAPPINGS, SCOPE_MAPPINGS, AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Objects, Wanted
from realmctl.keycloak.kinds.client_scope import RealmClientScopes, scope_addresses
from realmctl.keycloak.kinds.group import GroupPaths, is_ambiguous, member_groups, memberships
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.request_parts import moved, part_of_client
from realmctl.keycloak.kinds.role_mappings import mapped_roles, member_references, role_addresses, role_mappings
from realmctl.keycloak.kinds.scope_difference import (
    SERVICE_ACCOUNT,
    AllScopes,
    ClientScopeRefs,
    applied,
    is_difference,
    of_new_client,
)
from realmctl.keycloak.kinds.service_account import accounts
from realmctl.model.address import Address
from realmctl.model.change import Change, FieldChange, Id, Request
from realmctl.model.fields import Compare, RoleRefs, Strings
from realmctl.model.objects import Declared, Live


class ScopesOfClient(RealmClientScopes):
    """The default and optional client scopes of a client, moved in one step."""

    name, title, owner = "client-scopes-of-client", "client scopes of client", "client"
    read_after = ("client",)
    ways = (("defaultClientScopes", "default-client-scopes"), ("optionalClientScopes", "optional-client-scopes"))
    admin_events = AdminEvents(
        ("clients/{client}/default-client-scopes/**", "clients/{client}/optional-client-scopes/**"),
        ("CLIENT_SCOPE_CLIENT_MAPPING",),
    )

    def link_fields(self) -> Mapping[str, Any]:
        return {
            "defaultClientScopes": (ClientScopeRefs | None, Field(None, description="Scopes that are always in.")),
            "optionalClientScopes": (ClientScopeRefs | None, Field(None, description="Scopes on request.")),
        }

    def filled_in(self, live: Live, objects: Objects) -> Mapping[str, Any]:
        """The realm's own, as far as they are of the client's protocol."""
        client = objects.get(Address("client", live.address.names))
        realm = objects.get(Address("realm-client-scopes"))
        protocol = (client.fields.get("protocol") if client else None) or "openid-connect"
        own = [SERVICE_ACCOUNT] if client and client.fields.get("serviceAccountsEnabled") else []

        def fitting(field: str) -> list[str]:
            addresses = map(Address.parse, realm.fields.get(field) or () if realm else ())
            return [
                str(one)
                for one in addresses
                if (scope := objects.get(one)) and (scope.fields.get("protocol") or "openid-connect") == protocol
            ]

        found = {
            "defaultClientScopes": [*fitting("defaultDefaultClientScopes"), *own],
            "optionalClientScopes": fitting("defaultOptionalClientScopes"),
        }
        # A new client that is given one of the lists starts with the other one empty: one that has something in it says
        # enough; where both are empty, that has to be said.
        given = any(live.fields.get(name) for name in found)
        same = all(sorted(found[name]) == sorted(live.fields.get(name) or ()) for name in found)
        return found if same or not given else {}

    def parse_export(self, export: Export) -> Iterator[Live]:
        for client in export.get("clients") or ():
            fields = {field: scope_addresses(client.get(field)) for field, _ in self.ways}
            yield Live(Address(self.name, (client["clientId"],)), fields)

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return {}  # Clients carry them.

    def living(self, members: Sequence[str], wanted: Sequence[str]) -> list[str]:
        """Without what Keycloak adds to every client with a service account (26.7.3): a list may leave that out."""
        if isinstance(wanted, AllScopes):
            return list(members)
        return [one for one in members if one != SERVICE_ACCOUNT or SERVICE_ACCOUNT in wanted]

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        lists = {name: value for name, value in fields.items() if not is_difference(value)}
        yield from member_references(lists)
        for name, value in fields.items():
            for way, scopes in value.items() if is_difference(value) else ():
                yield from (((name, way), Address.parse(scope)) for scope in scopes)

    def resolved(self, want: Declared, around: Around) -> Declared:
        if not any(map(is_difference, want.fields.values())):
            return want
        base = of_new_client(want.address.name, around)
        found = {name: AllScopes(applied(value, base[name])) if is_difference(value) else value
                 for name, value in want.fields.items()}  # fmt: skip
        for name in base.keys() - found.keys():
            if Address("client", want.address.names) not in around.snapshot.objects:
                # A new client with one list gets nothing of the other one, unless that is said, too.
                taken = {scope for scopes in found.values() for scope in scopes or ()}
                found[name] = [scope for scope in base[name] if scope not in taken]
        return replace(want, fields=found)

    def base(self, want: Declared) -> tuple[str | Id, ...]:
        return ("clients", Id(Address("client", want.address.names)))

    def fold(self, want: Declared, body: dict[str, Any]) -> bool:
        # One list given, the other one starts empty; none given, the realm's own are taken (26.7.3, by experiment).
        for field, members in want.fields.items():
            body[field] = [Address.parse(text).name for text in members or ()]
        return True


class ScopeMappings(Kind):
    """The roles a client may put into its tokens where it is not allowed all (fullScopeAllowed: false)."""

    name, title, owner, owned = "scope-mappings", "scope mappings of client", "client", False
    entry, segment = "client", "clients"
    read_after: ClassVar[tuple[str, ...]] = ("client", "client-scope")
    admin_events = AdminEvents(("clients/{client}/scope-mappings/**",), SCOPE_MAPPINGS)

    def fields(self) -> Mapping[str, Compare]:
        return {"scopeMappings": Compare.SET}

    def link_fields(self) -> Mapping[str, Any]:
        return {"scopeMappings": (RoleRefs | None, Field(None, description="Roles that may enter the token."))}

    def parse_export(self, export: Export) -> Iterator[Live]:
        key = "clientId" if self.entry == "client" else "name"
        found: dict[str, list[str]] = {
            holder[key]: [] for holder in export.get("clients" if self.entry == "client" else "clientScopes") or ()
        }
        for mapping in export.get("scopeMappings") or ():
            if self.entry in mapping:
                found.setdefault(mapping[self.entry], []).extend(
                    str(Address("role", (role,))) for role in mapping["roles"]
                )
        for client, mappings in (export.get("clientScopeMappings") or {}).items():
            for mapping in mappings:
                if self.entry in mapping:
                    found.setdefault(mapping[self.entry], []).extend(
                        str(Address("client-role", (client, role))) for role in mapping["roles"]
                    )
        for name, roles in found.items():
            yield Live(Address(self.name, (name,)), {"scopeMappings": sorted(roles)})

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        ids = {address: look.id(address) for address in map(self.holder, wanted.names(self.name))}
        holders = [address for address, id_ in ids.items() if id_]
        lists = look.side_by_side(partial(look.get, self.segment, ids[one], "scope-mappings") for one in holders)
        of_realm: list[dict[str, Any]] = []
        of_clients: dict[str, list[dict[str, Any]]] = {}
        for holder, mappings in zip(holders, lists, strict=True):
            realm_roles = [role["name"] for role in mappings.get("realmMappings") or ()]
            if realm_roles:
                of_realm.append({self.entry: holder.name, "roles": realm_roles})
            for client, mapping in (mappings.get("clientMappings") or {}).items():
                roles = [role["name"] for role in mapping["mappings"]]
                of_clients.setdefault(client, []).append({self.entry: holder.name, "roles": roles})
        return {"scopeMappings": of_realm, "clientScopeMappings": of_clients}

    def holder(self, names: tuple[str, ...]) -> Address:
        """The client or client scope."""
        return Address(self.owner, names)

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references(fields)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        base = (self.segment, Id(self.holder(want.address.names)), "scope-mappings")
        return tuple(role_mappings(base, *moved(change, "scopeMappings")))


class ScopeMappingsOfScope(ScopeMappings):
    """The roles a client scope lets into the token."""

    name, title, owner = "scope-mappings-of-scope", "scope mappings of client scope", "client-scope"
    entry, segment = "clientScope", "client-scopes"
    admin_events = AdminEvents(("client-scopes/{client-scope}/scope-mappings/**",), SCOPE_MAPPINGS)


class ServiceAccountRoles(Kind):
    """The roles of a client's service account. The realm's default role is everybody's, and left out on both sides.

    With authorization services, Keycloak adds the client's own `uma_protection` (26.7.3), without which they don't
    work: it may be left out, too.
    """

    name, title, owner, owned = "service-account-roles", "roles of service account of client", "client", False
    owner_switch = "serviceAccountsEnabled"
    read_after = ("client", "realm")
    admin_events = AdminEvents(("users/{id}/role-mappings/**",), ROLE_MAPPINGS)

    def fields(self) -> Mapping[str, Compare]:
        return {"serviceAccountRoles": Compare.SET}

    def link_fields(self) -> Mapping[str, Any]:
        return {"serviceAccountRoles": (RoleRefs | None, Field(None, description="Roles of the service account."))}

    def parse_export(self, export: Export) -> Iterator[Live]:
        default = str(Address("role", ((export.get("defaultRole") or {}).get("name", ""),)))
        for user in export.get("users") or ():
            if client := user.get("serviceAccountClientId"):
                held = role_addresses(user)
                roles = (role for role in (*held["realmRoles"], *held["clientRoles"]) if role != default)
                fields = {"serviceAccountRoles": sorted(roles)}
                yield Live(Address(self.name, (client,)), fields, user.get("id"))

    def compare(self, want: Declared, have: Live) -> list[FieldChange]:
        implied = str(Address("client-role", (want.address.name, "uma_protection")))
        wanted = want.fields["serviceAccountRoles"] or []
        living = [one for one in have.fields.get("serviceAccountRoles") or () if one != implied or one in wanted]
        same = set(wanted) == set(living)
        return [] if same else [FieldChange("serviceAccountRoles", living, wanted, Compare.SET)]

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        enabled = {client["clientId"] for client in export["clients"] if client["serviceAccountsEnabled"]}
        users = accounts(look, [name for (name,) in wanted.names(self.name) if name in enabled])
        lists = look.side_by_side(partial(look.get, "users", user["id"], "role-mappings") for user in users)
        return {"users": [user | mapped_roles(mappings) for user, mappings in zip(users, lists, strict=True)]}

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references(fields)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        return tuple(role_mappings(("users", Id(want.address), "role-mappings"), *moved(change, "serviceAccountRoles")))

    def locate(self, look: Look, address: Address) -> str:
        client = look.id(Address("client", address.names))
        return str((look.get("clients", client, "service-account-user") or {}).get("id", "")) if client else ""


class ServiceAccountGroups(Kind):
    """The groups of a client's service account; with them it joins, as every new user does, the default groups."""

    name, title, owner, owned = "service-account-groups", "groups of service account of client", "client", False
    owner_switch = "serviceAccountsEnabled"
    read_after = ("client", "group", "service-account-roles")
    admin_events = AdminEvents(("users/{id}/groups/**",), ("GROUP_MEMBERSHIP",))

    def fields(self) -> Mapping[str, Compare]:
        return {"serviceAccountGroups": Compare.SET}

    def filled_in(self, live: Live, objects: Objects) -> Mapping[str, Any]:
        """A service account is a user, and joins what every new user joins."""
        realm = objects.get(Address("default-groups"))
        return {"serviceAccountGroups": realm.fields.get("defaultGroups") or [] if realm else []}

    def link_fields(self) -> Mapping[str, Any]:
        description = "Groups of the service account, by path (/a/b); the whole list."
        return {"serviceAccountGroups": (GroupPaths | None, Field(None, description=description))}

    def parse_export(self, export: Export) -> Iterator[Live]:
        for user in export.get("users") or ():
            if client := user.get("serviceAccountClientId"):
                groups = member_groups(export, user.get("groups"))
                yield Live(Address(self.name, (client,)), {"serviceAccountGroups": groups}, user.get("id"))

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        enabled = {client["clientId"] for client in export["clients"] if client["serviceAccountsEnabled"]}
        known = {user["serviceAccountClientId"]: user for user in export.get("users") or ()}
        names = [name for (name,) in wanted.names(self.name) if name in enabled]
        missing = [name for name in names if name not in known]
        known |= {user["serviceAccountClientId"]: user for user in accounts(look, missing)}
        names = [name for name in names if name in known]
        lists = look.side_by_side(partial(look.pages, "users", known[one]["id"], "groups") for one in names)
        return {"users": [known[name] | {"groups": groups} for name, groups in zip(names, lists, strict=True)]}

    def resolve_ambiguous(self, look: Look, export: Export) -> Export:
        accounts = [user for user in export.get("users") or () if user.get("serviceAccountClientId")]
        unclear = [user for user in accounts if is_ambiguous(export, user.get("groups"))]
        lists = look.side_by_side(partial(look.pages, "users", user["id"], "groups") for user in unclear)
        return {"users": [{"id": user["id"], "groups": groups} for user, groups in zip(unclear, lists, strict=True)]}

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references(fields)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        return memberships(want.address, *moved(change, "serviceAccountGroups"), have, around)

    def locate(self, look: Look, address: Address) -> str:
        return look.id(Address(ServiceAccountRoles.name, address.names))


class ClientFlowOverrides(Kind):
    """The authentication flows a client uses in place of the realm's, by the flow's alias."""

    name, title, owner, owned = "client-flow-overrides", "flow overrides of client", "client", False
    read_after = ("client", "flow")
    emptied_by = ways(maps=("authenticationFlowBindingOverrides",))
    admin_events = AdminEvents(("clients/{client}",), ("CLIENT",))

    def fields(self) -> Mapping[str, Compare]:
        return {"authenticationFlowBindingOverrides": Compare.KEYS}

    def link_fields(self) -> Mapping[str, Any]:
        description = "Flows in place of the realm's: {browser: ALIAS, direct_grant: ALIAS}; null for the realm's."
        return {"authenticationFlowBindingOverrides": (Strings | None, Field(None, description=description))}

    def parse_export(self, export: Export) -> Iterator[Live]:
        aliases = {flow.get("id"): flow["alias"] for flow in export.get("authenticationFlows") or ()}
        for client in export.get("clients") or ():
            overrides = client.get("authenticationFlowBindingOverrides") or {}
            named = {binding: aliases.get(flow, flow) for binding, flow in overrides.items() if flow}
            yield Live(Address(self.name, (client["clientId"],)), {"authenticationFlowBindingOverrides": named})

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        for binding, alias in (fields.get("authenticationFlowBindingOverrides") or {}).items():
            if alias:
                yield ("authenticationFlowBindingOverrides", binding), Address("flow", (alias,))

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        merged = {
            **have.fields.get("authenticationFlowBindingOverrides", {}),
            **want.fields["authenticationFlowBindingOverrides"],
        }
        overrides = {key: Id(Address("flow", (alias,))) if alias else "" for key, alias in merged.items()}
        return (part_of_client(want.address.names, {"authenticationFlowBindingOverrides": overrides}, around),)
