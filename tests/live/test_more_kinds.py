"""The kinds beside roles, clients and flows on a real Keycloak: applied, planned again to nothing, read both ways."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest

from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import BadConfig, ServerError
from realmctl.export import export
from realmctl.export.read import read_realm
from realmctl.keycloak.admin import Admin, connection
from realmctl.model.address import Address
from realmctl.model.objects import Desired
from realmctl.workflow.bootstrap.exposure import exposures
from tests.conftest import VERSION, Keycloak
from tests.live.every_kind import (
    ADMINISTRATION,
    AUTHORIZATION,
    COMPONENTS,
    EVENTS,
    EVERYTHING,
    LDAP,
    LOCALIZATION,
    OLDER,
    ORGANIZATIONS,
    POLICIES,
    WORKFLOWS,
)
from tests.live.scene import addresses, applied, declared, planned


def settled(admin: Admin, realm: str, said: Mapping[str, Any]) -> Desired:
    """Applied; planned again, there is nothing to do."""
    desired = declared(realm, said)
    applied(admin, desired)
    again = planned(admin, desired)
    assert (again.changes, again.adopted) == ((), ())
    return desired


def test_components(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, COMPONENTS)
    found = read(admin, scope_of(declared(realm_name, {}))).objects
    mappers = [a.name for a in found if a.kind == "sub-component"]
    assert mappers == ["mail"]
    assert found[Address("component", ("keys", "signing (2)"))].fields["name"] == "signing"

    changed = {**LDAP, "config": {**LDAP["config"], "bindCredential": "canary-other", "bindDn": None}}
    desired = declared(realm_name, {"components": {"userFederation": {"directory": changed}}})
    plan = planned(admin, desired)
    assert sorted(addresses(plan)) == [
        "delete component/keys/signing",
        "delete component/keys/signing (2)",
        "update component/userFederation/directory",
    ]
    assert "canary" not in repr(plan)
    applied(admin, desired)
    assert planned(admin, desired).empty
    attributes = admin.get(realm_name)["attributes"]
    assert any("fingerprint.component" in name for name in attributes)
    applied(admin, declared(realm_name, {}))
    assert not any("fingerprint.component" in name for name in admin.get(realm_name)["attributes"])


def test_client_policies_and_profiles(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, POLICIES)
    by_hand = admin.get(realm_name, "client-policies", "profiles")
    by_hand["profiles"].append({"name": "by hand"})
    admin.send("PUT", (realm_name, "client-policies", "profiles"), by_hand)

    other = {"clientPolicies": {"renamed": {"renamedFrom": "ours", "profiles": ["strict 2"]}}}
    kept: dict[str, Any] = {"clientProfiles": {"strict 2": {"executors": []}}}
    settled(admin, realm_name, {**other, **kept})
    profiles = admin.get(realm_name, "client-policies", "profiles")["profiles"]
    assert [(one["name"], one.get("executors")) for one in profiles] == [("strict 2", []), ("by hand", None)]
    (policy,) = admin.get(realm_name, "client-policies", "policies")["policies"]
    assert (policy["name"], policy["enabled"], len(policy["conditions"])) == ("renamed", True, 1)


def test_localization_texts(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, LOCALIZATION)
    settled(admin, realm_name, {"localization": {"de": {"a b/c": None, "more": "mehr"}, "en": None}})
    assert admin.get(realm_name, "localization", "de") == {"login.title": "Anmelden ü/%", "more": "mehr"}
    assert admin.get(realm_name, "localization") == ["de"]


def test_event_settings(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, {"eventsEnabled": True, "enabledEventTypes": []})
    settled(admin, realm_name, EVENTS)
    types = admin.get(realm_name, "events", "config")["enabledEventTypes"]
    assert sorted(types) == ["LOGIN", "LOGOUT"]
    # An empty list stands for all that Keycloak has: so a realm is that never had one declared.
    settled(admin, realm_name, {"enabledEventTypes": []})
    assert len(admin.get(realm_name, "events", "config")["enabledEventTypes"]) > 50


def test_organizations(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, ORGANIZATIONS)
    everyone = ORGANIZATIONS["organizations"]
    handed_on = {**everyone, "acme": {"identityProviders": []}, "o3": {"identityProviders": ["acme-oidc"]}}
    settled(admin, realm_name, {**ORGANIZATIONS, "organizations": handed_on})

    acme = {"name": "Acme Inc.", "domains": ["a.example"], "identityProviders": []}
    other = {"organizations": {"acme": acme}, "identityProviders": {"acme-oidc": None}}
    settled(admin, realm_name, {"organizationsEnabled": True, **other})
    (left,) = admin.get(realm_name, "organizations", query={"briefRepresentation": "false"})
    assert (left["name"], left["attributes"], left["domains"]) == (
        "Acme Inc.",
        {"tier": ["gold", "early"]},
        [{"name": "a.example", "verified": False}],
    )
    assert admin.get(realm_name, "organizations", left["id"], "identity-providers") == []


def test_an_organization_under_a_new_alias_is_refused_before_the_old_one_is_gone(admin: Admin, realm_name: str) -> None:
    acme = {"name": "Acme", "domains": ["a.example"]}
    settled(admin, realm_name, {"organizationsEnabled": True, "organizations": {"acme": acme, "other": {}}})
    (old,) = [one for one in admin.get(realm_name, "organizations") if one["alias"] == "acme"]
    path = (realm_name, "organizations")
    taken = ({"name": "A", "alias": "n", "domains": [{"name": "a.example"}]}, {"name": "Acme", "alias": "n"})
    for body, status in zip(taken, (400, 409), strict=True):
        with pytest.raises(ServerError) as refused:
            admin.send("POST", path, body)
        assert refused.value.status == status
    with pytest.raises(BadConfig, match=r"the organization acme has the domain a\.example until this apply is done"):
        applied(admin, declared(realm_name, {"organizations": {"acme-new": acme, "other": {}}}))
    with pytest.raises(BadConfig, match=r"the organization acme has the domain a\.example until this apply is done"):
        applied(admin, declared(realm_name, {"organizations": {"acme": {"domains": []}, "other": acme}}))
    # A write of another one meets the same; a domain is one in capitals, too.
    (other,) = [one for one in admin.get(*path) if one["alias"] == "other"]
    for body, status in (({"name": "Acme"}, 409), ({"domains": [{"name": "A.Example"}]}, 400)):
        with pytest.raises(ServerError) as refused:
            admin.send("PUT", (*path, other["id"]), {**other, **body})
        assert refused.value.status == status
    assert old in admin.get(*path)


def test_organizations_that_were_switched_off_by_hand_are_switched_on_again(admin: Admin, realm_name: str) -> None:
    acme = {"domains": ["a.example"], "identityProviders": []}
    said = {"organizationsEnabled": True, "organizations": {"acme": acme}}
    settled(admin, realm_name, said)
    before = admin.get(realm_name, "organizations")
    admin.send("PUT", (realm_name,), {**admin.get(realm_name), "organizationsEnabled": False})
    assert planned(admin, declared(realm_name, {})).released == ()
    assert addresses(planned(admin, declared(realm_name, said))) == ["update realm"]
    settled(admin, realm_name, said)
    assert admin.get(realm_name, "organizations") == before


def test_organizations_that_go_with_their_switch_take_no_setting_of_the_realm_along(
    admin: Admin, realm_name: str
) -> None:
    settled(admin, realm_name, {"organizationsEnabled": True, "organizations": {"acme": {"domains": ["a.example"]}}})
    by_hand = {"oauth2DeviceCodeLifespan": 900, "oauth2DevicePollingInterval": 9}
    admin.send("PUT", (realm_name,), {**admin.get(realm_name), **by_hand})
    settled(admin, realm_name, {"organizationsEnabled": False})
    left = admin.get(realm_name)
    assert {key: left[key] for key in by_hand} == by_hand
    admin.send("PUT", (realm_name,), {**left, "organizationsEnabled": True})
    assert admin.get(realm_name, "organizations") == []


@pytest.mark.skipif(OLDER, reason=f"NOT TESTED: Keycloak {VERSION} has no workflows")
def test_workflows(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, WORKFLOWS)
    steps = [{"uses": "delete-user", "after": "30d"}]
    settled(admin, realm_name, {"workflows": {"gone": {"renamedFrom": "leavers", "enabled": False, "steps": steps}}})
    (left,) = admin.get(realm_name, "workflows")
    assert (left["name"], left["on"], [step["uses"] for step in left["steps"]]) == (
        "gone",
        "user_created",
        ["delete-user"],
    )


def test_authorization_services(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, AUTHORIZATION)
    settings = AUTHORIZATION["clients"]["documents"]["authorizationSettings"]
    fewer: dict[str, Any] = {
        "scopes": {"reading": {"renamedFrom": "read"}},
        "resources": {"invoice": {"scopes": ["reading"]}},
        "policies": {
            **{name: settings["policies"][name] for name in ("office hours", "invoices")},
            "renamed": {"renamedFrom": "self", "config": {"clients": ["documents", "account"]}},
            "reading": {"config": {"scopes": ["reading"], "applyPolicies": ["office hours"]}},
            "bosses": {"logic": "NEGATIVE", "config": {"roles": ["boss"], "fetchRoles": True}},
        },
    }
    changed = {"documents": {"roles": {"reader": None}, "authorizationSettings": fewer}}
    settled(admin, realm_name, {**AUTHORIZATION, "clients": changed})
    (client,) = admin.get(realm_name, "clients", query={"clientId": "documents"})
    left = admin.get(realm_name, "clients", client["id"], "authz", "resource-server", "settings")
    # Keycloak before 26.5 adds some of its own, which stay nobody's.
    ours = {
        part: [one for one in left[part] if not one["name"].startswith("Default ")]
        for part in ("policies", "resources")
    }
    assert {one["name"] for one in ours["policies"]} == set(fewer["policies"])
    (resource,) = ours["resources"]
    assert (resource["attributes"], sorted(resource["uris"]), resource["scopes"]) == (
        {"owner": ["a", "b"]},
        ["/i/*", "/invoices/*"],
        [{"name": "reading"}],
    )
    (reading,) = (one for one in left["policies"] if one["name"] == "reading")
    assert (reading["description"], reading["config"]) == (
        "Who may read",
        {"resources": '["invoice"]', "scopes": '["reading"]', "applyPolicies": '["office hours"]'},
    )
    settled(admin, realm_name, {})


def test_administration_permissions(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, {"roles": {"boss": None}})
    settled(admin, realm_name, ADMINISTRATION)
    assert not any(
        a.kind in ("client", "authorization-resource") for a in planned(admin, declared(realm_name, {})).unmanaged
    )
    policies = ADMINISTRATION["clients"]["admin-permissions"]["authorizationSettings"]["policies"]
    other = {
        "bosses": policies["bosses"],
        "lead the team": {"config": {"resources": ["/team"], "scopes": ["view-members"]}},
    }
    changed = {"admin-permissions": {"authorizationSettings": {"policies": other}}}
    settled(admin, realm_name, {**ADMINISTRATION, "clients": changed})


@pytest.mark.skipif(OLDER, reason=f"NOT TESTED: Keycloak {VERSION} has no workflows")
def test_what_is_not_declared_costs_no_request(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, {"roles": {"a": None}})

    def asked(said: Mapping[str, Any]) -> list[str]:
        since = len(admin.log)
        planned(admin, declared(realm_name, said))
        paths = [path.partition(f"/{realm_name}/")[2].partition("?")[0] for _, path in admin.log[since:]]
        return sorted(path for path in paths if "openid-connect" not in path)

    assert asked({"roles": {"a": None}}) == ["partial-export"]
    assert asked({**COMPONENTS, **POLICIES, **LOCALIZATION, **EVENTS}) == ["partial-export"]
    assert asked(WORKFLOWS) == ["partial-export", "workflows"]
    assert asked({**ORGANIZATIONS}) == ["identity-provider/instances", "organizations", "partial-export"]
    settled(admin, realm_name, {"roles": {"a": None}, "workflows": WORKFLOWS["workflows"]})
    assert asked({"roles": {"a": None}}) == ["partial-export", "workflows"]


def test_nothing_that_reads_makes_a_service_account(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    """Keycloak makes the user on a GET of the client's own resource (26.7.3)."""
    said = {"serviceAccountsEnabled": True, "serviceAccountRoles": ["offline_access"], "serviceAccountGroups": ["/g"]}
    desired = declared(realm_name, {"groups": {"g": {}}, "clients": {"job": said}})
    applied(admin, desired)

    def account() -> list[str]:
        query = {"username": "service-account-job", "exact": "true"}
        return [str(user["id"]) for user in admin.get(realm_name, "users", query=query)]

    admin.send("DELETE", (realm_name, "users", account()[0]))
    with closing(viewer(admin, keycloak, realm_name)) as reader:
        assert addresses(planned(reader, desired))
    export(read_realm(admin, realm_name))
    exposures(admin, realm_name)
    assert account() == []
    applied(admin, desired)
    assert planned(admin, desired).empty
    assert len(account()) == 1


def viewer(admin: Admin, keycloak: Keycloak, realm: str) -> Admin:
    """A service account of the realm itself that may view everything there is a role for."""
    body = {"clientId": "viewer", "secret": "viewer-secret", "serviceAccountsEnabled": True}
    client = admin.send("POST", (realm, "clients"), body).id
    user = admin.get(realm, "clients", client, "service-account-user")["id"]
    management = admin.get(realm, "clients", query={"clientId": "realm-management"})[0]["id"]
    held = [
        role
        for role in admin.get(realm, "clients", management, "roles")
        if role["name"].startswith(("view-", "query-"))
    ]
    admin.send("POST", (realm, "users", user, "role-mappings", "clients", management), held)
    environ = {"KEYCLOAK_CLIENT_ID": "viewer", "KEYCLOAK_CLIENT_SECRET": "viewer-secret", "KEYCLOAK_REALM": realm}
    return Admin(connection({}, {"KEYCLOAK_URL": keycloak.url, **environ}))


def test_the_export_and_the_lists_show_the_same(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    desired = settled(admin, realm_name, {key: value for one in EVERYTHING for key, value in one.items()})
    with closing(viewer(admin, keycloak, realm_name)) as looking:
        seen = read(looking, scope_of(desired))
    assert make_plan(compare(desired, seen)).empty
    # Lists add what is of the moment (access, counts) to these; the others are the same to the last field.
    apart = {"realm", "client", "group", "role", "client-role", "identity-provider"}
    kinds = {address.kind for address in desired.resources} - seen.unseen_kinds
    whole = read(admin, scope_of(desired))
    assert kinds >= {"component", "sub-component", "client-policy", "client-profile", "localization"}
    if OLDER:  # No role to view them, short of manage-realm.
        assert "organization" in seen.unseen_kinds
        kinds.discard("organization-identity-providers")
    else:
        assert "organization" in kinds
    for address in (address for address in desired.resources if address.kind in kinds):
        assert address in seen.objects
        if address.kind not in apart:
            assert seen.objects[address].fields == whole.objects[address].fields, address


def test_required_credentials(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, {"requiredCredentials": ["password", "otp"]})
    assert sorted(admin.get(realm_name)["requiredCredentials"]) == ["otp", "password"]


def test_a_part_of_a_client_is_changed_and_nothing_else(admin: Admin, realm_name: str) -> None:
    """Keycloak takes away authorization services, and gives web origins, where a PUT says nothing of them (26.7.3)."""
    settled(admin, realm_name, AUTHORIZATION)
    # As if somebody had made it by hand: nobody owns it.
    attributes = admin.get(realm_name)["attributes"]
    unowned = {key: value for key, value in attributes.items() if not key.startswith("realmctl.")}
    admin.send("PUT", (realm_name,), {"attributes": unowned})
    uris = ["https://a.example/cb"]
    [client] = admin.get(realm_name, "clients", query={"clientId": "documents"})
    admin.send("PUT", (realm_name, "clients", client["id"]), {**client, "redirectUris": uris, "webOrigins": []})
    policies = admin.get(realm_name, "clients", client["id"], "authz", "resource-server", "policy")
    documents = {key: value for key, value in AUTHORIZATION["clients"]["documents"].items() if key == "roles"}
    flows = {"ours": {"executions": [{"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"}]}}
    for said in ({"description": "other"}, {"authenticationFlowBindingOverrides": {"browser": "ours"}}):
        rest = {key: AUTHORIZATION[key] for key in ("roles", "groups")}
        changed = {**rest, "authenticationFlows": flows, "clients": {"documents": {**documents, **said}}}
        applied(admin, declared(realm_name, changed))
        [after] = admin.get(realm_name, "clients", query={"clientId": "documents"})
        assert (after["authorizationServicesEnabled"], after["webOrigins"]) == (True, [])
        assert admin.get(realm_name, "clients", client["id"], "authz", "resource-server", "policy") == policies


def test_a_part_of_the_realm_is_changed_and_nothing_is_reset(admin: Admin, realm_name: str) -> None:
    """Keycloak resets what a PUT leaves out of the device grant, CIBA and pushed requests (26.7.3)."""
    kept = {"cibaExpiresIn": "33", "cibaInterval": "9", "cibaBackchannelTokenDeliveryMode": "ping"}
    kept |= {"parRequestUriLifespan": "77", "oauth2DeviceCodeLifespan": "901", "oauth2DevicePollingInterval": "33"}
    admin.send("POST", (), {"realm": realm_name, "enabled": True, "attributes": kept})
    admin.renew()
    flows = {"ours": {"executions": [{"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"}]}}
    keys = {"components": {"userFederation": {"directory": LDAP}}}
    steps: list[dict[str, Any]] = [
        {"displayName": "x"},
        {"authenticationFlows": flows, "browserFlow": "ours"},
        {"authenticationFlows": {"ours": {"executions": [*flows["ours"]["executions"], {
            "authenticator": "auth-spnego", "requirement": "DISABLED"}]}}, "browserFlow": "ours"},
        keys,
        {},
    ]  # fmt: skip
    for said in steps:
        settled(admin, realm_name, {"roles": {"a": {}}, "browserFlow": "browser", **said})
        now = admin.get(realm_name)["attributes"]
        assert {key: now.get(key) for key in kept} == kept
