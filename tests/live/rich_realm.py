"""One realm that has every kind in it, as a file would declare it; no test is in here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.live.every_kind import ADMINISTRATION, EVERYTHING

MORE: dict[str, Any] = {
    "displayName": "Rich",
    "userProfile": {"attributes": {"shoe": {"displayName": "Shoe", "permissions": {"view": ["admin"]}}}},
    "smtpServer": {"host": "smtp.example.com", "from": "a@example.com"},
    "browserSecurityHeaders": {"xFrameOptions": "DENY"},
    "roles": {
        "boss": {"attributes": {"level": ["1", "2"]}, "composites": {"realm": ["a"], "client": {"api": ["reader"]}}},
    },
    "groups": {
        "team": {"attributes": {"site": ["b", "a"]}, "realmRoles": ["a"], "clientRoles": {"api": ["reader"]}},
    },
    "defaultGroups": ["/team"],
    "clientScopes": {
        "ours": {
            "description": "ours",
            "attributes": {"display.on.consent.screen": "false"},
            "protocolMappers": {
                "site": {
                    "protocolMapper": "oidc-hardcoded-claim-mapper",
                    "config": {"claim.name": "site", "claim.value": "b", "access.token.claim": "true"},
                }
            },
            "scopeMappings": ["a"],
        }
    },
    "clients": {
        "api": {
            "secret": "secret-of-api",
            "redirectUris": ["https://b.example.com/*", "https://a.example.com/*"],
            "serviceAccountsEnabled": True,
            "serviceAccountRoles": ["boss"],
            "fullScopeAllowed": False,
            "roles": {"reader": {"description": "reads"}, "writer": {"composites": {"client": {"api": ["reader"]}}}},
            "scopeMappings": ["a"],
            "attributes": {"access.token.lifespan": "60"},
            "authenticationFlowBindingOverrides": {"browser": "ours"},
            "protocolMappers": {
                "audience": {
                    "protocolMapper": "oidc-audience-mapper",
                    "config": {"included.client.audience": "api", "access.token.claim": "true"},
                }
            },
        },
        "sp": {"protocol": "saml", "redirectUris": ["https://sp.example.com/*"]},
    },
    "identityProviders": {
        "corp": {
            "providerId": "oidc",
            "config": {"clientId": "x", "authorizationUrl": "https://b/a", "tokenUrl": "https://b/t"},
            "mappers": {
                "role": {
                    "identityProviderMapper": "oidc-role-idp-mapper",
                    "config": {"claim": "roles", "claim.value": "x", "role": "a", "syncMode": "FORCE"},
                }
            },
        }
    },
    "authenticationFlows": {
        "ours": {
            "description": "ours",
            "executions": [
                {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
                {
                    "authenticator": "identity-provider-redirector",
                    "requirement": "ALTERNATIVE",
                    "configAlias": "to corp",
                    "config": {"defaultProvider": "corp"},
                },
            ],
        }
    },
    "requiredActions": {"UPDATE_PASSWORD": {"config": {"max_auth_age": "60"}}},
}


def rich_realm() -> dict[str, Any]:
    """Return the declarations of all kinds as one realm file."""
    found: dict[str, Any] = {}
    for part in (*EVERYTHING, ADMINISTRATION, MORE):
        found = merge(found, part)
    return found


def merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return both mappings in one; where both have a key, the other's value, or the merge of two mappings."""
    found = dict(one)
    for key, value in other.items():
        have = found.get(key)
        found[key] = merge(have, value) if isinstance(have, Mapping) and isinstance(value, Mapping) else value
    return found
