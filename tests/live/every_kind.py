"""Declarations of the kinds beside roles, clients and flows, as a realm's file has them; no test is in here."""

from __future__ import annotations

from typing import Any

from realmctl.keycloak.catalog.version_support import newer
from tests.conftest import VERSION

LDAP: dict[str, Any] = {
    "providerId": "ldap",
    "config": {
        "connectionUrl": "ldap://directory.example.com",
        "bindDn": "cn=reader",
        "bindCredential": "canary-ldap",
        "authType": "simple",
        "usersDn": "ou=people",
        "vendor": "other",
        "editMode": "READ_ONLY",
        "usernameLDAPAttribute": "uid",
        "rdnLDAPAttribute": "uid",
        "uuidLDAPAttribute": "entryUUID",
        "userObjectClasses": "person",
    },
    "subComponents": {
        "ldapMappers": {
            "mail": {
                "providerId": "user-attribute-ldap-mapper",
                "config": {"ldap.attribute": "mail", "user.model.attribute": "email", "read.only": True},
            }
        }
    },
}
COMPONENTS: dict[str, Any] = {
    "components": {
        "keys": {
            "rsa-generated": {"config": {"priority": 150}},
            "signing": {"providerId": "ecdsa-generated", "config": {"ecdsaEllipticCurveKey": "P-384"}},
            "signing (2)": {"name": "signing", "providerId": "ecdsa-generated", "config": {"priority": 7}},
        },
        "userFederation": {"directory": LDAP},
        "clientRegistrationPolicies:anonymous": {"Max Clients Limit": {"config": {"max-clients": 20}}},
    }
}

POLICIES: dict[str, Any] = {
    "clientProfiles": {
        f"strict {number}": {
            "description": "ours",
            "executors": [{"executor": "pkce-enforcer", "configuration": {"auto-configure": True}}],
        }
        for number in range(4)
    },
    "clientPolicies": {
        "ours": {
            "enabled": True,
            "mode": "STRICT",
            "conditions": [
                {"condition": "client-scopes", "configuration": {"type": "Optional", "scopes": ["phone"]}},
            ],
            "profiles": ["strict 1", "fapi-1-baseline"],
        }
    },
}
EVENTS: dict[str, Any] = {
    "eventsEnabled": True,
    "eventsExpiration": "30d",
    "eventsListeners": ["jboss-logging", "email"],
    "enabledEventTypes": ["LOGOUT", "LOGIN"],
    "adminEventsEnabled": True,
    "adminEventsDetailsEnabled": True,
    "attributes": {"adminEventsExpiration": 3600},
}
ORGANIZATIONS: dict[str, Any] = {
    "organizationsEnabled": True,
    "organizations": {
        "acme": {
            "name": "Acme Ltd.",
            "domains": [{"name": "acme.example", "verified": True}, "a.example"],
            "attributes": {"tier": ["gold", "early"]},
            "identityProviders": ["acme-oidc"],
        },
        **{f"o{number}": None for number in range(12)},
    },
    "identityProviders": {
        "acme-oidc": {
            "providerId": "oidc",
            "config": {"clientId": "x", "authorizationUrl": "https://a/a", "tokenUrl": "https://a/t"},
        }
    },
}
WORKFLOWS: dict[str, Any] = {
    "workflows": {
        "leavers": {
            "on": "user_created",
            "enabled": True,
            "steps": [
                {"uses": "notify-user", "after": "5d", "with": {"message": "soon"}},
                {"uses": "disable-user", "after": "10d"},
            ],
        },
        "others": {"on": "user_authenticated", "if": "has-role('a')", "steps": [{"uses": "disable-user"}]},
    },
    "roles": {"a": None},
}
AUTHORIZATION: dict[str, Any] = {
    "roles": {"boss": None, "a": None},
    "groups": {"team": {"subGroups": {"leads/x": None}}},
    "clients": {
        "documents": {
            "serviceAccountsEnabled": True,
            "authorizationServicesEnabled": True,
            "roles": {"reader": None, "uma_protection": None},
            "authorizationSettings": {
                "policyEnforcementMode": "PERMISSIVE",
                "decisionStrategy": "AFFIRMATIVE",
                "scopes": {"read": {"displayName": "Read"}, "write": None, "a/b %": None},
                "resources": {
                    "invoice": {
                        "type": "urn:invoice",
                        "uris": ["/invoices/*", "/i/*"],
                        "scopes": ["write", "read"],
                        "attributes": {"owner": ["a", "b"]},
                    },
                    "all": None,
                },
                "policies": {
                    "bosses": {
                        "type": "role",
                        "config": {"roles": ["boss", {"id": "documents/reader", "required": True}]},
                    },
                    "team": {
                        "type": "group",
                        "config": {"groups": ["/team", {"path": "/team/leads~/x", "extendChildren": True}]},
                    },
                    "self": {"type": "client", "logic": "NEGATIVE", "config": {"clients": ["documents"]}},
                    "scoped": {"type": "client-scope", "config": {"clientScopes": ["email"]}},
                    "office hours": {"type": "time", "config": {"hour": 8, "hourEnd": 17}},
                    "mail": {"type": "regex", "config": {"targetClaim": "email", "pattern": ".*@a.example"}},
                    "a both": {
                        "type": "aggregate",
                        "decisionStrategy": "AFFIRMATIVE",
                        "config": {"applyPolicies": ["team", "bosses"]},
                    },
                    "invoices": {"type": "resource", "config": {"resources": ["invoice"], "applyPolicies": ["bosses"]}},
                    "by type": {
                        "type": "resource",
                        "config": {"defaultResourceType": "urn:invoice", "applyPolicies": ["a both"]},
                    },
                    "reading": {
                        "type": "scope",
                        "description": "Who may read",
                        "config": {"resources": ["invoice"], "scopes": ["read"], "applyPolicies": ["team"]},
                    },
                },
            },
        }
    },
}
ADMINISTRATION: dict[str, Any] = {
    "adminPermissionsEnabled": True,
    "roles": {"boss": None},
    "groups": {"team": {"subGroups": {"leads/x": None}}},
    "clients": {
        "admin-permissions": {
            "authorizationSettings": {
                "policies": {
                    "bosses": {"type": "role", "config": {"roles": ["boss"]}},
                    "see everybody": {
                        "type": "scope",
                        "config": {"defaultResourceType": "Users", "scopes": ["view"], "applyPolicies": ["bosses"]},
                    },
                    "lead the team": {
                        "type": "scope",
                        "config": {
                            "defaultResourceType": "Groups",
                            "resources": ["/team/leads~/x", "/team"],
                            "scopes": ["view-members", "manage-members"],
                            "applyPolicies": ["bosses"],
                        },
                    },
                    "give out": {
                        "type": "scope",
                        "config": {
                            "defaultResourceType": "Roles",
                            "resources": ["boss", "account/view-profile"],
                            "scopes": ["map-role"],
                            "applyPolicies": ["bosses"],
                        },
                    },
                }
            }
        }
    },
}
LOCALIZATION: dict[str, Any] = {
    "internationalizationEnabled": True,
    "supportedLocales": ["de", "en"],
    "localization": {"de": {"login.title": "Anmelden ü/%", "a b/c": "x"}, "en": {"login.title": "Sign in"}},
}

EVERYTHING: list[dict[str, Any]] = [COMPONENTS, POLICIES, EVENTS, LOCALIZATION, ORGANIZATIONS, WORKFLOWS, AUTHORIZATION]

OLDER = bool(list(newer("workflow", {}, VERSION)))
"""Whether the server is too old for some of it, which is then left out."""
if OLDER:
    EVERYTHING.remove(WORKFLOWS)
    for policy in POLICIES["clientPolicies"].values():
        policy.pop("mode", None)
