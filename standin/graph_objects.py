"""Directory objects as Microsoft Graph v1.0 shows them.

Sources: Learn, the resource types `application`, `servicePrincipal`, `appRoleAssignment`, `oAuth2PermissionGrant`,
`federatedIdentityCredential`, `group`, `organization`. Must not know about: permissions, paging, HTTP.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from standin.tenant import GRAPH, GRAPH_PERMISSIONS, App, AppRole, Assignment, Group, Tenant, User, guid

Object = dict[str, Any]
DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
"""`appRoleId` of an assignment without a role ("appRoleAssignment resource type")."""


def graph_app() -> App:
    """Microsoft Graph itself, as a resource."""
    roles = [
        AppRole(value=name, id=id_, displayName=name, allowedMemberTypes=["Application"])
        for name, id_ in GRAPH_PERMISSIONS.items()
    ]
    return App(appId=GRAPH, displayName="Microsoft Graph", appRoles=roles, signInAudience="AzureADMultipleOrgs")


def principals(tenant: Tenant) -> list[App]:
    """Every app that has a service principal in the tenant."""
    return [*tenant.apps, graph_app()]


def principal_id(tenant: Tenant, app: App) -> str:
    """The service principal's object id."""
    return guid("servicePrincipal", tenant.id, app.appId)


def application(app: App) -> Object:
    """An app registration. A secret's value is never shown: Graph tells it once, when it is made."""
    return {
        "id": app.object_id,
        "appId": app.appId,
        "displayName": app.displayName,
        "signInAudience": app.signInAudience,
        "identifierUris": app.identifierUris,
        "groupMembershipClaims": app.groupMembershipClaims,
        "isFallbackPublicClient": app.isFallbackPublicClient or None,
        "api": {"requestedAccessTokenVersion": 2, "acceptMappedClaims": bool(app.mappedClaims) or None},
        "appRoles": _roles(app),
        "optionalClaims": {
            "idToken": _optional(app.optionalClaims.idToken),
            "accessToken": _optional(app.optionalClaims.accessToken),
            "saml2Token": [],
        },
        "passwordCredentials": [
            {
                "displayName": secret.displayName or None,
                "keyId": secret.keyId,
                "hint": secret.value.get_secret_value()[:3],
                "endDateTime": _time(secret.endDateTime),
                "secretText": None,
                "customKeyIdentifier": None,
            }
            for secret in app.secrets
        ],
        "keyCredentials": [
            {
                "displayName": one.displayName or None,
                "keyId": one.keyId,
                "type": "AsymmetricX509Cert",
                "usage": "Verify",
                "startDateTime": _time(one.parsed().not_valid_before_utc),
                "endDateTime": _time(one.parsed().not_valid_after_utc),
                "customKeyIdentifier": one.hex_thumbprint(),
                "key": None,
            }
            for one in app.certificates
        ],
        "requiredResourceAccess": [
            {
                "resourceAppId": GRAPH,
                "resourceAccess": [{"id": GRAPH_PERMISSIONS[name], "type": "Role"} for name in app.graphPermissions],
            }
        ],
        "web": {
            "redirectUris": app.redirectUris,
            "logoutUrl": app.logoutUrl,
            "implicitGrantSettings": {
                "enableIdTokenIssuance": app.idTokenIssuance,
                "enableAccessTokenIssuance": False,
            },
        },
        "publicClient": {"redirectUris": app.publicRedirectUris},
        "spa": {"redirectUris": []},
    }


def service_principal(tenant: Tenant, app: App) -> Object:
    """What an app is in the tenant ("enterprise application")."""
    return {
        "id": principal_id(tenant, app),
        "appId": app.appId,
        "displayName": app.displayName,
        "accountEnabled": app.accountEnabled,
        "appRoleAssignmentRequired": app.appRoleAssignmentRequired,
        "servicePrincipalType": "Application",
        "signInAudience": app.signInAudience,
        "servicePrincipalNames": [app.appId, *app.identifierUris],
        "replyUrls": app.all_redirect_uris(),
        "logoutUrl": app.logoutUrl,
        "appRoles": _roles(app),
        "appOwnerOrganizationId": tenant.id,
        "tags": [],
    }


def assigned_to(tenant: Tenant, app: App) -> list[Object]:
    """`appRoleAssignedTo`: who has a role of the app."""
    found = [_assignment(tenant, app, one) for one in tenant.assignments if one.app == app.appId]
    if app.appId == GRAPH:
        for one in tenant.apps:
            found += assignments(tenant, one)
    return found


def assignments(tenant: Tenant, app: App) -> list[Object]:
    """`appRoleAssignments` of a service principal: the application permissions that it was granted."""
    given = [Assignment(app=GRAPH, principal=app.appId, role=name) for name in app.graphPermissions]
    found = [_assignment(tenant, graph_app(), one) for one in given]
    return found + [
        _assignment(tenant, tenant.app(one.app), one)
        for one in tenant.assignments
        if one.principal in {app.appId, app.displayName}
    ]


def permission_grants(tenant: Tenant, app: App) -> list[Object]:
    """`oauth2PermissionGrants`: delegated permissions; here of Graph, for everybody."""
    if not app.consentedScopes:
        return []
    client = principal_id(tenant, app)
    return [
        {
            "id": guid("grant", client),
            "clientId": client,
            "consentType": "AllPrincipals",
            "principalId": None,
            "resourceId": principal_id(tenant, graph_app()),
            "scope": " ".join(app.consentedScopes),
        }
    ]


def federated_credentials(app: App) -> list[Object]:
    """`federatedIdentityCredentials` of an application."""
    return [
        {
            "id": guid("federated", app.appId, one.name),
            "name": one.name,
            "issuer": one.issuer,
            "subject": one.subject,
            "description": None,
            "audiences": one.audiences,
        }
        for one in app.federatedCredentials
    ]


def group(one: Group) -> Object:
    """A group."""
    return {
        "id": one.oid,
        "displayName": one.displayName,
        "description": None,
        "securityEnabled": one.securityEnabled,
        "mailEnabled": one.unified,
        "groupTypes": ["Unified"] if one.unified else [],
    }


def user(one: User) -> Object:
    """A user, with what Graph shows by default."""
    return {
        "id": one.oid,
        "displayName": one.displayName,
        "givenName": one.givenName,
        "surname": one.surname,
        "mail": one.mail,
        "userPrincipalName": one.userPrincipalName,
    }


def organization(tenant: Tenant) -> Object:
    """The tenant."""
    return {
        "id": tenant.id,
        "displayName": tenant.displayName,
        "tenantType": "AAD",
        "verifiedDomains": [
            {"name": tenant.domain, "isDefault": True, "isInitial": True, "type": "Managed", "capabilities": "Email"}
        ],
    }


def _assignment(tenant: Tenant, app: App, one: Assignment) -> Object:
    kind, principal, name = _principal(tenant, one.principal)
    role = next((app.role_id(role) for role in app.appRoles if role.value == one.role), DEFAULT_ACCESS)
    return {
        "id": guid("assignment", app.appId, principal, role),
        "appRoleId": role,
        "principalId": principal,
        "principalType": kind,
        "principalDisplayName": name,
        "resourceId": principal_id(tenant, app),
        "resourceDisplayName": app.displayName,
        "deletedDateTime": None,
    }


def _principal(tenant: Tenant, name: str) -> tuple[str, str, str]:
    for app in tenant.apps:
        if name in {app.appId, app.displayName}:
            return "ServicePrincipal", principal_id(tenant, app), app.displayName
    try:
        found = tenant.group(name)
    except KeyError:
        someone = tenant.user(name)
        return "User", someone.oid, someone.displayName
    return "Group", found.oid, found.displayName


def _roles(app: App) -> list[Object]:
    return [
        {
            "id": app.role_id(role),
            "value": role.value,
            "displayName": role.displayName or role.value,
            "description": role.description or role.value,
            "isEnabled": role.isEnabled,
            "origin": "Application",
            "allowedMemberTypes": list(role.allowedMemberTypes),
        }
        for role in app.appRoles
    ]


def _optional(names: list[str]) -> list[Object]:
    return [{"name": name, "source": None, "essential": False, "additionalProperties": []} for name in names]


def _time(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
