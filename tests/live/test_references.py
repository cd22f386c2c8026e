"""References by text inside config on a real Keycloak: refused where they lead nowhere, followed through renames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import BadConfig
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.references import Names, mentions
from tests.conftest import Keycloak
from tests.live.every_kind import LDAP
from tests.live.scene import applied, declared, planned

_GROUP_MAPPER = {
    "groups.dn": "ou=groups", "mode": "READ_ONLY", "group.name.ldap.attribute": "cn",
    "group.object.classes": "groupOfNames", "membership.ldap.attribute": "member", "membership.attribute.type": "DN",
    "user.roles.retrieve.strategy": "LOAD_GROUPS_BY_MEMBER_ATTRIBUTE",
}  # fmt: skip
_ROLE_MAPPER = {
    "roles.dn": "ou=roles", "mode": "READ_ONLY", "role.name.ldap.attribute": "cn",
    "role.object.classes": "groupOfNames", "membership.ldap.attribute": "member", "membership.attribute.type": "DN",
    "user.roles.retrieve.strategy": "LOAD_ROLES_BY_MEMBER_ATTRIBUTE", "use.realm.roles.mapping": "false",
}  # fmt: skip


def referring(suffix: str) -> dict[str, Any]:
    """A realm in which everything that can name a role, a client, a group, a scope or a flow by a text does so."""

    def named(name: str) -> dict[str, Any]:
        return {"renamedFrom": name} if suffix else {}

    role, client, group, scope = (f"{name}{suffix}" for name in ("reader", "shop", "team", "wide"))
    own = f"{client}.seller{suffix}"
    return {
        "roles": {role: named("reader")},
        "groups": {group: {**named("team"), "subGroups": {"leads": {}}}},
        "clientScopes": {scope: {**named("wide"), "protocol": "openid-connect"}},
        "clients": {
            client: {
                **named("shop"),
                "publicClient": False,
                "serviceAccountsEnabled": True,
                "authorizationServicesEnabled": True,
                "roles": {f"seller{suffix}": named("seller")},
                "protocolMappers": {
                    "audience": _mapper("oidc-audience-mapper", "included.client.audience", client),
                    "own": _mapper("oidc-usermodel-client-role-mapper", "usermodel.clientRoleMapping.clientId", client),
                    "role": _mapper("oidc-hardcoded-role-mapper", "role", own),
                    "other name": _mapper("oidc-role-name-mapper", "role", role, **{"new.role.name": "x"}),
                },
                "authorizationSettings": {
                    "policies": {
                        "role": {"type": "role", "config": {"roles": [role, f"{client}/seller{suffix}"]}},
                        "group": {"type": "group", "config": {"groups": [f"/{group}/leads"]}},
                    }
                },
            }
        },
        "identityProviders": {
            "corp": {
                "providerId": "oidc",
                "config": {"tokenUrl": "https://a/t", "authorizationUrl": "https://a/a", "clientId": "x"},
                "mappers": {
                    "role": _given("role", role),
                    "own": _given("role", own),
                    "group": _given("group", f"/{group}"),
                    "leads": _given("group", f"/{group}/leads"),
                },
            }
        },
        "authenticationFlows": {
            "conditions": {
                "executions": [
                    {
                        "flow": "all of them",
                        "requirement": "CONDITIONAL",
                        "executions": [
                            _step("conditional-user-role", condUserRole=role),
                            _step("conditional-client-scope", client_scope=scope),
                            _step("auth-conditional-otp-form", skipOtpRole=own, forceOtpRole=role),
                        ],
                    }
                ]
            }
        },
        "clientPolicies": {
            "ours": {
                "enabled": False,
                "conditions": [
                    {"condition": "client-scopes", "configuration": {"type": "Default", "scopes": [scope]}},
                    {"condition": "client-updater-source-roles", "configuration": {"roles": [own, role]}},
                    {"condition": "client-updater-source-groups", "configuration": {"groups": [group]}},
                ],
            }
        },
        "components": {
            "userFederation": {
                "directory": {
                    **LDAP,
                    "config": {**LDAP["config"], "enabled": False},
                    "subComponents": {
                        "ldapMappers": {
                            "role": _kept("hardcoded-ldap-role-mapper", role=own),
                            "group": _kept("hardcoded-ldap-group-mapper", group=f"/{group}"),
                            "groups": _kept("group-ldap-mapper", **{"groups.path": f"/{group}"}, **_GROUP_MAPPER),
                            "roles": _kept("role-ldap-mapper", **{"client.id": client}, **_ROLE_MAPPER),
                        }
                    },
                }
            }
        },
        "userProfile": {
            "attributes": {
                "level": {
                    "permissions": {"view": ["admin"], "edit": ["admin"]},
                    "selector": {"scopes": [scope]},
                    "required": {"scopes": [scope]},
                }
            }
        },
    }


def _mapper(kind: str, key: str, value: str, **more: str) -> dict[str, Any]:
    return {"protocolMapper": kind, "config": {key: value, "claim.name": "c", "access.token.claim": "true", **more}}


def _given(key: str, value: str) -> dict[str, Any]:
    config = {key: value, "syncMode": "INHERIT"}
    return {"identityProviderMapper": f"oidc-hardcoded-{key}-idp-mapper", "config": config}


def _step(authenticator: str, **config: str) -> dict[str, Any]:
    return {"authenticator": authenticator, "requirement": "REQUIRED", "config": config}


def _kept(kind: str, **config: str) -> dict[str, Any]:
    return {"providerId": kind, "config": config}


def test_every_reference_has_the_new_name_after_renames(admin: Admin, realm_name: str) -> None:
    applied(admin, declared(realm_name, referring("")))
    renamed = declared(realm_name, referring("-2"))
    plan = planned(admin, renamed)
    followed = {"identity-provider-mapper", "authorization-policy"}
    assert not [change for change in plan.changes if change.address.kind in followed]
    applied(admin, renamed)
    assert planned(admin, renamed).empty

    snapshot = read(admin, scope_of(renamed))
    names = Names({address: one.fields for address, one in snapshot.objects.items()})
    texts = {}
    for address, want in renamed.resources.items():
        live = snapshot.objects[address]
        for mention in mentions(address, live.fields, names.ask):
            texts[mention.holder.kind, mention.path[-1], mention.text] = names.find(mention)
            if address in renamed.resources and mention.text in str(want.fields):
                assert names.find(mention), mention
    kept = {text for _, _, text in texts if not text.endswith("-2") and "leads" not in text}
    assert kept <= {"email", "all of them"}
    assert {kind for kind, _, _ in texts} == {
        "protocol-mapper", "identity-provider-mapper", "flow", "client-policy", "sub-component", "user-profile",
    }  # fmt: skip


def suspending(role: str, former: str = "") -> Mapping[str, Any]:
    """A realm in which a password gives no token to those who have a role."""
    denied = {
        "flow": "those who may not",
        "requirement": "CONDITIONAL",
        "executions": [
            _step("conditional-user-role", condUserRole=role),
            {"authenticator": "deny-access-authenticator", "requirement": "REQUIRED"},
        ],
    }
    return {
        "roles": {role: {"renamedFrom": former}} if former else {"suspended": {}},
        "authenticationFlows": {
            "by password": {
                "executions": [
                    {"authenticator": "direct-grant-validate-username", "requirement": "REQUIRED"},
                    {"authenticator": "direct-grant-validate-password", "requirement": "REQUIRED"},
                    denied,
                ]
            }
        },
        "directGrantFlow": "by password",
    }


def test_a_condition_holds_through_a_rename_and_a_wrong_name_is_refused(
    admin: Admin, keycloak: Keycloak, realm_name: str
) -> None:
    applied(admin, declared(realm_name, suspending("suspended")))
    credentials = [{"type": "password", "value": "lee-password", "temporary": False}]
    lee = {"username": "lee", "enabled": True, "email": "lee@a.example", "firstName": "L", "lastName": "E"}
    user = admin.send("POST", (realm_name, "users"), {**lee, "credentials": credentials}).id

    def may_log_in() -> bool:
        said = {"grant_type": "password", "client_id": "admin-cli", "username": "lee", "password": "lee-password"}
        url = f"{keycloak.url.rstrip('/')}/realms/{realm_name}/protocol/openid-connect/token"
        return requests.post(url, data=said, timeout=60).status_code == 200

    assert may_log_in()
    role = admin.get(realm_name, "roles", "suspended")
    admin.send("POST", (realm_name, "users", user, "role-mappings", "realm"), [role])
    assert not may_log_in()

    with pytest.raises(BadConfig, match="refers to the realm role suspendet, which is neither"):
        planned(admin, declared(realm_name, suspending("suspendet")))
    # What Keycloak makes of it: nobody is kept out.
    (config,) = [
        one for one in admin.get(realm_name, "authentication", "flows", "by password", "executions")
        if one.get("providerId") == "conditional-user-role"
    ]  # fmt: skip
    path = (realm_name, "authentication", "config", config["authenticationConfig"])
    kept = admin.get(*path)
    admin.send("PUT", path, {**kept, "config": {"condUserRole": "suspendet"}})
    assert may_log_in()
    applied(admin, declared(realm_name, suspending("suspended")))
    assert not may_log_in()

    applied(admin, declared(realm_name, suspending("barred", "suspended")))
    assert not may_log_in()
    assert planned(admin, declared(realm_name, suspending("barred", "suspended"))).empty
