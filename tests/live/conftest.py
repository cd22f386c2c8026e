"""What live tests are given beside a connection: a realm of their own."""

from __future__ import annotations

import pytest

from realmctl.keycloak.admin import Admin


@pytest.fixture
def realm(admin: Admin, realm_name: str) -> str:
    """A new realm."""
    admin.send("POST", (), {"realm": realm_name, "enabled": True})
    admin.renew()
    return realm_name
