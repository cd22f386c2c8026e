"""References by text inside config: every key is classified, and plans refuse, order and follow them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from realmctl.analysis.danger.transition import Transition
from realmctl.engine.apply.preferred_order import with_acyclic
from realmctl.engine.apply.request_graph import make_steps
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig, Place
from realmctl.keycloak.catalog import catalogue, fresh_realm, map_keys
from realmctl.keycloak.catalog import key_types as places
from realmctl.keycloak.catalog import references as known
from realmctl.keycloak.catalog import undeclared_keys as undeclared
from realmctl.keycloak.catalog.key_types import setting
from realmctl.keycloak.fresh_realm import builtin, objects
from realmctl.keycloak.kinds.expansion import desired, expand
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.keycloak.references import Mention, Names
from realmctl.model.address import Address
from realmctl.model.change import Change, Plan
from realmctl.model.objects import Desired, Inventory, Snapshot, Written
from tests.cases.kinds.case import in_order, merged, told_change
from tests.unit.packaged import typed_keys

REFERENCES = {"Role", "Group", "ClientList", "UserProfileAttributeList", "IdentityProviderMultiList"}
"""The types in Keycloak's server info of properties that name an object."""
LIKE_ONE = ("role", "group", "client", "scope", "flow", "provider", "organization", "attribute", "idp", "alias")
NO_REFERENCE = {
    "allowed-client-authenticators", "attribute", "attribute.default.value", "attribute.friendly.name",
    "attribute.name", "attribute.name.format", "attribute.nameformat", "attribute.value", "attribute.xpath",
    "attribute_expected_value", "auth-flow-loa", "binary.attribute.decoder", "client-uri-fields",
    "default-client-authenticator", "external.role", "group.name.ldap.attribute", "group.object.classes",
    "groups.dn", "groups.ldap.filter", "groups.relative.create.dn", "intent-client-bind-check-endpoint", "keyAlias",
    "krbPrincipalAttribute", "ldap.attribute", "ldap.attribute.name", "ldap.attribute.value",
    "ldap.full.name.attribute", "mapped.group.attributes", "max-clients", "memberof.ldap.attribute",
    "membership.attribute.type", "membership.ldap.attribute", "membership.user.ldap.attribute", "new.role.name",
    "rdnLDAPAttribute", "role.name.ldap.attribute", "role.object.classes", "roles.dn", "roles.ldap.filter",
    "roles.relative.create.dn", "searchScope", "update-client-source", "user.attribute",
    "user.roles.retrieve.strategy", "userClientLimit", "usermodel.clientRoleMapping.rolePrefix",
    "usermodel.realmRoleMapping.rolePrefix", "usernameLDAPAttribute", "uuidLDAPAttribute",
}  # fmt: skip
"""Keys with such a word in them that name no object of the realm, of types that are not references."""


UNDECLARED: Mapping[str, tuple[str, ...]] = {
    "a scope or an attribute of somebody else's": (
        "authTokenScope", "defaultScope", "attributeConsumingServiceName", "principalAttribute",
    ),
    "an id that another server gave": ("authTokenClientId", "clientId", "idpEntityId"),
    "how a client proves who it is": (
        "clientAuthMethod", "clientAssertionAudience", "clientAssertionSigningAlg", "clientSecret",
        "authTokenClientSecret",
    ),
    "an address": ("ciba.backchannel.client.notification.endpoint",),
    "a name that the client has in an address, and what goes with it": (
        "saml_idp_initiated_sso_url_name", "saml_idp_initiated_sso_relay_state",
    ),
    "Keycloak writes it by itself": ("realm_client", "adminPermissionsClientId", "firstBrokerLoginFlowId"),
    "Keycloak keeps it apart": ("client-policies.policies", "client-policies.profiles"),
    "classes and attributes of a directory": (
        "group.object.classes", "role.object.classes", "mapped.group.attributes", "searchScope",
    ),
    "an attribute of a token": ("attribute.name", "attribute.nameformat"),
    "the form of a name": ("nameIDPolicyFormat",),
    "how scopes are compared": ("is.parameterized.scope", "parameterized.scope.repeatable"),
    "found by the mappers that have it": ("user.attribute",),
}  # fmt: skip
"""By reason: keys with such a word in them that Keycloak reads without declaring them, and that name no object."""
NO_TEXT = (places.BOOLEAN, places.INTEGER, places.DURATION)


def undeclared_keys() -> Iterator[tuple[str, str, str]]:
    """Place, type and key of what Keycloak's classes read without declaring it in the server info."""
    for place, providers in map_keys.TABLES.items():
        yield from ((place, provider, key) for provider, keys in providers.items() for key in keys)
    for provider in catalogue().identity_providers:
        yield from ((places.IDENTITY_PROVIDER, provider, key) for key in catalogue().identity_providers[provider])
    for protocol in ("openid-connect", "saml"):
        yield from ((places.PROTOCOL_MAPPER, "", key) for key in undeclared.protocol_mapper_keys(protocol))


def test_every_key_that_is_not_declared_is_classified() -> None:
    others = set()
    for place, provider, key in undeclared_keys():
        meant = setting(place, provider, key)
        if known.reference(place, provider, key) is None and any(word in key.lower() for word in LIKE_ONE):
            is_text = meant is None or (meant.type not in NO_TEXT and not meant.state)
            others |= {key} if is_text else set()
    reasons = [key for keys in UNDECLARED.values() for key in keys]
    assert others - set(reasons) == set(), "name an object, in references.py, or add a reason"
    assert sorted(set(reasons)) == sorted(reasons)


@pytest.mark.parametrize("key", ["attester_trust_idps", "oid4vci.attester_trust_idps"])
def test_the_providers_that_vouch_for_wallets_are_references(key: str) -> None:
    said = {
        "clients": {"wallet": {"attributes": {key: "here, gone"}}},
        "identityProviders": {"here": {"providerId": "oidc"}},
    }
    with pytest.raises(BadConfig, match="refers to the identity provider gone") as caught:
        make_plan(compare(*both(said, {})))
    assert len(caught.value.findings) == 1


def test_every_key_of_a_reference_type_is_classified() -> None:
    found = list(typed_keys())
    assert {kind for *_, kind in found} >= REFERENCES
    others = set()
    for place, provider, key, kind in found:
        reference = known.reference(place, provider, key)
        if kind in REFERENCES:
            assert reference is not None, (place, provider, key)
            meant = setting(place, provider, key)
            assert meant is not None
            assert (meant.reference, meant.form) == (reference.kind, reference.form)
        elif reference is None and kind not in ("boolean", "Map") and any(word in key.lower() for word in LIKE_ONE):
            others.add(key)
    assert others == NO_REFERENCE


ROLES = ("a", "b.c", "x/r")
THERE = [Address("role", (name,)) for name in ROLES] + [
    Address("client", ("b",)), Address("client", ("b.c",)), Address("client-role", ("b.c", "d")),
    Address("client-role", ("b", "e")), Address("group", ("g",)), Address("group", ("g", "h")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "form", "text", "found"),
    [
        ("role", known.QUALIFIED, "a", "role/a"),
        ("role", known.QUALIFIED, "b.c.d", "client-role/b.c/d"),
        ("role", known.QUALIFIED, "b.e", "client-role/b/e"),
        ("role", known.QUALIFIED, "b.c", ""),  # The client b is there, so that the realm role is out of reach.
        ("role", known.LAST_DOT, "b.c.d", "client-role/b.c/d"),
        ("role", known.LAST_DOT, "z.y", ""),
        ("role", known.SLASHED, "b/e", "client-role/b/e"),
        ("role", known.SLASHED, "x/r", ""),
        ("group", known.PATH, "g/h", "group/g/h"),
        ("group", known.GROUP_NAME, "h", "group/g/h"),
        ("client", known.NAME, "b.c", "client/b.c"),
        ("client-role", known.ROLE_NAME, "d", "client-role/b.c/d"),
    ],
)
def test_a_text_leads_where_keycloak_looks(kind: str, form: str, text: str, found: str) -> None:
    names = Names({address: {} for address in THERE})
    mention = Mention(Address("flow", ("f",)), (), text, known.Reference(kind, form))
    assert [str(one) for one in names.find(mention)] == ([found] if found else [])


CONDITION = "conditional-user-role"


def step(authenticator: str, **config: str) -> dict[str, Any]:
    return {"authenticator": authenticator, "requirement": "REQUIRED", "config": config}


def live_flow(authenticator: str, **config: str) -> dict[str, Any]:
    execution = {"authenticator": authenticator, "requirement": "REQUIRED", "priority": 0, "authenticatorConfig": "c"}
    flow = {"alias": "f", "id": "f1", "topLevel": True, "builtIn": False, "authenticationExecutions": [execution]}
    return {"authenticationFlows": [flow], "authenticatorConfig": [{"alias": "c", "id": "c1", "config": config}]}


def both(said: Mapping[str, Any], live: Mapping[str, Any], *owned: str) -> tuple[Desired, Snapshot]:
    file = realm_file().model_validate(dict(said))
    export = merged(fresh_realm(), live)
    held = Inventory({Address.parse(one): "" for one in owned})
    snapshot = Snapshot("fresh", True, objects(export, builtin("")), held)
    return desired("fresh", expand(file, Written(Place("realm.yaml")))), snapshot


def test_a_condition_with_a_wrong_name_is_refused() -> None:
    said = {"roles": {"platform-admin": {}}, "authenticationFlows": {"f": {"executions": [_wrong()]}}}
    with pytest.raises(BadConfig) as refused:
        make_plan(compare(*both(said, {})))
    (finding,) = refused.value.findings
    wanted, empty = both(said, {})
    assert make_plan(compare(replace(wanted, accepted=frozenset({"config-reference"})), empty)).changes
    assert finding.message.startswith("refers to the realm role platfrom-admin, which is neither declared nor on")
    assert finding.advice == "did you mean platform-admin?"
    # What stands on the server like that is no change; next to another change it is none, either.
    plan = make_plan(compare(*both(said, live_flow(CONDITION, condUserRole="platfrom-admin"), "flow/f")))
    assert [told_change(change) for change in plan.changes] == ["+ role/platform-admin"]


def _wrong() -> dict[str, Any]:
    return step(CONDITION, condUserRole="platfrom-admin")


RENAMED = {"roles": {"new": {"renamedFrom": "old"}}}
OLD: dict[str, Any] = {"roles": {"realm": [{"name": "old", "id": "r1"}]}}


def test_a_rename_that_keycloak_follows_is_no_change_of_what_names_the_role() -> None:
    mapper = {"identityProviderMapper": "oidc-hardcoded-role-idp-mapper"}
    live = {
        **OLD,
        "identityProviders": [{"alias": "corp", "providerId": "oidc"}],
        "identityProviderMappers": [
            {"name": "m", "identityProviderAlias": "corp", "id": "m1", **mapper, "config": {"role": "old"}}
        ],
    }
    said: dict[str, Any] = {
        **RENAMED,
        "identityProviders": {"corp": {"mappers": {"m": {**mapper, "config": {"role": "new"}}}}},
    }
    plan = make_plan(compare(*both(said, live, "role/old")))
    assert [(told_change(change), change.notes) for change in plan.changes] == [("~ role/new: name 'old' → 'new'", ())]
    said["identityProviders"]["corp"]["mappers"]["m"]["config"]["role"] = "old"
    with pytest.raises(BadConfig, match="refers to the realm role old, which becomes new"):
        make_plan(compare(*both(said, live, "role/old")))


def test_a_rename_that_keycloak_does_not_follow_is_written_after_it() -> None:
    said = {**RENAMED, "authenticationFlows": {"f": {"executions": [step(CONDITION, condUserRole="new")]}}}
    desired_, snapshot = both(said, {**OLD, **live_flow(CONDITION, condUserRole="old")}, "role/old", "flow/f")
    comparison = compare(desired_, snapshot)
    plan = make_plan(comparison)
    assert [told_change(change) for change in plan.changes] == [
        "~ role/new: name 'old' → 'new'",
        "~ flow/f: executions.conditional-user-role.config.condUserRole 'old' → 'new'",
    ]
    steps = in_order(make_steps(plan, comparison))
    assert [str(one.changes[0].address) for one in steps] == ["role/new", "flow/f"]
    transition = Transition.of_plan(plan, comparison)
    before, after = transition.pair(Address("flow", ("f",)), "executions")
    assert before == after


def test_a_name_in_what_nobody_declares_is_noted_on_its_rename_and_its_deletion() -> None:
    flow = live_flow(CONDITION, condUserRole="old")
    note = "is still named by its former name in authentication flow f (condUserRole), which Keycloak does not change"
    (change,) = _changes(make_plan(compare(*both(RENAMED, {**OLD, **flow}, "role/old"))))
    assert change.notes == (f"{note}: declare it there by the new one",)
    (change,) = _changes(make_plan(compare(*both({}, {**OLD, **flow}, "role/old"))))
    assert change.notes == (
        "is still named in authentication flow f (condUserRole), where its name then leads nowhere",
    )
    said = {"authenticationFlows": {"f": {"executions": [step(CONDITION, condUserRole="old")]}}}
    with pytest.raises(BadConfig, match="refers to the realm role old, which this plan deletes"):
        make_plan(compare(*both(said, {**OLD, **flow}, "role/old")))


def test_a_policy_follows_what_it_names_by_id() -> None:
    policies = [
        {"name": "p", "type": "role", "config": {"roles": '[{"id":"old","required":false}]'}},
        {"name": "g", "type": "group", "config": {"groups": '[{"path":"/t/u","extendChildren":false}]'}},
    ]
    live: dict[str, Any] = {
        **OLD,
        "groups": [{"name": "t", "id": "g1", "path": "/t", "subGroups": [{"name": "u", "id": "g2", "path": "/t/u"}]}],
        "clients": [{"clientId": "api", "id": "c1", "authorizationSettings": {"policies": policies}}],
    }
    own = {
        "p": {"type": "role", "config": {"roles": ["new"]}},
        "g": {"type": "group", "config": {"groups": ["/v/u"]}},
    }
    said = {
        **RENAMED,
        "groups": {"v": {"renamedFrom": "t", "subGroups": {"u": {}}}},
        "clients": {"api": {"authorizationSettings": {"policies": own}}},
    }
    plan = make_plan(compare(*both(said, live, "role/old", "group/t", "group/t/u")))
    assert sorted(str(change.address) for change in plan.changes) == ["group/v", "role/new"]


def test_what_names_each_other_is_written_in_some_order() -> None:
    said = {
        "clients": {
            "c": {
                "roles": {"r": {}},
                "protocolMappers": {"m": {"protocolMapper": "oidc-hardcoded-role-mapper", "config": {"role": "c.r"}}},
            }
        },
        "identityProviders": {"corp": {"providerId": "oidc", "firstBrokerLoginFlowAlias": "f"}},
        "authenticationFlows": {"f": {"executions": [step("identity-provider-redirector", defaultProvider="corp")]}},
        "clientScopes": {"s": {}},
        "roles": {"z": {}},
        "clientPolicies": {
            "a": {"conditions": [{"condition": "client-scopes", "configuration": {"scopes": ["s"]}}]},
            "b": {"conditions": [{"condition": "client-updater-source-roles", "configuration": {"roles": ["z"]}}]},
        },
    }
    desired_, snapshot = both(said, {})
    comparison = compare(desired_, snapshot)
    steps = in_order(make_steps(make_plan(comparison), comparison))
    order = [str(change.address) for one in steps for change in one.changes]
    assert order.index("client-scope/s") < order.index("client-policy/a")
    assert order.index("role/z") < order.index("client-policy/b")
    assert {"client-role/c/r", "protocol-mapper/c/m", "flow/f", "identity-provider/corp"} < set(order)


def test_an_ambiguous_path_is_refused_where_only_a_path_can_stand() -> None:
    mapper = {"identityProviderMapper": "oidc-hardcoded-group-idp-mapper", "config": {"group": "/a/b"}}
    providers = {"corp": {"providerId": "oidc", "mappers": {"m": mapper}}}
    said = {"groups": {"a": {"subGroups": {"b": {}}}, "a/b": {}}, "identityProviders": providers}
    with pytest.raises(BadConfig, match="the path /a/b is that of 2 groups: Keycloak finds a / b by it"):
        make_plan(compare(*both(said, {})))
    with pytest.raises(BadConfig, match="refers to the group a / b, which is neither declared nor on the server"):
        make_plan(compare(*both({**said, "groups": {"a": {}, "a/b": {}}}, {})))


def test_a_wish_that_closes_a_circle_is_left_out() -> None:
    needed: list[set[int]] = [set(), {0}, set(), set()]
    found = with_acyclic(needed, [{1}, set(), {0}, {2}])
    assert found == [set(), {0}, {0}, {2}]


def _changes(plan: Plan) -> Iterator[Change]:
    return (change for change in plan.changes if change.address.kind == "role")


def test_the_places_of_the_tables_are_places_of_settings() -> None:
    every = {value for name, value in vars(places).items() if name.isupper() and isinstance(value, str)}
    assert {place for place, *_ in typed_keys()} <= every
