"""Realms before and after an apply, for what has to be taken back: one pair for every sort of change."""

from __future__ import annotations

from typing import Any

_COOKIE = {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"}
_FORM = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
_SUB = {"flow": "my forms", "requirement": "ALTERNATIVE", "executions": [_FORM]}
_OIDC = {"tokenUrl": "https://a.example/t", "authorizationUrl": "https://a.example/a", "clientId": "x"}
_MAPPER: dict[str, Any] = {
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

_RSA = {"providerId": "rsa-generated"}
_PRIVATE = {"publicClient": False, "serviceAccountsEnabled": True}
_AUTHORIZED = {
    **_PRIVATE,
    "authorizationServicesEnabled": True,
    "authorizationSettings": {
        "scopes": {"read": {}},
        "resources": {"orders": {"scopes": ["read"], "uris": ["/orders"]}},
    },
}

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
        {
            "displayName": "was",
            "accessTokenLifespan": 300,
            "attributes": {"mine": "1"},
            "defaultRoles": ["offline_access"],
        },
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
        {"components": {"keys": {"a": {**_RSA, "config": {"priority": ["7"]}}, "b": {"providerId": "hmac-generated"}}}},
        {"components": {"keys": {"a": {**_RSA, "config": {"priority": ["8"]}}, "c": {"providerId": "hmac-generated"}}}},
    ),
    "users": (
        {
            "roles": {"a": {}},
            "users": {"anna": {"email": "anna@a.example", "realmRoles": ["a"]}, "ben": {"firstName": "Ben"}},
        },
        {"roles": {"a": {}}, "users": {"anna": {"email": "anna@b.example", "realmRoles": []}, "carl": {}}},
    ),
    "users that go": (
        {
            "roles": {"a": {}, "gone": {}},
            "groups": {"g": {"subGroups": {"s": {}}}},
            "clients": {"c": {"roles": {"r": {}}}},
            "users": {
                "anna": {"realmRoles": ["a", "gone"], "clientRoles": {"c": ["r"]}, "groups": ["/g/s"]},
                "ben": {"realmRoles": []},
            },
        },
        {
            "roles": {"a": {}},
            "groups": {"g": {"subGroups": {"s": {}}}},
            "clients": {"c": {"roles": {"r": {}}}},
            "users": {"ben": {"realmRoles": []}},
        },
    ),
    "authorization services": (
        {"clients": {"c": _AUTHORIZED}},
        {"clients": {"c": {**_PRIVATE, "authorizationServicesEnabled": False}}},
    ),
}


MIXED: tuple[dict[str, Any], dict[str, Any]] = (
    {
        "browserFlow": "mine",
        "roles": {"a": {"description": "was"}, "b": {"composites": ["a"]}, "old": {}},
        "clients": {"app": {"roles": {"r": {}}, "scopeMappings": ["a"]}, "gone": {"roles": {"q": {}}}},
        "groups": {"g": {"realmRoles": ["a"]}},
        "authenticationFlows": {"mine": {"executions": [_COOKIE, _SUB]}},
    },
    {
        "browserFlow": "mine",
        "displayName": "new",
        "roles": {"a": {"description": "is"}, "c": {"renamedFrom": "b", "composites": ["d"]}, "d": {}},
        "clients": {"app": {"roles": {"s": {}}, "scopeMappings": ["d"]}},
        "groups": {"g": {"realmRoles": ["c"]}},
        "authenticationFlows": {"mine": {"executions": [_SUB, _COOKIE]}},
    },
)
