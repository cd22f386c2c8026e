"""Round trips on a real Keycloak: what is exported plans to nothing, and makes an equal realm where there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from realmctl.admin import Admin
from realmctl.catalogue import fresh_realm
from realmctl.export import Exported, export
from realmctl.export.read import whole
from realmctl.load import load
from realmctl.model.objects import Desired
from tests.conftest import Keycloak
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
            {
                "clientId": "https://sp.example.com/saml?a=b",
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
                    }
                ],
            },
        ],
        "authenticatorConfig": [{"alias": "to corp", "config": {"defaultProvider": "corp"}}],
        "browserFlow": "mine",
    },
}
"""Laid over a realm by its import (`partialImport` would not take all of it)."""

CHANGES = frozenset(
    {
        "id",
        "internalId",
        "containerId",
        "parentId",
        "createdTimestamp",
        "client.secret.creation.time",
        "keycloakVersion",
    }
)
GENERATED = frozenset({"saml.signing.certificate", "saml.signing.private.key", "realmctl"})


@pytest.fixture
def admin(keycloak: Keycloak) -> Iterator[Admin]:
    with closing(keycloak.admin()) as admin:
        yield admin


@pytest.mark.parametrize("case", CASES)
def test_a_realm_comes_back_equal(admin: Admin, realm_name: str, tmp_path: Path, case: str) -> None:
    make(admin, realm_name, CASES[case])
    found = export(whole(admin, realm_name))
    assert (found.findings, found.changes) == ((), ())
    desired = written(found, tmp_path)
    assert planned(admin, desired).changes == ()
    before = told(admin, realm_name)

    admin.send("DELETE", (realm_name,))
    applied(admin, desired)

    assert planned(admin, desired).changes == ()
    assert told(admin, realm_name) == before


def make(admin: Admin, realm: str, said: Mapping[str, Any]) -> None:
    """A realm by Keycloak's own import; flows beside its own ones are posted, as an import would replace those."""
    body = {name: value for name, value in said.items() if name not in ("authenticationFlows", "authenticatorConfig")}
    if "authenticationFlows" in said:
        fresh = fresh_realm()
        body["authenticationFlows"] = [*fresh["authenticationFlows"], *said["authenticationFlows"]]
        body["authenticatorConfig"] = [*fresh["authenticatorConfig"], *said["authenticatorConfig"]]
    if body.get("clients"):
        fresh = fresh_realm()
        body["clientScopes"] = [*fresh["clientScopes"], {"name": "mine", "protocol": "openid-connect"}]
        body |= {name: fresh[name] for name in ("defaultDefaultClientScopes", "defaultOptionalClientScopes")}
    admin.send("POST", (), {"realm": realm, "enabled": True, **body})
    admin.renew()


def written(found: Exported, folder: Path) -> Desired:
    """The files on a disk, loaded as anybody would, with the variables set."""
    for name, text in found.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    environ = {one.name: one.value.reveal() if one.value else "" for one in found.variables}
    (config,) = load([folder], environ=environ)
    return config.desired


def told(admin: Admin, realm: str) -> Any:
    """Keycloak's own export without what differs between two realms that are equal, in an order of its own."""
    query = {"exportClients": "true", "exportGroupsAndRoles": "true"}
    whole = admin.send("POST", (realm, "partial-export"), {}, query).body
    flows = {flow["id"]: flow["alias"] for flow in whole["authenticationFlows"]}
    for client in whole["clients"]:
        if client["bearerOnly"]:
            # Nobody logs in to Keycloak's own ones, whose scopes depend on how the realm was made.
            client |= {"defaultClientScopes": [], "optionalClientScopes": []}
        overrides = client.get("authenticationFlowBindingOverrides") or {}
        client["authenticationFlowBindingOverrides"] = {key: flows[flow] for key, flow in overrides.items()}
    return dict(leaves(plain({**whole, "profile": admin.get(realm, "users", "profile")})))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The single values with their paths, named objects by their names: a difference is then told where it is."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}")
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            named = next((item[key] for key in ("clientId", "alias", "name") if key in item), index)
            yield from leaves(item, f"{path}[{named}{item.get('subType', '')}]")
    else:
        yield path, value


def plain(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        kept = {name: plain(item, name) for name, item in value.items() if name not in CHANGES | GENERATED}
        return {
            name: item
            for name, item in sorted(kept.items())
            if item not in (None, "", [], {}, False) and not name.startswith("realmctl.")
        }
    if isinstance(value, list):
        if key == "authenticationExecutions":
            in_order = sorted(value, key=lambda step: step["priority"])
            return [plain({name: item for name, item in step.items() if name != "priority"}) for step in in_order]
        return sorted((plain(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
