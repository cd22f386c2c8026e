"""A rename takes along what tells whether a secret is still the one that was written."""

from __future__ import annotations

from typing import Any

import pytest

from realmctl.keycloak.admin import Admin
from tests.live.every_kind import LDAP
from tests.live.scene import applied, declared, planned

REDIRECTOR = "identity-provider-redirector"
# A key that the authenticator does not declare reads back as a mask.
STEP: dict[str, Any] = {"authenticator": REDIRECTOR, "requirement": "REQUIRED", "config": {"own": "canary-step"}}


@pytest.mark.parametrize(
    ("before", "after", "other"),
    [
        (
            {"components": {"userFederation": {"people": LDAP}}},
            {"components": {"userFederation": {"directory": {**LDAP, "renamedFrom": "people"}}}},
            {"components": {"userFederation": {"directory": {"config": {"bindCredential": "canary-other"}}}}},
        ),
        (
            {"authenticationFlows": {"old": {"executions": [STEP]}}},
            {"authenticationFlows": {"new": {"renamedFrom": "old", "executions": [STEP]}}},
            {"authenticationFlows": {"new": {"executions": [{**STEP, "config": {"own": "canary-other"}}]}}},
        ),
    ],
    ids=["federation", "flow"],
)
def test_a_rename_keeps_fingerprints(
    admin: Admin, realm: str, before: dict[str, Any], after: dict[str, Any], other: dict[str, Any]
) -> None:
    applied(admin, declared(realm, before))
    was = _marks(admin, realm)
    assert was
    applied(admin, declared(realm, after))
    assert planned(admin, declared(realm, after)).empty
    now = _marks(admin, realm)
    assert len(now) == len(was)
    assert not now & was
    # Another secret is noticed as ever.
    changes = planned(admin, declared(realm, other)).changes
    fields = [field for change in changes for field in change.fields]
    assert len(fields) == len(was), fields


def _marks(admin: Admin, realm: str) -> set[str]:
    """The names of all fingerprints in the realm."""
    return {name for name in admin.get(realm)["attributes"] if name.startswith("realmctl.fingerprint.")}
