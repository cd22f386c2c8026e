"""A group that moves keeps its members, its id and what is below it; an undo moves it back."""

from __future__ import annotations

from typing import Any

from realmctl.engine.apply.apply import apply
from realmctl.engine.apply.writer import Writer
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.kinds.temporary_name import NEXT
from realmctl.model.change import Request
from realmctl.workflow.undo import choose_record, read_records, undo_of
from tests.live.scene import addresses, applied, declared, planned

BEFORE: dict[str, Any] = {
    "groups": {
        "old": {"subGroups": {"leads": {"attributes": {"tier": ["a"]}, "subGroups": {"few": None}}, "other": None}},
        "kept": {"subGroups": {"down": None}},
    },
    "defaultGroups": ["/old/leads"],
}
AFTER: dict[str, Any] = {
    "groups": {
        "new": {"subGroups": {"leads": {"renamedFrom": "/old/leads", "subGroups": {"few": None}}}},
        "kept": {"subGroups": {"other": {"renamedFrom": "/old/other"}}},
        "top": {"renamedFrom": "/kept/down"},
    },
    "defaultGroups": ["/new/leads"],
}


def groups_of(admin: Admin, realm: str, user: str) -> list[str]:
    """The paths of a user's groups."""
    return sorted(group["path"] for group in admin.get(realm, "users", user, "groups"))


def test_members_move_with_their_group(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, BEFORE))
    user = admin.send("POST", (realm_name, "users"), {"username": "anna"}).id
    before = {group["path"]: group["id"] for group in admin.get(realm_name, "users", user, "groups")}
    assert list(before) == ["/old/leads"]
    desired = declared(realm_name, AFTER)
    plan = planned(admin, desired)
    assert "update group/new/leads" in addresses(plan)
    assert {field.path for one in plan.changes if one.renamed_from for field in one.fields} == {"path"}
    apply(admin, desired, plan)
    assert planned(admin, desired).empty
    moved = admin.get(realm_name, "groups", before["/old/leads"])
    assert (moved["path"], moved["attributes"]) == ("/new/leads", {"tier": ["a"]})
    assert groups_of(admin, realm_name, user) == ["/new/leads"]

    record = choose_record(read_records(admin, realm_name), None)
    assert record
    undone, plan, _ = undo_of(admin, record)
    apply(admin, undone, plan)
    assert groups_of(admin, realm_name, user) == ["/old/leads"]
    assert planned(admin, declared(realm_name, BEFORE)).empty


def test_a_group_that_stopped_on_its_way(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"groups": {"a": {"subGroups": {"x": None}}, "b": {"subGroups": {"x": None}}}}))
    said = {"groups": {"a": None, "b": {"subGroups": {"x": None, "y": {"renamedFrom": "/a/x"}}}}}
    desired = declared(realm_name, said)
    (change,) = (one for one in planned(admin, desired).changes if one.renamed_from)
    ids = {address: live.id for address, live in read(admin, scope_of(desired)).objects.items() if live.id}
    moving = ids[change.renamed_from] if change.renamed_from else ""
    # As a killed apply leaves it: under a name of its own, still in its old place.
    Writer(admin, realm_name, {}).carry_out(Request("PUT", ("groups", moving), {"name": f"y{NEXT}"}))
    applied(admin, desired)
    assert admin.get(realm_name, "groups", moving)["path"] == "/b/y"
    assert make_plan(compare(desired, read(admin, scope_of(desired)))).empty
