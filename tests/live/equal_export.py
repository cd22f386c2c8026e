"""What an export shows of a realm, to compare two states of it; `equal` compares all that the Admin API shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from realmctl.export.incidental_state import is_leftover
from realmctl.keycloak.admin import Admin
from realmctl.model.address import Address
from realmctl.model.objects import Live
from realmctl.model.secret import MASK

CHANGES = frozenset(
    {
        "id",
        "internalId",
        "containerId",
        "parentId",
        "createdTimestamp",
        "client.secret.creation.time",
        "keycloakVersion",
    }
)
GENERATED = frozenset(
    {"saml.signing.certificate", "saml.signing.private.key", "saml.artifact.binding.identifier", "realmctl"}
)


def told(admin: Admin, realm: str) -> Any:
    """Keycloak's own export without what differs between two realms that are equal, in an order of its own."""
    query = {"exportClients": "true", "exportGroupsAndRoles": "true"}
    whole = admin.send("POST", (realm, "partial-export"), {}, query).body
    # Some fields of a realm are kept as attributes, too: an import keeps even the value that goes without.
    attributes = whole.get("attributes") or {}
    whole["attributes"] = {key: item for key, item in attributes.items() if str(whole.get(key, "")) != str(item)}
    for strip in (_flows, _leftovers, _clients, _roles, _service_accounts, _components):
        strip(whole)
    return dict(leaves(plain({**whole, "profile": admin.get(realm, "users", "profile")})))


def _leftovers(whole: dict[str, Any]) -> None:
    """Keys that say no more than their absence, which an export leaves out and an apply of them does not write."""
    clients, scopes = whole.get("clients") or [], whole.get("clientScopes") or []
    mappers = [mapper for one in (*clients, *scopes) for mapper in one.get("protocolMappers") or ()]
    for kind, field, ones in (
        ("client", "attributes", clients),
        ("client-scope", "attributes", scopes),
        ("scope-mapper", "config", mappers),
        ("identity-provider", "config", whole.get("identityProviders") or []),
    ):
        for one in ones:
            live = Live(Address(kind, ("one",)), one)
            kept = one.get(field) or {}
            one[field] = {key: item for key, item in kept.items() if not is_leftover(live, field, key, item)}
    for mapper in mappers:
        mapper["config"].pop("userinfo.token.claim", None)  # Keycloak adds it once it looks at a mapper's effect.


def _flows(whole: dict[str, Any]) -> None:
    """What nothing leads to was left over by somebody, and does nothing."""
    flows = whole["authenticationFlows"]
    steps = [step for flow in flows for step in flow["authenticationExecutions"]]
    held = {step.get("flowAlias") for step in steps}
    whole["authenticationFlows"] = [flow for flow in flows if flow["topLevel"] or flow["alias"] in held]
    settings = {
        step.get("authenticatorConfig")
        for flow in whole["authenticationFlows"]
        for step in flow["authenticationExecutions"]
    }
    whole["authenticatorConfig"] = [one for one in whole["authenticatorConfig"] if one["alias"] in settings]
    for one in whole["authenticatorConfig"]:
        # What Keycloak hides can't be told, which an export says: keys that no authenticator declares any more.
        one["config"] = {key: item for key, item in (one.get("config") or {}).items() if item != MASK}


def _clients(whole: dict[str, Any]) -> None:
    flows = {flow["id"]: flow["alias"] for flow in whole["authenticationFlows"]}
    # Keycloak lets nobody change that one.
    whole["clients"] = [client for client in whole["clients"] if client["clientId"] != "realm-management"]
    whole["users"] = [u for u in whole.get("users") or () if u.get("serviceAccountClientId") != "realm-management"]
    for client in whole["clients"]:
        # What every service account's client gets, and realmctl leaves alone either way.
        scopes = client.get("defaultClientScopes") or ()
        client["defaultClientScopes"] = [scope for scope in scopes if scope != "service_account"]
        if client["bearerOnly"]:
            # Nobody logs in to Keycloak's own ones, whose scopes depend on how the realm was made.
            client |= {"defaultClientScopes": [], "optionalClientScopes": []}
        overrides = client.get("authenticationFlowBindingOverrides") or {}
        client["authenticationFlowBindingOverrides"] = {key: flows[flow] for key, flow in overrides.items()}


def _roles(whole: dict[str, Any]) -> None:
    found = whole["roles"].get("client") or {}
    found.pop("realm-management", None)  # As unchangeable as the client itself.
    for client, roles in found.items():
        # Comes with authorization services, which don't work without; realmctl leaves it alone.
        found[client] = [role for role in roles if role["name"] != "uma_protection"]


def _service_accounts(whole: dict[str, Any]) -> None:
    """Their roles and groups; what else is said of a user (names, required actions) is a person's, or nobody's."""
    default = whole["defaultRole"]["name"]
    for user in whole.get("users") or ():
        kept = {key: user.get(key) for key in ("serviceAccountClientId", "groups")}
        kept["realmRoles"] = [role for role in user.get("realmRoles") or () if role != default]
        roles = (user.get("clientRoles") or {}).items()
        kept["clientRoles"] = {client: [one for one in names if one != "uma_protection"] for client, names in roles}
        user.clear()
        user.update(kept)


def _components(whole: dict[str, Any]) -> None:
    """What Keycloak fills in at every write of a federation, or of a mapper of it; and the user profile as a text.

    Of that its order alone is left: what it says is compared by what the server makes of it (`profile`).
    """
    for profile in (whole.get("components") or {}).get("org.keycloak.userprofile.UserProfileProvider") or ():
        texts = (profile.get("config") or {}).pop("kc.user.profile.config", ())
        whole["profileOrder"] = " ".join(one["name"] for text in texts for one in json.loads(text)["attributes"])
    for ones in (whole.get("components") or {}).values():
        for one in ones:
            for part in (one, *(below for inner in (one.get("subComponents") or {}).values() for below in inner)):
                for key in ("krbPrincipalAttribute", "groups.path"):
                    (part.get("config") or {}).pop(key, None)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The single values with their paths, named objects by their names: a difference is then told where it is."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}")
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            named = next((item[key] for key in ("clientId", "alias", "name") if key in item), index)
            yield from leaves(item, f"{path}[{named}{item.get('subType', '')}]")
    else:
        yield path, value


def plain(value: Any, key: str = "") -> Any:
    if isinstance(value, str) and value.startswith("[") and value.endswith("]"):
        # Lists that Keycloak keeps as texts, in an order of its own.
        with suppress(ValueError):
            return sorted(map(json.dumps, json.loads(value)))
    if isinstance(value, dict):
        kept = {name: plain(item, name) for name, item in value.items() if name not in CHANGES | GENERATED}
        return {
            name: item
            for name, item in sorted(kept.items())
            if item not in (None, "", [], {}, False) and not name.startswith("realmctl.")
        }
    if isinstance(value, list):
        if key == "authenticationExecutions":
            in_order = sorted(value, key=lambda step: step["priority"])
            return [plain({name: item for name, item in step.items() if name != "priority"}) for step in in_order]
        return sorted((plain(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
