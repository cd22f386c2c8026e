"""What the tests of the accounts for pipelines share: made, logged in as, and taken rights away from."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from realmctl.engine.apply.apply import apply
from realmctl.keycloak.admin import Admin, connection
from realmctl.workflow.bootstrap import AccountsPlan, Wish, plan_accounts
from tests.conftest import Keycloak

_KEYS = tempfile.TemporaryDirectory()


def made(admin: Admin, realm: str, wish: Wish | None = None, *, create_realm: bool = False) -> AccountsPlan:
    """The accounts, planned and applied."""
    found = plan_accounts(admin, realm, wish or Wish(), create_realm=create_realm)
    apply(admin, found.desired, found.plan)
    return found


def as_account(keycloak: Keycloak, realm: str, accounts: AccountsPlan, name: str) -> Admin:
    """A login by the key, or the secret, that was made for an account."""
    login, client = accounts.logins[name], f"realmctl-{name}"
    if login.secret:
        return logged_in(keycloak, realm, client_id=client, client_secret=login.secret.reveal())
    assert login.key
    file = Path(_KEYS.name) / uuid.uuid4().hex
    file.write_text(login.key.reveal())
    return logged_in(keycloak, realm, client_id=client, key_file=str(file))


def logged_in(keycloak: Keycloak, realm: str, **options: str) -> Admin:
    return Admin(connection({"url": keycloak.url, "login_realm": realm, **options}, {}))


def take(admin: Admin, realm: str, client: str, *roles: str) -> None:
    """Takes rights away from an account."""
    ids = {one["clientId"]: one["id"] for one in admin.get(realm, "clients")}
    user = admin.get(realm, "clients", ids[client], "service-account-user")["id"]
    gone = [admin.get(realm, "clients", ids["realm-management"], "roles", role) for role in roles]
    admin.send("DELETE", (realm, "users", user, "role-mappings", "clients", ids["realm-management"]), gone)


def roles_of(admin: Admin, realm: str, client: str) -> set[str]:
    """All that an account may, by the names of the rights given to it."""
    ids = {one["clientId"]: one["id"] for one in admin.get(realm, "clients")}
    user = admin.get(realm, "clients", ids[client], "service-account-user")["id"]
    held = admin.get(realm, "users", user, "role-mappings")["clientMappings"]
    assert set(held) == {"realm-management"}
    return {role["name"] for role in held["realm-management"]["mappings"]}


def known(admin: Admin, realm: str) -> set[str]:
    """The rights that this Keycloak knows."""
    (management,) = admin.get(realm, "clients", query={"clientId": "realm-management"})
    return {role["name"] for role in admin.get(realm, "clients", management["id"], "roles")}
