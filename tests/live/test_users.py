"""Users that a file names, on a real Keycloak: made without a password, kept as declared, and nobody else looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from realmctl.config.loader import load
from realmctl.engine.apply.apply import apply
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import BadConfig
from realmctl.export import export
from realmctl.export.read import read_realm
from realmctl.keycloak.admin import Admin, connection
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Desired
from realmctl.model.secret import Secret
from tests.conftest import Keycloak
from tests.live.scene import addresses, applied, declared, planned

PERMISSIONS = {"view": ["admin", "user"], "edit": ["admin"]}
OPERATORS: dict[str, Any] = {
    "editUsernameAllowed": True,
    "roles": {"operator": {}, "everybody": {}},
    "defaultRoles": ["everybody"],
    "groups": {"platform": {"subGroups": {"on-call": {}}}, "new": {}},
    "defaultGroups": ["/new"],
    "userProfile": {"attributes": {"department": {"multivalued": True, "permissions": PERMISSIONS}}},
    "users": {
        "anna@example.com": {
            "email": "anna@example.com",
            "emailVerified": True,
            "firstName": "Anna",
            "lastName": "Berg",
            "attributes": {"department": ["books", "music"]},
            "requiredActions": ["UPDATE_PASSWORD"],
            "realmRoles": ["operator"],
            "clientRoles": {"realm-management": ["view-realm"]},
            "groups": ["/platform/on-call"],
        },
        "été😀": {"enabled": False},
    },
}


def user(admin: Admin, realm: str, name: str) -> dict[str, Any]:
    (found,) = admin.get(realm, "users", query={"username": name, "exact": "true"})
    return {**found, "groups": [group["path"] for group in admin.get(realm, "users", found["id"], "groups")]}


def settled(admin: Admin, desired: Desired) -> None:
    applied(admin, desired)
    assert addresses(planned(admin, desired)) == []


@contextmanager
def viewing(admin: Admin, realm: str, keycloak: Keycloak, *roles: str) -> Iterator[Admin]:
    """The service account of a client with those roles of realm-management."""
    client = {"clientId": "viewer", "secret": Secret("canary-1"), "serviceAccountsEnabled": True}
    client_id = admin.send("POST", (realm, "clients"), client).id
    account = admin.get(realm, "clients", client_id, "service-account-user")["id"]
    (management,) = admin.get(realm, "clients", query={"clientId": "realm-management"})
    given = [admin.get(realm, "clients", management["id"], "roles", name) for name in roles]
    admin.send("POST", (realm, "users", account, "role-mappings", "clients", management["id"]), given)
    options = {"login_realm": realm, "client_id": "viewer", "client_secret": "canary-1"}
    with closing(Admin(connection(options, {"KEYCLOAK_URL": keycloak.url}))) as viewer:
        yield viewer


def test_a_new_realm_comes_with_its_users(admin: Admin, realm_name: str) -> None:
    settled(admin, declared(realm_name, OPERATORS))
    anna = user(admin, realm_name, "anna@example.com")
    assert anna["attributes"] == {"department": ["books", "music"]}
    assert (anna["enabled"], anna["requiredActions"], anna["groups"]) == (
        True,
        ["UPDATE_PASSWORD"],
        ["/platform/on-call"],
    )
    assert admin.get(realm_name, "users", anna["id"], "credentials") == []
    mappings = admin.get(realm_name, "users", anna["id"], "role-mappings")
    assert {role["name"] for role in mappings["realmMappings"]} == {"operator", f"default-roles-{realm_name}"}
    assert [role["name"] for role in mappings["clientMappings"]["realm-management"]["mappings"]] == ["view-realm"]
    assert user(admin, realm_name, "été😀")["enabled"] is False


def test_a_user_becomes_what_the_file_says_then(admin: Admin, realm_name: str) -> None:
    settled(admin, declared(realm_name, OPERATORS))
    before = user(admin, realm_name, "anna@example.com")
    # What the user did is not asked for again.
    admin.send("PUT", (realm_name, "users", before["id"]), {**before, "requiredActions": []})
    assert planned(admin, declared(realm_name, OPERATORS)).empty

    changed = {
        "email": None,
        "lastName": None,
        "firstName": "Anna-Karin",
        "enabled": False,
        "attributes": {"department": None},
        "realmRoles": ["everybody"],
        "clientRoles": {},
        "groups": ["/new"],
        "renamedFrom": "anna@example.com",
    }
    settled(admin, declared(realm_name, {**OPERATORS, "users": {"anna": changed, "été😀": {}}}))
    anna = user(admin, realm_name, "anna")
    assert anna["id"] == before["id"]
    assert {key: anna.get(key) for key in ("email", "lastName", "firstName", "enabled", "attributes", "groups")} == {
        "email": None, "lastName": None, "firstName": "Anna-Karin", "enabled": False, "attributes": None,
        "groups": ["/new"],
    }  # fmt: skip
    mappings = admin.get(realm_name, "users", anna["id"], "role-mappings")
    assert {role["name"] for role in mappings["realmMappings"]} == {"everybody", f"default-roles-{realm_name}"}
    assert not mappings.get("clientMappings")


def test_nobody_else_is_looked_at_changed_or_pruned(admin: Admin, realm_name: str) -> None:
    settled(admin, declared(realm_name, OPERATORS))
    admin.send("POST", (realm_name, "users"), {"username": "by-hand"})
    admin.send("POST", (realm_name, "users"), {"username": "anna@example.com.evil"})
    desired = declared(realm_name, OPERATORS)
    plan = planned(admin, desired)
    assert (plan.changes, [one for one in plan.unmanaged if one.kind == "user"]) == ((), [])

    gone = planned(admin, declared(realm_name, {**OPERATORS, "users": {"anna@example.com": {}}}))
    assert addresses(gone) == ["delete user/%C3%A9t%C3%A9%F0%9F%98%80"]
    applied(admin, declared(realm_name, {**OPERATORS, "users": {"anna@example.com": {}}}))
    names = {one["username"] for one in admin.get(realm_name, "users")}
    assert names == {"by-hand", "anna@example.com.evil", "anna@example.com"}


def test_a_user_that_was_there_is_taken_over_and_told_what_is_lost_with_it(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {}))
    password = {"type": "password", "value": "canary-word", "temporary": False}
    admin.send("POST", (realm_name, "users"), {"username": "anna", "enabled": True, "credentials": [password]})
    desired = declared(realm_name, {"users": {"anna": {"firstName": "Anna"}}})
    plan = planned(admin, desired)
    assert addresses(plan) == ["update user/anna"]
    assert plan.adopted == (Address("user", ("anna",)),)
    settled(admin, desired)
    assert len(admin.get(realm_name, "users", user(admin, realm_name, "anna")["id"], "credentials")) == 1

    empty = declared(realm_name, {})
    snapshot = read(admin, scope_of(empty))
    (change,) = make_plan(compare(empty, snapshot)).changes
    from realmctl.engine.read.snapshot import with_costs

    (told,) = with_costs(admin, make_plan(compare(empty, snapshot)), compare(empty, snapshot)).changes
    assert (str(change.address), any("the credentials of the user (password)" in note for note in told.notes)) == (
        "user/anna", True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"users": {"anna": {"attributes": {"nope": "x"}}}}, "the user profile has no attribute 'nope'"),
        (
            {
                "userProfile": {"attributes": {"one": {"permissions": PERMISSIONS}}},
                "users": {"anna": {"attributes": {"one": ["x", "y"]}}},
            },
            "the user profile takes one value of the attribute 'one', not 2",
        ),
        (
            {"userProfile": {"attributes": {"one": {}}}, "users": {"anna": {"attributes": {"one": "x"}}}},
            "the user profile lets no administrator set the attribute 'one'",
        ),
        ({"users": {"anna": {"requiredActions": ["NOPE"]}}}, "NOPE"),
        ({"users": {"anna": {"groups": ["/nope"]}}}, "nope"),
    ],
    ids=str,
)
def test_what_keycloak_would_drop_or_refuse_is_told_before(
    admin: Admin, realm_name: str, said: dict[str, Any], told: str
) -> None:
    for _ in range(2):  # A realm yet to be made, and one that is there.
        with pytest.raises(BadConfig) as wrong:
            planned(admin, declared(realm_name, said))
        assert told in str(wrong.value.findings[0])
        applied(admin, declared(realm_name, {}))


ANY_NAME = {
    "attributes": {
        "username": {
            "validations": {
                "username-prohibited-characters": None,
                "up-username-not-idn-homograph": None,
                "length": {"min": 1},
            }
        }
    }
}


@pytest.mark.parametrize(
    "name", ["a", "a b", "a/b", "a%b", "100%25", "тест", '"q"', "a?b#c", "*", "a\\b", " a", "x" * 255], ids=repr
)
def test_a_name_that_the_profile_allows_is_kept_and_found_again(admin: Admin, realm_name: str, name: str) -> None:
    settled(admin, declared(realm_name, {"userProfile": ANY_NAME, "users": {name: {"firstName": "A"}}}))
    settled(admin, declared(realm_name, {"userProfile": ANY_NAME, "users": {name: {"firstName": "B"}}}))
    assert user(admin, realm_name, name)["firstName"] == "B"
    settled(admin, declared(realm_name, {"userProfile": ANY_NAME}))
    assert admin.get(realm_name, "users") == []


def test_where_the_address_is_the_name_another_address_renames(admin: Admin, realm_name: str) -> None:
    said = {"registrationEmailAsUsername": True}
    settled(admin, declared(realm_name, {**said, "users": {"a@example.com": {"email": "a@example.com"}}}))
    before = user(admin, realm_name, "a@example.com")["id"]
    renamed = {"email": "b@example.com", "renamedFrom": "a@example.com"}
    settled(admin, declared(realm_name, {**said, "users": {"b@example.com": renamed}}))
    assert user(admin, realm_name, "b@example.com")["id"] == before


def test_who_is_owned_comes_with_the_export_and_nobody_else(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    applied(admin, declared(realm_name, OPERATORS))
    admin.send("POST", (realm_name, "users"), {"username": "by-hand"})
    found = export(read_realm(admin, realm_name))
    assert (found.findings, found.changes) == ((), ())
    for name, text in found.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    users = yaml.safe_load(found.files["users.yaml"])["users"]
    assert set(users) == {"anna@example.com", "été😀"}
    assert users["anna@example.com"]["realmRoles"] == ["operator"]
    assert users["été😀"] == {"enabled": False}
    assert "by-hand" not in "".join(found.files.values())

    (config,) = load([tmp_path], environ={})
    assert planned(admin, config.desired).changes == ()
    admin.send("DELETE", (realm_name,))
    settled(admin, config.desired)
    assert user(admin, realm_name, "anna@example.com")["groups"] == ["/platform/on-call"]


def test_who_may_not_see_users_is_told_so_and_plans_none(admin: Admin, realm_name: str, keycloak: Keycloak) -> None:
    desired = declared(realm_name, {"users": {"anna": {}}})
    settled(admin, desired)
    with viewing(admin, realm_name, keycloak, "view-realm", "view-clients", "query-users") as viewer:
        snapshot = read(viewer, scope_of(desired))
    assert any("users could not be seen" in told for told in snapshot.unseen)
    assert not [change for change in make_plan(compare(desired, snapshot)).changes if change.address.kind == "user"]


def test_who_may_not_see_a_user_that_goes_does_not_forget_it(admin: Admin, realm_name: str, keycloak: Keycloak) -> None:
    settled(admin, declared(realm_name, {"users": {"anna": {}}, "roles": {"a": {}}}))
    without = declared(realm_name, {"roles": {"a": {"description": "new"}}})
    with viewing(admin, realm_name, keycloak, "manage-realm", "view-realm", "view-clients", "query-users") as writer:
        plan = planned(writer, without)
        assert (addresses(plan), plan.released) == (["update role/a"], ())
        assert any("user: anna: owned and no longer declared" in told for told in plan.unseen)
        apply(writer, without, plan)
        # Nothing is left to do for this account, and it forgets nothing by that either.
        assert not apply(writer, without, planned(writer, without)).applied
    assert addresses(planned(admin, without)) == ["delete user/anna"]


def test_nobody_is_renamed_where_the_realm_does_not_let_them(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"users": {"anna": {}}}))
    with pytest.raises(BadConfig, match="Keycloak lets nobody rename the user anna"):
        planned(admin, declared(realm_name, {"users": {"bert": {"renamedFrom": "anna"}}}))


def test_an_account_that_may_only_view_sees_the_same(admin: Admin, realm_name: str, keycloak: Keycloak) -> None:
    desired = declared(realm_name, OPERATORS)
    settled(admin, desired)
    roles = ("view-realm", "view-clients", "view-users", "view-identity-providers")
    with viewing(admin, realm_name, keycloak, *roles) as viewer:
        seen = read(viewer, scope_of(desired))
    exported = read(admin, scope_of(desired))
    for address, live in exported.objects.items():
        if address.kind in ("user", "user-roles", "user-groups"):
            assert seen.objects[address].fields == live.fields
    assert sum(address.kind == "user" for address in seen.objects) == 2
    assert make_plan(compare(desired, seen)).empty


def test_who_names_no_user_asks_for_none(admin: Admin, realm_name: str) -> None:
    desired = declared(realm_name, {"roles": {"a": {}}})
    applied(admin, desired)
    start = len(admin.log)
    read(admin, scope_of(desired))
    assert not [path for _, path in admin.log[start:] if "/users" in path]
    assert kinds()["user"].by_name_only
