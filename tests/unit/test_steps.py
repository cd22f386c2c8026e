"""What has to be done before what, where a case's requests in order do not show it."""

from __future__ import annotations

from realmctl.engine.apply.request_graph import make_steps
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import Place
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.fresh_realm import builtin, objects
from realmctl.keycloak.kinds.expansion import desired, expand
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.model.address import Address
from realmctl.model.objects import Limits, Snapshot, Written
from tests.cases.kinds.case import merged


def test_a_role_that_is_renamed_is_taken_from_a_group_afterwards() -> None:
    """Keycloak looks for it by the name that the request has (26.7.3): until then there is none of that name."""
    said = {"roles": {"lead": {"renamedFrom": "boss"}, "a": {}}, "groups": {"g": {"realmRoles": ["a"]}}}
    live = {"roles": {"realm": [{"name": "boss"}, {"name": "a"}]}, "groups": [{"name": "g", "realmRoles": ["boss"]}]}
    file = realm_file().model_validate(said)
    want = desired("fresh", expand(file, Written(Place("realm.yaml"))), limits=Limits())
    found = Snapshot("fresh", True, objects(merged(fresh_realm(), live), builtin("")))
    comparison = compare(want, found)
    steps = make_steps(make_plan(comparison), comparison)
    place = {change.address: number for number, step in enumerate(steps) for change in step.changes}
    roles = steps[place[Address("group-roles", ("g",))]]
    assert place[Address("role", ("lead",))] in roles.after
