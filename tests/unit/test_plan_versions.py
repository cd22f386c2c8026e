"""What a server's version lacks is told by name, before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig, Place
from realmctl.keycloak.kinds.expansion import desired, expand
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.model.objects import Snapshot, Written

NEW: dict[str, dict[str, Any]] = {
    "'scimApiEnabled' needs Keycloak 26.6 or later, and this server is 26.5.6": {"scimApiEnabled": True},
    "the type 'federated-jwt' needs Keycloak 26.6": {
        "authenticationFlows": {"f": {"executions": [{"authenticator": "federated-jwt", "requirement": "REQUIRED"}]}}
    },
    "the type 'kubernetes' needs Keycloak 26.6": {"identityProviders": {"k": {"providerId": "kubernetes"}}},
    "'JWT_AUTHORIZATION_GRANT_ERROR' needs Keycloak 26.6": {
        "enabledEventTypes": ["LOGIN", "USER_SESSION_DELETED", "JWT_AUTHORIZATION_GRANT_ERROR"]
    },
    "this needs Keycloak 26.6": {"workflows": {"w": {"on": "user_authenticated"}}},
}


def _plan(said: dict[str, Any], version: str) -> None:
    want = desired("shop", expand(realm_file().model_validate(said), Written(Place("realm.yaml", 3, 1))))
    make_plan(compare(want, Snapshot.absent("shop", version)))


@pytest.mark.parametrize("told", NEW)
def test_an_older_server_is_told_apart(told: str) -> None:
    with pytest.raises(BadConfig) as wrong:
        _plan(NEW[told], "26.5.6")
    assert any(finding.message.startswith(told) for finding in wrong.value.findings)
    assert {finding.rule for finding in wrong.value.findings} == {"too-new"}


@pytest.mark.parametrize("version", ["26.7.3", "27.0.0", ""])
def test_a_server_that_knows_them_or_does_not_say_its_version_is_not_refused(version: str) -> None:
    for said in NEW.values():
        _plan(said, version)
