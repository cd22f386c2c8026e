"""The two sides of a plan, aligned: renames, relative declarations, a realm that is not there, what nobody can see."""

from __future__ import annotations

from typing import Any

from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import Place
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.fresh_realm import builtin, objects
from realmctl.keycloak.kinds.expansion import desired, expand
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Inventory, Limits, Snapshot, Written
from tests.cases.kinds.case import merged

OLD, NEW = Address("role", ("old",)), Address("role", ("new",))
COMPOSITES = Address("role-composites", ("lead",))


def declared(said: Any) -> Desired:
    return desired("fresh", expand(realm_file().model_validate(said), Written(Place("realm.yaml"))), limits=Limits())


def read(live: Any, *owned: Address, **rest: Any) -> Snapshot:
    found = objects(merged(fresh_realm(), live), builtin(""))
    return Snapshot("fresh", True, found, Inventory(dict.fromkeys(owned, "")), **rest)


def test_the_live_side_has_the_new_names_and_the_read_realm_keeps_the_former_ones() -> None:
    live = {"roles": {"realm": [{"name": "old"}, {"name": "lead", "composites": {"realm": ["old"]}}]}}
    said = {"roles": {"new": {"renamedFrom": "old"}, "lead": {"composites": ["new"]}}}
    sides = compare(declared(said), read(live, OLD))
    assert dict(sides.renames) == {OLD: NEW}
    assert (OLD in sides.as_read.objects, NEW in sides.as_read.objects) == (True, False)
    assert (OLD in sides.live.objects, NEW in sides.live.objects) == (False, True)
    assert list(sides.live.inventory.owned) == [NEW]
    assert sides.live.objects[COMPOSITES].fields == {"composites": ["role/new"]}
    assert (sides.former(NEW), sides.former(COMPOSITES)) == (OLD, COMPOSITES)


def test_a_relative_declaration_is_written_out_on_the_desired_side_alone() -> None:
    scopes = Address("client-scopes-of-client", ("app",))
    sides = compare(declared({"clients": {"app": {"defaultClientScopes": {"remove": ["roles"]}}}}), read({}))
    assert isinstance(sides.declared.resources[scopes].fields["defaultClientScopes"], dict)
    written = sides.desired.resources[scopes].fields["defaultClientScopes"]
    assert "client-scope/profile" in written
    assert "client-scope/roles" not in written


def test_a_realm_that_is_not_there_is_compared_with_a_new_one() -> None:
    sides = compare(declared({"roles": {"new": {"renamedFrom": "old"}}}), Snapshot.absent("fresh"))
    assert (dict(sides.renames), sides.live.exists, sides.as_read.objects) == ({}, False, {})
    assert Address("client", ("account",)) in sides.live.objects
    assert Address("role", ("default-roles-fresh",)) in sides.live.objects


def test_what_this_account_cannot_see_is_undecided_until_its_holder_goes() -> None:
    mapper = Address("identity-provider-mapper", ("corporate", "m"))
    sides = compare(declared({}), read({}, OLD, mapper, unseen_kinds=frozenset({"identity-provider-mapper"})))
    plan = make_plan(sides)
    assert set(sides.undecided) == set(plan.undecided) == {mapper}
    assert plan.released == (OLD,)
    holder = Address("identity-provider", ("corporate",))
    there = {"identityProviders": [{"alias": "corporate", "providerId": "oidc", "config": {}}]}
    sides = compare(declared({}), read(there, holder, mapper, unseen_kinds=frozenset({"identity-provider-mapper"})))
    plan = make_plan(sides)
    assert [change.address for change in plan.changes] == [holder]
    assert (set(sides.undecided), plan.undecided) == ({mapper}, ())
