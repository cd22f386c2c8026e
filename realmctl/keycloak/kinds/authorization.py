"""Authorization services of a client (ResourceServerRepresentation): its settings, scopes, resources and policies.

A permission is a policy of the type resource, scope or uma. Everything is said by name, as Keycloak's export has it.
Must not know about: how an administration permission says its resources (`admin_permission`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from realmctl.errors import Forbidden
from realmctl.keycloak.kinds import admin_permission
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Wanted
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, PLACE, SELF, Omission
from realmctl.keycloak.kinds.policy_config import (
    BY_ID,
    PolicyConfig,
    on_the_wire,
    read_config,
    renamed_config,
    targets,
    with_ids,
)
from realmctl.keycloak.kinds.policy_members import named, unclear_types
from realmctl.keycloak.kinds.request_parts import body_of, merge
from realmctl.model import enumerations
from realmctl.model.address import Address
from realmctl.model.change import Change, Id, Request
from realmctl.model.fields import Names, Owned, Resource, StringLists
from realmctl.model.objects import Declared, Live


class AuthorizationSettings(Resource):
    """How a client's resources are protected; the client needs authorizationServicesEnabled: true."""

    policyEnforcementMode: enumerations.PolicyEnforcementMode | None = Field(
        None, description="ENFORCING, PERMISSIVE or DISABLED."
    )
    decisionStrategy: enumerations.DecisionStrategy | None = Field(
        None, description="Among permissions: UNANIMOUS or AFFIRMATIVE."
    )
    allowRemoteResourceManagement: bool | None = None


class AuthorizationScope(Owned):
    """What can be done with a resource."""

    displayName: str | None = None
    iconUri: str | None = None


class AuthorizationResource(Owned):
    """A protected resource."""

    displayName: str | None = None
    type: str | None = None
    uris: Names | None = None
    scopes: Names | None = Field(None, description="What can be done with it, by name.")
    attributes: StringLists | None = None
    ownerManagedAccess: bool | None = None
    icon_uri: str | None = None


class AuthorizationPolicy(Owned):
    """A policy, or (types resource, scope, uma) a permission."""

    type: str | None = Field(None, description="role, group, client, client-scope, user, time, regex, aggregate, js…")
    description: str | None = None
    logic: enumerations.Logic | None = Field(None, description="POSITIVE or NEGATIVE.")
    decisionStrategy: enumerations.DecisionStrategy | None = Field(
        None, description="UNANIMOUS, AFFIRMATIVE or CONSENSUS."
    )
    config: PolicyConfig | None = Field(None, description="The type's own settings; lists by name.")


class Authorization(Kind):
    """The resource server of a client."""

    name, title, owner, field = "authorization", "authorization settings of client", "client", "authorizationSettings"
    listed_after = "workflow"
    model: ClassVar[type[Resource]] = AuthorizationSettings
    owned, single, levels = False, True, 0
    read_after = ("client",)
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "clientId": ID,
        "name": PLACE,
        "authorizationSchema": Omission(
            "The kinds of things that administration permissions know: the same in every realm.", decided=False
        ),
    }
    emptied_by = ways()
    admin_events = AdminEvents(
        ("clients/{client}/authz/resource-server", "clients/{client}"), ("AUTHORIZATION_RESOURCE_SERVER",)
    )

    def parse_export(self, export: Export) -> Iterator[Live]:
        for client, settings in _settings(export):
            fields = {key: value for key, value in settings.items() if key not in ("resources", "scopes", "policies")}
            yield Live(Address(self.name, (client,)), fields)

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        names = {names[0] for names in wanted.names(self.name) if names}
        declared = [client for client in export["clients"] if client["clientId"] in names]
        if any(client["clientId"] == admin_permission.CLIENT for client in declared):
            # Its settings are told by the export alone (26.7.3: 400).
            raise Forbidden("Administration permissions are in the realm's export alone.", advice="Grant manage-realm.")
        found = look.side_by_side(
            partial(look.get, "clients", one["id"], "authz", "resource-server", "settings") for one in declared
        )
        return {
            "clients": [
                {"id": client["id"], "authorizationSettings": settings}
                for client, settings in zip(declared, found, strict=True)
            ]
        }

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        return (merge(_path(want.address), self.patch(change, want)),)


class AuthorizationScopes(Kind):
    """A scope of a resource server."""

    name, title, owner, field = "authorization-scope", "authorization scope", "authorization", "scopes"
    listed_after = "authorization"
    model: ClassVar[type[Owned]] = AuthorizationScope
    read_after: ClassVar[tuple[str, ...]] = ("authorization",)
    part, segment, id_key = "scopes", "scope", "id"
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "resources": SELF,
        "policies": SELF,
    }
    emptied_by = ways(left_out=("displayName", "iconUri"))
    admin_events = AdminEvents(("clients/{client}/authz/resource-server/scope/{id}",), ("AUTHORIZATION_SCOPE",))

    def parse_export(self, export: Export) -> Iterator[Live]:
        for client, settings in _settings(export):
            own = client == admin_permission.CLIENT and self.part != "policies"
            for one in settings.get(self.part) or ():
                yield Live(Address(self.name, (client, one["name"])), self.seen(one, client, export), builtin=own)

    def seen(self, one: Mapping[str, Any], client: str, export: Export) -> Mapping[str, Any]:
        """The object as it is compared."""
        return one

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        body = body_of(want, "name")
        if "scopes" in body:
            body["scopes"] = [{"name": scope} for scope in body["scopes"]]
        return (Request("POST", (*_path(want.address), self.segment), body, creates=want.address),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        patch = self.patch(change, want)
        if patch.get("scopes") is not None:
            patch["scopes"] = [{"name": scope} for scope in patch["scopes"]]
        # The export has no ids of them: a renamed one is looked up by its old name.
        return (merge((*_path(want.address), self.segment, Id(change.renamed_from or want.address)), patch),)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        path = (*_path(have.address), self.segment, Id(have.address))
        return (Request("DELETE", path, fine=frozenset({404})),)

    def locate(self, look: Look, address: Address) -> str:
        client = look.id(Address("client", address.names[:1]))
        query = {"name": address.name, "first": "0", "max": "1000"}
        found = look.get("clients", client, "authz", "resource-server", self.segment, query=query) if client else ()
        return next((str(one[self.id_key]) for one in found or () if one["name"] == address.name), "")


class AuthorizationResources(AuthorizationScopes):
    """A resource of a resource server."""

    name, title, field = "authorization-resource", "authorization resource", "resources"
    listed_after = "authorization-scope"
    model: ClassVar[type[Owned]] = AuthorizationResource
    part, segment, id_key = "resources", "resource", "_id"
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "_id": ID,
        "iconUri": Omission("Another name of icon_uri, which the export has."),
        "owner": Omission("The client itself; resources of users are made at run time.", decided=False),
    }
    emptied_by = ways(
        left_out=("displayName", "type", "icon_uri", "ownerManagedAccess"),
        lists=("uris", "scopes"),
        maps=("attributes",),
    )
    admin_events = AdminEvents(("clients/{client}/authz/resource-server/resource/{id}",), ("AUTHORIZATION_RESOURCE",))

    def seen(self, one: Mapping[str, Any], client: str, export: Export) -> Mapping[str, Any]:
        return {**one, "scopes": sorted(scope["name"] for scope in one.get("scopes") or ())}

    def refers(self, address: Address, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        for scope in fields.get("scopes") or ():
            yield ("scopes",), Address("authorization-scope", (address.names[0], scope))


class AuthorizationPolicies(AuthorizationScopes):
    """A policy or permission of a resource server. PUT replaces it whole, and takes names as POST does (26.7.3)."""

    name, title, field = "authorization-policy", "authorization policy", "policies"
    listed_after = "authorization-resource"
    model: ClassVar[type[Owned]] = AuthorizationPolicy
    part, segment = "policies", "policy"
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "owner": Omission("Policies of users are made at run time.", decided=False),
        "policies": Omission("Said by config.applyPolicies."),
        "resources": Omission("Said by config.resources."),
        "scopes": Omission("Said by config.scopes."),
        "resourceType": Omission("Said by config.defaultResourceType."),
        "resourcesData": SELF,
        "scopesData": SELF,
    }
    emptied_by = ways(left_out=("description",))
    admin_events = AdminEvents(
        (
            "clients/{client}/authz/resource-server/policy/{id}",
            "clients/{client}/authz/resource-server/policy/*/{id}",
            "clients/{client}/authz/resource-server/permission/*/{id}",
        ),
        ("AUTHORIZATION_POLICY",),
    )

    def seen(self, one: Mapping[str, Any], client: str, export: Export) -> Mapping[str, Any]:
        config = read_config(named(one.get("config") or {}, export))
        if client == admin_permission.CLIENT:
            config = admin_permission.named(config, export)
        return {**one, "config": config}

    def resolve_ambiguous(self, look: Look, export: Export) -> Export:
        clients = []
        for client in export.get("clients") or ():
            settings = client.get("authorizationSettings") or {}
            policies = settings.get("policies") or ()
            unclear = unclear_types(policies, export)
            if not unclear:
                continue
            told: dict[tuple[str, str], Any] = {}
            path = ("clients", client["id"], "authz", "resource-server", "policy")
            for kind in unclear:
                for one in look.listed(*path, query={"type": kind}):
                    told[kind, one["name"]] = one.get("config") or {}
            clear = [
                {**one, "config": {**(one.get("config") or {}), **told.get((one.get("type"), one["name"]), {})}}
                if one.get("type") in unclear
                else one
                for one in policies
            ]
            clients.append({"id": client["id"], "authorizationSettings": {**settings, "policies": clear}})
        return {"clients": clients} if clients else {}

    def refers(self, address: Address, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        config = fields.get("config") or {}
        client = next(iter(address.names), "")
        if client == admin_permission.CLIENT:
            yield (), Address("realm")  # Its adminPermissionsEnabled makes the client.
            yield from admin_permission.targets(config)
            config = {key: value for key, value in config.items() if key not in ("resources", "scopes")}
        for key, target in targets(config, client):
            yield ("config", key), target

    def with_renamed(
        self, address: Address, fields: Mapping[str, Any], renamed: Callable[[Address], Address]
    ) -> Mapping[str, Any]:
        config = renamed_config(fields.get("config") or {}, address.names[0], renamed)
        if address.names[0] == admin_permission.CLIENT:
            config = admin_permission.with_renamed(config, fields.get("config") or {}, renamed)
        return {**fields, "config": config} if config != fields.get("config") else fields

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        return (self._request("POST", want.address, body_of(want, "name"), creates=want.address),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        kept = {key: value for key, value in have.fields.items() if key in AuthorizationPolicy.model_fields}
        config = {**(have.fields.get("config") or {}), **(want.fields.get("config") or {})}
        body = {**kept, **want.fields, "name": want.address.name, "config": config}
        body["config"] = {key: value for key, value in config.items() if value is not None}
        known = {key: value for key, value in body.items() if value is not None}
        return (self._request("PUT", change.renamed_from or want.address, known),)

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        if have is None and not want.fields.get("type"):
            yield (), f"policy {want.address.name!r} is new and has no type", "write type: role"
        elif have and want.fields.get("type", kept := have.fields.get("type")) != kept:
            told = f"the type of policy {want.address.name!r} can't be changed from {kept}"
            yield ("type",), told, "give the new policy a name of its own"

    def _request(self, method: str, address: Address, body: dict[str, Any], creates: Address | None = None) -> Request:
        path: tuple[str | Id, ...] = (*_path(address), self.segment)
        if address.names[0] == admin_permission.CLIENT and body.get("type") == "scope":
            path, body = (*_path(address), "permission", "scope"), admin_permission.body(body)
        elif body.get("type") in BY_ID:
            path, body = (*path, body["type"]), with_ids(body)
        else:
            body = {**body, "config": on_the_wire(body.get("config") or {})}
        if method == "PUT":
            path, body = (*path, Id(address)), {**body, "id": Id(address)}
        return Request(method, path, body, creates=creates)


def _path(address: Address) -> tuple[str | Id, ...]:
    return ("clients", Id(Address("client", address.names[:1])), "authz", "resource-server")


def _settings(export: Export) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for client in export.get("clients") or ():
        if client.get("authorizationSettings"):
            yield client["clientId"], client["authorizationSettings"]
