"""Client scopes (ClientScopeRepresentation), and which of them the realm gives to new clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Wanted
from realmctl.keycloak.kinds.maps import Ask, Map, attribute_map
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, Omission
from realmctl.keycloak.kinds.request_parts import body_of, merge, moved
from realmctl.keycloak.kinds.role_mappings import member_references
from realmctl.model.address import Address
from realmctl.model.change import Change, FieldChange, Id, Request
from realmctl.model.fields import Compare, ConfigStrings, Owned, ScopeRefs
from realmctl.model.objects import Declared, Live


class ClientScope(Owned):
    """A client scope."""

    description: str | None = None
    protocol: str | None = Field(None, description="openid-connect (if left out) or saml.")
    attributes: ConfigStrings | None = Field(None, description="Such as include.in.token.scope.")


class ClientScopes(Kind):
    """A client scope."""

    name, title, field, model = "client-scope", "client scope", "clientScopes", ClientScope
    listed_after = "role"
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
    }
    emptied_by = ways(texts=("description",), maps=("attributes",))
    admin_events = AdminEvents(("client-scopes/{id}",), ("CLIENT_SCOPE",), same_fields=True)
    new_fields: ClassVar[Mapping[str, Any]] = {"protocol": "openid-connect"}
    in_clear = frozenset({"attributes"})

    def parse_export(self, export: Export) -> Iterator[Live]:
        for scope in export.get("clientScopes") or ():
            fields = {name: value for name, value in scope.items() if name != "protocolMappers"}
            yield Live(Address(self.name, (scope["name"],)), fields, scope.get("id"))

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        return attribute_map(key_types.SCOPE_ATTRIBUTES, address, fields, ask)

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return {"clientScopes": look.get("client-scopes")}

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        body = {"protocol": "openid-connect", **body_of(want, "name")}
        return (Request("POST", ("client-scopes",), body, creates=want.address),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        patch = {"name": want.address.name, **self.patch(change, want)}
        path = ("client-scopes", Id(want.address))
        gone = [key for key, value in (patch.get("attributes") or {}).items() if value is None]
        if not gone:
            return (merge(path, patch),)
        # What is left out of the attributes stays; only null takes it away (26.7.3).
        away = Request("PUT", path, {"name": want.address.name, "attributes": dict.fromkeys(gone)})
        return (merge(path, patch), away)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", ("client-scopes", Id(have.address))),)

    def locate(self, look: Look, address: Address) -> str:
        scopes = look.get("client-scopes") or ()
        return next((str(scope["id"]) for scope in scopes if scope["name"] == address.name), "")


class RealmClientScopes(Kind):
    """The client scopes that new clients of the realm get: default and optional ones."""

    name, title, owned = "realm-client-scopes", "client scopes for new clients", False
    ways = (("defaultDefaultClientScopes", "default-default-client-scopes"),
            ("defaultOptionalClientScopes", "default-optional-client-scopes"))  # fmt: skip
    admin_events = AdminEvents(
        ("default-default-client-scopes/**", "default-optional-client-scopes/**"), ("CLIENT_SCOPE",)
    )

    def fields(self) -> Mapping[str, Compare]:
        return {field: Compare.SET for field, _ in self.ways}

    def link_fields(self) -> Mapping[str, Any]:
        return {
            "defaultDefaultClientScopes": (ScopeRefs | None, Field(None, description="Scopes every new client has.")),
            "defaultOptionalClientScopes": (
                ScopeRefs | None,
                Field(None, description="Scopes every new client may ask for."),
            ),
        }

    def parse_export(self, export: Export) -> Iterator[Live]:
        yield Live(Address(self.name), {field: scope_addresses(export.get(field)) for field, _ in self.ways})

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return {field: [scope["name"] for scope in look.get(segment)] for field, segment in self.ways}

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references(fields)

    def base(self, want: Declared) -> tuple[str | Id, ...]:
        """Where the two lists are."""
        return ()

    def living(self, members: Sequence[str], wanted: Sequence[str]) -> list[str]:
        """What of a live list counts, where so much is wanted."""
        return list(members)

    def compare(self, want: Declared, have: Live) -> list[FieldChange]:
        """As sets. A scope is in one list at most: what one is to get, the other one loses, be it declared or not."""
        declared = {scope for members in want.fields.values() for scope in members or ()}
        found = []
        for field in dict.fromkeys((*want.fields, *(field for field, _ in self.ways))):
            members = have.fields.get(field) or []
            wanted = want.fields.get(field) or []
            if field not in want.fields:
                wanted = [scope for scope in members if scope not in declared]
            living = self.living(members, wanted)
            if set(wanted) != set(living):
                found.append(FieldChange(field, living, wanted, Compare.SET))
        return found

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        first, second = (want.fields.get(field) or () for field, _ in self.ways)
        for scope in sorted(set(first) & set(second)):
            told = f"the client scope {Address.parse(scope).name} is in both lists, and Keycloak keeps it in one"
            yield (self.ways[1][0],), told, f"take it out of {self.ways[0][0]} or {self.ways[1][0]}"

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        gone: list[Request] = []
        come: list[Request] = []
        for field, segment in self.ways:
            added, removed = moved(change, field)
            path = (*self.base(want), segment)
            # What moves has to leave the one before it can enter the other: a PUT of it is a 409, of a client's scope
            # it is even answered as done, and does nothing (26.7.3).
            gone += [Request("DELETE", (*path, Id(address)), fine=frozenset({404})) for address in removed]
            come += [Request("PUT", (*path, Id(address)), fine=frozenset({409})) for address in added]
        return (*gone, *come)


def scope_addresses(names: Any) -> list[str]:
    """Names of client scopes as addresses."""
    return sorted(str(Address("client-scope", (name,))) for name in names or ())
