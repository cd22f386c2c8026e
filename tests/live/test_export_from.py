"""Files of other tools on a real Keycloak: what they state is live after an apply, and nothing else was touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realmctl.export.foreign.documents import read_sources
from realmctl.export.read import read_realm
from realmctl.export.stated import export_stated
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Snapshot
from tests.live.equal import written
from tests.live.scene import applied, planned

BEFORE: dict[str, Any] = {
    "enabled": True,
    "registrationAllowed": True,
    "rememberMe": True,
    "accessTokenLifespan": 777,
    "displayName": "Before",
    "internationalizationEnabled": True,
    "supportedLocales": ["fr"],
    "attributes": {"mine": "kept", "theirs": "before"},
    "roles": {
        "realm": [
            {"name": "buyer", "description": "before", "attributes": {"mine": ["kept"], "level": ["1"]}},
            {"name": "untouched", "composite": True, "composites": {"realm": ["buyer"]}},
        ],
        "client": {"shop": [{"name": "own", "description": "kept"}]},
    },
    "groups": [{"name": "team", "realmRoles": ["untouched"], "attributes": {"mine": ["kept"]}}],
    "clients": [
        {
            "clientId": "shop",
            "enabled": False,
            "name": "before",
            "secret": "before",
            "redirectUris": ["https://before.example/cb"],
            "fullScopeAllowed": False,
            "standardFlowEnabled": False,
            "attributes": {"mine": "kept", "access.token.lifespan": "60"},
            "defaultClientScopes": ["profile"],
            "optionalClientScopes": ["email"],
            "protocolMappers": [
                {
                    "name": "kept",
                    "protocol": "openid-connect",
                    "protocolMapper": "oidc-audience-mapper",
                    "config": {"included.custom.audience": "a", "access.token.claim": "true"},
                }
            ],
        }
    ],
}
STATED: dict[str, Any] = {
    "registrationAllowed": False,
    "accessTokenLifespan": "$(env:LIFESPAN_NAME:-300)",
    "displayName": "",
    "supportedLocales": ["en", "de"],
    "attributes": {"theirs": "after"},
    "messageBundles": {"de": {"hello": "Hallo"}},
    "userProfile": {
        "attributes": [
            {"name": "username"},
            {"name": "email"},
            {"name": "team", "permissions": {"view": ["admin"], "edit": ["admin"]}},
        ]
    },
    "roles": {"realm": [{"name": "buyer", "description": "after", "attributes": {"level": ["2"]}}, {"name": "new"}]},
    "groups": [{"name": "team", "realmRoles": ["buyer"], "subGroups": [{"name": "below"}]}],
    "clients": [
        {
            "clientId": "shop",
            "enabled": "$(env:ON:-true)",
            "secret": "after",
            "redirectUris": ["https://shop.example/cb"],
            "fullScopeAllowed": True,
            "directAccessGrantsEnabled": False,
            "attributes": {"access.token.lifespan": "120"},
        },
        {"clientId": "fresh", "redirectUris": ["https://fresh.example/cb"]},
        {
            "clientId": "guarded",
            "serviceAccountsEnabled": True,
            "authorizationServicesEnabled": True,
            "authorizationSettings": {
                "resources": [{"name": "Default Resource", "uri": "/*", "scopes": [{"name": "read"}]}],
                "scopes": [{"name": "read"}],
                "policies": [
                    {"name": "buyers", "type": "role", "config": {"roles": '[{"id":"buyer","required":true}]'}},
                    {
                        "name": "Default Permission",
                        "type": "resource",
                        "config": {"resources": '["Default Resource"]', "applyPolicies": '["buyers"]'},
                    },
                ],
            },
        },
    ],
    "users": [{"username": "service-account-guarded", "clientRoles": {"guarded": ["uma_protection"]}}],
}


def test_what_a_file_states_is_live_and_nothing_else_is_touched(admin: Admin, realm_name: str, tmp_path: Path) -> None:
    admin.send("POST", (), {"realm": realm_name, **BEFORE})
    admin.renew()
    file = tmp_path / "import.json"
    file.write_text(json.dumps({"realm": realm_name, **STATED}))
    made = tmp_path / "made"
    (source,) = read_sources([file]).values()
    found = export_stated(source)
    desired = written(found, made)
    before = read_realm(admin, realm_name)
    applied(admin, desired)
    after = read_realm(admin, realm_name)
    assert planned(admin, desired).changes == ()

    realm, shop = of(after, "realm"), of(after, "client", "shop")
    assert {name: realm.get(name) for name in ("registrationAllowed", "rememberMe", "accessTokenLifespan")} == {
        "registrationAllowed": False,
        "rememberMe": True,
        "accessTokenLifespan": 300,
    }
    assert (realm.get("displayName") or "", sorted(realm["supportedLocales"])) == ("", ["de", "en"])
    assert (realm["attributes"]["mine"], realm["attributes"]["theirs"]) == ("kept", "after")
    assert {name: shop[name] for name in ("enabled", "name", "fullScopeAllowed", "standardFlowEnabled")} == {
        "enabled": True,
        "name": "before",
        "fullScopeAllowed": True,
        "standardFlowEnabled": False,
    }
    assert (shop["attributes"]["mine"], shop["attributes"]["access.token.lifespan"]) == ("kept", "120")
    assert of(after, "role", "buyer")["attributes"] == {"mine": ["kept"], "level": ["2"]}
    assert of(after, "group-roles", "team")["realmRoles"] == ["role/buyer"]
    assert of(after, "localization")["localization"] == {"de": {"hello": "Hallo"}}
    assert of(after, "authorization-resource", "guarded", "Default Resource")["uris"] == ["/*"]
    assert untouched(before, after) >= {
        "client-scopes-of-client/shop", "client-role/shop/own", "role/untouched", "role-composites/untouched",
        "protocol-mapper/shop/kept", "realm-client-scopes", "flow-bindings", "default-roles",
    }  # fmt: skip
    # A new client has what the realm gives to new clients: its file says nothing of its scopes.
    scopes = of(after, "client-scopes-of-client", "fresh")
    assert "client-scope/profile" in scopes["defaultClientScopes"]


def of(snapshot: Snapshot, kind: str, *names: str) -> Mapping[str, Any]:
    return snapshot.objects[Address(kind, names)].fields


def untouched(before: Snapshot, after: Snapshot) -> set[str]:
    """The addresses of the objects whose fields are what they were."""
    return {
        str(address)
        for address, live in before.objects.items()
        if (now := after.objects.get(address))
        and all(now.fields.get(name) == live.fields.get(name) for name in kinds()[address.kind].fields())
    }
