"""Changes as a reader thinks of them: links are fields of their owner, references are names, durations are readable."""

from __future__ import annotations

from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.render.change_lines import summary
from realmctl.render.plan_text import text

COMPOSITES = FieldChange("composites", None, ["role/reader", "client-role/orders-api/refund"], Compare.SET)


def test_a_new_role_with_composites_is_one_object() -> None:
    role = Change(Action.CREATE, Address("role", ("approver",)), (FieldChange("description", None, "x"),))
    link = Change(Action.CREATE, Address("role-composites", ("approver",)), (COMPOSITES,))
    plan = Plan("p", (role, link))
    assert summary([plan]) == "1 to add, 0 to change, 0 to destroy"
    told = text([plan])
    assert 'composites: ["reader", "orders-api / refund"]' in told
    assert "role-composites" not in told


def test_links_alone_are_a_change_of_their_owner() -> None:
    moved = FieldChange("defaultClientScopes", ["client-scope/email"], ["client-scope/basic"], Compare.SET)
    roles = FieldChange("serviceAccountRoles", [], ["role/reader"], Compare.SET)
    plan = Plan(
        "p",
        (
            Change(Action.UPDATE, Address("client-scopes-of-client", ("app",)), (moved,)),
            Change(Action.UPDATE, Address("service-account-roles", ("app",)), (roles,)),
        ),
    )
    assert summary([plan]) == "0 to add, 1 to change, 0 to destroy"
    told = text([plan])
    assert "~ client app" in told
    assert 'defaultClientScopes: +"basic" -"email"' in told
    assert 'serviceAccountRoles: +"reader"' in told


def test_links_of_the_realm_are_its_settings() -> None:
    paths = FieldChange("defaultGroups", [], ["group/team/leads"], Compare.SET)
    flow = FieldChange("browserFlow", "browser", "mine")
    plan = Plan(
        "p",
        (
            Change(Action.UPDATE, Address("default-groups"), (paths,)),
            Change(Action.UPDATE, Address("flow-bindings"), (flow,)),
        ),
    )
    told = text([plan])
    assert told.count("realm settings") == 1
    assert 'defaultGroups: +"/team/leads"' in told
    assert 'browserFlow: "browser" → "mine"' in told


def test_durations_say_what_they_mean() -> None:
    fields = (FieldChange("ssoSessionIdleTimeout", 90, 36000), FieldChange("accessTokenLifespan", 300, 3661))
    told = text([Plan("p", (Change(Action.UPDATE, Address("realm"), fields),))])
    assert "ssoSessionIdleTimeout: 90 (1m30s) → 36000 (10h)" in told
    assert "accessTokenLifespan: 300 (5m) → 3661" in told


def test_a_flow_is_an_outline() -> None:
    old, new = ["cookie REQUIRED"], ["cookie REQUIRED", "forms: ALTERNATIVE", "  form REQUIRED"]
    field = FieldChange("executions", old, new, Compare.LIST)
    told = text([Plan("p", (Change(Action.UPDATE, Address("flow", ("mine",)), (field,)),))])
    assert "executions:\n          cookie REQUIRED\n        + forms: ALTERNATIVE\n        +   form REQUIRED" in told
