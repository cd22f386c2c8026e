"""An old realm on a real Keycloak: what years, masked imports and the console leave, exported, made anew, compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from realmctl.export import Exported, export
from realmctl.export.read import read_realm
from realmctl.export.unsupported_objects import beyond
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.catalog import fresh_realm
from realmctl.model.address import Address
from realmctl.model.secret import MASK
from tests.conftest import VERSION
from tests.live.equal import written
from tests.live.scene import applied, planned

LEFTOVERS = {
    **dict.fromkeys(("saml.encrypt", "saml_force_name_id_format", "id.token.as.detached.signature"), "false"),
    "use.refresh.tokens": "true",
    "acr.loa.map": '{ "gold": "2" }',
}
LDAP = {
    "name": "directory",
    "providerId": "ldap",
    "config": {
        key: [value] for key, value in {
            "connectionUrl": "ldap://d.invalid", "authType": "none", "usersDn": "ou=p", "vendor": "other",
            "editMode": "READ_ONLY", "usernameLDAPAttribute": "uid", "rdnLDAPAttribute": "uid", "enabled": "false",
            "uuidLDAPAttribute": "entryUUID", "userObjectClasses": "person", "fullSyncPeriod": "604800",
            "lastSync": "1700000000",
        }.items()
    },
}  # fmt: skip


def old(realm: str) -> dict[str, Any]:
    """The realm as one request of Keycloak's import makes it."""
    fresh = fresh_realm(VERSION)
    flows = json.loads(json.dumps(fresh["authenticationFlows"]))
    for step in (step for flow in flows for step in flow["authenticationExecutions"]):
        if step.get("authenticator") == "identity-provider-redirector":
            step["authenticatorConfig"] = "to corp"
    default, optional = fresh["defaultDefaultClientScopes"], fresh["defaultOptionalClientScopes"]
    scopes = [name for name in default if name not in ("role_list", "saml_organization", "AuthnContextClassRef")]
    account = {"serviceAccountsEnabled": True, "secret": "canary-of-an-account", "optionalClientScopes": optional}
    return {
        "realm": realm,
        "enabled": True,
        "authenticationFlows": flows,
        "authenticatorConfig": [
            *fresh["authenticatorConfig"], {"alias": "to corp", "config": {"defaultProvider": "x"}}
        ],
        "identityProviders": [
            {"alias": "x", "providerId": "oidc", "enabled": True,
             "config": {"clientId": "c", "authorizationUrl": "https://a.example/a", "tokenUrl": "https://a.example/t"}}
        ],
        "clientScopes": [*fresh["clientScopes"], {"name": "mine", "protocol": "openid-connect"}],
        "defaultDefaultClientScopes": default,
        "defaultOptionalClientScopes": optional,
        "clients": [
            {"clientId": "app", "secret": MASK, "attributes": LEFTOVERS, "defaultClientScopes": scopes,
             "optionalClientScopes": optional, "description": "", "rootUrl": None},
            {"clientId": "lacks", "defaultClientScopes": [name for name in scopes if name != "roles"], **account},
            {"clientId": "has", "defaultClientScopes": [*scopes, "service_account", "mine"], **account},
        ],
        "users": [
            # A client whose account comes with the import is given no scope for it.
            {"username": "service-account-lacks", "serviceAccountClientId": "lacks", "enabled": True},
            {"username": "service-account-has", "serviceAccountClientId": "has", "email": "has@a.example",
             "enabled": True},
            {"username": "anna", "enabled": True},
        ],
        "components": {
            "org.keycloak.storage.UserStorageProvider": [LDAP],
            "org.keycloak.keys.KeyProvider": [
                {"name": "sign", "providerId": "rsa-generated", "config": {"priority": ["100"]}},
                {"name": "hide", "providerId": "rsa-generated", "config": {"priority": ["90"], "keyUse": ["ENC"]}},
            ],
        },
    }  # fmt: skip


def exported(admin: Admin, realm: str) -> Exported:
    snapshot = read_realm(admin, realm)
    return export(snapshot, beyond=beyond(admin, snapshot))


def scopes_of(admin: Admin, realm: str, client: str) -> tuple[list[str], list[str]]:
    (found,) = admin.get(realm, "clients", query={"clientId": client})
    return sorted(found["defaultClientScopes"]), sorted(found["optionalClientScopes"])


def test_an_old_realm_is_exported_as_a_person_would_write_it(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    admin.send("POST", (), old(realm_name))
    admin.renew()
    found = exported(admin, realm_name)
    assert (found.findings, found.changes) == ((), ())
    yaml = {name: text for name, text in found.files.items() if name.endswith(".yaml")}
    everything = "".join(yaml.values())
    for left in ("saml", "lastSync", "post.logout", "use.refresh", MASK, "executions:"):
        assert left not in everything, left
    assert "acr.loa.map:\n        gold:" in yaml["clients/app.yaml"]
    assert "remove:\n        - roles\n        - service_account" in yaml["clients/lacks.yaml"]
    assert "add:\n        - mine" in yaml["clients/has.yaml"]
    lost = [text.removeprefix("not exported: ") for text in found.remarks if text.startswith("not exported: ")]
    assert [text.partition(":")[0] for text in lost] == [
        "realm", "component/keys/hide", "client/has", "client/has", "client/lacks",
        "component/userFederation/directory", "client/app", "client/realm-management",
    ]  # fmt: skip
    assert all(text in found.files["NOT-EXPORTED.md"].replace("\\", "") for text in lost)

    desired = written(found, tmp_path)
    (unread,) = planned(admin, desired).changes
    assert (unread.address, unread.unread) == (Address("client", ("app",)), True)
    before = {name: scopes_of(admin, realm_name, name) for name in ("app", "lacks", "has")}
    admin.send("DELETE", (realm_name,))
    applied(admin, desired)
    assert planned(admin, desired).changes == ()
    assert {name: scopes_of(admin, realm_name, name) for name in before} == before
    (steps,) = (
        flow for flow in read_realm(admin, realm_name).objects.items() if flow[0] == Address("flow", ("browser",))
    )
    redirector = next(one for one in steps[1].fields["executions"] if one.get("configAlias"))
    assert redirector["config"] == {"defaultProvider": "x"}
    assert exported(admin, realm_name).files["flows.yaml"] == found.files["flows.yaml"]
