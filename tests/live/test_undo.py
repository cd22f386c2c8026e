"""Taking applies back on a real Keycloak: afterwards the realm is, by its own export, what it was before.

Of every kind of change; of applies that were killed after any number of requests; and of nothing where somebody has
changed since what an apply touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest

from realmctl.admin import Admin
from realmctl.apply import apply
from realmctl.errors import RealmctlError, Refused
from realmctl.inventory import inventory
from realmctl.model.change import Plan
from realmctl.model.objects import Desired
from realmctl.progress import Report
from realmctl.takeback import chosen, kept, undo_of
from tests.conftest import Keycloak
from tests.faults.proxy import FaultProxy
from tests.live.equal import told
from tests.live.scene import addresses, applied, declared, planned, through


@pytest.fixture
def admin(keycloak: Keycloak) -> Iterator[Admin]:
    with closing(keycloak.admin()) as admin:
        yield admin


def undo_plan(admin: Admin, realm: str, wanted: str | None = None) -> tuple[Desired, Plan]:
    record = chosen(kept(admin, realm), wanted)
    assert record
    desired, plan, _ = undo_of(admin, record)
    return desired, plan


def undone(admin: Admin, realm: str, wanted: str | None = None) -> Report:
    return apply(admin, *undo_plan(admin, realm, wanted))


def state(admin: Admin, realm: str) -> tuple[Mapping[str, Any], Mapping[Any, str]]:
    """All that is in a realm, and what of it is owned."""
    users = admin.get(realm, "users", query={"briefRepresentation": "false"})
    people = {
        f"user {one['username']}.{key}": one.get(key) for one in users for key in ("email", "firstName", "enabled")
    }
    for one in users:
        held = admin.get(realm, "users", one["id"], "role-mappings", "realm")
        people[f"user {one['username']}.roles"] = sorted(role["name"] for role in held)
    return {**told(admin, realm), **people}, inventory(admin.get(realm).get("attributes") or {}, "realmctl").owned


def different(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


_COOKIE = {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"}
_FORM = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
_SUB = {"flow": "my forms", "requirement": "ALTERNATIVE", "executions": [_FORM]}
_OIDC = {"tokenUrl": "https://a.example/t", "authorizationUrl": "https://a.example/a", "clientId": "x"}
_MAPPER = {
    "protocol": "openid-connect",
    "protocolMapper": "oidc-hardcoded-claim-mapper",
    "config": {
        "claim.name": "team",
        "claim.value": "a",
        "access.token.claim": True,
        "introspection.token.claim": True,
    },
}
_MAP_ROLE = {"identityProviderMapper": "oidc-hardcoded-role-idp-mapper", "config": {"role": "a"}}

CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "roles": (
        {"roles": {"a": {"description": "was", "attributes": {"k": ["1"], "gone": ["x"]}}, "b": {}, "d": {}}},
        {"roles": {"a": {"description": "is", "attributes": {"k": ["2"], "gone": None, "new": ["y"]}}, "c": {}}},
    ),
    "a field that was not set": (
        {"roles": {"a": {}}, "groups": {"g": {}}, "clients": {"c": {"redirectUris": ["https://c.example/x"]}}},
        {
            "displayName": "Named",
            "roles": {"a": {"description": "new"}},
            "groups": {"g": {"description": "new", "attributes": {"a": ["b"]}}},
            "clients": {
                "c": {"name": "Named", "description": "new", "baseUrl": "https://c.example/", "redirectUris": []}
            },
        },
    ),
    "composites": (
        {"roles": {"a": {}, "b": {}, "all": {"composites": ["a", "b"]}}, "clients": {"c": {"roles": {"r": {}}}}},
        {
            "roles": {"a": {}, "all": {"composites": {"realm": ["a"], "client": {"c": ["r"]}}}},
            "clients": {"c": {"roles": {"r": {"composites": ["a"]}}}},
        },
    ),
    "a role is renamed": (
        {"roles": {"boss": {"description": "was"}, "x": {}}, "groups": {"g": {"realmRoles": ["boss"]}}},
        {
            "roles": {"lead": {"renamedFrom": "boss", "description": "is"}, "x": {}},
            "groups": {"g": {"realmRoles": ["lead", "x"]}},
        },
    ),
    "a client is renamed": (
        {"clients": {"old": {"roles": {"r": {}, "gone": {}}, "scopeMappings": []}}, "roles": {"a": {}}},
        {
            "clients": {"new": {"renamedFrom": "old", "roles": {"r": {"description": "is"}}, "scopeMappings": ["a"]}},
            "roles": {"a": {"composites": {"client": {"new": ["r"]}}}},
        },
    ),
    "a group is moved up by a rename": (
        {"groups": {"g": {"subGroups": {"in": {"attributes": {"a": ["1"]}}}}}},
        {"groups": {"h": {"renamedFrom": "g", "subGroups": {"in": {"attributes": {"a": ["2"]}}, "more": {}}}}},
    ),
    "clients with mappers": (
        {
            "clientScopes": {"s": {"protocol": "openid-connect"}, "t": {"protocol": "openid-connect"}},
            "roles": {"a": {}},
            "clients": {
                "gone": {
                    "publicClient": True,
                    "redirectUris": ["https://gone.example/cb"],
                    "webOrigins": [],
                    "attributes": {"pkce.code.challenge.method": "S256"},
                    "protocolMappers": {"team": _MAPPER},
                    "roles": {"r": {"description": "was", "composites": ["a"]}},
                    "defaultClientScopes": ["s"],
                    "optionalClientScopes": ["t"],
                    "scopeMappings": ["a"],
                },
                "batch": {
                    "serviceAccountsEnabled": True,
                    "serviceAccountRoles": {"realm": ["a"], "client": {"gone": ["r"]}},
                },
                "kept": {"protocolMappers": {"team": _MAPPER, "old": _MAPPER}},
            },
        },
        {
            "clientScopes": {"s": {"protocol": "openid-connect", "description": "is"}},
            "roles": {"a": {}},
            "clients": {
                "batch": {"serviceAccountsEnabled": False},
                "kept": {
                    "protocolMappers": {
                        "team": {**_MAPPER, "config": {"claim.value": "b"}},
                        "new": {**_MAPPER, "config": {**_MAPPER["config"], "claim.name": "other"}},
                    }
                },
                "made": {"protocolMappers": {"team": _MAPPER}, "roles": {"q": {}}},
            },
        },
    ),
    "groups": (
        {
            "roles": {"a": {}},
            "groups": {
                "one": {"realmRoles": ["a"], "subGroups": {"x": {"attributes": {"k": ["v"]}}, "y": {}}},
                "two": {},
            },
            "defaultGroups": ["/one/x"],
        },
        {"roles": {"a": {}}, "groups": {"two": {"realmRoles": ["a"], "subGroups": {"z": {}}}}, "defaultGroups": []},
    ),
    "flows": (
        {
            "authenticationFlows": {
                "mine": {"description": "was", "executions": [_COOKIE, _SUB]},
                "gone": {"executions": [_COOKIE]},
            },
            "browserFlow": "mine",
        },
        {
            "authenticationFlows": {
                "mine": {
                    "description": "is",
                    "executions": [
                        {**_SUB, "executions": [_FORM, {"authenticator": "auth-otp-form", "requirement": "DISABLED"}]},
                        _COOKIE,
                    ],
                },
                "other": {"executions": [_COOKIE]},
            },
            "browserFlow": "other",
        },
    ),
    "requirements of a flow": (
        {"authenticationFlows": {"mine": {"executions": [_COOKIE, _SUB]}}},
        {"authenticationFlows": {"mine": {"executions": [{**_COOKIE, "requirement": "DISABLED"}, _SUB]}}},
    ),
    "brokers": (
        {
            "roles": {"a": {}},
            "authenticationFlows": {"first": {"executions": [_COOKIE]}},
            "identityProviders": {
                "kept": {"providerId": "oidc", "config": _OIDC, "mappers": {"m": _MAP_ROLE}},
                "gone": {
                    "providerId": "oidc",
                    "displayName": "Gone",
                    "config": _OIDC,
                    "firstBrokerLoginFlowAlias": "first",
                    "mappers": {"m": _MAP_ROLE},
                },
            },
        },
        {
            "roles": {"a": {}},
            "authenticationFlows": {"first": {"executions": [_COOKIE]}},
            "identityProviders": {
                "kept": {
                    "providerId": "oidc",
                    "trustEmail": True,
                    "displayName": "Kept",
                    "config": {**_OIDC, "tokenUrl": "https://b.example/t", "prompt": "login"},
                    "postBrokerLoginFlowAlias": "first",
                    "mappers": {"n": _MAP_ROLE},
                }
            },
        },
    ),
    "settings": (
        {"displayName": "was", "accessTokenLifespan": 300, "attributes": {"mine": "1"}, "defaultRoles": ["offline_access"]},
        {
            "displayName": "is",
            "accessTokenLifespan": 600,
            "attributes": {"mine": "2", "more": "3"},
            "defaultRoles": ["uma_authorization"],
            "localization": {"en": {"a.b": "text"}},
            "bruteForceProtected": True,
        },
    ),
    "components": (
        {"components": {"keys": {"a": {"providerId": "rsa-generated", "config": {"priority": ["7"]}}, "b": {"providerId": "hmac-generated"}}}},
        {"components": {"keys": {"a": {"providerId": "rsa-generated", "config": {"priority": ["8"]}}, "c": {"providerId": "hmac-generated"}}}},
    ),
    "users": (
        {"roles": {"a": {}}, "users": {"anna": {"email": "anna@a.example", "realmRoles": ["a"]}, "ben": {"firstName": "Ben"}}},
        {"roles": {"a": {}}, "users": {"anna": {"email": "anna@b.example", "realmRoles": []}, "carl": {}}},
    ),
}  # fmt: skip


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

    undo = kept(admin, realm_name)[0]
    undone(admin, realm_name, undo.id)
    again = state(admin, realm_name)
    assert different(became[0], again[0]) == {}
    assert again[1] == became[1]
