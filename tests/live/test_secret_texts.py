"""Secrets in texts that Keycloak does not take for any: sent, settled, changed and settled again, and never shown."""

from __future__ import annotations

from pathlib import Path

from realmctl.config.loader import load
from realmctl.keycloak.admin import Admin
from realmctl.model.objects import Desired
from realmctl.render.plan_json import json_
from realmctl.render.plan_markdown import markdown
from tests.live.scene import applied, planned

DECLARED = """\
realm: {realm}
displayName: a $(env:STRIPE)
attributes: {{ own: $(env:STRIPE) }}
internationalizationEnabled: true
supportedLocales: [en]
organizationsEnabled: true
localization: {{ en: {{ loginTitle: see $(env:STRIPE), other: open }} }}
roles: {{ r: {{ description: $(env:STRIPE), attributes: {{ k: [$(env:STRIPE), open] }} }} }}
groups: {{ g: {{ attributes: {{ k: $(env:STRIPE) }} }} }}
clients:
  c:
    description: $(env:STRIPE)
    redirectUris: ["https://app.example.org/$(env:STRIPE)"]
    attributes: {{ list: [open, $(env:STRIPE)] }}
    protocolMappers:
      m:
        protocol: openid-connect
        protocolMapper: oidc-hardcoded-claim-mapper
        config: {{ claim.name: x, claim.value: $(env:STRIPE), jsonType.label: String, access.token.claim: true }}
clientScopes: {{ s: {{ protocol: openid-connect, description: $(env:STRIPE) }} }}
clientProfiles:
  p:
    description: $(env:STRIPE)
    executors: [{{ executor: jwt-claim-enforcer, configuration: {{ claim-name: note, allowed-value: $(env:STRIPE) }} }}]
identityProviders:
  i:
    providerId: oidc
    displayName: $(env:STRIPE)
    config:
      authorizationUrl: https://i.example.org/a
      tokenUrl: https://i.example.org/t
      clientId: $(env:STRIPE)
      clientSecret: $(env:STRIPE)
authenticationFlows:
  f:
    executions:
      - authenticator: identity-provider-redirector
        requirement: ALTERNATIVE
        config: {{ defaultProvider: $(env:STRIPE) }}
organizations: {{ o: {{ name: O, description: $(env:STRIPE), domains: [o.example.org] }} }}
userProfile: {{ attributes: {{ shoe: {{ displayName: $(env:STRIPE), annotations: {{ note: $(env:STRIPE) }} }} }} }}
users: {{ umair: {{ email: u@example.org, firstName: $(env:STRIPE), lastName: L }} }}
"""


def wanted(folder: Path, realm: str, secret: str) -> Desired:
    (folder / "realm.yaml").write_text(DECLARED.format(realm=realm))
    (config,) = load([folder], environ={"STRIPE": secret})
    return config.desired


def test_they_settle(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    for secret in ("canary-one-77", "canary-two-88"):
        desired = wanted(tmp_path, realm_name, secret)
        plan = planned(admin, desired)
        assert plan.changes
        assert "canary" not in repr(plan) + json_([plan]) + markdown([plan])
        applied(admin, desired)
        again = planned(admin, desired)
        assert (again.changes, again.adopted) == ((), ())
    assert admin.get(realm_name, "localization", "en")["loginTitle"] == "see canary-two-88"


def test_what_was_one_stays_hidden(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    """The next pull request takes the reference away: its plan must not show what the server has."""
    text = f"realm: {realm_name}\ndisplayName: %s\nlocalization: {{ en: {{ loginTitle: %s }} }}\n"
    (tmp_path / "realm.yaml").write_text(text % ("$(env:STRIPE)", "$(env:STRIPE)"))
    (config,) = load([tmp_path], environ={"STRIPE": "canary-one-77"})
    applied(admin, config.desired)
    (tmp_path / "realm.yaml").write_text(text % ("open", "open"))
    (config,) = load([tmp_path], environ={})
    plan = planned(admin, config.desired)
    assert {field.path for change in plan.changes for field in change.fields} == {
        "displayName",
        "localization.en.loginTitle",
    }
    assert "canary" not in repr(plan) + json_([plan]) + markdown([plan])
    applied(admin, config.desired)
    assert "canary" not in str(admin.get(realm_name))
    assert planned(admin, config.desired).empty
