"""Reads a RealmRepresentation key by key: each is taken over, means nothing, or is a problem with its place.

What Keycloak itself makes of keys is from experiments on 26.7.3. Must not know about: files, what is declared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.export.foreign import clients, flows
from realmctl.export.foreign.reader import ExportReader
from realmctl.export.foreign.reading import HOME, Reading
from realmctl.keycloak.kinds.client_attributes import MADE_UP
from realmctl.keycloak.kinds.component import ELSEWHERE
from realmctl.keycloak.kinds.realm import FlowBindings
from realmctl.model.address import Address
from realmctl.model.fields import holds_secret
from realmctl.model.redaction import publish

Steps = tuple[str | int, ...]
Item = Mapping[str, Any]

_PROFILE = "org.keycloak.userprofile.UserProfileProvider"
_DOCUMENT = "kc.user.profile.config"
_STATE = "de.adorsys.keycloak.config."
"""Attributes that begin so are keycloak-config-cli's own notes of what it made."""
_PEOPLE = ("users", "federatedUsers")


def read_representation(realm: str, data: Item, *, people: int = 0) -> Reading:
    """Return what a RealmRepresentation states. `people` are those of files of their own."""
    reading = Reading(realm, str(data.get("keycloakVersion") or ""))
    # Keycloak writes its version into its exports, and substitutes nothing in them.
    reader = ExportReader(reading, strict=not reading.version)
    reading.assumptions = reader.values.assumptions
    data = reader.values.marked(data, ())
    _publish(data)
    reading.data = data
    reading.realm = str(data.get("realm") or realm)
    _realm(reader, data)
    clients.read(reader, data)
    flows.read(reader, data)
    _roles(reader, data)
    _groups(reader, data)
    _brokers(reader, data)
    _components(reader, data)
    _profile(reader, data)
    _organizations(reader, data)
    _others(reader, data)
    _people(reader, data, people)
    return reading


def _publish(data: Any) -> None:
    """Note every text that is no secret: it is written out, even where a secret has the same text."""
    if isinstance(data, str):
        publish(data)
    elif isinstance(data, Mapping):
        for key, item in data.items():
            publish(key)
            if not holds_secret(key) and key not in MADE_UP:
                _publish(item)
    elif isinstance(data, list):
        for item in data:
            _publish(item)


_SECTIONS = frozenset(
    {
        "roles", "defaultRole", "groups", "defaultGroups", "clients", "clientScopes", "scopeMappings",
        "clientScopeMappings", "defaultDefaultClientScopes", "defaultOptionalClientScopes", "identityProviders",
        "identityProviderMappers", "authenticationFlows", "authenticatorConfig", "requiredActions", "components",
        "clientProfiles", "clientPolicies", "localizationTexts", "messageBundles", "userProfile", "organizations",
        "workflows", *_PEOPLE, *FlowBindings.bindings,
    }
)  # fmt: skip


def _realm(reader: ExportReader, data: Item) -> None:
    fields = reader.fields("realm", data, (), _SECTIONS)
    fields.pop("realm", None)
    attributes = fields.get("attributes") or {}
    state = [key for key in attributes if key.startswith((_STATE, "realmctl."))]
    if state:
        fields["attributes"] = {key: value for key, value in attributes.items() if key not in state}
        reader.note(f"attributes: {len(state)} left out, in which another program keeps its own state.")
    reader.reading.export.update({**fields, "realm": reader.reading.realm, HOME: ()})
    for name in FlowBindings.bindings:
        if data.get(name) is not None:
            reader.reading.export[name] = data[name]
            reader.link(Address(FlowBindings.name), name, (name,))


def _roles(reader: ExportReader, data: Item) -> None:
    export = reader.reading.export
    held = data.get("defaultRole") or {}
    default = str(held.get("name") or f"default-roles-{reader.reading.realm.lower()}")
    export["defaultRole"] = {"name": default}
    roles = data.get("roles") or {}
    found: dict[str, Any] = {"realm": [], "client": {}}
    for role, path in reader.items(roles.get("realm"), ("roles", "realm"), "role"):
        found["realm"].append(_role(reader, "role", (role["name"],), role, path, default))
    for client, own in (roles.get("client") or {}).items():
        found["client"][client] = [
            _role(reader, "client-role", (client, role["name"]), role, path, "")
            for role, path in reader.items(own, ("roles", "client", client), "client-role")
        ]
    export["roles"] = found
    for key in sorted(set(held) - {"name", "description", "id", "composite", "clientRole", "containerId"}):
        if held[key]:
            reader.problem(("defaultRole", key), f"'{key}' of the default role", "write it at the role in roles.realm")


def _role(
    reader: ExportReader, kind: str, names: tuple[str, ...], role: Item, path: Steps, default: str
) -> dict[str, Any]:
    found = reader.fields(kind, role, path, {"composites"})
    composites = role.get("composites")
    found["composites"] = composites
    if names == (default,):
        found.pop(HOME)
        _default_role(reader, role, path)
    elif composites is not None:
        reader.demand_keys(composites, {"realm", "client"}, (*path, "composites"))
        reader.link(Address(f"{kind}-composites", names), "composites", (*path, "composites"))
    return found


def _default_role(reader: ExportReader, role: Item, path: Steps) -> None:
    address = Address("default-roles")
    if role.get("composites") is not None:
        reader.link(address, "defaultRoles", (*path, "composites"))
    if role.get("description") is not None:
        reader.link(address, "defaultRole", (*path, "description"))
    if role.get("attributes"):
        reader.problem((*path, "attributes"), "attributes of the default role")


def _groups(reader: ExportReader, data: Item) -> None:
    reader.reading.export["groups"] = list(_level(reader, data.get("groups"), ("groups",), ()))
    if data.get("defaultGroups") is not None:
        reader.reading.export["defaultGroups"] = data["defaultGroups"]
        reader.link(Address("default-groups"), "defaultGroups", ("defaultGroups",))


def _level(reader: ExportReader, groups: Any, path: Steps, above: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for group, here in reader.items(groups, path, "group"):
        names = (*above, group["name"])
        found = reader.fields("group", group, here, {"subGroups", "realmRoles", "clientRoles"})
        for name in ("realmRoles", "clientRoles"):
            if group.get(name) is not None:
                found[name] = group[name]
                reader.link(Address("group-roles", names), name, (*here, name))
        yield {**found, "subGroups": list(_level(reader, group.get("subGroups"), (*here, "subGroups"), names))}


def _brokers(reader: ExportReader, data: Item) -> None:
    export = reader.reading.export
    export["identityProviders"] = reader.listed("identity-provider", data.get("identityProviders"), "identityProviders")
    path: Steps = ("identityProviderMappers",)
    export["identityProviderMappers"] = [
        {**reader.fields("identity-provider-mapper", one, here), "identityProviderAlias": one["identityProviderAlias"]}
        for one, here in reader.items(
            data.get("identityProviderMappers"), path, "identity-provider-mapper", within="identityProviderAlias"
        )
    ]


def _components(reader: ExportReader, data: Item) -> None:
    found: dict[str, Any] = {}
    for kind, components in (data.get("components") or {}).items():
        path: Steps = ("components", kind)
        if kind == _PROFILE:
            continue
        if kind in ELSEWHERE:
            reader.problem(path, f"components of the type {kind}", f"write them as {ELSEWHERE[kind]}")
            continue
        found[kind] = [
            _component(reader, "component", one, (*path, index)) for index, one in enumerate(components or ())
        ]
    reader.reading.export["components"] = found


def _component(reader: ExportReader, kind: str, one: Item, path: Steps) -> dict[str, Any]:
    extra = {"subComponents", "subType"} if kind == "component" else {"subComponents"}
    found = reader.fields(kind, one, path, extra)
    if one.get("subType"):
        found["subType"] = one["subType"]
    if not found.get("name"):
        reader.problem(path, "a component without a name", "write name: …")
    found["id"] = str(one.get("id") or "")
    below = one.get("subComponents") or {}
    found["subComponents"] = {
        name: [
            _component(reader, "sub-component", inner, (*path, "subComponents", name, index))
            for index, inner in enumerate(inners or ())
        ]
        for name, inners in below.items()
    }
    if kind == "sub-component" and below:
        reader.problem((*path, "subComponents"), "components three levels deep")
    return found


def _profile(reader: ExportReader, data: Item) -> None:
    path: Steps = ("userProfile",)
    profile = data.get("userProfile")
    for index, component in enumerate((data.get("components") or {}).get(_PROFILE) or ()):
        path = ("components", _PROFILE, index, "config", _DOCUMENT)
        config = component.get("config") or {}
        for key in sorted(set(config) - {_DOCUMENT}):
            reader.problem((*path[:-1], key), f"'{key}' of the user profile's component")
        try:
            profile = json.loads((config.get(_DOCUMENT) or ["null"])[0])
        except (ValueError, TypeError):
            reader.problem(path, "a user profile that is no JSON")
    if profile is None:
        return
    if not isinstance(profile, Mapping):
        reader.problem(path, "a user profile that is no map")
        return
    reader.profile(profile, path)


def _organizations(reader: ExportReader, data: Item) -> None:
    found = reader.listed(
        "organization", data.get("organizations"), "organizations", {"identityProviders", "members", "groups"}
    )
    links: dict[str, str] = {}
    for number, one in enumerate(found):
        path = one[HOME]
        source = reader.at(path)
        one["id"] = str(source.get("id") or f"\0{number}")
        for key in ("members", "groups"):
            if source.get(key):
                reader.note(f"organizations: {key} of {one['alias']} left out; they are people's.")
        if source.get("identityProviders") is not None:
            reader.link(
                Address("organization-identity-providers", (one["alias"],)),
                "identityProviders",
                (*path, "identityProviders"),
            )
            for provider in source["identityProviders"]:
                alias = provider.get("alias") if isinstance(provider, Mapping) else provider
                links[str(alias)] = one["id"]
    ids = {one["id"]: one for one in found}
    for number, provider in enumerate(data.get("identityProviders") or ()):
        owner = ids.get(provider.get("organizationId"))
        if owner:
            links[provider["alias"]] = owner["id"]
            here = ("identityProviders", number, "organizationId")
            reader.link(Address("organization-identity-providers", (owner["alias"],)), "identityProviders", here)
        elif provider.get("organizationId"):
            message = "the organization of an identity provider by its id alone"
            reader.problem(("identityProviders", number, "organizationId"), message, "write organizations, too")
    reader.reading.export["organizations"] = found
    reader.reading.export["identity-provider/instances"] = [
        {"alias": alias, "organizationId": owner} for alias, owner in links.items()
    ]


def _others(reader: ExportReader, data: Item) -> None:
    export = reader.reading.export
    export["requiredActions"] = reader.listed("required-action", data.get("requiredActions"), "requiredActions")
    export["workflows"] = reader.listed("workflow", data.get("workflows"), "workflows")
    for field, document, kind in (
        ("clientProfiles", "profiles", "client-profile"),
        ("clientPolicies", "policies", "client-policy"),
    ):
        held = data.get(field) or {}
        reader.demand_keys(held, {document, "globalProfiles", "globalPolicies"}, (field,))
        export[field] = {document: reader.listed(kind, held.get(document), field, at=(field, document))}
    texts: dict[str, dict[str, Any]] = {}
    for key in ("localizationTexts", "messageBundles"):
        if data.get(key) is not None:
            reader.link(Address("localization"), "localization", (key,))
            for locale, said in data[key].items():
                texts[locale] = {**texts.get(locale, {}), **said}
    export["localizationTexts"] = texts


def _people(reader: ExportReader, data: Item, others: int) -> None:
    """Service accounts belong to clients; everybody else is left out."""
    people = others + sum(not clients.is_service_account(user, data) for user in data.get("users") or ())
    if people:
        many = "1 person of the file is" if people == 1 else f"{people} people of the file are"
        reader.note(f"users: {many} left out. Name those that the realm starts with, without their passwords.")
    if data.get("federatedUsers"):
        reader.note("federatedUsers: left out; they are people of another system.")
