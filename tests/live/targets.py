"""The objects of a realm that single requests change, found by the Admin API; what links them; what can be deleted.

Must not know about: how the comparison reads a realm.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from realmctl.keycloak.admin import Admin
from tests.live.mutations import Target


@dataclass(frozen=True)
class Step:
    """A request below the realm."""

    method: str
    path: tuple[str, ...]
    body: Any = None


@dataclass(frozen=True)
class Link:
    """A change of what ties objects to each other, and the way back. `prefix` is its path in the comparison."""

    kind: str
    prefix: str
    there: tuple[Step, ...]
    back: tuple[Step, ...]


class Objects:
    """What is in a realm, by the names that `rich_realm` gives."""

    def __init__(self, admin: Admin, realm: str) -> None:
        self._admin = admin
        self._realm = realm
        self._client = {one["clientId"]: one for one in self.get("clients")}
        self._scope = {one["name"]: one for one in self.get("client-scopes")}
        self._role = {one["name"]: one for one in self.get("roles")}
        self._components = self.get("components")
        self._group = next(one for one in self.get("groups") if one["name"] == "team")
        self._api = ("clients", self._client["api"]["id"])
        self._documents = ("clients", self._client["documents"]["id"])

    def get(self, *path: str) -> Any:
        """Return what is at a path below the realm."""
        return self._admin.get(self._realm, *path)

    def targets(self) -> Iterator[Target]:
        """Yield one object or more of each kind that has settings."""
        yield Target("realm", "realm", ())  # With the settings of events, which have a resource of their own, too.
        yield Target("user profile", "userProfile", ("users", "profile"))
        yield Target("client policies", "clientPolicies", ("client-policies", "policies"))
        yield Target("client profiles", "clientProfiles", ("client-policies", "profiles"))
        yield Target("role", "roles › boss", ("roles-by-id", self._role["boss"]["id"]))
        reader = self.get(*self._api, "roles", "reader")
        yield Target("client role", "clients › api › roles › reader", ("roles-by-id", reader["id"]))
        yield Target("group", "groups › team", ("groups", self._group["id"]))
        yield from (Target("client", f"clients › {one}", ("clients", self._client[one]["id"])) for one in ("api", "sp"))
        yield from self._mappers("clients › api", self._api, "protocol mapper")
        scope = ("client-scopes", self._scope["ours"]["id"])
        yield Target("client scope", "clientScopes › ours", scope)
        yield from self._mappers("clientScopes › ours", scope, "scope mapper")
        yield from self._brokers()
        yield from (
            Target("component", _component(one, self._components), ("components", one["id"]))
            for one in self._components
            if one.get("name") in ("directory", "mail", "rsa-generated", "Max Clients Limit")
        )
        yield Target(
            "required action",
            "requiredActions › UPDATE_PASSWORD",
            ("authentication", "required-actions", "UPDATE_PASSWORD"),
        )
        yield from self._flow()
        acme = next(one for one in self.get("organizations") if one["alias"] == "acme")
        yield Target("organization", "organizations › acme", ("organizations", acme["id"]))
        yield from (
            Target("workflow", f"workflows › {one['name']}", ("workflows", one["id"])) for one in self.get("workflows")
        )
        yield from self._authorization()
        user = self.get(*self._api, "service-account-user")
        yield Target("service account", "clients › api › serviceAccount", ("users", user["id"]))

    def _mappers(self, prefix: str, owner: tuple[str, ...], kind: str) -> Iterator[Target]:
        for one in self.get(*owner, "protocol-mappers", "models"):
            path = (*owner, "protocol-mappers", "models", one["id"])
            yield Target(kind, f"{prefix} › protocolMappers › {one['name']}", path)

    def _brokers(self) -> Iterator[Target]:
        for alias in ("corp", "acme-oidc"):
            path = ("identity-provider", "instances", alias)
            yield Target("identity provider", f"identityProviders › {alias}", path)
            for one in self.get(*path, "mappers"):
                where = f"identityProviders › {alias} › mappers › {one['name']}"
                yield Target("identity provider mapper", where, (*path, "mappers", one["id"]))

    def _flow(self) -> Iterator[Target]:
        flow = next(one for one in self.get("authentication", "flows") if one["alias"] == "ours")
        yield Target("flow", "flows › ours", ("authentication", "flows", flow["id"]))
        for index, step in enumerate(self.get("authentication", "flows", "ours", "executions")):
            where = f"flows › ours › executions › {index + 1}"
            if step.get("authenticationConfig"):
                path = ("authentication", "config", step["authenticationConfig"])
                yield Target("authenticator config", f"{where} › settings", path)

    def _authorization(self) -> Iterator[Target]:
        prefix, server = "clients › documents › authorization", (*self._documents, "authz", "resource-server")
        yield Target("resource server", f"{prefix} › server", server)
        for part, section in (("resource", "resources"), ("scope", "scopes")):
            for one in self.get(*server, part):
                here = (*server, part, one.get("_id") or one["id"])
                yield Target(f"authorization {part}", f"{prefix} › {section} › {one['name']}", here)
        for one in self.get(*server, "policy"):
            path = (*server, "policy", one["type"], one["id"])
            yield Target(f"{one['type']} policy", f"{prefix} › policies › {one['name']}", path)

    def links(self) -> Iterator[Link]:
        """Yield changes of what ties objects to each other."""
        access, reader = self._role["offline_access"], self.get(*self._api, "roles", "reader")
        boss, group = ("roles-by-id", self._role["boss"]["id"], "composites"), ("groups", self._group["id"])
        user = ("users", self.get(*self._api, "service-account-user")["id"])
        scope = ("client-scopes", self._scope["ours"]["id"], "scope-mappings", "realm")
        added = {
            "composite": ("roles › boss › composites", boss),
            "role scope of a client": ("clients › api › scopeMappings", (*self._api, "scope-mappings", "realm")),
            "role scope of a scope": ("clientScopes › ours › scopeMappings", scope),
            "role of a group": ("groups › team › roleMappings", (*group, "role-mappings", "realm")),
            "role of a service account": (
                "clients › api › serviceAccount › roleMappings",
                (*user, "role-mappings", "realm"),
            ),
        }
        for kind, (where, path) in added.items():
            yield _link(kind, where, Step("POST", path, [access]), Step("DELETE", path, [access]))
        client_role = (*group, "role-mappings", "clients", self._client["api"]["id"])
        where = "groups › team › roleMappings"
        yield _link(
            "client role of a group", where, Step("DELETE", client_role, [reader]), Step("POST", client_role, [reader])
        )
        swapped = {
            "default scope of a client": ("clients › api › defaultClientScopes", (*self._api, "default-client-scopes")),
            "default scope of the realm": ("defaultDefaultClientScopes", ("default-default-client-scopes",)),
        }
        for kind, (where, path) in swapped.items():
            path = (*path, self._scope["ours"]["id"])
            yield _link(kind, where, Step("PUT", path), Step("DELETE", path))
        optional = ("default-optional-client-scopes", self._scope["address"]["id"])
        yield _link(
            "optional scope of the realm",
            "defaultOptionalClientScopes",
            Step("DELETE", optional),
            Step("PUT", optional),
        )
        for kind, where, path in (
            ("group of a service account", "clients › api › serviceAccount › groups", (*user, "groups")),
            ("default group", "defaultGroups", ("default-groups",)),
        ):
            # Of a default group every new account is a member, that of a client, too.
            there, back = Step("DELETE", (*path, self._group["id"])), Step("PUT", (*path, self._group["id"]))
            yield _link(kind, where, there, back)
        yield from self._other_links()

    def _other_links(self) -> Iterator[Link]:
        steps = self.get("authentication", "flows", "ours", "executions")
        execution = ("authentication", "executions", steps[1]["id"])
        for there, back in (("raise-priority", "lower-priority"),):
            yield _link(
                "order of executions",
                "flows › ours › executions",
                Step("POST", (*execution, there)),
                Step("POST", (*execution, back)),
            )
        text = ("localization", "de")
        yield _link(
            "localization",
            "localization › de › login.title",
            Step("POST", text, {"login.title": "x"}),
            Step("POST", text, {"login.title": "Anmelden ü/%"}),
        )
        acme = next(one for one in self.get("organizations") if one["alias"] == "acme")
        broker = ("organizations", acme["id"], "identity-providers")
        yield _link(
            "identity provider of an organization",
            "organizations › acme › identityProviders",
            Step("DELETE", (*broker, "acme-oidc")),
            Step("POST", broker, "acme-oidc"),
        )
        flow = steps[0]
        path = ("authentication", "flows", "ours", "executions")
        yield _link(
            "execution",
            "flows › ours › executions",
            Step("PUT", path, {**flow, "requirement": "REQUIRED"}),
            Step("PUT", path, flow),
        )

    def orders(self) -> Iterator[Link]:
        """Yield changes of the order of a list."""
        leavers = next(one for one in self.get("workflows") if one["name"] == "leavers")
        lists: dict[str, tuple[Any, ...]] = {
            "userProfile › attributes › (order)": (("users", "profile"), "attributes"),
            "clientProfiles › profiles › (order)": (("client-policies", "profiles"), "profiles"),
            "workflows › leavers › steps": (("workflows", leavers["id"]), "steps"),
            "roles › boss › attributes › level": (("roles-by-id", self._role["boss"]["id"]), "attributes", "level"),
            "groups › team › attributes › site": (("groups", self._group["id"]), "attributes", "site"),
        }
        for where, (path, *keys) in lists.items():
            body = self.get(*path)
            value = reduce(lambda holder, key: holder[key], keys, body)
            there, back = (_reordering(path, body, keys, values) for values in (value[::-1], value))
            yield Link(where, where, there, back)

    def removals(self) -> Iterator[Link]:
        """Yield deletions of single objects, of which none can be taken back; the order counts."""
        server = (*self._documents, "authz", "resource-server")
        for part, section in (("policy", "policies"), ("resource", "resources"), ("scope", "scopes")):
            one = self.get(*server, part)[0]
            where = f"clients › documents › authorization › {section} › {one['name']}"
            yield _removal(f"authorization {part}", where, (*server, part, one.get("_id") or one["id"]))
        # What is in another object before that one, which takes it along.
        for target in sorted(self.targets(), key=lambda one: -len(one.path)):
            if target.kind in _DELETABLE:
                yield _removal(target.kind, target.prefix, target.path)
        for step in self.get("authentication", "flows", "ours", "executions")[:1]:
            yield _removal("execution", "flows › ours › executions", ("authentication", "executions", step["id"]))
        yield _removal("localization", "localization › en", ("localization", "en"))
        yield _removal("client with a flow of its own", "clients › api", self._api)


_DELETABLE = frozenset(
    {
        "protocol mapper",
        "scope mapper",
        "identity provider mapper",
        "client role",
        "workflow",
        "organization",
        "component",
        "client scope",
        "required action",
        "role",
        "group",
        "identity provider",
    }
)


def _link(kind: str, prefix: str, there: Step, back: Step) -> Link:
    return Link(kind, prefix, (there,), (back,))


def _removal(kind: str, prefix: str, path: tuple[str, ...]) -> Link:
    return _link(kind, prefix, Step("DELETE", path), Step("GET", ()))


def _reordering(path: tuple[str, ...], body: Any, keys: Sequence[Any], values: list[Any]) -> tuple[Step, ...]:
    """Return the writes that give a list another order: of an attribute Keycloak passes over that alone (26.7.3)."""
    parts = [values[:-1], values] if "attributes" in keys[:-1] else [values]
    return tuple(Step("PUT", path, _with(body, keys, part)) for part in parts)


def _with(body: Any, keys: Sequence[Any], value: Any) -> Any:
    """Return a copy of a body with another value at a place."""
    made = copy.deepcopy(body)
    reduce(lambda holder, key: holder[key], keys[:-1], made)[keys[-1]] = value
    return made


def _component(one: dict[str, Any], every: list[dict[str, Any]]) -> str:
    """Return a component's path in the comparison."""
    owner = next((other for other in every if other["id"] == one.get("parentId")), None)
    kind = str(one["providerType"]).rpartition(".")[2]
    name = " ".join(part for part in (kind, one.get("subType"), one.get("name"), f"({one['providerId']})") if part)
    above = f"{_component(owner, every)} › subComponents" if owner else "components"
    return f"{above} › {name}"
