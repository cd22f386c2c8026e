"""A reader that does not see certain clients, by fine-grained admin permissions."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import Forbidden, UsageProblem
from realmctl.keycloak.admin import Admin
from realmctl.workflow.bootstrap import Wish, plan_accounts
from realmctl.workflow.bootstrap.accounts import READER
from tests.conftest import Keycloak
from tests.live.accounts import as_account, made
from tests.live.scene import applied, declared, planned

JOB: dict[str, Any] = {
    "secret": "CANARY-hidden",
    "standardFlowEnabled": False,
    "serviceAccountsEnabled": True,
    "serviceAccountRoles": {"client": {"realm-management": ["manage-users"]}},
}
DECLARED: dict[str, Any] = {
    "roles": {"boss": None},
    "clientScopes": {"extra": {"protocol": "openid-connect"}},
    "clients": {
        "app": {
            "secret": "canary",
            "fullScopeAllowed": False,
            "redirectUris": ["https://app.example.com/cb"],
            "roles": {"editor": None},
            "scopeMappings": ["boss"],
            "serviceAccountsEnabled": True,
            "serviceAccountRoles": ["boss"],
            "optionalClientScopes": ["extra"],
        }
    },
}


def test_a_hidden_client_is_out_of_the_readers_sight(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    with pytest.raises(UsageProblem, match="fine-grained"):
        plan_accounts(admin, realm, Wish(hidden=frozenset({"job"})))
    desired = declared(realm, {**DECLARED, "adminPermissionsEnabled": True})
    everything = declared(realm, {"clients": {"job": JOB}})
    applied(admin, desired)
    hidden_id = admin.send("POST", (realm, "clients"), {"clientId": "job", **without_roles(JOB)}).id
    accounts = made(admin, realm, Wish(hidden=frozenset({"job"})))
    assert plan_accounts(admin, realm, Wish(hidden=frozenset({"job"}))).plan.empty
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        listed = reader.get(realm, "clients")
        assert "CANARY" not in str(listed)
        assert {"app", READER.client} <= {one["clientId"] for one in listed}
        below = ("client-secret", "service-account-user", "roles", "installation/providers/keycloak-oidc-keycloak-json")
        for path in ("", *below):
            with pytest.raises(Forbidden):
                reader.get(realm, "clients", hidden_id, *filter(None, path.split("/")))
        # What is declared is planned as an administrator would plan it.
        snapshot = read(reader, scope_of(desired))
        assert (planned(reader, desired).changes, snapshot.unseen) == ((), ())
        with pytest.raises(Forbidden, match="declare the client job, and it is hidden from"):
            read(reader, scope_of(everything))
    # Without the option the reader sees it again, and the permissions are gone.
    again = made(admin, realm)
    assert again.plan.changes
    assert plan_accounts(admin, realm, Wish()).plan.empty
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        assert "CANARY-hidden" in str(reader.get(realm, "clients"))
    assert planned(admin, desired).changes == ()


def without_roles(client: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in client.items() if key != "serviceAccountRoles"}
