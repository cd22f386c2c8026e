"""Objects of one text on a real Keycloak: the group `a/b` and the group `b` below `a`, a role `x/r` and a client's.

Only ids tell them apart. Everything that names one of them reads and writes that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.engine.read.view import View
from realmctl.keycloak.admin import Admin
from realmctl.model.address import Address
from tests.live.scene import applied, declared, planned

ALIKE: Mapping[str, Any] = {
    "roles": {"x/r": {}},
    "groups": {"a": {"subGroups": {"b": {}}}, "a/b": {}},
    "clients": {"x": {"roles": {"r": {}}}, "x/y": {"roles": {"r": {}}}},
}
NAMING: Mapping[str, Any] = {
    "defaultGroups": ["/a~/b"],
    "users": {"lee": {"email": "lee@acme.example", "groups": ["/a/b"]}},
    "clients": {
        **ALIKE["clients"],
        "svc": {
            "publicClient": False,
            "serviceAccountsEnabled": True,
            "serviceAccountGroups": ["/a~/b"],
            "authorizationServicesEnabled": True,
            "authorizationSettings": {
                "policies": {
                    "the group of two names": {"type": "group", "config": {"groups": ["/a/b"]}},
                    "the group with a slash": {"type": "group", "config": {"groups": ["/a~/b"]}},
                    "the role with a slash": {"type": "role", "config": {"roles": ["x~/r"]}},
                    "the client's role": {"type": "role", "config": {"roles": [{"id": "x/r", "required": True}]}},
                    "the other client's role": {"type": "role", "config": {"roles": ["x~/y/r"]}},
                }
            },
        },
    },
}


def test_each_reference_leads_to_the_object_that_was_declared(admin: Admin, realm_name: str) -> None:
    desired = declared(realm_name, {**ALIKE, **NAMING})
    applied(admin, desired)
    assert planned(admin, desired).empty

    slash, below = (_group(admin, realm_name, *names) for names in (("a/b",), ("a", "b")))
    groups = admin.get(realm_name, "default-groups")
    assert [one["id"] for one in groups] == [slash]
    assert _groups_of(admin, realm_name, "lee") == [below]
    assert _groups_of(admin, realm_name, "service-account-svc") == [slash]
    view = View(admin, realm_name)
    path = ("clients", view.id(Address("client", ("svc",))), "authz", "resource-server", "policy")
    texts = {one["name"]: str(one["config"]) for one in admin.get(realm_name, *path)}
    assert below in texts["the group of two names"]
    assert slash in texts["the group with a slash"]
    for policy, role in (
        ("the role with a slash", Address("role", ("x/r",))),
        ("the client's role", Address("client-role", ("x", "r"))),
        ("the other client's role", Address("client-role", ("x/y", "r"))),
    ):
        assert view.id(role) in texts[policy], policy

    # The other way round, by hand: each is noticed, and taken back.
    user, account = (_user(admin, realm_name, name) for name in ("lee", "service-account-svc"))
    for one, goes, comes in ((user, below, slash), (account, slash, below)):
        admin.send("DELETE", (realm_name, "users", one, "groups", goes))
        admin.send("PUT", (realm_name, "users", one, "groups", comes))
    admin.send("PUT", (realm_name, "default-groups", below))
    admin.send("DELETE", (realm_name, "default-groups", slash))
    changed = {str(change.address): change.fields for change in planned(admin, desired).changes}
    assert set(changed) == {"default-groups", "user-groups/lee", "service-account-groups/svc"}
    (field,) = changed["default-groups"]
    assert field.moved() == (["group/a%2Fb"], ["group/a/b"])
    applied(admin, desired)
    assert planned(admin, desired).empty


def _group(admin: Admin, realm: str, *names: str) -> str:
    return View(admin, realm).id(Address("group", names))


def _user(admin: Admin, realm: str, name: str) -> str:
    (found,) = admin.get(realm, "users", query={"username": name, "exact": "true"})
    return str(found["id"])


def _groups_of(admin: Admin, realm: str, name: str) -> list[str]:
    return [one["id"] for one in admin.get(realm, "users", _user(admin, realm, name), "groups")]
