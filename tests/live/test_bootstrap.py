"""The accounts for pipelines on a real Keycloak: made once, kept, and touched by no plan of the realm's own."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from realmctl.drift.detection import find
from realmctl.engine.plan.comparison import compare
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import Forbidden, NotFound, Refused
from realmctl.export import export
from realmctl.export.read import read_realm
from realmctl.keycloak.admin import Admin
from realmctl.model.objects import Desired
from realmctl.workflow.bootstrap import Wish, plan_accounts
from realmctl.workflow.bootstrap.accounts import READER, WRITER
from tests.conftest import Keycloak
from tests.live.accounts import as_account, known, logged_in, made, roles_of, take
from tests.live.scene import addresses, applied, declared, example, planned

SAID: dict[str, Any] = {
    "roles": {"boss": None},
    "groups": {"people": {"realmRoles": ["boss"], "subGroups": {"leads": None}}},
    "clients": {
        "job": {
            "publicClient": False,
            "secret": "canary",
            "serviceAccountsEnabled": True,
            "serviceAccountRoles": ["boss"],
        }
    },
}


def test_they_are_made_once_and_a_second_run_finds_nothing(admin: Admin, realm: str) -> None:
    first = made(admin, realm)
    assert set(first.logins) == {"reader", "writer"}
    assert roles_of(admin, realm, READER.client) == set(READER.roles) & known(admin, realm)
    assert roles_of(admin, realm, WRITER.client) == set(WRITER.roles)
    again = plan_accounts(admin, realm, Wish())
    plan = again.plan
    assert (plan.changes, plan.adopted, plan.released, again.logins) == ((), (), (), {})
    assert again.ways == {"reader": "key", "writer": "key"}


def test_what_somebody_adds_to_them_is_taken_away_again(admin: Admin, realm: str) -> None:
    made(admin, realm)
    take(admin, realm, WRITER.client, "manage-users")
    ids = {one["clientId"]: one["id"] for one in admin.get(realm, "clients")}
    user = admin.get(realm, "clients", ids[READER.client], "service-account-user")["id"]
    more = [admin.get(realm, "clients", ids["realm-management"], "roles", "realm-admin")]
    admin.send("POST", (realm, "users", user, "role-mappings", "clients", ids["realm-management"]), more)
    again = made(admin, realm)
    assert addresses(again.plan) == [
        f"update service-account-roles/{READER.client}",
        f"update service-account-roles/{WRITER.client}",
    ]
    assert again.logins == {}


def test_a_right_that_is_added_by_hand_enters_no_token(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    """Neither given to the account itself, nor by what every new user gets."""
    admin.send("POST", (realm, "groups"), {"name": "everybody"})
    (group,) = admin.get(realm, "groups")
    ids = {one["clientId"]: one["id"] for one in admin.get(realm, "clients")}
    strong = [admin.get(realm, "clients", ids["realm-management"], "roles", "manage-realm")]
    admin.send("POST", (realm, "groups", group["id"], "role-mappings", "clients", ids["realm-management"]), strong)
    admin.send("PUT", (realm, "default-groups", group["id"]))
    accounts = made(admin, realm)
    (reader,) = admin.get(realm, "clients", query={"clientId": READER.client})
    user = admin.get(realm, "clients", reader["id"], "service-account-user")["id"]
    assert admin.get(realm, "users", user, "groups") == []
    admin.send("POST", (realm, "users", user, "role-mappings", "clients", ids["realm-management"]), strong)
    with (
        closing(as_account(keycloak, realm, accounts, "reader")) as reading,
        pytest.raises(Forbidden, match="may not change roles"),
    ):
        reading.send("POST", (realm, "roles"), {"name": "x"})


def test_the_realms_own_files_neither_delete_nor_report_them(admin: Admin, realm: str) -> None:
    applied(admin, declared(realm, {"roles": {"a": {}}}))
    made(admin, realm)
    desired = declared(realm, {"roles": {"a": {}}})
    everything = Desired(realm, desired.resources, prune=frozenset({"client", "protocol-mapper", "identity-provider"}))
    for one in (desired, everything):
        plan = planned(admin, one)
        assert (plan.changes, plan.unmanaged) == ((), ())
    told = find(admin, plan, compare(desired, read(admin, scope_of(desired))), (), today=datetime.now(UTC).date())
    assert told.deviations == ()
    with pytest.raises(Refused, match=r"realmctl-reader belongs to the owner realmctl-bootstrap"):
        planned(admin, declared(realm, {"clients": {READER.client: {"enabled": False}}}))


def test_an_export_leaves_them_out_and_says_so(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    applied(admin, declared(realm, SAID))
    before = export(read_realm(admin, realm))
    accounts = made(admin, realm)
    after = export(read_realm(admin, realm))
    head, _, rest = after.files["realm.yaml"].partition("\nrealm:")
    assert "realmctl-reader, realmctl-writer" in head
    assert rest == before.files["realm.yaml"].partition("\nrealm:")[2]
    assert "realmctl-reader, realmctl-writer" in after.files["NOT-EXPORTED.md"]
    said = {"realm.yaml", "NOT-EXPORTED.md"}
    assert {name: text for name, text in after.files.items() if name not in said} == {
        name: text for name, text in before.files.items() if name not in said
    }
    assert (after.changes, after.findings) == ((), ())
    # Who may only view writes down the same.
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        seen = export(read_realm(reader, realm))
    assert {name: text for name, text in seen.files.items() if name not in said} == {
        name: text for name, text in after.files.items() if name not in said
    }
    assert seen.files["realm.yaml"].partition("\nrealm:")[2] == rest


def test_an_administrator_of_the_realm_alone_can_make_them(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    client = {"clientId": "root", "secret": "canary", "serviceAccountsEnabled": True}
    client_id = admin.send("POST", (realm, "clients"), client).id
    user = admin.get(realm, "clients", client_id, "service-account-user")["id"]
    (management,) = admin.get(realm, "clients", query={"clientId": "realm-management"})
    strong = [admin.get(realm, "clients", management["id"], "roles", "realm-admin")]
    admin.send("POST", (realm, "users", user, "role-mappings", "clients", management["id"]), strong)
    with closing(logged_in(keycloak, realm, client_id="root", client_secret="canary")) as root:
        accounts = made(root, realm)
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        assert reader.get(realm, "clients")


def test_who_may_too_little_is_told_so(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    accounts = made(admin, realm)
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        assert plan_accounts(reader, realm, Wish()).plan.empty
    take(admin, realm, READER.client, "view-clients")
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader, pytest.raises(Forbidden) as refusal:
        plan_accounts(reader, realm, Wish())
    assert "realm-admin" in refusal.value.advice


def test_the_realm_is_made_only_where_that_is_asked_for(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    with pytest.raises(NotFound, match=realm_name):
        made(admin, realm_name)
    accounts = made(admin, realm_name, create_realm=True)
    with closing(as_account(keycloak, realm_name, accounts, "writer")) as writer:
        applied(writer, example(realm_name))
    assert plan_accounts(admin, realm_name, Wish(), create_realm=True).plan.empty
    with pytest.raises(Refused, match="master"):
        made(admin, "master")
