"""Identity providers of any type (IdentityProviderRepresentation), and their mappers: what a broker brings in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Objects, Wanted
from realmctl.keycloak.kinds.maps import Ask, Map, config_map
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, OLD, PLACE, SELF, Omission
from realmctl.keycloak.kinds.request_parts import body_of, merge
from realmctl.model.address import Address
from realmctl.model.change import Change, Fingerprint, Id, Request
from realmctl.model.fields import ConfigStrings, Owned, holds_secret
from realmctl.model.objects import Declared, Live
from realmctl.model.secret import Secret

FINGERPRINT = "realmctl.fingerprint."
"""Keys of an identity provider's config that begin so hold the fingerprint of the secret whose key follows."""


class IdentityProvider(Owned):
    """An identity provider."""

    refused: ClassVar[Mapping[str, tuple[str, str]]] = {
        "updateProfileFirstLoginMode": (
            "Keycloak reads it no more: the flow of a first login decides",
            "write config: {update.profile.on.first.login: …} at the idp-review-profile step of that flow",
        )
    }

    providerId: str | None = Field(None, description="Its type: oidc, saml, keycloak-oidc, google…")
    displayName: str | None = None
    enabled: bool | None = None
    trustEmail: bool | None = Field(None, description="Take e-mail addresses from it as verified.")
    storeToken: bool | None = None
    addReadTokenRoleOnCreate: bool | None = None
    authenticateByDefault: bool | None = None
    linkOnly: bool | None = None
    hideOnLogin: bool | None = None
    firstBrokerLoginFlowAlias: str | None = Field(None, description="The flow of a user's first login through it.")
    postBrokerLoginFlowAlias: str | None = None
    config: ConfigStrings | None = Field(None, description="The type's own settings; clientSecret is a secret.")


class IdentityProviders(Kind):
    """An identity provider. PUT replaces it whole, and keeps the secret only where its mask is sent back (26.7.3)."""

    name, title, field, model, key = (
        "identity-provider", "identity provider", "identityProviders", IdentityProvider, "alias",
    )  # fmt: skip
    listed_after = "flow"
    fixed_name = "Keycloak refuses another alias (26.7.3), since users are linked to their provider by it."
    omitted: ClassVar[Mapping[str, Omission]] = {
        "internalId": ID,
        "updateProfileFirstLoginMode": OLD,
        "types": SELF,
        "organizationId": Omission("Said by identityProviders of the organization."),
    }
    emptied_by = ways(
        left_out=(
            "displayName", "firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias", "trustEmail", "storeToken",
            "addReadTokenRoleOnCreate", "authenticateByDefault", "linkOnly", "hideOnLogin",
        ),
    )  # fmt: skip
    never_empty: ClassVar[Mapping[str, frozenset[str]]] = {"config": frozenset({"syncMode"})}
    admin_events = AdminEvents(
        ("identity-provider/instances/{name}",),
        ("IDENTITY_PROVIDER",),
        by_body=("identity-provider-settings/*", "alias"),
        same_fields=True,
    )

    def parse_export(self, export: Export) -> Iterator[Live]:
        for provider in export.get("identityProviders") or ():
            config = provider.get("config") or {}
            fingerprints = {
                f"config.{key.removeprefix(FINGERPRINT)}": value
                for key, value in config.items()
                if key.startswith(FINGERPRINT)
            }
            address = Address(self.name, (provider["alias"],))
            yield Live(address, provider, provider.get("internalId"), fingerprints=fingerprints)

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        return config_map(key_types.IDENTITY_PROVIDER, "providerId", address, fields, ask)

    def filled_in(self, live: Live, objects: Objects) -> Mapping[str, Any]:
        google = {"config": {"issuer": "https://accounts.google.com"}}
        return {"enabled": True, **(google if live.fields.get("providerId") == "google" else {})}

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        brief = look.pages("identity-provider", "instances")
        aliases = [provider["alias"] for provider in brief]
        lists = look.side_by_side(
            partial(look.get, "identity-provider", "instances", one, "mappers") for one in aliases
        )
        return {
            "identityProviders": brief,
            "identityProviderMappers": [mapper for mappers in lists for mapper in mappers or ()],
        }

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        for name in ("firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias"):
            if fields.get(name):
                yield (name,), Address("flow", (fields[name],))

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        body = {"enabled": True, **body_of(want, "alias")}
        body["config"] = with_fingerprints(body.get("config") or {})
        return (Request("POST", ("identity-provider", "instances"), body, creates=want.address),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        patch = self.patch(change, want)
        if "config" in patch:
            patch["config"] = with_fingerprints(patch["config"])
        old = change.renamed_from.name if change.renamed_from else want.address.name
        return (merge(("identity-provider", "instances", old), patch),)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", ("identity-provider", "instances", have.address.name)),)

    def locate(self, look: Look, address: Address) -> str:
        return str((look.get("identity-provider", "instances", address.name) or {}).get("internalId", ""))

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        if have is None and not want.fields.get("providerId"):
            yield (), f"identity provider {want.address.name!r} is new and has no type", "write providerId: oidc"
        elif have and want.fields.get("providerId", kept := have.fields.get("providerId")) != kept:
            told = f"the type of identity provider {want.address.name!r} can't be changed from {kept}"
            yield ("providerId",), told, "declare the new one under an alias of its own"
        config = {**(have.fields.get("config") or {} if have else {}), **(want.fields.get("config") or {})}
        if config.get("pkceEnabled") == "true" and not config.get("pkceMethod"):
            told = f"identity provider {want.address.name!r} uses PKCE, and does not say how"
            yield ("config", "pkceEnabled"), told, "write pkceMethod: S256"


class IdentityProviderMapper(Owned):
    """A mapper of an identity provider."""

    identityProviderMapper: str | None = Field(None, description="The mapper's type, such as oidc-role-idp-mapper.")
    config: ConfigStrings | None = Field(None, description="The type's own settings, and syncMode.")


class IdentityProviderMappers(Kind):
    """A mapper of an identity provider. PUT replaces the config, and without id answers 500 (26.7.3)."""

    name, title = "identity-provider-mapper", "identity provider mapper"
    listed_after = "identity-provider"
    owner, field, model = "identity-provider", "mappers", IdentityProviderMapper
    read_after = ("identity-provider",)
    type_field = "identityProviderMapper"
    # Without it Keycloak takes the mode LEGACY (26.7.3).
    new_settings: ClassVar[Mapping[str, Any]] = {"syncMode": "INHERIT"}
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "identityProviderAlias": PLACE,
    }
    emptied_by = ways(maps=("config",))
    admin_events = AdminEvents(
        ("identity-provider/instances/{first}/mappers/{id}",), ("IDENTITY_PROVIDER_MAPPER",), same_fields=True
    )
    new_fields: ClassVar[Mapping[str, Any]] = {"config": {"syncMode": "INHERIT"}}
    in_clear = frozenset({"config"})

    def parse_export(self, export: Export) -> Iterator[Live]:
        for mapper in export.get("identityProviderMappers") or ():
            names = (mapper["identityProviderAlias"], mapper["name"])
            yield Live(Address(self.name, names), mapper, mapper.get("id"))

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        return config_map(key_types.IDENTITY_PROVIDER_MAPPER, "identityProviderMapper", address, fields, ask)

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        return (Request("POST", self._path(want.address.names[0]), _body(want), creates=want.address),)

    def together(self, wants: Sequence[Declared]) -> Request | None:
        bodies = [_body(want) for want in wants]
        return Request("POST", ("partialImport",), {"ifResourceExists": "SKIP", "identityProviderMappers": bodies})

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        return (merge((*self._path(want.address.names[0]), Id(want.address)), self.patch(change, want)),)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", (*self._path(have.address.names[0]), Id(have.address))),)

    def locate(self, look: Look, address: Address) -> str:
        mappers = look.get("identity-provider", "instances", address.names[0], "mappers") or ()
        return next((str(mapper["id"]) for mapper in mappers if mapper["name"] == address.name), "")

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        if have is None and not want.fields.get("identityProviderMapper"):
            yield (), f"mapper {want.address.name!r} is new and has no type", "write identityProviderMapper: …"

    @staticmethod
    def _path(alias: str) -> tuple[str, ...]:
        return ("identity-provider", "instances", alias, "mappers")


def _body(want: Declared) -> dict[str, Any]:
    body = {"identityProviderAlias": want.address.names[0], **body_of(want, "name")}
    return {**body, "config": {**IdentityProviderMappers.new_settings, **(body.get("config") or {})}}


def with_fingerprints(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config with a fingerprint beside every secret, written in the same request as the secret itself."""
    found = dict(config)
    for key, value in config.items():
        if isinstance(value, Secret):
            found[FINGERPRINT + key] = None if value.vault else Fingerprint(value)
        elif value is None and holds_secret(key):
            found[FINGERPRINT + key] = None
    return found
