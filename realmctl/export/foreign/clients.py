"""Clients and client scopes of a representation, with what belongs to a client and stands elsewhere: service accounts,
scope mappings. Must not know about: other sections.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from realmctl.export.foreign.reader import ExportReader
from realmctl.model.address import Address

Steps = tuple[str | int, ...]
Item = Mapping[str, Any]

_LINKS = {
    "defaultClientScopes": "client-scopes-of-client",
    "optionalClientScopes": "client-scopes-of-client",
    "authenticationFlowBindingOverrides": "client-flow-overrides",
}
_PARTS = {*_LINKS, "protocolMappers", "authorizationSettings"}
_POLICY = {
    "policies": "applyPolicies",
    "resources": "resources",
    "scopes": "scopes",
    "resourceType": "defaultResourceType",
}
"""Keys of a permission that its config has, too, by another name."""
_ACCOUNT = "service-account-"
_OF_ACCOUNT = frozenset({"realmRoles", "clientRoles", "groups", "serviceAccountClientId"})
_IDLE = frozenset(
    {
        "id", "username", "enabled", "emailVerified", "createdTimestamp", "totp", "disableableCredentialTypes",
        "credentials", "requiredActions", "notBefore", "access", "federatedIdentities", "clientConsents",
    }
)  # fmt: skip
"""What is the same for every service account, or of no use to one."""


def read(reader: ExportReader, data: Item) -> None:
    """Take clients and client scopes over."""
    export = reader.reading.export
    export["clientScopes"] = [
        {
            **reader.fields("client-scope", scope, path, {"protocolMappers"}),
            "protocolMappers": _mappers(reader, "scope-mapper", scope, path),
        }
        for scope, path in reader.items(data.get("clientScopes"), ("clientScopes",), "client-scope")
    ]
    for name in ("defaultDefaultClientScopes", "defaultOptionalClientScopes"):
        if data.get(name) is not None:
            export[name] = data[name]
            reader.link(Address("realm-client-scopes"), name, (name,))
    export["clients"] = [
        _client(reader, client, path, data)
        for client, path in reader.items(data.get("clients"), ("clients",), "client")
    ]
    _mappings(reader, data)
    _accounts(reader, data)


def _client(reader: ExportReader, client: Item, path: Steps, data: Item) -> dict[str, Any]:
    found = reader.fields("client", client, path, _PARTS)
    for name, kind in _LINKS.items():
        if client.get(name) is not None:
            found[name] = client[name]
            reader.link(Address(kind, (client["clientId"],)), name, (*path, name))
    _check_overrides(reader, client, path, data)
    found["protocolMappers"] = _mappers(reader, "protocol-mapper", client, path)
    if client.get("authorizationSettings") is not None:
        settings = client["authorizationSettings"]
        found["authorizationSettings"] = _authorization(reader, settings, (*path, "authorizationSettings"))
    return found


def _mappers(reader: ExportReader, kind: str, holder: Item, path: Steps) -> list[dict[str, Any]]:
    return reader.listed(kind, holder.get("protocolMappers"), "", at=(*path, "protocolMappers"))


def _check_overrides(reader: ExportReader, client: Item, path: Steps, data: Item) -> None:
    """Keycloak writes flows by their ids, keycloak-config-cli by their aliases."""
    flows = data.get("authenticationFlows") or ()
    ids = {flow.get("id") for flow in flows}
    for binding, flow in (client.get("authenticationFlowBindingOverrides") or {}).items():
        if flow and flow not in ids and len(str(flow)) == 36 and str(flow).count("-") == 4:
            here = (*path, "authenticationFlowBindingOverrides", binding)
            reader.problem(here, "a flow by its id, which no flow of the files has", "write the flow's alias")


def _authorization(reader: ExportReader, settings: Item, path: Steps) -> dict[str, Any]:
    found = reader.fields("authorization", settings, path, {"scopes", "resources", "policies"})
    found["scopes"] = reader.listed("authorization-scope", settings.get("scopes"), "", at=(*path, "scopes"))
    found["resources"] = [
        _resource(reader, one, here)
        for one, here in reader.items(settings.get("resources"), (*path, "resources"), "authorization-resource")
    ]
    found["policies"] = [
        _policy(reader, one, here)
        for one, here in reader.items(settings.get("policies"), (*path, "policies"), "authorization-policy")
    ]
    _follow_left_out(reader, found["policies"], path)
    return found


def _resource(reader: ExportReader, resource: Item, path: Steps) -> dict[str, Any]:
    found = reader.fields("authorization-resource", resource, path, {"uri", "scopes"})
    if resource.get("uri"):
        # Keycloak takes the old single one as a list of one (26.7.3).
        found["uris"] = list(dict.fromkeys([*(found.get("uris") or ()), resource["uri"]]))
    if resource.get("scopes") is not None:
        found["scopes"] = [one if isinstance(one, Mapping) else {"name": one} for one in resource["scopes"]]
    return found


def _policy(reader: ExportReader, policy: Item, path: Steps) -> dict[str, Any]:
    found = reader.fields("authorization-policy", policy, path, _POLICY)
    config = dict(found.get("config") or {})
    for key, inner in _POLICY.items():
        if policy.get(key):
            config.setdefault(inner, policy[key])
    if config or policy.get("config") is not None:
        found["config"] = config
    if policy.get("type") == "js":
        message = f"the JavaScript policy '{policy['name']}': Keycloak refuses scripts in requests (26.7.3: 500)"
        reader.problem(path, message, "deploy the script to Keycloak, and write its type: script-…")
    return found


def _follow_left_out(reader: ExportReader, policies: list[dict[str, Any]], path: Steps) -> None:
    """Complain of the permissions that apply a JavaScript policy, too: without it they lead nowhere."""
    scripts = {one["name"] for one in policies if one.get("type") == "js"}
    for index, one in enumerate(policies):
        applied = scripts & set(_names(one.get("config", {}).get("applyPolicies")))
        if applied:
            message = f"the permission '{one['name']}', which applies the JavaScript policy '{min(applied)}'"
            reader.problem((*path, "policies", index), message, "let it apply a policy of another type")


def _names(value: Any) -> list[str]:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return []
    return [str(one) for one in found] if isinstance(found, list) else []


def _mappings(reader: ExportReader, data: Item) -> None:
    export = reader.reading.export
    export["scopeMappings"] = list(_mapped(reader, data.get("scopeMappings"), ("scopeMappings",)))
    export["clientScopeMappings"] = {
        client: list(_mapped(reader, mappings, ("clientScopeMappings", client)))
        for client, mappings in (data.get("clientScopeMappings") or {}).items()
    }


def _mapped(reader: ExportReader, mappings: Any, path: Steps) -> Any:
    for index, mapping in enumerate(mappings or ()):
        here = (*path, index)
        reader.demand_keys(mapping, {"client", "clientScope", "roles", "self"}, here)
        for key, kind in (("client", "scope-mappings"), ("clientScope", "scope-mappings-of-scope")):
            if mapping.get(key):
                reader.link(Address(kind, (mapping[key],)), "scopeMappings", here)
                yield {key: mapping[key], "roles": mapping.get("roles") or []}


def is_service_account(user: Item, data: Item) -> bool:
    """Return whether a user is a client's, and nobody."""
    return bool(_client_of(user, data))


def _client_of(user: Item, data: Item) -> str:
    if user.get("serviceAccountClientId"):
        return str(user["serviceAccountClientId"])
    name = str(user.get("username") or "")
    for client in data.get("clients") or ():
        if client.get("serviceAccountsEnabled") and name == f"{_ACCOUNT}{client.get('clientId')}".lower():
            return str(client["clientId"])
    return ""


def _accounts(reader: ExportReader, data: Item) -> None:
    """The service accounts among the users: what each is given."""
    found = []
    for index, user in enumerate(data.get("users") or ()):
        client = _client_of(user, data)
        if not client:
            continue
        path: Steps = ("users", index)
        kept = {key: user[key] for key in _OF_ACCOUNT if user.get(key) is not None}
        kept["serviceAccountClientId"] = client
        found.append(kept)
        address = (kept["serviceAccountClientId"],)
        for key in ("realmRoles", "clientRoles"):
            if user.get(key) is not None:
                reader.link(Address("service-account-roles", address), "serviceAccountRoles", (*path, key))
        if user.get("groups") is not None:
            reader.link(Address("service-account-groups", address), "serviceAccountGroups", (*path, "groups"))
        for key, value in user.items():
            if key not in _OF_ACCOUNT | _IDLE and value not in (None, "", [], {}, False):
                reader.problem((*path, key), f"'{key}' of the service account of client '{client}'")
    reader.reading.export["users"] = found
