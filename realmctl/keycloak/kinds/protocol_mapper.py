"""Protocol mappers (ProtocolMapperRepresentation) of clients and of client scopes: what goes into a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Objects
from realmctl.keycloak.kinds.maps import Ask, Map, config_map
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, Omission
from realmctl.keycloak.kinds.request_parts import body_of, field_of, merge
from realmctl.model.address import Address
from realmctl.model.change import Change, Id, Request
from realmctl.model.fields import ConfigStrings, Owned
from realmctl.model.objects import Declared, Live


class ProtocolMapper(Owned):
    """A protocol mapper."""

    protocolMapper: str | None = Field(None, description="The mapper's type, such as oidc-audience-mapper.")
    protocol: str | None = Field(None, description="openid-connect or saml; that of the client or scope if left out.")
    consentRequired: bool | None = None
    consentText: str | None = None
    config: ConfigStrings | None = Field(None, description="The type's own settings.")


class ClientProtocolMapper(Kind):
    """A mapper of a client."""

    name, title = "protocol-mapper", "protocol mapper"
    listed_after = "client"
    owner, field, model = "client", "protocolMappers", ProtocolMapper
    collection, container = "clients", "clients"
    type_field = "protocolMapper"
    fixed_name = "Keycloak keeps the name it was made with (26.7.3); nothing refers to a mapper by it."
    read_after: ClassVar[tuple[str, ...]] = ("client",)
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
    }
    emptied_by = ways(left_out=("consentText",), maps=("config",))
    admin_events = AdminEvents(
        ("clients/{client}/protocol-mappers/models/{id}",), ("PROTOCOL_MAPPER",), same_fields=True
    )
    in_clear = frozenset({"config"})

    def parse_export(self, export: Export) -> Iterator[Live]:
        key = "clientId" if self.owner == "client" else "name"
        for holder in export.get(self.container) or ():
            for mapper in holder.get("protocolMappers") or ():
                yield Live(Address(self.name, (holder[key], mapper["name"])), mapper, mapper.get("id"))

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        return config_map(key_types.PROTOCOL_MAPPER, "protocolMapper", address, fields, ask)

    def filled_in(self, live: Live, objects: Objects) -> Mapping[str, Any]:
        holder = objects.get(Address(self.owner, live.address.names[:1]))
        protocol = (holder.fields.get("protocol") if holder else None) or "openid-connect"
        # A new one can't do without this, but one made by an older Keycloak may.
        told = "userinfo.token.claim" in (live.fields.get("config") or {})
        audience = told and live.fields.get("protocolMapper") == "oidc-audience-mapper"
        return {"protocol": protocol, **({"config": {"userinfo.token.claim": "false"}} if audience else {})}

    def _path(self, address: Address) -> tuple[str | Id, ...]:
        return (self.collection, Id(Address(self.owner, address.names[:1])), "protocol-mappers", "models")

    def _body(self, want: Declared, around: Around) -> dict[str, Any]:
        holder = Address(self.owner, want.address.names[:1])
        declared, live = around.desired.resources.get(holder), around.live(holder)
        protocol = (declared.fields.get("protocol") if declared else None) or (live and live.fields.get("protocol"))
        return {"protocol": protocol or "openid-connect", **body_of(want, "name")}

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        return (Request("POST", self._path(want.address), self._body(want, around), creates=want.address),)

    def fold(self, want: Declared, body: dict[str, Any]) -> bool:
        protocol = body.get("protocol") or "openid-connect"
        body.setdefault("protocolMappers", []).append({"protocol": protocol, **body_of(want, "name")})
        return True

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        if field_of(change, "protocolMapper"):
            # A PUT ignores another type (26.7.3). Nothing refers to a mapper, so that a new one can take its place.
            kept = {key: value for key, value in have.fields.items() if key not in ("id", "config")}
            body = {**kept, **body_of(want, "name")}
            made = Request("POST", self._path(want.address), body, creates=want.address)
            # A POST fills in what an older mapper has not (introspection.token.claim); a PUT leaves it out (26.7.3).
            then = merge((*self._path(want.address), Id(want.address)), self.patch(change, want))
            return (*self.delete(have, around), made, then)
        # A PUT replaces the config whole, and without "id" answers 500 (26.7.3): read, merge, write.
        return (merge((*self._path(want.address), Id(want.address)), self.patch(change, want)),)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", (*self._path(have.address), Id(have.address))),)

    def locate(self, look: Look, address: Address) -> str:
        holder = look.id(Address(self.owner, address.names[:1]))
        mappers = look.get(self.collection, holder, "protocol-mappers", "models") if holder else []
        return next((str(mapper["id"]) for mapper in mappers or () if mapper["name"] == address.name), "")

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        if have is None and not want.fields.get("protocolMapper"):
            yield (), f"mapper {want.address.name!r} is new and has no type", "write protocolMapper: oidc-…"


class ScopeProtocolMapper(ClientProtocolMapper):
    """A mapper of a client scope: every client with that scope gets it."""

    name, title, owner = "scope-mapper", "protocol mapper of client scope", "client-scope"
    listed_after = "client-scope"
    collection, container = "client-scopes", "clientScopes"
    read_after = ("client-scope",)
    admin_events = AdminEvents(
        ("client-scopes/{client-scope}/protocol-mappers/models/{id}",), ("PROTOCOL_MAPPER",), same_fields=True
    )
