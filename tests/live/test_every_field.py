"""Nothing that a real Keycloak answers goes unnoticed: each field is in the language, or left out with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.keycloak.admin import Admin
from realmctl.keycloak.kinds.registry import kinds, model_of
from tests.live.every_kind import EVERYTHING, OLDER
from tests.live.scene import applied, declared, example


def undecided(kind: str, answered: Mapping[str, Any]) -> list[str]:
    """The fields that nobody decided about."""
    known = set(model_of(kind).model_fields) | {kinds()[kind].key} | set(kinds()[kind].omitted)
    return sorted(f"{kind}.{name}" for name in set(answered) - known)


def answers(admin: Admin, realm: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every representation of a realm, as export, lists and single reads answer it, with its kind."""
    query = {"exportClients": "true", "exportGroupsAndRoles": "true"}
    export = admin.send("POST", (realm, "partial-export"), {}, query).body
    full = {"briefRepresentation": "false"}
    yield from (("realm", one) for one in (export, admin.get(realm)))
    for client in (*export["clients"], *admin.get(realm, "clients")):
        yield "client", client
        yield from (("protocol-mapper", one) for one in client.get("protocolMappers") or ())
        settings = client.get("authorizationSettings") or {}
        yield "authorization", {key: value for key, value in settings.items() if key not in PARTS}
        for part, kind in PARTS.items():
            yield from ((kind, one) for one in settings.get(part) or ())
    yield from (("role", one) for one in (*export["roles"]["realm"], *admin.get(realm, "roles", query=full)))
    yield from (("client-role", one) for roles in export["roles"]["client"].values() for one in roles)
    yield from (("group", one) for one in (*export["groups"], *admin.get(realm, "groups", query=full)))
    for scope in (*export["clientScopes"], *admin.get(realm, "client-scopes")):
        yield "client-scope", scope
        yield from (("scope-mapper", one) for one in scope.get("protocolMappers") or ())
    for provider in (*export["identityProviders"], *admin.get(realm, "identity-provider", "instances")):
        yield "identity-provider", provider
    yield from (("identity-provider-mapper", one) for one in export["identityProviderMappers"])
    yield from (("flow", one) for one in export["authenticationFlows"])
    yield from (("required-action", one) for one in export["requiredActions"])
    for component in [one for found in export["components"].values() for one in found]:
        yield "component", component
        yield from (("sub-component", one) for found in component["subComponents"].values() for one in found)
    yield from (("component", one) for one in admin.get(realm, "components"))
    yield from (("organization", one) for one in admin.get(realm, "organizations", query=full))
    if not OLDER:
        yield from (("workflow", one) for one in admin.get(realm, "workflows"))
    yield from (("client-policy", one) for one in export["clientPolicies"]["policies"])
    yield from (("client-profile", one) for one in export["clientProfiles"]["profiles"])
    yield "user-profile", admin.get(realm, "users", "profile")
    yield from (("user", admin.get(realm, "users", one["id"])) for one in admin.get(realm, "users"))


PARTS = {
    "scopes": "authorization-scope",
    "resources": "authorization-resource",
    "policies": "authorization-policy",
}


def test_every_field_that_a_server_answers_is_decided_about(admin: Admin, realm_name: str) -> None:
    applied(admin, example(realm_name))
    # Now: where a directory is declared that does not answer, older versions make nobody.
    admin.send("POST", (realm_name, "users"), {"username": "anna", "email": "anna@example.com", "firstName": "Anna"})
    settings = {key: value for one in EVERYTHING for key, value in one.items()}
    # Under an owner of its own: nothing of the example is deleted.
    applied(admin, declared(realm_name, {**settings, "adminPermissionsEnabled": True}, owner="another"))
    seen: set[str] = set()
    wrong: set[str] = set()
    for kind, answered in answers(admin, realm_name):
        seen.add(kind)
        wrong.update(undecided(kind, answered))
    assert sorted(wrong) == []
    links = {name for name, kind in kinds().items() if kind.is_link}
    assert seen == set(kinds()) - links - ({"workflow"} if OLDER else set())


def test_what_is_left_out_is_not_in_the_language() -> None:
    for kind in kinds().values():
        assert not set(kind.omitted) & set(model_of(kind.name).model_fields), kind.name
