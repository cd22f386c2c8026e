"""The engine against what nobody thought of: any realm onto any other, names crossing, flows handing on their parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import NotFound, Refused
from realmctl.keycloak.admin import Admin
from realmctl.model.address import Address
from tests.live.scene import applied, declared, planned

COOKIE = {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"}
REDIRECT = {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE"}


def _roles(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Roles whose composites only lead on to later names: Keycloak takes circles, people don't mean them."""
    return st.fixed_dictionaries(
        {},
        optional={
            name: st.fixed_dictionaries(
                {}, optional={"description": st.sampled_from(["", "one", "two"]), "attributes": _attributes()}
            )
            for name in names
        },
    )


def _attributes() -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(["k", "a b", "ü"]), st.sampled_from([["v"], ["x", "a", "m"], None]))


def _sub_flow(alias: str) -> dict[str, Any]:
    return {"flow": alias, "requirement": "ALTERNATIVE", "executions": [{**REDIRECT, "requirement": "REQUIRED"}]}


@st.composite
def realms(draw: st.DrawFn) -> dict[str, Any]:
    """A realm of every kind that refers to others, small enough for a few seconds."""
    roles = draw(_roles(["a", "b/c", "d%2F", "e é"]))
    for name in list(roles):
        later = [other for other in roles if other > name]
        if draw(st.booleans()) and later:
            roles[name]["composites"] = draw(st.lists(st.sampled_from(later), unique=True))
    some_roles: st.SearchStrategy[list[str]] = (
        st.lists(st.sampled_from(list(roles)), unique=True) if roles else st.just([])
    )
    scopes: dict[str, Any] = {name: {} for name in draw(st.sets(st.sampled_from(["s1", "s2"])))}
    clients: dict[str, Any] = {}
    for name in sorted(draw(st.sets(st.sampled_from(["app", "api.v1", "https://saml/sp"])))):
        clients[name] = {"fullScopeAllowed": False, "scopeMappings": draw(some_roles), "roles": {"use": {}}}
        clients[name] |= draw(st.sampled_from([{}, {"description": "d"}, {"redirectUris": ["https://a/b"]}]))
        wanted = draw(st.lists(st.sampled_from(["email", "phone", *scopes]), unique=True))
        clients[name] |= {"defaultClientScopes": wanted[:1], "optionalClientScopes": wanted[1:]}
        if name.startswith("https"):
            clients[name]["protocol"] = "saml"
            clients[name] |= {"defaultClientScopes": [], "optionalClientScopes": []}
    groups: dict[str, Any] = {}
    for name in sorted(draw(st.sets(st.sampled_from(["g", "g/h"])))):
        inner = {one: {"realmRoles": draw(some_roles)} for one in draw(st.sets(st.sampled_from(["g", "in"])))}
        groups[name] = {"realmRoles": draw(some_roles), "subGroups": inner}
        groups[name]["clientRoles"] = {client: ["use"] for client in clients if draw(st.booleans())}
    steps = draw(st.permutations([COOKIE, REDIRECT, _sub_flow("shared part")]))[: draw(st.integers(1, 3))]
    flows = {"ours": {"executions": steps}}
    if not any("flow" in step for step in steps) and draw(st.booleans()):
        flows["other"] = {"executions": [COOKIE, _sub_flow("shared part")]}
    bound = draw(st.sampled_from(["browser", *flows]))
    for client in clients.values():
        client["authenticationFlowBindingOverrides"] = {"browser": draw(st.sampled_from([None, *flows]))}
    return {
        "displayName": draw(st.sampled_from(["", "Realm"])), "browserFlow": bound, "roles": roles, "groups": groups,
        "clients": clients, "clientScopes": scopes, "authenticationFlows": flows,
        "defaultRoles": ["offline_access", "uma_authorization", *draw(some_roles)],
        "defaultGroups": ["/" + name.replace("/", "~/") for name in groups if draw(st.booleans())],
    }  # fmt: skip


def test_any_realm_is_made_into_any_other(admin: Admin, realm_name: str) -> None:
    """One realm becomes all that are drawn, one after the other: each time nothing is left to do or left behind."""
    admin.send("POST", (), {"realm": realm_name, "enabled": True})
    admin.renew()

    @settings(
        max_examples=12,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(realms())
    def becomes(said: dict[str, Any]) -> None:
        desired = declared(realm_name, said)
        applied(admin, desired)
        left = planned(admin, desired)
        assert left.empty
        assert left.released == ()
        assert left.adopted == ()
        snapshot = read(admin, scope_of(desired))
        mine = {address for address in desired.resources if address in snapshot.inventory.owned}
        assert mine == set(snapshot.inventory.owned)
        # Only what Keycloak itself adds is there beside it, and no half-built flow.
        assert {address for address in left.unmanaged if address.kind != "client-role"} == set()
        assert not [a for a in snapshot.objects if a.kind == "flow" and "realmctl" in a.name]

    becomes()


def test_flows_hand_each_other_their_sub_flows(admin: Admin, realm_name: str) -> None:
    def flows(**parts: list[str]) -> dict[str, Any]:
        made = {name: {"executions": [COOKIE, *map(_sub_flow, subs)]} for name, subs in parts.items()}
        return {"browserFlow": next(iter(parts)), "authenticationFlows": made}

    for said in (
        flows(one=["first"], two=["second"]),
        flows(one=["second"], two=["first"]),
        flows(two=["first", "second"]),
        flows(first=[], two=["second"]),
        flows(two=["first"]),
    ):
        desired = declared(realm_name, said)
        applied(admin, desired)
        assert planned(admin, desired).empty


def test_names_are_handed_on_and_identities_kept(admin: Admin, realm_name: str) -> None:
    applied(
        admin,
        declared(
            realm_name,
            {
                "roles": {"junior": {}, "middle": {}},
                "groups": {"all": {"subGroups": {"some": {"subGroups": {"one": {}}}}}},
                "clients": {"shop": {"roles": {"customer": {}}}},
            },
        ),
    )
    before = {
        address: live.id for address, live in read(admin, scope_of(declared(realm_name, {}))).objects.items() if live.id
    }
    desired = declared(
        realm_name,
        {
            "roles": {"middle": {"renamedFrom": "junior"}, "senior": {"renamedFrom": "middle"}},
            "groups": {
                "everybody": {
                    "renamedFrom": "all",
                    "subGroups": {"few": {"renamedFrom": "some", "subGroups": {"uno": {"renamedFrom": "one"}}}},
                }
            },
            "clients": {"store": {"renamedFrom": "shop", "roles": {"buyer": {"renamedFrom": "customer"}}}},
        },
    )
    applied(admin, desired)
    assert planned(admin, desired).empty
    after = {
        address: live.id for address, live in read(admin, scope_of(declared(realm_name, {}))).objects.items() if live.id
    }
    for new, old in (
        ("role/middle", "role/junior"),
        ("role/senior", "role/middle"),
        ("group/everybody/few/uno", "group/all/some/one"),
        ("client-role/store/buyer", "client-role/shop/customer"),
    ):
        assert after[Address.parse(new)] == before[Address.parse(old)]


def test_a_flow_that_something_else_uses_is_not_tried_to_delete(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"authenticationFlows": {"ours": {"executions": [COOKIE]}}}))
    ours = next(flow["id"] for flow in admin.get(realm_name, "authentication", "flows") if flow["alias"] == "ours")
    admin.send(
        "POST",
        (realm_name, "clients"),
        {"clientId": "by-hand", "authenticationFlowBindingOverrides": {"browser": ours}},
    )
    with pytest.raises(Refused, match="used by flow overrides of client by-hand"):
        planned(admin, declared(realm_name, {}))
    # Declared together and gone together, in whichever order the server needs.
    both = {"authenticationFlows": {"ours": {"executions": [COOKIE]}}, "clients": {"by-hand": {}}}
    applied(admin, declared(realm_name, both))
    applied(admin, declared(realm_name, {}))
    with pytest.raises(NotFound):
        admin.get(realm_name, "authentication", "flows", ours)


def test_a_deletion_says_who_loses_a_reference(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, {"clientScopes": {"extra": {}}, "roles": {"held": {}}}))
    admin.send("POST", (realm_name, "clients"), {"clientId": "by-hand", "defaultClientScopes": ["extra"]})
    admin.send("POST", (realm_name, "roles"), {"name": "hand", "composite": True, "composites": {"realm": ["held"]}})
    nothing = declared(realm_name, {})
    plan = make_plan(compare(nothing, read(admin, scope_of(nothing))))
    assert {str(change.address): change.notes for change in plan.changes} == {
        "client-scope/extra": ("is taken out of client scopes of client by-hand",),
        "role/held": ("is taken out of composites of realm role hand",),
    }
