"""Groups by id and by path: `a/b`, and `b` below `a`, which have one path on the server."""

from __future__ import annotations

from typing import Any

import pytest

from realmctl.errors import Place
from realmctl.keycloak.kinds.base import Around
from realmctl.keycloak.kinds.group import find_by_path, group_names, is_ambiguous
from realmctl.keycloak.kinds.policy_config import role, role_text
from realmctl.keycloak.kinds.policy_members import named, unclear_types
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import Id
from realmctl.model.objects import Declared, Desired, Snapshot, Written

BOTH = {"groups": [{"name": "a", "id": "1", "subGroups": [{"name": "b", "id": "2"}]}, {"name": "a/b", "id": "3"}]}


@pytest.mark.parametrize(
    ("path", "groups", "found"),
    [
        ("/a/b", ["a", "a|b", "a/b"], "a|b"),
        ("/a/b", ["a/b"], "a/b"),
        ("/a/b", ["a", "a/b"], None),  # Keycloak takes `a` for the first name and never goes back.
        ("a/b/", ["a", "a|b"], "a|b"),
        ("/a/b/c", ["a", "a|b/c"], "a|b/c"),
        ("/x", ["a"], None),
    ],
)
def test_a_path_leads_where_keycloak_finds_it(path: str, groups: list[str], found: str | None) -> None:
    there = {tuple(one.split("|")) for one in groups}
    assert find_by_path(path, there.__contains__) == (tuple(found.split("|")) if found else None)


def test_an_id_decides_before_a_path() -> None:
    members = [{"id": "3", "path": "/a/b"}, {"id": "2", "path": "/a/b"}]
    assert group_names(BOTH, members) == [("a/b",), ("a", "b")]
    assert group_names({"groups": [{"name": "a/b"}]}, ["/a/b"]) == [("a/b",)]


def test_ids_are_asked_for_only_where_a_text_is_ambiguous() -> None:
    unclear: dict[str, Any] = {
        "defaultGroups": ["/a/b"],
        "users": [{"serviceAccountClientId": "c", "id": "u", "groups": ["/a/b"]}],
        "clients": [
            {"clientId": "c", "id": "c", "authorizationSettings": {"policies": [_group_policy("/a/b"), _role_policy()]}}
        ],
        "roles": {"realm": [{"name": "x/r"}], "client": {"x": [{"name": "r"}]}},
    }
    only = {"groups": BOTH["groups"][1:], "roles": {"realm": [{"name": "x/r"}]}}
    for export, asks in (({**BOTH, **unclear}, True), ({**BOTH, **unclear, **only}, False)):
        look = _Look()
        for kind in kinds().values():
            kind.resolve_ambiguous(look, export)
        wanted = {"default-groups", "users/u/groups"} | {f"policy?type={one}" for one in ("group", "role")}
        assert look.asked == (wanted if asks else set())
    assert not is_ambiguous(BOTH, ["/a"])


def test_a_role_of_a_policy_is_written_so_that_no_other_has_that_name() -> None:
    roles = [Address("role", ("x/r",)), Address("client-role", ("x", "r")), Address("client-role", ("x/y", "r/s"))]
    assert [role_text(one) for one in roles] == ["x~/r", "x/r", "x~/y/r/s"]
    assert [role(role_text(one)) for one in roles] == roles
    export = {"roles": {"realm": [{"name": "x/r", "id": "1"}], "client": {"x": [{"name": "r", "id": "2"}]}}}
    assert named({"roles": '[{"id":"1","required":true}]'}, export) == {"roles": [{"id": "x~/r", "required": True}]}
    assert named({"roles": '[{"id":"2"}]'}, export) == {"roles": [{"id": "x/r"}]}
    assert unclear_types([_role_policy()], export) == ["role"]
    around = Around(Desired("r", {}), Snapshot.absent("r"))
    (request,) = kinds()["authorization-policy"].create(_declared_policy(), around)
    assert request.body["roles"] == [{"id": Id(Address("role", ("x/r",))), "required": False}]


def _declared_policy() -> Declared:
    fields = {"type": "role", "config": {"roles": [{"id": "x~/r", "required": False}]}}
    return Declared(Address("authorization-policy", ("c", "p")), fields, Written(Place("realm.yaml")))


def _group_policy(path: str) -> dict[str, Any]:
    return {"name": "g", "type": "group", "config": {"groups": f'[{{"path":"{path}","extendChildren":false}}]'}}


def _role_policy() -> dict[str, Any]:
    return {"name": "r", "type": "role", "config": {"roles": '[{"id":"x/r","required":false}]'}}


class _Look:
    """Notes what is asked for, and answers with nothing."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def get(self, *path: str, query: Any = None) -> Any:
        return self.listed(*path, query=query)

    def listed(self, *path: str, query: Any = None) -> Any:
        self.asked.add(f"policy?type={query['type']}" if query else "/".join(path))
        return []

    pages = whole = listed

    def side_by_side(self, calls: Any) -> list[Any]:
        return [call() for call in calls]

    def id(self, address: Address) -> str:
        return address.name

    def export(self) -> Any:
        raise AssertionError
