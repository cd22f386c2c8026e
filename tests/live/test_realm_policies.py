"""Policies that Keycloak takes only whole: one field of each changes, and all others stay."""

from __future__ import annotations

from typing import Any

import pytest

from realmctl.keycloak.admin import Admin
from tests.live.scene import applied, declared

CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"otpPolicyDigits": 8}, {"otpPolicyPeriod": 60}),
    ({"webAuthnPolicyRpId": "id.example.com"}, {"webAuthnPolicyUserVerificationRequirement": "required"}),
    ({"webAuthnPolicyPasswordlessRpId": "id.example.com"}, {"webAuthnPolicyPasswordlessCreateTimeout": 120}),
]


@pytest.mark.parametrize(("first", "then"), CHANGES, ids=lambda fields: next(iter(fields)))
def test_a_field_of_a_policy(admin: Admin, realm: str, first: dict[str, Any], then: dict[str, Any]) -> None:
    applied(admin, declared(realm, first))
    before = admin.get(realm)
    applied(admin, declared(realm, then))
    after = admin.get(realm)
    policies = [name for name in before if name.startswith(("otpPolicy", "webAuthnPolicy"))]
    assert {name: after[name] for name in policies if after[name] != before[name]} == then
    assert {name: after[name] for name in first} == first
