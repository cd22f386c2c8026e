"""Reads a whole realm by the Admin API's single resources, without realmctl's kinds and without its export.

The document is plain data: sections, in which each object is keyed by its name. `naming.py` makes ids into names,
`exclusions.py` says which values are not compared. The reader leaves out people, sessions, events and tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from realmctl.errors import NotFound, ServerError
from realmctl.keycloak.admin import Admin

ABSENT = frozenset({400, 404, 501})
"""Statuses by which Keycloak says that a part does not exist: no such object, or its feature is off (26.7.3)."""
WORKERS = 6


class Reader:
    """Reads one realm; every method returns a section of the document."""

    def __init__(self, admin: Admin, realm: str) -> None:
        self._admin = admin
        self._realm = realm

    def document(self) -> dict[str, Any]:
        """Return all sections. Raises ServerError where Keycloak does not answer."""
        sections: dict[str, Callable[[], Any]] = {
            "realm": self.get,
            "roles": lambda: self._roles(("roles",)),
            "groups": lambda: self._groups(("groups",)),
            "defaultGroups": lambda: [group["id"] for group in self.get("default-groups")],
            "clientScopes": self._client_scopes,
            "defaultDefaultClientScopes": lambda: _names(self.get("default-default-client-scopes")),
            "defaultOptionalClientScopes": lambda: _names(self.get("default-optional-client-scopes")),
            "clients": self._clients,
            "identityProviders": self._identity_providers,
            "flows": self._flows,
            "requiredActions": lambda: self.get("authentication", "required-actions"),
            "components": self._components,
            "userProfile": lambda: self.get("users", "profile"),
            "clientPolicies": lambda: self.get("client-policies", "policies"),
            "clientProfiles": lambda: self.get("client-policies", "profiles"),
            "localization": self._localization,
            "events": lambda: self.get("events", "config"),
            "organizations": self._organizations,
            "workflows": self._workflows,
        }
        return dict(zip(sections, self._side_by_side(lambda name: sections[name](), sections), strict=True))

    def get(self, *path: str, **query: str) -> Any:
        """Return what is at the path below the realm."""
        return self._admin.send("GET", (self._realm, *path), query=query or None).body

    def find(self, *path: str, **query: str) -> Any:
        """Return the same, or None where Keycloak has no such part."""
        try:
            return self.get(*path, **query)
        except NotFound:
            return None
        except ServerError as error:
            if error.status in ABSENT:
                return None
            raise

    def _all(self, *path: str, **query: str) -> list[Any]:
        return self._admin.pages(self._realm, *path, query=query, size=200)

    def _side_by_side(self, read: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(read, items))

    def _roles(self, path: tuple[str, ...]) -> list[Any]:
        def complete(role: dict[str, Any]) -> dict[str, Any]:
            if role.get("composite"):
                included = self.get("roles-by-id", role["id"], "composites")
                role["composites"] = [one["id"] for one in included]
            return role

        return self._side_by_side(complete, self._all(*path, briefRepresentation="false"))

    def _groups(self, path: tuple[str, ...]) -> list[Any]:
        def complete(group: dict[str, Any]) -> dict[str, Any]:
            single = self.get("groups", group["id"])
            below = self._groups(("groups", group["id"], "children")) if single.get("subGroupCount") else []
            return {**single, "subGroups": below, "roleMappings": self._mapped("groups", group["id"])}

        return self._side_by_side(complete, self._all(*path, briefRepresentation="false"))

    def _mapped(self, *owner: str, part: str = "role-mappings") -> list[str]:
        """Return the ids of the roles that an object has, or that its scope has."""
        found = self.get(*owner, part)
        ofclients = (one["mappings"] for one in (found.get("clientMappings") or {}).values())
        return [role["id"] for roles in (found.get("realmMappings") or [], *ofclients) for role in roles]

    def _client_scopes(self) -> list[Any]:
        def complete(scope: dict[str, Any]) -> dict[str, Any]:
            return {**scope, "scopeMappings": self._mapped("client-scopes", scope["id"], part="scope-mappings")}

        return self._side_by_side(complete, self.get("client-scopes"))

    def _clients(self) -> list[Any]:
        def complete(client: dict[str, Any]) -> dict[str, Any]:
            owner = ("clients", client["id"])
            more: dict[str, Any] = {
                "roles": self._roles((*owner, "roles")),
                "scopeMappings": self._mapped(*owner, part="scope-mappings"),
            }
            if client.get("serviceAccountsEnabled"):
                more["serviceAccount"] = self._service_account(client["clientId"])
            if client.get("authorizationServicesEnabled"):
                more["authorization"] = self._authorization(*owner, "authz", "resource-server")
            return {**client, **more}

        return self._side_by_side(complete, self._all("clients"))

    def _authorization(self, *server: str) -> dict[str, Any]:
        """Return the settings, and each policy as its own resource has it: with ids where the settings have paths."""

        def complete(policy: dict[str, Any]) -> dict[str, Any]:
            links = {
                part: [one.get("name") for one in self.find(*server, "policy", policy["id"], part) or ()]
                for part in ("associatedPolicies", "resources", "scopes")
            }
            return {**policy, **(self.find(*server, "policy", policy["type"], policy["id"]) or {}), **links}

        return {
            "server": self.find(*server),
            "settings": self.find(*server, "settings"),  # The client admin-permissions has none (26.7.3).
            "resources": self.find(*server, "resource", deep="true", max="-1"),
            "scopes": self.find(*server, "scope", max="-1"),
            "policies": self._side_by_side(complete, self._all(*server, "policy")),
        }

    def _service_account(self, client: str) -> dict[str, Any] | None:
        """Return a client's account, asked for by its name: the client's own resource would make it (26.7.3)."""
        found = self.get("users", username=f"service-account-{client.lower()}", exact="true")
        if not found:
            return None
        person = ("users", found[0]["id"])
        groups = [group["id"] for group in self._all(*person, "groups")]
        return {**self.get(*person), "groups": groups, "roleMappings": self._mapped(*person)}

    def _identity_providers(self) -> list[Any]:
        def complete(provider: dict[str, Any]) -> dict[str, Any]:
            path = ("identity-provider", "instances", provider["alias"])
            return {**(self.find(*path) or provider), "mappers": self.find(*path, "mappers")}

        return self._side_by_side(complete, self._all("identity-provider", "instances", briefRepresentation="false"))

    def _flows(self) -> list[Any]:
        exported: dict[str, Any] = {}

        def complete(flow: dict[str, Any]) -> dict[str, Any]:
            steps = self.find("authentication", "flows", flow["alias"], "executions")
            if steps is None:  # An alias with a slash has no such path (26.7.3).
                exported.update(exported or self._exported_flows())
                return {**flow, "executions": exported[flow["alias"]]}
            for step in steps:
                if step.get("authenticationConfig"):
                    step["settings"] = self.get("authentication", "config", step["authenticationConfig"])
            return {**flow, "executions": steps}

        return self._side_by_side(complete, self.get("authentication", "flows"))

    def _exported_flows(self) -> dict[str, Any]:
        """Return the steps by flow as an export has them; a step that is a flow has that one's steps in it."""
        export = self._admin.send("POST", (self._realm, "partial-export"), {}).body
        settings = {one["alias"]: one for one in export["authenticatorConfig"]}
        steps = {flow["alias"]: flow["authenticationExecutions"] for flow in export["authenticationFlows"]}
        for one in (step for ones in steps.values() for step in ones):
            if one.get("authenticatorConfig"):
                one["settings"] = settings.get(one["authenticatorConfig"])
            if one.get("flowAlias"):
                one["executions"] = steps.get(one["flowAlias"])
        return steps

    def _components(self) -> list[Any]:
        """Return the components that belong to the realm, each with its keys and those that belong to it."""
        found = self.get("components")
        keys = self.get("keys")["keys"]
        ids = {one["id"] for one in found}

        def below(owner: str | None) -> list[Any]:
            belong = [one for one in found if (one.get("parentId") if one.get("parentId") in ids else None) == owner]
            return [
                {
                    **one,
                    "subComponents": below(one["id"]),
                    "keys": [{**key, "providerId": None} for key in keys if key["providerId"] == one["id"]],
                }
                for one in belong
            ]

        return below(None)

    def _localization(self) -> dict[str, Any]:
        return {locale: self.get("localization", locale) for locale in self.get("localization")}

    def _organizations(self) -> list[Any] | None:
        def complete(found: dict[str, Any]) -> dict[str, Any]:
            owner = ("organizations", found["id"])
            groups = self.find(*owner, "groups", briefRepresentation="false")
            return {**self.get(*owner), "identityProviders": _names(self.get(*owner, "identity-providers"), "alias"),
                    "groups": groups}  # fmt: skip

        if self.find("organizations", max="1") is None:
            return None
        return self._side_by_side(complete, self._all("organizations", briefRepresentation="false"))

    def _workflows(self) -> list[Any] | None:
        found = self.find("workflows")
        return found and self._side_by_side(lambda one: self.get("workflows", one["id"]), found)


def _names(found: list[dict[str, Any]], key: str = "name") -> list[str]:
    return [str(one[key]) for one in found]
