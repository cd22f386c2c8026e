"""An object that changes its type has the settings that a new object of the files would have, and no others."""

from __future__ import annotations

from typing import Any

from realmctl.keycloak.admin import Admin
from tests.live.scene import applied, declared, planned

BROKER: dict[str, Any] = {
    "providerId": "oidc",
    "config": {"clientId": "x", "authorizationUrl": "https://a.example/a", "tokenUrl": "https://a.example/t"},
}
CLAIM = {"claim.name": "site", "jsonType.label": "String", "access.token.claim": True, "id.token.claim": False}


def scene(*, changed: bool) -> dict[str, Any]:
    """The realm before or after the types change."""
    mapper: dict[str, Any] = {
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {"user.attribute": "site", **CLAIM},
    }
    grants: dict[str, Any] = {
        "identityProviderMapper": "oidc-user-attribute-idp-mapper",
        "config": {"syncMode": "FORCE", "claim": "site", "user.attribute": "site"},
    }
    key: dict[str, Any] = {"providerId": "hmac-generated", "config": {"algorithm": "HS384", "secretSize": 64}}
    step: dict[str, Any] = {"authenticator": "conditional-user-role", "config": {"condUserRole": "boss"}}
    app: dict[str, Any] = {
        "attributes": {"access.token.lifespan": 60, "pkce.code.challenge.method": "S256", "own": "x"}
    }
    if changed:
        mapper = {
            "protocolMapper": "oidc-usermodel-client-role-mapper",
            "config": {"usermodel.clientRoleMapping.clientId": "shop", "claim.name": "site", "multivalued": True},
        }
        grants = {"identityProviderMapper": "oidc-hardcoded-role-idp-mapper", "config": {"role": "boss"}}
        key = {"providerId": "ecdsa-generated", "config": {"ecdsaEllipticCurveKey": "P-384"}}
        step = {"authenticator": "conditional-user-attribute", "config": {"attribute_name": "site"}}
        app = {"protocol": "saml"}
    return {
        "roles": {"boss": None},
        "clients": {"shop": {"roles": {"r": None}, "protocolMappers": {"site": mapper}}, "app": app},
        "clientScopes": {"sites": {"protocolMappers": {"site": mapper}}},
        "identityProviders": {"partner": {**BROKER, "mappers": {"grants": grants}}},
        "components": {"keys": {"ours": key}},
        "authenticationFlows": {
            "own": {
                "executions": [
                    {**step, "requirement": "REQUIRED"},
                    {"authenticator": "auth-cookie", "requirement": "DISABLED"},
                ]
            }
        },
    }


def settings(admin: Admin, realm: str) -> dict[str, Any]:
    """The settings of every object of the scene."""
    query = {"exportClients": "true", "exportGroupsAndRoles": "true"}
    export = admin.send("POST", (realm, "partial-export"), {}, query).body
    clients = {one["clientId"]: one for one in export["clients"]}
    (scope,) = (one for one in export["clientScopes"] if one["name"] == "sites")
    (broker,) = export["identityProviderMappers"]
    (key,) = (one for one in export["components"]["org.keycloak.keys.KeyProvider"] if one["name"] == "ours")
    used = {"conditional-user-role", "conditional-user-attribute"}
    (flow,) = (one for one in export["authenticationFlows"] if one["alias"] == "own")
    (step,) = (one for one in flow["authenticationExecutions"] if one["authenticator"] in used)
    (config,) = (one for one in export["authenticatorConfig"] if one["alias"] == step["authenticatorConfig"])
    return {
        "client mapper": clients["shop"]["protocolMappers"][0]["config"],
        "scope mapper": scope["protocolMappers"][0]["config"],
        "broker mapper": broker["config"],
        "key": key["config"],
        "step": config["config"],
    }


def test_nothing_of_the_old_type_stays(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, scene(changed=False)))
    desired = declared(realm_name, scene(changed=True))
    plan = planned(admin, desired)
    gone = {f"{one.address} {field.path}" for one in plan.changes for field in one.fields if field.new is None}
    assert gone >= {
        "protocol-mapper/shop/site config.user.attribute",
        "scope-mapper/sites/site config.jsonType.label",
        "identity-provider-mapper/partner/grants config.claim",
        "component/keys/ours config.algorithm",
        "client/app attributes.pkce.code.challenge.method",
    }
    applied(admin, desired)
    assert planned(admin, desired).empty
    found = settings(admin, realm_name)
    mapper = {"usermodel.clientRoleMapping.clientId": "shop", "claim.name": "site", "multivalued": "true"}
    assert found["client mapper"] == found["scope mapper"] == mapper
    assert found["broker mapper"] == {"role": "boss", "syncMode": "INHERIT"}
    assert {key: value for key, value in found["key"].items() if not key.startswith("ecdsa")} == {}
    assert found["step"] == {"attribute_name": "site"}
    (app,) = admin.get(realm_name, "clients", query={"clientId": "app"})
    assert not {"access.token.lifespan", "pkce.code.challenge.method"} & set(app["attributes"])
    assert app["attributes"]["own"] == "x"
