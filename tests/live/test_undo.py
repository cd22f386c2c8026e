"""Taking applies back on a real Keycloak: afterwards the realm is, by its own export, what it was before.

Of every kind of change; of applies that were killed after any number of requests; and of nothing where somebody has
changed since what an apply touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest

from realmctl.engine.apply.apply import apply
from realmctl.engine.apply.progress import Report
from realmctl.engine.plan.inventory import inventory
from realmctl.errors import RealmctlError, Refused, UsageProblem
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from realmctl.keycloak.kinds.role_mappings import mapped_roles, role_addresses
from realmctl.model.change import Plan
from realmctl.model.objects import Desired
from realmctl.workflow.undo import choose_record, read_records, undo_of
from tests.conftest import Keycloak
from tests.live.changing import CHANGES, MIXED
from tests.live.equal_export import told
from tests.live.scene import addresses, applied, declared, planned, through
from tests.support.faults.proxy import FaultProxy


def undo_plan(admin: Admin, realm: str, wanted: str | None = None) -> tuple[Desired, Plan]:
    record = choose_record(read_records(admin, realm), wanted)
    assert record
    desired, plan, _ = undo_of(admin, record)
    return desired, plan


def undone(admin: Admin, realm: str, wanted: str | None = None) -> Report:
    return apply(admin, *undo_plan(admin, realm, wanted))


def state(admin: Admin, realm: str) -> tuple[Mapping[str, Any], Mapping[Any, str]]:
    """All that is in a realm, and what of it is owned."""
    users: list[dict[str, Any]] = admin.get(realm, "users", query={"briefRepresentation": "false"})
    people: dict[str, Any] = {
        f"user {one['username']}.{key}": one.get(key) for one in users for key in ("email", "firstName", "enabled")
    }
    for one in users:
        held = mapped_roles(admin.get(realm, "users", one["id"], "role-mappings"))
        groups = admin.get(realm, "users", one["id"], "groups")
        people[f"user {one['username']}.roles"] = role_addresses(held)
        people[f"user {one['username']}.groups"] = sorted(group["path"] for group in groups)
    # A lock that was left behind is nobody's object.
    people |= {key: value for key, value in told(admin, realm).items() if LOCK_ROLE not in key}
    return people, inventory(admin.get(realm).get("attributes") or {}, "realmctl").owned


def different(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


@pytest.mark.parametrize("name", CHANGES)
def test_an_apply_is_taken_back_and_the_undo_too(admin: Admin, realm_name: str, name: str) -> None:
    before, after = (declared(realm_name, said) for said in CHANGES[name])
    applied(admin, before)
    was = state(admin, realm_name)
    applied(admin, after)
    became = state(admin, realm_name)
    assert different(was[0], became[0])

    undone(admin, realm_name)
    now = state(admin, realm_name)
    assert different(was[0], now[0]) == {}
    assert now[1] == was[1]

    # Said twice, it does no more.
    assert undo_plan(admin, realm_name)[1].empty

    undo = read_records(admin, realm_name)[0]
    undone(admin, realm_name, undo.id)
    again = state(admin, realm_name)
    assert different(became[0], again[0]) == {}
    assert again[1] == became[1]


@pytest.mark.parametrize("part", range(3))
def test_killed_after_any_request_it_is_taken_back_as_far_as_it_went(
    keycloak: Keycloak, realm_name: str, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realmctl.keycloak.admin.retries.ATTEMPTS", 1)  # The server is gone for good.
    monkeypatch.setattr("realmctl.engine.apply.lock.LEASE_SECONDS", 1.0)
    before, after = (declared(realm_name, said) for said in MIXED)
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        applied(admin, before)
        was = state(admin, realm_name)
        plan = planned(admin, after)
        proxy.forget()
        apply(admin, after, plan)
        count = len(proxy.seen)
        undone(admin, realm_name)
    for number in range(1 + part, count + 1, 3):
        with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
            plan = planned(admin, after)
            proxy.kill(number)
            with suppress(RealmctlError):
                apply(admin, after, plan)
        with through(keycloak.url, keycloak.environ()) as admin:
            # Where it had not begun, the last apply is the one before, which is taken back already.
            undone(admin, realm_name)
            now = state(admin, realm_name)
            assert (number, different(was[0], now[0])) == (number, {})
            assert now[1] == was[1]


def test_an_undo_that_was_killed_goes_on_when_it_is_said_again(
    keycloak: Keycloak, realm_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realmctl.keycloak.admin.retries.ATTEMPTS", 1)
    monkeypatch.setattr("realmctl.engine.apply.lock.LEASE_SECONDS", 1.0)
    before, after = (declared(realm_name, said) for said in MIXED)
    with through(keycloak.url, keycloak.environ()) as admin:
        applied(admin, before)
        was = state(admin, realm_name)
        applied(admin, after)
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        desired, plan = undo_plan(admin, realm_name)
        proxy.kill(14)
        with suppress(RealmctlError):
            apply(admin, desired, plan)
    with through(keycloak.url, keycloak.environ()) as admin:
        assert different(was[0], state(admin, realm_name)[0])
        undone(admin, realm_name)
        now = state(admin, realm_name)
        assert (different(was[0], now[0]), now[1]) == ({}, was[1])


@pytest.mark.parametrize("what", ["field", "gone", "added", "anew"])
def test_what_has_moved_on_since_is_named_and_nothing_is_written(admin: Admin, realm_name: str, what: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"a": {"description": "was"}, "b": {"description": "was"}}}))
    after = {"roles": {"a": {"description": "is"}, "x": {}}, "clients": {"c": {}}}
    applied(admin, declared(realm_name, after))
    role = admin.get(realm_name, "roles", "a")
    named = "role/a (description)"
    if what == "field":
        admin.send("PUT", (realm_name, "roles-by-id", role["id"]), {**role, "description": "by hand"})
    elif what == "gone":
        admin.send("DELETE", (realm_name, "roles-by-id", role["id"]))
        named = "role/a (gone)"
    elif what == "added":
        (client,) = admin.get(realm_name, "clients", query={"clientId": "c"})
        admin.send("POST", (realm_name, "clients", client["id"], "roles"), {"name": "by-hand"})
        named = "client-role/c/by-hand (added)"
    else:
        admin.send("POST", (realm_name, "roles"), {"name": "b", "description": "by hand"})
        named = "role/b (made anew)"
    was = state(admin, realm_name)
    with pytest.raises(Refused) as refused:
        undo_plan(admin, realm_name)
    assert named in refused.value.message
    assert state(admin, realm_name) == was


def test_what_somebody_did_elsewhere_stays(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"a": {"description": "was", "attributes": {"k": ["1"]}}}}))
    applied(admin, declared(realm_name, {"roles": {"a": {"description": "is", "attributes": {"k": ["1"]}}}}))
    role = admin.get(realm_name, "roles", "a")
    admin.send("PUT", (realm_name, "roles-by-id", role["id"]), {**role, "attributes": {"k": ["2"], "more": ["3"]}})
    admin.send("POST", (realm_name, "roles"), {"name": "by-hand"})
    undone(admin, realm_name)
    now = admin.get(realm_name, "roles", "a")
    assert (now["description"], now["attributes"]) == ("was", {"k": ["2"], "more": ["3"]})
    assert admin.get(realm_name, "roles", "by-hand")["id"] == admin.get(realm_name, "roles", "by-hand")["id"]


def test_what_was_adopted_is_let_go_and_stays(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"mine": {}}}))
    admin.send("POST", (realm_name, "roles"), {"name": "theirs", "description": "by hand"})
    admin.send("POST", (realm_name, "roles"), {"name": "changed", "description": "by hand"})
    was = state(admin, realm_name)
    more = {"roles": {"mine": {}, "theirs": {}, "changed": {"description": "is"}}}
    applied(admin, declared(realm_name, more))
    undone(admin, realm_name)
    now = state(admin, realm_name)
    assert (different(was[0], now[0]), now[1]) == ({}, was[1])


def test_deletions_of_an_undo_are_guarded_like_any_other(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {}))
    applied(admin, declared(realm_name, {"roles": {f"r{number}": {} for number in range(6)}}))
    (record, *_) = read_records(admin, realm_name)
    _, plan, refusal = undo_of(admin, record)
    assert refusal is not None
    assert "more than the limit" in refusal.message
    assert len(addresses(plan)) == 6


def test_the_apply_that_made_the_realm_is_not_taken_back(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"a": {}}}))
    with pytest.raises(Refused, match="made the realm"):
        undo_plan(admin, realm_name)
    with pytest.raises(UsageProblem, match="no apply has such an id"):
        undo_plan(admin, realm_name, "2020")


def test_an_earlier_apply_is_taken_back_where_nothing_later_stands_on_it(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"a": {}}}))
    applied(admin, declared(realm_name, {"roles": {"a": {"description": "second"}}}))
    second = read_records(admin, realm_name)[0].id
    applied(admin, declared(realm_name, {"roles": {"a": {"description": "second"}, "b": {}}}))
    undone(admin, realm_name, second)
    assert not admin.get(realm_name, "roles", "a").get("description")
    assert admin.get(realm_name, "roles", "b")


def test_a_second_undo_at_the_same_time_writes_nothing(admin: Admin, realm_name: str) -> None:
    """What it would put back is as it was by then: a record of it would stand in front of the first one's."""
    applied(admin, declared(realm_name, {"roles": {"a": {}}}))
    applied(admin, declared(realm_name, {"roles": {"a": {"description": "is"}}}))
    desired, plan = undo_plan(admin, realm_name)
    apply(admin, desired, plan)
    before = admin.get(realm_name)["attributes"]
    report = apply(admin, desired, plan)
    assert (report.applied, report.remaining) == ((), ())
    assert admin.get(realm_name)["attributes"] == before


def test_an_undo_of_what_has_changed_since_is_refused(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"roles": {"a": {}}}))
    applied(admin, declared(realm_name, {"roles": {"a": {"description": "is"}}}))
    desired, plan = undo_plan(admin, realm_name)
    applied(admin, declared(realm_name, {"roles": {"a": {"description": "was"}}}))
    with pytest.raises(Refused, match="no longer as it was when this was planned"):
        apply(admin, desired, plan)
