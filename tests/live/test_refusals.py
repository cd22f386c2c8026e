"""What Keycloak refuses at an apply: the error names the file, the line, the field and the value."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.config.loader import load
from realmctl.engine.apply.apply import Report, apply
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import ApplyFailed
from realmctl.keycloak.admin import Admin

FILE = """\
realm: {realm}
accept: [bad-text, password-policy, contradiction]
passwordPolicy: length(12) and notUsernam
clients:
  first: {{redirectUris: ["https://ok.example/cb"], attributes: {{default.acr.values: nonsense}}}}
  second: {{attributes: {{client.session.max.lifespan: 999d}}}}
  third: {{redirectUris: ["https://a.example/cb"], baseUrl: "https://exa mple/"}}
  fourth: {{serviceAccountsEnabled: false, authorizationServicesEnabled: true}}
identityProviders:
  fifth:
    providerId: oidc
    config:
      {{clientId: a, clientSecret: $(env:S), authorizationUrl: "https://a/a", tokenUrl: "https://a/t",
        validateSignature: true, publicKeySignatureVerifier: ""}}
components:
  keys:
    sixth: {{providerId: rsa-generated, config: {{priority: 100, keySize: 1024}}}}
"""
EXPECTED = {
    "realm": (3, "passwordPolicy is 'length(12) and notUsernam'"),
    "client/first": (5, "attributes.default.acr.values is 'nonsense'"),
    "client/second": (6, "attributes.client.session.max.lifespan is '86313600'"),
    "client/third": (7, "baseUrl is 'https://exa mple/'"),
    "client/fourth": (8, "Keycloak does not name the field. These were sent: "),
    "identity-provider/fifth": (14, "publicKeySignatureVerifier is ''"),
}
"""By address: the line of the place, and what is said of the value."""


def test_a_refusal_names_the_place_and_the_value(admin: Admin, realm: str, tmp_path: Path) -> None:
    path = tmp_path / "realm.yaml"
    path.write_text(FILE.format(realm=realm), encoding="utf-8")
    (config,) = load([path], environ={"S": "canary-of-a-provider"})
    plan = make_plan(compare(config.desired, read(admin, scope_of(config.desired))))

    with pytest.raises(ApplyFailed) as caught:
        apply(admin, config.desired, plan)

    assert isinstance(caught.value.report, Report)
    failed = {str(change.address): why for change, why in caught.value.report.failed}
    assert set(failed) == set(EXPECTED), failed
    for address, (line, told) in EXPECTED.items():
        assert f"realm.yaml:{line}:" in failed[address], failed[address]
        assert told in failed[address], failed[address]
    assert "canary" not in str(failed)
