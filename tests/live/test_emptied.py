"""What files say to be empty is so afterwards, or was so before: else the same plan would come back for ever."""

from __future__ import annotations

from typing import Any

from realmctl.keycloak.admin import Admin
from realmctl.keycloak.kinds.registry import kinds
from tests.live.scene import applied, declared, planned

EMPTY = {name: kinds()[name].emptied_by or {} for name in ("realm", "client")}
FULL: dict[str, Any] = {
    "displayName": "Shop",
    "displayNameHtml": "<b>Shop</b>",
    "passwordPolicy": "length(8)",
    "internationalizationEnabled": True,
    "supportedLocales": ["de", "en"],
    "defaultLocale": "de",
    "loginTheme": "keycloak",
    "accountTheme": "keycloak.v3",
    "adminTheme": "keycloak.v2",
    "emailTheme": "keycloak",
    "requiredCredentials": ["password"],
    "eventsListeners": ["jboss-logging"],
    "enabledEventTypes": ["LOGIN"],
    "smtpServer": {"host": "mail.example", "from": "a@mail.example"},
    "webAuthnPolicyRpId": "a.example",
    "webAuthnPolicyAcceptableAaguids": ["00000000-0000-0000-0000-000000000001"],
    "clients": {
        "app": {
            "attributes": {"own": "x"},
            "name": "App",
            "description": "ours",
            "rootUrl": "https://a.example",
            "adminUrl": "https://a.example",
            "baseUrl": "https://a.example",
            "redirectUris": ["https://a.example/cb"],
            "webOrigins": ["https://a.example"],
        }
    },
}
EMPTIED: dict[str, Any] = {
    **dict.fromkeys(name for name in EMPTY["realm"] if name in FULL),
    "clients": {
        "app": dict.fromkeys(EMPTY["client"]),
        # A new client is given the origins of its redirect URIs where nothing is said of them.
        "new": {"webOrigins": None, "redirectUris": ["https://a.example/cb"]},
    },
}


def test_null_empties_what_can_be_empty(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, FULL))
    desired = declared(realm_name, EMPTIED)
    tops = {field.path.split(".")[0] for change in planned(admin, desired).changes for field in change.fields}
    assert tops >= {*FULL, *EMPTY["client"]} - {"clients", "internationalizationEnabled"}
    applied(admin, desired)
    assert planned(admin, desired).empty


def test_null_of_a_new_realm(admin: Admin, realm_name: str) -> None:
    desired = declared(realm_name, EMPTIED)
    applied(admin, desired)
    assert planned(admin, desired).empty


def test_an_empty_list_of_a_service_account_that_is_not_there(admin: Admin, realm_name: str) -> None:
    empty: dict[str, Any] = {"serviceAccountRoles": [], "serviceAccountGroups": []}
    said = {"groups": {"all": {}}, "defaultGroups": ["/all"], "clients": {"app": empty}}
    applied(admin, declared(realm_name, said))
    assert planned(admin, declared(realm_name, said)).empty
    # With the account come the groups that every new user joins: those are not declared.
    said["clients"] = {"app": {**empty, "serviceAccountsEnabled": True}}
    applied(admin, declared(realm_name, said))
    assert planned(admin, declared(realm_name, said)).empty
