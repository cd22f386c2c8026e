"""Clients (ClientRepresentation), OIDC and SAML: the object itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from pydantic import Field, field_validator

from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.kinds import admin_permission
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Objects, Wanted
from realmctl.keycloak.kinds.client_attributes import MADE_UP, outdated
from realmctl.keycloak.kinds.maps import Ask, Map, attribute_map
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, MOMENT, OLD, SELF, Omission
from realmctl.keycloak.kinds.request_parts import body_of, part_of_client
from realmctl.keycloak.kinds.scope_difference import SERVICE_ACCOUNT, AllScopes
from realmctl.model.address import Address
from realmctl.model.change import Change, Id, Request
from realmctl.model.fields import ConfigStrings, Names, Owned, SecretText
from realmctl.model.objects import Declared, Live
from realmctl.model.text import cut


class Client(Owned):
    """A client."""

    name: str | None = Field(None, description="The name people see.")
    description: str | None = None
    enabled: bool | None = None
    protocol: str | None = Field(None, description="openid-connect (if left out) or saml.")
    type: str | None = None
    secret: SecretText | None = Field(None, description="Write $(env:NAME) or ${vault.key}.")
    clientAuthenticatorType: str | None = Field(None, description="client-secret, client-jwt, client-x509…")
    publicClient: bool | None = None
    bearerOnly: bool | None = None
    standardFlowEnabled: bool | None = Field(None, description="The authorization code flow.")
    implicitFlowEnabled: bool | None = None
    directAccessGrantsEnabled: bool | None = None
    serviceAccountsEnabled: bool | None = Field(None, description="The client credentials grant.")
    authorizationServicesEnabled: bool | None = None
    frontchannelLogout: bool | None = None
    consentRequired: bool | None = None
    fullScopeAllowed: bool | None = Field(None, description="Every role of the user may enter the token.")
    rootUrl: str | None = None
    adminUrl: str | None = None
    baseUrl: str | None = None
    redirectUris: Names | None = Field(None, description="Exact redirect URIs.")
    webOrigins: Names | None = None
    surrogateAuthRequired: bool | None = None
    alwaysDisplayInConsole: bool | None = None
    notBefore: int | None = None
    nodeReRegistrationTimeout: int | None = None
    attributes: ConfigStrings | None = Field(None, description="Such as pkce.code.challenge.method: S256.")

    @field_validator("secret", mode="before")
    @classmethod
    def _not_taken_away(cls, value: Any) -> Any:
        # A confidential client always has one: there is nothing in Keycloak that none would mean.
        if value is None:
            raise ValueError("a client's secret can't be taken away: leave it out, and whichever it has stays")
        return value


def _without_scope(want: Declared, around: Around) -> Iterator[Request]:
    """Takes away the scope that comes with a service account (26.7.3), where the client is declared without it.

    Only the list of default scopes can say so: the scope comes as a default one.
    """
    link = around.desired.resources.get(Address("client-scopes-of-client", want.address.names))
    lists = link.fields if link else {}
    said = isinstance(lists.get("defaultClientScopes"), AllScopes)
    if want.fields.get("serviceAccountsEnabled") and said and not any(SERVICE_ACCOUNT in one for one in lists.values()):
        path = ("clients", Id(want.address), "default-client-scopes", Id(Address.parse(SERVICE_ACCOUNT)))
        yield Request("DELETE", path, fine=frozenset({404}))


_LONGEST_WITH_ACCOUNT = 255 - len("service-account-")
_APART = ("protocolMappers", "defaultClientScopes", "optionalClientScopes", "authorizationSettings")


_NEW: Mapping[str, Any] = {
    "enabled": True,
    "protocol": "openid-connect",
    "clientAuthenticatorType": "client-secret",
    "standardFlowEnabled": True,
    "fullScopeAllowed": True,
    "nodeReRegistrationTimeout": -1,
    "notBefore": 0,
}
_NEW_SAML_ATTRIBUTES: Mapping[str, str] = {
    "saml.allow.ecp.flow": "false",
    "saml.authnstatement": "true",
    "saml.client.signature": "true",
    "saml.force.post.binding": "true",
    "saml.server.signature": "true",
    "saml.signature.algorithm": "RSA_SHA256",
    "saml_force_name_id_format": "false",
    "saml_name_id_format": "username",
    "saml_signature_canonicalization_method": "http://www.w3.org/2001/10/xml-exc-c14n#",
}
_WITHOUT_SECRET = ("client-jwt", "client-x509", "federated-jwt")
"""How clients authenticate that need no secret of Keycloak's making."""


class Clients(Kind):
    """A client. PUT merges at the top and in `attributes`, and ignores its scopes (26.7.3): only changes are sent."""

    name, title, field, model, key = "client", "client", "clients", Client, "clientId"
    listed_after = "scope-mapper"
    fixed_objects = frozenset({"realm-management"})
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "access": MOMENT,
        "origin": SELF,
        "registrationAccessToken": Omission(
            "A credential that Keycloak makes for the client's own registration.", decided=False
        ),
        "registeredNodes": Omission("Cluster nodes that the client's adapter reports at run time.", decided=False),
        "defaultRoles": OLD,
        "directGrantsOnly": OLD,
        "clientTemplate": OLD,
        "useTemplateConfig": OLD,
        "useTemplateScope": OLD,
        "useTemplateMappers": OLD,
    }
    not_exported: ClassVar[Mapping[str, str]] = {
        "notBefore": "its notBefore: tokens from before that time are revoked",
        "registeredNodes": "its registered cluster nodes",
        "registrationAccessToken": "its registration access token",
    }
    emptied_by = ways(
        texts=("name", "description", "rootUrl", "adminUrl", "baseUrl"),
        lists=("redirectUris", "webOrigins"),
        maps=("attributes",),
    )
    admin_events = AdminEvents(
        ("clients/{id}", "clients/{id}/client-secret", "clients/{id}/client-secret/**"),
        ("CLIENT", "AUTHORIZATION_RESOURCE_SERVER"),
        same_fields=True,
    )
    in_clear = frozenset({"secret", "attributes"})

    def parse_export(self, export: Export) -> Iterator[Live]:
        for client in export.get("clients") or ():
            fields = {name: value for name, value in client.items() if name not in _APART}
            own = client["clientId"] == admin_permission.CLIENT
            yield Live(Address(self.name, (client["clientId"],)), fields, client.get("id"), builtin=own)

    def wrong_names(self, want: Declared) -> Iterator[tuple[tuple[str | int, ...], str]]:
        name, found = want.address.name, list(super().wrong_names(want))
        yield from found
        # Keycloak makes a key and a certificate for a new SAML client that signs, as a new one does.
        signs = (want.fields.get("attributes") or {}).get("saml.client.signature") != "false"
        if not found and name.startswith("#") and want.fields.get("protocol") == "saml" and signs:
            yield (), f"Keycloak can't make a certificate for the SAML client '{name}', whose name begins with #"

    def is_of_master(self, address: Address) -> bool:
        # A client per realm, named after it, with that realm's administration roles.
        return address.name.endswith("-realm")

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        return attribute_map(key_types.CLIENT_ATTRIBUTES, address, fields, ask)

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return {"clients": look.whole("clients")}

    def warm(self, look: Look) -> None:
        look.get("clients")

    def refers(self, address: Address, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        if address.name == admin_permission.CLIENT:
            yield (), Address("realm")  # Its adminPermissionsEnabled makes the client.
        else:
            # A new client of which no scopes are said gets these; a service account joins these groups.
            yield (), Address("realm-client-scopes")
            yield (), Address("default-groups")

    def complete(self, want: Declared, have: Live) -> Declared:
        want = super().complete(want, have)
        gone = [key for key in outdated(want.fields, have.fields) if key not in MADE_UP]
        if not gone:
            return want
        attributes = {**dict.fromkeys(gone), **(want.fields.get("attributes") or {})}
        return replace(want, fields={**want.fields, "attributes": attributes})

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        if want.address.name == admin_permission.CLIENT:
            return ()
        want = replace(want, fields=self.emptied(want.fields))
        made = Request("POST", ("clients",), body_of(want, "clientId"), creates=want.address)
        if want.fields.get("protocol") != "saml":
            return (made, *_without_scope(want, around))
        # A new SAML client is given attributes and origins of Keycloak's choice (26.7.3): what is not wanted is taken
        # away again.
        taken: dict[str, Any] = {}
        if gone := [key for key, value in (want.fields.get("attributes") or {}).items() if value is None]:
            taken["attributes"] = dict.fromkeys(gone)
        if want.fields.get("webOrigins") == []:
            taken["webOrigins"] = []
        return (made, part_of_client(want.address.names, taken, around)) if taken else (made,)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        patch = self.patch(change, want)
        turned_on = _without_scope(want, around) if patch.get("serviceAccountsEnabled") else ()
        return (part_of_client(want.address.names, patch, around), *turned_on)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", ("clients", Id(have.address))),)

    def locate(self, look: Look, address: Address) -> str:
        found = look.get("clients", query={"clientId": address.name}) or ()
        return next((str(client["id"]) for client in found if client["clientId"] == address.name), "")

    def brings(self, want: Declared) -> Iterator[Address]:
        if want.fields.get("authorizationServicesEnabled"):
            # The service account gets it, too (26.7.3).
            yield Address("client-role", (want.address.name, "uma_protection"))

    def filled_in(self, live: Live, objects: Objects) -> Mapping[str, Any]:
        common = {
            **_NEW,
            "webOrigins": _origins(live.fields.get("redirectUris") or ()),
            "fullScopeAllowed": not live.fields.get("consentRequired"),
        }
        if live.fields.get("protocol") == "saml":
            return {**common, "frontchannelLogout": True, "attributes": _NEW_SAML_ATTRIBUTES}
        return common

    def undecided(self, live: Live, *, builtin: bool) -> frozenset[str]:
        fields = live.fields
        without_secret = (
            fields.get("publicClient")
            or fields.get("protocol") == "saml"
            or (builtin and fields.get("bearerOnly"))
            or fields.get("clientAuthenticatorType") in _WITHOUT_SECRET
        )
        return frozenset({"secret"}) if without_secret else frozenset()

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        live = have.fields if have else {}
        name = want.address.name
        if want.fields.get("secret") and want.fields.get("publicClient", live.get("publicClient")):
            told = f"client {name!r} is public, and a public client has no secret"
            yield ("secret",), told, "write publicClient: false, or take the secret out"
        account = want.fields.get("serviceAccountsEnabled", live.get("serviceAccountsEnabled"))
        if account and len(name) > _LONGEST_WITH_ACCOUNT:
            told = (
                f"client {cut(name, 20)} has {len(name)} characters, and its service account is a user named after it"
            )
            yield (), told, f"give it at most {_LONGEST_WITH_ACCOUNT}, or write serviceAccountsEnabled: false"

    def cost(self, look: Look, have: Live) -> str:
        client = look.id(have.address)
        live, offline = look.side_by_side(
            partial(look.get, "clients", client, count) for count in ("session-count", "offline-session-count")
        )
        told = [
            f"{counted['count']} {what} session{'' if counted['count'] == 1 else 's'}"
            for counted, what in ((live, "live"), (offline, "offline"))
            if counted and counted.get("count")
        ]
        return f"ends {' and '.join(told)}" if told else ""


def _origins(uris: Any) -> list[str]:
    """Keycloak allows the origins of a new client's redirect URIs, where it isn't told any."""
    found = set()
    for uri in uris:
        scheme, colon, rest = str(uri).partition("://")
        if colon and scheme in ("http", "https"):
            found.add(f"{scheme}://{rest.partition('/')[0]}")
    return sorted(found)
