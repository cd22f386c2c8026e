"""Drift of every kind on a real Keycloak: its change is found in the admin events, and goes into the file."""

from __future__ import annotations

from pathlib import Path

from realmctl.config.loader import load
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.kinds.admin_events import NO_EVENTS
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.drift import What
from realmctl.workflow import RealmFiles, taken_over
from tests.conftest import Keycloak
from tests.live.drifting import EVENTS, Scene
from tests.live.every_kind import OLDER

BOTH = (
    EVENTS
    + """\
displayName: ONE
internationalizationEnabled: true
supportedLocales: [de, en]
organizationsEnabled: true
localization: { en: { hello: ONE } }
defaultRoles: [offline_access, role-ONE]
defaultGroups: [/team-ONE]
defaultDefaultClientScopes: [basic, scope-ONE]
roles:
  role-one:
  role-two:
  held: { description: ONE, attributes: { color: [ONE, blue] } }
  holder: { composites: [role-ONE] }
groups:
  team-one:
  team-two:
  team: { description: ONE, realmRoles: [role-ONE], subGroups: { leads: { attributes: { color: ONE } } } }
clientScopes:
  scope-one: { protocol: openid-connect }
  scope-two: { protocol: openid-connect }
  claims:
    protocol: openid-connect
    description: ONE
    scopeMappings: [role-ONE]
    protocolMappers:
      fixed: { protocolMapper: oidc-hardcoded-claim-mapper, config: { claim.name: c, claim.value: ONE } }
clients:
  api:
    description: ONE
    publicClient: false
    secret: secret
    serviceAccountsEnabled: true
    authorizationServicesEnabled: true
    fullScopeAllowed: false
    redirectUris: ["https://ONE.example.com/cb"]
    attributes: { access.token.lifespan: 60, color: ONE }
    roles: { uma_protection: , refund: { description: ONE }, all: { composites: [role-ONE] } }
    defaultClientScopes: [basic, service_account, scope-ONE]
    scopeMappings: [role-ONE]
    serviceAccountRoles: [role-ONE]
    serviceAccountGroups: [/team-ONE]
    authenticationFlowBindingOverrides: { browser: flow-ONE }
    protocolMappers:
      fixed: { protocolMapper: oidc-hardcoded-claim-mapper, config: { claim.name: c, claim.value: ONE } }
    authorizationSettings:
      policyEnforcementMode: MODE
      scopes: { read: { displayName: ONE } }
      resources: { order: { displayName: ONE, scopes: [read] } }
      policies: { readers: { type: role, description: ONE, config: { roles: [held] } } }
identityProviders:
  one:
    providerId: oidc
    config: { clientId: x, authorizationUrl: "https://a.example/a", tokenUrl: "https://a.example/t" }
  two:
    providerId: oidc
    config: { clientId: x, authorizationUrl: "https://a.example/a", tokenUrl: "https://a.example/t" }
  partner:
    providerId: oidc
    displayName: ONE
    config: { clientId: x, authorizationUrl: "https://a.example/a", tokenUrl: "https://a.example/t" }
    mappers:
      fixed: { identityProviderMapper: hardcoded-attribute-idp-mapper, config: { attribute: a, attribute.value: ONE } }
authenticationFlows:
  flow-one: { executions: [{ authenticator: auth-cookie, requirement: ALTERNATIVE }] }
  flow-two: { executions: [{ authenticator: auth-cookie, requirement: ALTERNATIVE }] }
  ours:
    description: ONE
    executions:
      - { authenticator: auth-cookie, requirement: ALTERNATIVE }
      - { authenticator: identity-provider-redirector, requirement: ALTERNATIVE, config: { defaultProvider: ONE } }
browserFlow: flow-ONE
requiredActions: { CONFIGURE_TOTP: { name: ONE } }
userProfile:
  attributes:
    color: { displayName: ONE, permissions: { view: [admin], edit: [admin] } }
components:
  keys: { more: { providerId: rsa-generated, config: { priority: 5NUMBER } } }
clientProfiles: { strict: { description: ONE, executors: [] } }
clientPolicies: { ours: { description: ONE, enabled: true, conditions: [], profiles: [strict] } }
organizations:
  acme: { name: Acme ONE, domains: [acme.example], identityProviders: [] }
users:
  anna: { firstName: ONE, realmRoles: [role-ONE], groups: [/team-ONE] }
"""
)
WORKFLOW = (
    "workflows: { leavers: { on: user_created, enabled: true, steps: [{ uses: disable-user, after: 1NUMBERd }] } }\n"
)
UNTRIED = {"execution", "execution-config", "organization-identity-providers", "realm-client-scopes", "sub-component"}
"""Parts of flows; and what needs a second identity provider, or a directory."""


def said(one: str, mode: str, number: str) -> str:
    text = BOTH + ("" if OLDER else WORKFLOW)
    return text.replace("ONE", one).replace("MODE", mode).replace("NUMBER", number)


def test_a_change_of_each_kind_is_traced_and_taken_over(
    admin: Admin, keycloak: Keycloak, realm_name: str, tmp_path: Path
) -> None:
    scene = Scene(admin, keycloak, realm_name, tmp_path)
    scene.apply(said("one", "PERMISSIVE", "1"))
    scene.apply(said("two", "ENFORCING", "2"))
    config = scene.write(said("one", "PERMISSIVE", "1"))

    found = scene.drift(config)

    assert found.error is None, found.error
    assert [str(one.address) for one in found.deviations if one.what is not What.CHANGED] == []
    parts = {part.kind for one in found.deviations for part in one.parts}
    assert set(kinds()) - parts <= UNTRIED | ({"workflow"} if OLDER else set())
    untraced = {str(one.address) for one in found.deviations if not one.trace.deeds}
    no_events = {name for name, kind in kinds().items() if kind.admin_events == NO_EVENTS}
    silent = {str(one.address) for one in found.deviations if {part.kind for part in one.parts} <= no_events}
    assert untraced == silent
    own = {
        str(one.address) for one in found.deviations if one.trace.deeds and all(deed.own for deed in one.trace.deeds)
    }
    assert own == {str(one.address) for one in found.deviations} - silent

    (left,) = taken_over([config], [found], ["*"], RealmFiles([scene.file], {}, {}), say=lambda _: None)

    assert [f"{one.address}: {one.why_not}" for one in left.adopted if one.why_not] == []
    assert [str(one.address) for one in left.deviations] == []
    text = scene.file.read_text(encoding="utf-8")
    for line in said("two", "ENFORCING", "2").splitlines():
        # Of roles and of a user, Keycloak adds some by itself.
        assert line in text or "serviceAccountRoles" in line or "anna" in line
    (again,) = load([scene.file], environ={})
    assert scene.drift(again).deviations == ()
