"""What realmctl made, as python-keycloak reads it; and what people do by python-keycloak, as drift tells it.

realmctl's other tests read with realmctl's own connection and kinds: a fault in those could hide itself. Nothing here
does. What is expected is written out, or taken from the files by a YAML parser alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from keycloak import KeycloakAdmin

from realmctl.keycloak.admin import Admin
from realmctl.model.danger import Severity
from realmctl.model.drift import Deviation
from tests.conftest import Keycloak
from tests.live.drifting import Scene
from tests.live.every_kind import AUTHORIZATION, COMPONENTS, EVENTS, EVERYTHING, LDAP, ORGANIZATIONS
from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT, applied, declared, example

WATCHES = ("view-realm", "view-clients", "view-users", "view-identity-providers", "view-events")
REALM = """\
adminEventsEnabled: true
adminEventsDetailsEnabled: true
ignore:
  - { address: client/robot-*, reason: the accounts of these tests }
  - { address: user/anna, reason: who does all this }
roles:
  reader: {}
  admin: { protected: true }
users:
  bob:
    email: bob@example.com
    firstName: Bob
    lastName: Berg
    realmRoles: [reader]
    clientRoles: { realm-management: [] }
clients:
  backend: { publicClient: false, standardFlowEnabled: false }
  api:
    publicClient: false
    redirectUris: ["https://one.example.com/cb"]
    protocolMappers:
      audience:
        protocol: openid-connect
        protocolMapper: oidc-audience-mapper
        config: { included.client.audience: backend, access.token.claim: true }
authenticationFlows:
  sign-in:
    providerId: basic-flow
    executions:
      - { authenticator: auth-username-password-form, requirement: REQUIRED }
      - { authenticator: auth-otp-form, requirement: REQUIRED }
browserFlow: sign-in
"""


def second_client(keycloak: Keycloak, realm: str, user: str = "", password: str = "") -> Any:
    """python-keycloak in a realm: as one of its users, or as the server's administrator.

    Any, since it says of nearly every answer that it is a dict, a list or bytes.
    """
    return KeycloakAdmin(
        f"{keycloak.url}/",
        username=user or keycloak.user,
        password=password or keycloak.password,
        realm_name=realm,
        user_realm_name=realm if user else "master",
    )


@pytest.fixture
def second(keycloak: Keycloak, realm_name: str) -> Any:
    """It logs in with its first request: after the realm was made, whose rights it needs."""
    return second_client(keycloak, realm_name)


def names(found: Iterable[Mapping[str, Any]], key: str = "name") -> set[str]:
    return {one[key] for one in found}


def test_what_somebody_did_by_another_program_is_told_with_who_it_was(
    admin: Admin, keycloak: Keycloak, realm_name: str, tmp_path: Path
) -> None:
    scene = Scene(admin, keycloak, realm_name, tmp_path)
    config = scene.apply(REALM)
    watcher = scene.robot("robot-watcher", *WATCHES)
    scene.person("anna", "realm-admin")
    anna = second_client(keycloak, realm_name, "anna", "anna")
    begun = datetime.now(UTC) - timedelta(seconds=2)
    assert not scene.drift(config, watcher, since=begun).deviations

    bob, api = anna.get_user_id("bob"), anna.get_client_id("api")
    management = anna.get_client_id("realm-management")
    anna.assign_client_role(bob, management, [anna.get_client_role(management, "realm-admin")])
    client = anna.get_client(api)
    anna.update_client(api, {**client, "redirectUris": [*client["redirectUris"], "https://*"]})
    (mapper,) = [one for one in anna.get_mappers_from_client(api) if one["name"] == "audience"]
    anna.remove_client_mapper(api, mapper["id"])
    _, code = anna.get_authentication_flow_executions("sign-in")
    anna.update_authentication_flow_executions({**code, "requirement": "DISABLED"}, "sign-in")

    found = scene.drift(config, watcher, since=begun)

    told = {f"{one.what.value} {one.address}": one for one in found.deviations}
    assert {address: dangers(one) for address, one in told.items()} == {
        "changed user/bob": {("realm-admin-gained", Severity.CRITICAL)},
        "changed client/api": {("redirect-opened", Severity.CRITICAL)},
        "deleted protocol-mapper/api/audience": {("audience-dropped", Severity.HIGH)},
        "changed flow/sign-in": {("login-needs-less", Severity.HIGH)},
    }
    # The event of a mapper's deletion names an id alone, and nothing tells any more whose it was: nobody is named.
    authors = {address: [(deed.who, deed.service) for deed in one.trace.deeds] for address, one in told.items()}
    assert authors.pop("deleted protocol-mapper/api/audience") == []
    assert authors == {address: [("anna", False)] for address in authors}
    assert found.severity is Severity.CRITICAL


def dangers(one: Deviation) -> set[tuple[str, Severity]]:
    return {(danger.rule, danger.severity) for danger in one.dangers}


@pytest.fixture(scope="module")
def files() -> dict[str, dict[str, Any]]:
    """The example's files, by YAML alone."""
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in EXAMPLE.glob("*.yaml")}


def test_the_example_as_another_program_reads_it(
    admin: Admin, second: Any, realm_name: str, files: dict[str, dict[str, Any]]
) -> None:
    applied(admin, example(realm_name))

    realm = second.get_realm(realm_name)
    assert (realm["displayName"], realm["accessTokenLifespan"], realm["ssoSessionMaxLifespan"]) == (
        "Example platform",
        300,
        36000,
    )
    assert (realm["bruteForceProtected"], realm["eventsExpiration"], realm["browserFlow"]) == (
        True,
        30 * 24 * 3600,
        "entra sign-in",
    )
    _roles_and_groups(second, files)
    _clients(second, files)
    _scope(second)
    _broker(second)


def _roles_and_groups(second: Any, files: Mapping[str, Mapping[str, Any]]) -> None:
    wanted = {name: role for file in files.values() for name, role in (file.get("roles") or {}).items()}
    assert set(wanted) == names(second.get_realm_roles()) - {"offline_access", "uma_authorization"} - {
        one for one in names(second.get_realm_roles()) if one.startswith("default-roles-")
    }
    for name, role in wanted.items():
        assert second.get_realm_role(name)["description"] == role["description"]
        assert names(second.get_composite_realm_roles_of_role(name)) == set(role.get("composites") or ())
    team = second.get_group_by_path("/orders-team")
    assert names(second.get_group_realm_roles(team["id"])) == {"orders-reader"}
    assert names(second.get_groups()) == {"orders-team"}


def _clients(second: Any, files: Mapping[str, Mapping[str, Any]]) -> None:
    for file in files.values():
        for name, said in (file.get("clients") or {}).items():
            uid = second.get_client_id(name)
            live = second.get_client(uid)
            assert {key: live[key] for key in said if key in PLAIN} == {key: said[key] for key in said if key in PLAIN}
            if "defaultClientScopes" in said:
                assert names(second.get_client_default_client_scopes(uid)) == set(said["defaultClientScopes"])
            granted = names(second.get_realm_roles_of_client_scope(uid))
            assert granted == set(said.get("scopeMappings") or ())
            assert names(second.get_client_roles(uid)) - {"uma_protection"} == set(said.get("roles") or ())
    reports = second.get_client_id("billing-reports")
    (mapper,) = second.get_mappers_from_client(reports)
    assert (mapper["name"], mapper["config"]["claim.name"], mapper["config"]["id.token.claim"]) == (
        "cost center",
        "cost_center",
        "false",
    )
    assert second.get_client(reports)["attributes"]["pkce.code.challenge.method"] == "S256"
    batch = second.get_client_id("orders-batch")
    assert second.get_client_secrets(batch)["value"] == EXAMPLE_ENVIRONMENT["ORDERS_BATCH_CLIENT_SECRET"]
    robot = second.get_client_service_account_user(batch)["id"]
    assert "orders-reader" in names(second.get_realm_roles_of_user(robot))
    gateway = second.get_client(second.get_client_id("oauth2-proxy"))
    assert gateway["redirectUris"] == ["https://apps.example.com/oauth2/callback"]


PLAIN = {"name", "publicClient", "standardFlowEnabled", "serviceAccountsEnabled", "fullScopeAllowed", "redirectUris"}
"""Fields of a client that Keycloak has as the files do."""


def _scope(second: Any) -> None:
    scope = second.get_client_scope_by_name("platform")
    kinds = {one["name"]: (one["protocolMapper"], one["config"]) for one in scope["protocolMappers"]}
    assert {name: kind for name, (kind, _) in kinds.items()} == {
        "audience billing-api": "oidc-audience-mapper",
        "audience orders-api": "oidc-audience-mapper",
        "claim orders": "oidc-usermodel-client-role-mapper",
        "claim roles": "oidc-usermodel-realm-role-mapper",
        "claim department": "oidc-usermodel-attribute-mapper",
    }
    assert kinds["audience orders-api"][1]["included.client.audience"] == "orders-api"
    assert kinds["claim orders"][1]["usermodel.clientRoleMapping.clientId"] == "orders-api"


def _broker(second: Any) -> None:
    entra = second.get_idp("entra")
    tenant = f"https://login.microsoftonline.com/{EXAMPLE_ENVIRONMENT['ENTRA_TENANT_ID']}"
    assert (entra["providerId"], entra["config"]["issuer"], entra["config"]["tokenUrl"]) == (
        "oidc",
        f"{tenant}/v2.0",
        f"{tenant}/oauth2/v2.0/token",
    )
    assert (entra["firstBrokerLoginFlowAlias"], entra["config"]["validateSignature"]) == ("entra first login", "true")
    given = {one["name"]: one["config"] for one in second.get_idp_mappers("entra")}
    assert {name.removeprefix("app role "): one["role"] for name, one in given.items() if "role" in one} == {
        "Platform.Admin": "platform-admin",
        "Orders.Approver": "orders-approver",
        "Orders.Refund": "orders-api.refund",
        "Billing.Clerk": "billing-clerk",
    }
    assert {one["group"] for one in given.values() if "group" in one} == {"/orders-team"}
    assert [
        (one["level"], one.get("providerId"), one["requirement"])
        for one in second.get_authentication_flow_executions("entra first login")
    ] == [
        (0, "idp-create-user-if-unique", "ALTERNATIVE"),
        (0, None, "ALTERNATIVE"),
        (1, "idp-confirm-link", "REQUIRED"),
        (1, "idp-username-password-form", "REQUIRED"),
    ]
    redirector = second.get_authentication_flow_executions("entra sign-in")[1]
    settings = second.get_authenticator_config(redirector["authenticationConfig"])
    assert settings["config"] == {"defaultProvider": "entra"}


def test_every_other_kind_as_another_program_reads_it(admin: Admin, second: Any, realm_name: str) -> None:
    whole: dict[str, Any] = {}
    for part in EVERYTHING:
        for key, value in part.items():
            whole[key] = {**whole.get(key, {}), **value} if isinstance(value, dict) else value
    applied(admin, declared(realm_name, whole))

    realm = second.get_realm(realm_name)
    assert realm["eventsListeners"] == EVENTS["eventsListeners"]
    assert set(realm["enabledEventTypes"]) == set(EVENTS["enabledEventTypes"])
    assert set(realm["supportedLocales"]) == {"de", "en"}
    components = {(one["providerType"].rpartition(".")[2], one["name"]): one for one in second.get_components()}
    for name, said in COMPONENTS["components"]["keys"].items():
        assert any(
            one["name"] == said.get("name", name) and one["providerId"] == said.get("providerId", name)
            for (kind, _), one in components.items()
            if kind == "KeyProvider"
        ), name
    ldap = components["UserStorageProvider", "directory"]["config"]
    assert {key: ldap[key] for key in LDAP["config"] if key != "bindCredential"} == {
        key: [value] for key, value in LDAP["config"].items() if key != "bindCredential"
    }
    assert "canary-ldap" not in str(components)
    organizations = {one["alias"]: one for one in second.get_organizations()}
    assert set(organizations) == set(ORGANIZATIONS["organizations"])
    acme = second.get_organization(organizations["acme"]["id"])
    assert {one["name"]: one["verified"] for one in acme["domains"]} == {"acme.example": True, "a.example": False}
    assert names(second.get_organization_idps(acme["id"]), "alias") == {"acme-oidc"}
    _authorization(second)


def _authorization(second: Any) -> None:
    wanted = AUTHORIZATION["clients"]["documents"]["authorizationSettings"]
    documents = second.get_client_id("documents")
    settings = second.get_client_authz_settings(documents)
    assert (settings["policyEnforcementMode"], settings["decisionStrategy"]) == ("PERMISSIVE", "AFFIRMATIVE")
    assert names(second.get_client_authz_scopes(documents)) == set(wanted["scopes"])
    resources = {one["name"]: one for one in second.get_client_authz_resources(documents)}
    assert set(resources) == set(wanted["resources"])
    assert set(resources["invoice"]["uris"]) == set(wanted["resources"]["invoice"]["uris"])
    policies = {one["name"]: one for one in settings["policies"]}
    assert {name: one["type"] for name, one in policies.items()} == {
        name: one["type"] for name, one in wanted["policies"].items()
    }
    assert policies["self"]["logic"] == "NEGATIVE"
    permissions = names(second.get_client_authz_permissions(documents))
    assert permissions == {name for name, one in wanted["policies"].items() if one["type"] in ("resource", "scope")}
    assert second.get_group_by_path("/team")["subGroupCount"] == 1
