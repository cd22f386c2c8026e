"""The kinds beside roles, clients and flows on a real Keycloak: applied, planned again to nothing, read both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest

from realmctl.admin import Admin, connection
from realmctl.live import read
from realmctl.model.address import Address
from realmctl.model.objects import Desired
from realmctl.plan import make_plan
from tests.conftest import Keycloak
from tests.live.scene import addresses, applied, declared, planned

LDAP: dict[str, Any] = {
    "providerId": "ldap",
    "config": {
        "connectionUrl": "ldap://directory.example.com",
        "bindDn": "cn=reader",
        "bindCredential": "canary-ldap",
        "authType": "simple",
        "usersDn": "ou=people",
        "vendor": "other",
        "editMode": "READ_ONLY",
        "usernameLDAPAttribute": "uid",
        "rdnLDAPAttribute": "uid",
        "uuidLDAPAttribute": "entryUUID",
        "userObjectClasses": "person",
    },
    "subComponents": {
        "ldapMappers": {
            "mail": {
                "providerId": "user-attribute-ldap-mapper",
                "config": {"ldap.attribute": "mail", "user.model.attribute": "email", "read.only": True},
            }
        }
    },
}
COMPONENTS: dict[str, Any] = {
    "components": {
        "keys": {
            "rsa-generated": {"config": {"priority": 150}},
            "signing": {"providerId": "ecdsa-generated", "config": {"ecdsaEllipticCurveKey": "P-384"}},
            "signing (2)": {"name": "signing", "providerId": "ecdsa-generated", "config": {"priority": 7}},
        },
        "userFederation": {"directory": LDAP},
        "clientRegistrationPolicies:anonymous": {"Max Clients Limit": {"config": {"max-clients": 20}}},
    }
}


@pytest.fixture
def admin(keycloak: Keycloak) -> Iterator[Admin]:
    with closing(keycloak.admin()) as admin:
        yield admin


def settled(admin: Admin, realm: str, said: Mapping[str, Any]) -> Desired:
    """Applied; planned again, there is nothing to do."""
    desired = declared(realm, said)
    applied(admin, desired)
    again = planned(admin, desired)
    assert (again.changes, again.adopted) == ((), ())
    return desired


def test_components(admin: Admin, realm_name: str) -> None:
    settled(admin, realm_name, COMPONENTS)
    found = read(admin, declared(realm_name, {})).objects
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


EVERYTHING: list[dict[str, Any]] = [COMPONENTS]


def test_the_export_and_the_lists_show_the_same(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    desired = settled(admin, realm_name, {key: value for one in EVERYTHING for key, value in one.items()})
    with closing(viewer(admin, keycloak, realm_name)) as looking:
        seen = read(looking, desired)
    assert make_plan(desired, seen).empty
    kinds = {address.kind for address in desired.resources} - seen.unseen_kinds
    whole = read(admin, desired)
    for address, live in whole.objects.items():
        if address.kind in kinds - {"realm", "client"}:
            assert seen.objects[address].fields.keys() == live.fields.keys(), address
