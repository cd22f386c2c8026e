"""The engine on a real Keycloak: plans that are true, applies that do just that."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from realmctl.engine.apply.apply import apply
from realmctl.engine.apply.progress import Report
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.deletion_policy import guard
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read, with_costs
from realmctl.errors import ApplyFailed, BadConfig, NotFound, Refused
from realmctl.keycloak.admin import Admin, connection
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from realmctl.model.address import Address
from realmctl.model.objects import Desired
from tests.conftest import Keycloak
from tests.live.scene import addresses, applied, declared, example, planned, through
from tests.support.faults.proxy import FORGOTTEN, FaultProxy


def test_the_example_realm_is_made_and_planned_again_to_nothing(admin: Admin, realm_name: str) -> None:
    desired = example(realm_name)
    report = applied(admin, desired)
    assert len(report.applied) > 40
    before = admin.requests
    again = planned(admin, desired)
    assert (again.changes, again.adopted, again.unmanaged) == ((), (), ())
    # The clients' list for the secrets, the export, the user profile: whatever the realm's size.
    assert admin.requests - before == 3
    assert apply(admin, desired, again).requests == 0


def test_an_account_that_may_only_view_gets_the_same_plan(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    desired = example(realm_name)
    applied(admin, desired)
    viewer = _viewer(admin, keycloak, realm_name)
    changed = _with_more(desired, {"roles": {"orders-approver": {"description": "other", "composites": []}}})
    with closing(viewer):
        assert planned(viewer, desired).empty
        seen, whole = read(viewer, scope_of(desired)), read(admin, scope_of(desired))
        for address in desired.resources:
            assert make_plan(compare(changed, seen)).changes == make_plan(compare(changed, whole)).changes
            assert address in seen.objects
        assert seen.unseen == ()
        assert {a for a in whole.objects if a.kind in ("role", "client", "group")} == {
            a for a in seen.objects if a.kind in ("role", "client", "group")
        }


def test_what_an_account_cannot_see_is_said(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    desired = example(realm_name)
    applied(admin, desired)
    with closing(_viewer(admin, keycloak, realm_name, roles=("view-realm", "view-clients"))) as viewer:
        snapshot = read(viewer, scope_of(desired))
    assert any("identity provider: not compared" in told for told in snapshot.unseen)
    assert any("view-identity-providers" in told for told in snapshot.unseen)
    assert make_plan(compare(desired, snapshot)).empty


def test_more_than_the_servers_silent_limits_is_seen(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    said: dict[str, Any] = {
        "groups": {"all": {"subGroups": {f"g{number}": {} for number in range(12)}}},
        "identityProviders": {
            f"idp{number}": {
                "providerId": "oidc",
                "config": {"tokenUrl": "https://a/t", "authorizationUrl": "https://a/a"},
            }
            for number in range(103)
        },
    }
    desired = declared(realm_name, said)
    applied(admin, desired)
    with closing(_viewer(admin, keycloak, realm_name)) as viewer:
        assert planned(viewer, desired).empty


def test_first_run_on_a_realm_made_by_hand_deletes_nothing(admin: Admin, realm_name: str) -> None:
    admin.send("POST", (), {"realm": realm_name, "enabled": True})
    admin.renew()
    for name in ("clerk", "handmade"):
        admin.send("POST", (realm_name, "roles"), {"name": name, "description": "by hand"})
    desired = declared(realm_name, {"roles": {"clerk": {"description": "by hand"}}})
    plan = planned(admin, desired)
    assert (plan.changes, plan.adopted) == ((), (Address("role", ("clerk",)),))
    assert plan.unmanaged == (Address("role", ("handmade",)),)
    apply(admin, desired, plan)
    # Adopted now: without its declaration it goes; what nobody declared stays.
    emptied = planned(admin, declared(realm_name, {}))
    assert addresses(emptied) == ["delete role/clerk"]


def test_a_rename_keeps_id_and_assignments(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"boss": {}}, "groups": {"g": {"realmRoles": ["boss"]}}}))
    before = admin.get(realm_name, "roles", "boss")["id"]
    renamed = declared(
        realm_name, {"roles": {"lead": {"renamedFrom": "boss"}}, "groups": {"g": {"realmRoles": ["lead"]}}}
    )
    assert addresses(planned(admin, renamed)) == ["update role/lead"]
    applied(admin, renamed)
    assert admin.get(realm_name, "roles", "lead")["id"] == before
    assert planned(admin, renamed).empty


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"clients": {"a": {"roles": {"r": {}}}}}, {"clients": {"b": {"renamedFrom": "a", "roles": {"r": {}}}}}),
        ({"clientScopes": {"a": {}}}, {"clientScopes": {"b": {"renamedFrom": "a"}}}),
        ({"groups": {"a": {"subGroups": {"s": {}}}}}, {"groups": {"b": {"renamedFrom": "a", "subGroups": {"s": {}}}}}),
        (
            {
                "authenticationFlows": {
                    "a": {"executions": [{"authenticator": "auth-cookie", "requirement": "REQUIRED"}]}
                }
            },
            {
                "authenticationFlows": {
                    "b": {
                        "renamedFrom": "a",
                        "executions": [{"authenticator": "auth-cookie", "requirement": "REQUIRED"}],
                    }
                }
            },
        ),
    ],
    ids=["client", "client-scope", "group", "flow"],
)
def test_every_named_kind_can_be_renamed(
    admin: Admin, realm_name: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    applied(admin, declared(realm_name, before))
    ids = {
        live.id
        for live in read(admin, scope_of(declared(realm_name, {}))).objects.values()
        if live.id and not live.builtin
    }
    applied(admin, declared(realm_name, after))
    assert planned(admin, declared(realm_name, after)).empty
    kept = {
        live.id
        for live in read(admin, scope_of(declared(realm_name, {}))).objects.values()
        if live.id and not live.builtin
    }
    assert kept == ids


def test_nothing_that_was_not_declared_is_touched(admin: Admin, realm_name: str) -> None:
    said = {
        "displayName": "one",
        "attributes": {"mine": "1"},
        "clients": {"app": {"description": "one", "protocolMappers": {}}},
        "roles": {"r": {"attributes": {"mine": ["1"]}}},
        "groups": {"g": {"attributes": {"mine": ["1"]}}},
        "clientScopes": {"s": {"attributes": {"mine": "1"}}},
    }
    applied(admin, declared(realm_name, said))
    by_hand = _change_by_hand(admin, realm_name)
    said["displayName"] = "two"
    said["attributes"] = {"mine": "2"}
    said["clients"] = {"app": {"description": "two"}}
    said["roles"] = {"r": {"attributes": {"mine": ["2"]}}}
    said["groups"] = {"g": {"attributes": {"mine": ["2"]}}}
    said["clientScopes"] = {"s": {"attributes": {"mine": "2"}}}
    assert len(applied(admin, declared(realm_name, said)).applied) == 5
    assert _by_hand(admin, realm_name) == by_hand


def test_the_realm_has_moved_on_since_the_plan(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"r": {"description": "one"}}}))
    desired = declared(realm_name, {"roles": {"r": {"description": "two"}}})
    plan = planned(admin, desired)
    role = admin.get(realm_name, "roles", "r")
    admin.send("PUT", (realm_name, "roles-by-id", role["id"]), {**role, "description": "by hand"})
    with pytest.raises(Refused, match="role/r"):
        apply(admin, desired, plan)
    assert admin.get(realm_name, "roles", "r")["description"] == "by hand"
    with pytest.raises(NotFound):
        admin.get(realm_name, "roles", LOCK_ROLE)


def test_secrets_are_noticed_and_never_blanked(admin: Admin, realm_name: str) -> None:
    desired = example(realm_name)
    applied(admin, desired)
    for name in ("ENTRA_CLIENT_SECRET", "OAUTH2_PROXY_CLIENT_SECRET"):
        changed = example(realm_name, **{name: "canary-new"})
        plan = planned(admin, changed)
        (change,) = plan.changes
        (field,) = change.fields
        assert field.path.lower().endswith("secret")
        assert "canary" not in repr(plan)
        assert planned(admin, desired).empty
    # An unrelated edit keeps the secret of the identity provider: its fingerprint says so, and so does Keycloak.
    with_name = _with_more(desired, {"identityProviders": {"entra": {"displayName": "Other"}}})
    applied(admin, with_name)
    assert planned(admin, with_name).empty
    config = admin.get(realm_name, "identity-provider", "instances", "entra")["config"]
    assert config["clientSecret"] == "**********"


def test_two_owners_of_one_object_are_refused(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"shared": {}}}, owner="one"))
    with pytest.raises(Refused, match=r"belongs to the owner one.*declared here by two"):
        planned(admin, declared(realm_name, {"roles": {"shared": {}}}, owner="two"))
    # Side by side on different objects both are content.
    other = declared(realm_name, {"roles": {"mine": {}}}, owner="two")
    applied(admin, other)
    assert planned(admin, other).empty
    assert planned(admin, declared(realm_name, {"roles": {"shared": {}}}, owner="one")).empty


def test_deletions_say_what_they_cost_and_are_guarded(admin: Admin, realm_name: str) -> None:
    roles = {f"r{number}": {"protected": number == 0} for number in range(8)}
    applied(admin, declared(realm_name, {"roles": roles, "groups": {"g": {"realmRoles": ["r1"]}}}))
    admin.send("POST", (realm_name, "users"), {"username": "clerk", "enabled": True})
    user = admin.get(realm_name, "users")[0]["id"]
    role = admin.get(realm_name, "roles", "r1")
    admin.send("POST", (realm_name, "users", user, "role-mappings", "realm"), [role])
    left = {name: one for name, one in roles.items() if name not in ("r0", "r1")}
    fewer = declared(realm_name, {"roles": left, "groups": {"g": {"realmRoles": []}}})
    snapshot = read(admin, scope_of(fewer))
    plan = with_costs(admin, make_plan(compare(fewer, snapshot)), compare(fewer, snapshot))
    cost = {str(change.address): change.notes for change in plan.changes}
    assert cost["role/r1"] == ("held directly by 1 user and 1 group",)
    with pytest.raises(Refused, match="protected: role/r0"):
        guard(plan, fewer)
    guard(plan, fewer, allow_deletions=True)
    emptied = declared(realm_name, {"groups": {"g": {"realmRoles": []}}, "roles": {"r0": {}}})
    with pytest.raises(Refused, match="more than the limit of 5"):
        guard(planned(admin, emptied), emptied)


def test_deletions_below_what_is_renamed_say_what_they_cost(admin: Admin, realm_name: str) -> None:
    roles: dict[str, Any] = {"reader": {}, "writer": {}}
    said = {"groups": {"a": {"subGroups": {"x": {}}}}, "clients": {"shop": {"roles": roles}}}
    applied(admin, declared(realm_name, said))
    admin.send("POST", (realm_name, "users"), {"username": "clerk", "groups": ["/a/x"]})
    user = admin.get(realm_name, "users")[0]["id"]
    client = admin.get(realm_name, "clients", query={"clientId": "shop"})[0]["id"]
    role = admin.get(realm_name, "clients", client, "roles", "writer")
    admin.send("POST", (realm_name, "users", user, "role-mappings", "clients", client), [role])
    renamed = declared(
        realm_name,
        {
            "groups": {"b": {"renamedFrom": "a"}},
            "clients": {"store": {"renamedFrom": "shop", "roles": {"reader": {}}}},
        },
    )
    snapshot = read(admin, scope_of(renamed))
    plan = with_costs(admin, make_plan(compare(renamed, snapshot)), compare(renamed, snapshot))
    assert {str(change.address): change.notes for change in plan.changes if change.notes} == {
        "group/b/x": ("has 1 member",),
        "client-role/store/writer": ("held directly by 1 user",),
    }


def test_a_value_that_does_not_stick_is_told(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"a": {}}}))
    desired = declared(realm_name, {"roles": {"a": {"description": "lost"}}})
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as writer:
        proxy.fail(FORGOTTEN, method="PUT", path_contains="/roles")
        with pytest.raises(ApplyFailed, match=r"did not keep all of it: role/a \(description") as failed:
            applied(writer, desired)
    report = failed.value.report
    assert [str(change.address) for change in getattr(report, "remaining", ())] == ["role/a"]


def test_values_of_attributes_get_another_order(admin: Admin, realm_name: str) -> None:
    """A PUT that only gives them another order changes nothing (26.7.3)."""

    def said(*values: str) -> Desired:
        has = {"attributes": {"k": list(values)}}
        person = {"email": "b@o.example", "firstName": "b", "lastName": "b", **has}
        return declared(
            realm_name,
            {
                "organizationsEnabled": True,
                "roles": {"r": has},
                "clients": {"c": {"roles": {"r": has}}},
                "groups": {"g": has},
                "organizations": {"o": {"name": "O", "domains": ["o.example"], **has}},
                "userProfile": {"unmanagedAttributePolicy": "ENABLED"},
                "users": {"bob": person},
                "webAuthnPolicyRpEntityName": "keycloak",
                "webAuthnPolicySignatureAlgorithms": ["RS256", "ES256"] if values < ("b",) else ["ES256", "RS256"],
            },
        )

    applied(admin, said("a", "b", "c"))
    report = applied(admin, said("c", "a", "b"))
    assert len(report.applied) == 6
    assert planned(admin, said("c", "a", "b")).empty
    assert admin.get(realm_name, "roles", "r")["attributes"] == {"k": ["c", "a", "b"]}


def test_many_client_roles_go_together_and_one_bad_one_fails_alone(admin: Admin, realm_name: str) -> None:
    roles: dict[str, Any] = {f"r{number:02}": {"description": "fine"} for number in range(60)}
    said = {"clients": {"app": {"roles": roles}}}
    applied(admin, declared(realm_name, {"clients": {"app": {}}}))
    before = admin.requests
    report = applied(admin, declared(realm_name, said))
    assert len(report.applied) == 60
    assert admin.requests - before < 25
    roles["bad"] = {"attributes": {"k": ["x" * 5000]}}
    roles |= {f"s{number:02}": {} for number in range(60)}
    with pytest.raises(ApplyFailed) as failed:
        applied(admin, declared(realm_name, said))
    told = failed.value.report
    assert isinstance(told, Report)
    assert [change.address.name for change, _ in told.failed] == ["bad"]
    assert len(told.applied) == 60


def test_what_a_deletion_would_take_along_stays_owned_until_it_is_done(
    admin: Admin, keycloak: Keycloak, realm_name: str
) -> None:
    applied(admin, declared(realm_name, {"clients": {"app": {"roles": {"boss": {"protected": True}}}}}))
    emptied = declared(realm_name, {})
    rights = ("manage-realm", "view-realm", "view-clients", "view-users", "view-identity-providers")
    with closing(_viewer(admin, keycloak, realm_name, rights)) as writer, pytest.raises(ApplyFailed):
        applied(writer, emptied)
    with pytest.raises(Refused, match=r"protected: client-role/app/boss \(with client/app\)"):
        guard(planned(admin, emptied), emptied)
    applied(admin, emptied)
    assert not read(admin, scope_of(emptied)).inventory.owned


def test_references_to_nothing_are_refused_before_anything_is_sent(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"reader": {}}}))
    before = len(admin.log)
    with pytest.raises(BadConfig, match=r"realm role raeder"):
        planned(admin, declared(realm_name, {"roles": {"reader": {}, "b": {"composites": ["raeder"]}}}))
    assert {method for method, path in admin.log[before:] if "partial-export" not in path} <= {"GET"}


def _viewer(
    admin: Admin,
    keycloak: Keycloak,
    realm: str,
    roles: tuple[str, ...] = ("view-realm", "view-clients", "view-users", "view-identity-providers"),
) -> Admin:
    """A service account of the realm itself with view permissions alone."""
    body = {"clientId": "viewer", "secret": "viewer-secret", "serviceAccountsEnabled": True}
    client = admin.send("POST", (realm, "clients"), body).id
    user = admin.get(realm, "clients", client, "service-account-user")["id"]
    management = admin.get(realm, "clients", query={"clientId": "realm-management"})[0]["id"]
    held = [admin.get(realm, "clients", management, "roles", role) for role in roles]
    admin.send("POST", (realm, "users", user, "role-mappings", "clients", management), held)
    environ = {"KEYCLOAK_CLIENT_ID": "viewer", "KEYCLOAK_CLIENT_SECRET": "viewer-secret", "KEYCLOAK_REALM": realm}
    return Admin(connection({}, {"KEYCLOAK_URL": keycloak.url, **environ}))


def _with_more(desired: Desired, said: dict[str, Any]) -> Desired:
    more = declared(desired.realm, said)
    resources = dict(desired.resources)
    for address, one in more.resources.items():
        if one.fields:
            kept = resources[address]
            resources[address] = type(kept)(address, {**kept.fields, **one.fields}, kept.origin)
    return Desired(desired.realm, resources, desired.owner, desired.limits)


def _change_by_hand(admin: Admin, realm: str) -> dict[str, Any]:
    """What an administrator does in the console, between two runs."""
    top = admin.get(realm)
    admin.send("PUT", (realm,), {"attributes": {**top["attributes"], "hand": "x"}, "loginTheme": "keycloak"})
    client = admin.get(realm, "clients", query={"clientId": "app"})[0]
    mapper = {"name": "hand", "protocol": "openid-connect", "protocolMapper": "oidc-sub-mapper", "config": {}}
    admin.send("PUT", (realm, "clients", client["id"]), {**client, "name": "hand", "attributes": {"hand": "x"}})
    admin.send("POST", (realm, "clients", client["id"], "protocol-mappers", "models"), mapper)
    role = admin.get(realm, "roles", "r")
    attributes = {**role["attributes"], "hand": ["x"]}
    admin.send("PUT", (realm, "roles-by-id", role["id"]), {**role, "description": "hand", "attributes": attributes})
    (group,) = admin.get(realm, "groups", query={"briefRepresentation": "false"})
    attributes = {**group["attributes"], "hand": ["x"]}
    admin.send("PUT", (realm, "groups", group["id"]), {**group, "description": "hand", "attributes": attributes})
    scope = next(one for one in admin.get(realm, "client-scopes") if one["name"] == "s")
    attributes = {**scope["attributes"], "hand": "x"}
    admin.send("PUT", (realm, "client-scopes", scope["id"]), {**scope, "description": "hand", "attributes": attributes})
    return _by_hand(admin, realm)


def _by_hand(admin: Admin, realm: str) -> dict[str, Any]:
    top = admin.get(realm)
    client = admin.get(realm, "clients", query={"clientId": "app"})[0]
    role = admin.get(realm, "roles", "r")
    (group,) = admin.get(realm, "groups", query={"briefRepresentation": "false"})
    scope = next(one for one in admin.get(realm, "client-scopes") if one["name"] == "s")
    return {
        "realm": (top["attributes"]["hand"], top["loginTheme"]),
        "client": (client["name"], client["attributes"]["hand"], [one["name"] for one in client["protocolMappers"]]),
        "role": (role["description"], role["attributes"]["hand"]),
        "group": (group["description"], group["attributes"]["hand"]),
        "scope": (scope["description"], scope["attributes"]["hand"]),
    }
