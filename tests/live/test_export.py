"""Round trips on a real Keycloak: what is exported plans to nothing, and makes an equal realm where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from realmctl.export import export
from realmctl.export.read import read_realm
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.catalog import fresh_realm
from realmctl.model.address import Address
from tests.conftest import VERSION
from tests.live.equal import written
from tests.live.equal_export import told
from tests.live.scene import applied, planned

ODD = ("a b", "ü/ö", "100%", 'it\'s "so"', "👾", "x" * 255, "null", "5", "раypal", "offline_access2", "#", "$(env:X)")
"""Names that a file, an address or a URL could trip over."""

CASES: dict[str, dict[str, Any]] = {
    "untouched": {},
    "settings": {
        "displayName": "Shop: \"the\" 'shop'",
        "displayNameHtml": "<b>Shop</b>\n<i>shop</i>",
        "accessTokenLifespan": 901,
        "bruteForceProtected": True,
        "loginTheme": "keycloak",
        "supportedLocales": ["en", "de"],
        "internationalizationEnabled": True,
        "defaultLocale": "de",
        "passwordPolicy": "length(12) and notUsername",
        "browserSecurityHeaders": {"xFrameOptions": "DENY", "contentSecurityPolicy": "frame-src 'self'"},
        "smtpServer": {"host": "smtp.example.com", "from": "a@example.com", "port": "25"},
        "attributes": {"acr.loa.map": '{"gold":"2"}', "frontendUrl": "https://id.example.com"},
        "enabledEventTypes": ["LOGIN", "LOGOUT"],
    },
    "roles": {
        "roles": {
            "realm": [
                *({"name": name, "description": name[:255]} for name in ODD),
                {
                    "name": "all",
                    "composite": True,
                    "composites": {"realm": ["a b", "100%"], "client": {"api": ["x/y"]}},
                },
            ],
            "client": {"api": [{"name": "x/y", "attributes": {"a": ["1", "2"], "b": ["true"]}}]},
        },
        "clients": [{"clientId": "api", "publicClient": True}],
    },
    "texts that lead nowhere": {
        "identityProviders": [
            {
                "alias": "up",
                "providerId": "oidc",
                "config": {
                    "clientId": "x",
                    "authorizationUrl": "https://up.example/a",
                    "tokenUrl": "https://up.example/t",
                },
            }
        ],
        "identityProviderMappers": [
            {
                "name": "m",
                "identityProviderAlias": "up",
                "identityProviderMapper": "oidc-hardcoded-role-idp-mapper",
                "config": {"syncMode": "INHERIT", "role": "orders-api.nowhere"},
            }
        ],
        "authenticationFlows": [
            {
                "alias": "odd",
                "providerId": "basic-flow",
                "topLevel": True,
                "builtIn": False,
                "authenticationExecutions": [
                    {
                        "authenticator": name,
                        "requirement": "ALTERNATIVE",
                        "priority": 10,
                        "authenticatorFlow": False,
                        "authenticatorConfig": name,
                    }
                    for name in ("identity-provider-redirector", "auth-conditional-otp-form")
                ],
            },
        ],
        "authenticatorConfig": [
            {"alias": "identity-provider-redirector", "config": {"defaultProvider": "gone"}},
            {"alias": "auth-conditional-otp-form", "config": {"skipOtpRole": "nobody"}},
        ],
    },
    "groups": {
        "roles": {"realm": [{"name": "r"}]},
        "groups": [
            {
                "name": "a/b",
                "attributes": {"k": ["v"]},
                "realmRoles": ["r"],
                "subGroups": [{"name": "c", "subGroups": []}],
            },
            {"name": "ünï", "clientRoles": {"account": ["view-profile"]}},
        ],
        "defaultGroups": ["/ünï"],
    },
    "clients": {
        "roles": {"realm": [{"name": "r"}], "client": {"batch": [{"name": "own"}]}},
        "clients": [
            {
                "clientId": "batch",
                "secret": "s3cret-of-batch",
                "serviceAccountsEnabled": True,
                "standardFlowEnabled": False,
                "fullScopeAllowed": False,
                "attributes": {"access.token.lifespan": "60"},
            },
            {"clientId": "bare", "publicClient": True, "defaultClientScopes": [], "optionalClientScopes": []},
            {
                "clientId": "https://sp.example.com/saml?a",
                "protocol": "saml",
                "redirectUris": ["https://sp.example.com/*"],
                "attributes": {"saml.assertion.signature": "true"},
            },
            {
                "clientId": "spa",
                "publicClient": True,
                "redirectUris": ["https://spa.example.com/*", "*"],
                "webOrigins": ["+"],
                "defaultClientScopes": ["profile", "mine"],
                "optionalClientScopes": [],
                "protocolMappers": [
                    {
                        "name": "aud: b",
                        "protocol": "openid-connect",
                        "protocolMapper": "oidc-audience-mapper",
                        "config": {"included.custom.audience": "b", "access.token.claim": "true"},
                    }
                ],
            },
        ],
        "scopeMappings": [{"client": "batch", "roles": ["r"]}],
    },
    "brokers": {
        "identityProviders": [
            {
                "alias": "corp",
                "providerId": "oidc",
                "enabled": False,
                "trustEmail": True,
                "config": {
                    "clientId": "x",
                    "tokenUrl": "https://a.example/t",
                    "authorizationUrl": "https://a.example/a",
                    "useJwksUrl": "true",
                },
            }
        ],
        "identityProviderMappers": [
            {
                "name": "m: 1",
                "identityProviderAlias": "corp",
                "identityProviderMapper": "oidc-role-idp-mapper",
                "config": {"claim": "roles", "claim.value": "x", "role": "offline_access", "syncMode": "FORCE"},
            }
        ],
    },
    "flows": {
        "authenticationFlows": [
            {
                "alias": "mine",
                "description": "mine",
                "providerId": "basic-flow",
                "topLevel": True,
                "builtIn": False,
                "authenticationExecutions": [
                    {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE", "priority": 10},
                    {
                        "flowAlias": "mine below",
                        "authenticatorFlow": True,
                        "requirement": "ALTERNATIVE",
                        "priority": 20,
                    },
                ],
            },
            {
                "alias": "mine below",
                "providerId": "basic-flow",
                "topLevel": False,
                "builtIn": False,
                "authenticationExecutions": [
                    {
                        "authenticator": "identity-provider-redirector",
                        "authenticatorConfig": "to corp",
                        "requirement": "REQUIRED",
                        "priority": 10,
                    },
                    {
                        "authenticator": "conditional-user-role",
                        "authenticatorConfig": "says nothing",
                        "requirement": "DISABLED",
                        "priority": 20,
                    },
                ],
            },
        ],
        "authenticatorConfig": [
            {"alias": "to corp", "config": {"defaultProvider": "corp"}},
            {"alias": "says nothing", "config": {}},
        ],
        "identityProviders": [
            {
                "alias": "corp",
                "providerId": "oidc",
                "config": {
                    "clientId": "x",
                    "tokenUrl": "https://a.example/t",
                    "authorizationUrl": "https://a.example/a",
                },
            }
        ],
        "browserFlow": "mine",
    },
}
"""Laid over a realm by its import (`partialImport` would not take all of it)."""


@pytest.mark.parametrize("case", CASES)
def test_a_realm_comes_back_equal(admin: Admin, realm_name: str, tmp_path: Path, case: str) -> None:
    make(admin, realm_name, CASES[case])
    found = export(read_realm(admin, realm_name))
    assert (found.findings, found.changes) == ((), ())
    desired = written(found, tmp_path)
    assert planned(admin, desired).changes == ()
    before = told(admin, realm_name)

    admin.send("DELETE", (realm_name,))
    applied(admin, desired)

    assert planned(admin, desired).changes == ()
    assert told(admin, realm_name) == before


def test_what_an_older_keycloak_made_comes_back(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    """Built-in flows that nobody can change, mappers of another type, scopes that new clients don't get."""
    fresh = fresh_realm(VERSION)
    flows = {flow["alias"]: flow for flow in fresh["authenticationFlows"]}
    steps = flows["browser"]["authenticationExecutions"]
    flows["browser"]["authenticationExecutions"] = [one for one in steps if one.get("flowAlias") != "Organization"]
    flows["Account verification options"]["description"] = "as it was spelled once"
    scopes = {scope["name"]: scope for scope in fresh["clientScopes"]}
    mapper = next(one for one in scopes["email"]["protocolMappers"] if one["name"] == "email")
    mapper["protocolMapper"] = "oidc-usermodel-property-mapper"
    del mapper["config"]["introspection.token.claim"]
    gone = ("Organization", "Browser - Conditional Organization")
    scopes["roles"]["protocolMappers"].pop()  # deliberately
    actions = [action for action in fresh["requiredActions"] if action["alias"] != "UPDATE_EMAIL"]
    body: dict[str, Any] = {
        "requiredActions": actions,
        "authenticationFlows": [flow for name, flow in flows.items() if name not in gone],
        "authenticatorConfig": fresh["authenticatorConfig"],
        "clientScopes": [scope for name, scope in scopes.items() if name != "address"],
        "defaultDefaultClientScopes": [],
        "defaultOptionalClientScopes": ["offline_access"],
        "clients": [{"clientId": "app", "publicClient": True}],
        "clientProfiles": {"profiles": [{"name": "p", "executors": [{"executor": "suppress-refresh-token-rotation"}]}]},
    }
    body["clientProfiles"]["profiles"][0]["executors"][0]["configuration"] = {}
    admin.send("POST", (), {"realm": realm_name, "enabled": True, **body})
    admin.renew()
    found = export(read_realm(admin, realm_name))
    assert (found.findings, found.changes) == ((), ())
    desired = written(found, tmp_path)
    assert {Address("client-scope", ("address",)), Address("required-action", ("UPDATE_EMAIL",))} < {*desired.absent}
    before = told(admin, realm_name)
    admin.send("DELETE", (realm_name,))
    report = applied(admin, desired)
    assert Address("flow", ("browser",)) in {change.address for change in report.applied}
    assert planned(admin, desired).changes == ()
    assert told(admin, realm_name) == before


def make(admin: Admin, realm: str, said: Mapping[str, Any]) -> None:
    """A realm by Keycloak's own import; flows beside its own ones are posted, as an import would replace those."""
    body = {name: value for name, value in said.items() if name not in ("authenticationFlows", "authenticatorConfig")}
    if "authenticationFlows" in said:
        fresh = fresh_realm(VERSION)
        body["authenticationFlows"] = [*fresh["authenticationFlows"], *said["authenticationFlows"]]
        body["authenticatorConfig"] = [*fresh["authenticatorConfig"], *said["authenticatorConfig"]]
    if body.get("clients"):
        fresh = fresh_realm(VERSION)
        body["clientScopes"] = [*fresh["clientScopes"], {"name": "mine", "protocol": "openid-connect"}]
        body |= {name: fresh[name] for name in ("defaultDefaultClientScopes", "defaultOptionalClientScopes")}
    admin.send("POST", (), {"realm": realm, "enabled": True, **body})
    admin.renew()
