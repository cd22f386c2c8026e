"""Client profiles and client policies: what clients have to keep to, and when.

Each realm keeps all of either in one document, which is read, merged and written. Keycloak's global ones stay as they
are. Must not know about: clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.kinds.admin_events import NO_EVENTS
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Wanted
from realmctl.keycloak.kinds.maps import Ask, Map, part_maps
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import Omission
from realmctl.keycloak.kinds.request_parts import body_of, merge
from realmctl.model import enumerations
from realmctl.model.address import Address
from realmctl.model.change import Change, Named, Request
from realmctl.model.fields import Owned, Resource, Texts
from realmctl.model.objects import Declared, Live

GLOBAL_PROFILES = (
    "fapi-1-baseline", "fapi-1-advanced", "fapi-ciba", "fapi-2-security-profile", "fapi-2-message-signing",
    "fapi-2-dpop-security-profile", "fapi-2-dpop-message-signing", "oauth-2-1-for-confidential-client",
    "oauth-2-1-for-public-client", "saml-security-profile",
)  # fmt: skip
"""The profiles that every realm has and no export shows (26.7.3)."""


class Executor(Resource):
    """What a profile does."""

    executor: str = Field(description="Its type, such as pkce-enforcer or secure-client-authenticator.")
    configuration: dict[str, Any] | None = Field(None, description="The type's own settings.")


class ClientProfile(Owned):
    """A client profile."""

    description: str | None = None
    executors: list[Executor] | None = Field(None, description="What it does, in order; the whole list.")


class Condition(Resource):
    """When a policy applies."""

    condition: str = Field(description="Its type, such as client-access-type or any-client.")
    configuration: dict[str, Any] | None = Field(None, description="The type's own settings.")


class ClientPolicy(Owned):
    """A client policy."""

    description: str | None = None
    enabled: bool | None = Field(None, description="false if left out.")
    mode: enumerations.PolicyMode | None = Field(None, description="DEFAULT or STRICT.")
    conditions: list[Condition] | None = Field(None, description="When it applies: all of them together.")
    profiles: Texts | None = Field(None, description="The client profiles that it applies, global ones too, in order.")


class ClientProfiles(Kind):
    """A client profile, in the document of all profiles."""

    name, title, field = "client-profile", "client profile", "clientProfiles"
    listed_after = "sub-component"
    model: ClassVar[type[Owned]] = ClientProfile
    document: ClassVar[str] = "profiles"
    structural = Kind.structural | {"executor", "condition"}
    located_by_id = False
    omitted: ClassVar[Mapping[str, Omission]] = {
        "global": Omission("Says that it is Keycloak's own.", decided=False),
    }
    emptied_by = ways(left_out=("description",), lists=("executors",))
    admin_events = NO_EVENTS

    def parse_export(self, export: Export) -> Iterator[Live]:
        for one in (export.get(self.field) or {}).get(self.document) or ():
            yield Live(Address(self.name, (one["name"],)), one)
        for name in GLOBAL_PROFILES if self.name == ClientProfiles.name else ():
            yield Live(Address(self.name, (name,)), {"name": name, "global": True}, builtin=True)

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        return part_maps(key_types.EXECUTOR, "executors", "executor", fields)

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return {self.field: look.get("client-policies", self.document)}

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        if have and have.fields.get("global"):
            told = f"the client profile {want.address.name!r} is Keycloak's own, and the same in every realm"
            yield (), told, "declare one under a name of its own"

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        return (self._written(want.address.name, body_of(want, "name")),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        old = change.renamed_from.name if change.renamed_from else want.address.name
        return (self._written(old, self.patch(change, want)),)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (self._written(have.address.name, None),)

    def _written(self, name: str, patch: Mapping[str, Any] | None) -> Request:
        # Of an executor or condition without any, Keycloak makes a 500 (26.7.3, by experiment).
        for part in ("executors", "conditions"):
            if patch and patch.get(part):
                patch = {**patch, part: [{"configuration": {}, **_said(one)} for one in patch[part]]}
        return merge(("client-policies", self.document), {self.document: Named("name", {name: patch})})

    def locate(self, look: Look, address: Address) -> str:
        found = (look.get("client-policies", self.document) or {}).get(self.document) or ()
        return next((address.name for one in found if one["name"] == address.name), "")


def _said(one: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in one.items() if item is not None}


class ClientPolicies(ClientProfiles):
    """A client policy, in the document of all policies."""

    name, title, field, document = "client-policy", "client policy", "clientPolicies", "policies"
    listed_after = "client-profile"
    # A policy's executors refuse new clients, or change them on their way in (26.7.3: full-scope-disabled).
    made_after = ("client", "protocol-mapper", "client-scopes-of-client", "client-flow-overrides", "scope-mappings")
    model: ClassVar[type[Owned]] = ClientPolicy
    omitted: ClassVar[Mapping[str, Omission]] = {}
    emptied_by = ways(left_out=("description", "mode"), lists=("conditions", "profiles"))

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        for name in fields.get("profiles") or ():
            yield ("profiles",), Address(ClientProfiles.name, (name,))

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        return part_maps(key_types.CONDITION, "conditions", "condition", fields)
