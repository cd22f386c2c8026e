"""What Keycloak's representations have and the language has not, each with its reason, and nowhere else.

From the representations' own classes (26.7.3). A test walks a real server's answers: a field that is neither modelled
nor here fails it. Must not know about: how a field is read.
"""

from __future__ import annotations

from collections.abc import Mapping

_ID = "The server's own key; objects are known by name."
_MOMENT = "What the asking account may do, or a count of the moment."
_SELF = "Follows from the rest, and is not taken from a request."
_OLD = "Deprecated; no answer has it (26.7.3)."
_PLACE = "Said by where the object stands in the file."

LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "realm": {
        "id": _ID,
        "keycloakVersion": "The version of the server, not of the realm.",
        "adminPermissionsClient": "Keycloak makes it with adminPermissionsEnabled; its permissions are said there.",
        "localizationTexts": "Said by localization; a PUT ignores it.",
        "identityProviderMappers": "Said by mappers of each identity provider.",
        "authenticatorConfig": "Said by config of each execution of a flow.",
        "scopeMappings": "Said by scopeMappings of each client and client scope.",
        "clientScopeMappings": "Said by scopeMappings of each client and client scope.",
        "federatedUsers": "People are not code's business.",
        "privateKey": "Keys are components; Keycloak answers none here.",
        "publicKey": "Keys are components; Keycloak answers none here.",
        "certificate": "Keys are components; Keycloak answers none here.",
        "codeSecret": _OLD,
        "passwordCredentialGrantAllowed": _OLD,
        "userCacheEnabled": _OLD,
        "realmCacheEnabled": _OLD,
        "userFederationProviders": _OLD,
        "userFederationMappers": _OLD,
        "protocolMappers": _OLD,
        "social": _OLD,
        "updateProfileOnInitialSocialLogin": _OLD,
        "socialProviders": _OLD,
        "applicationScopeMappings": _OLD,
        "applications": _OLD,
        "oauthClients": _OLD,
        "clientTemplates": _OLD,
    },
    "client": {
        "id": _ID,
        "access": _MOMENT,
        "origin": _SELF,
        "registrationAccessToken": "A credential that Keycloak makes for the client's own registration.",
        "registeredNodes": "Cluster nodes that the client's adapter reports at run time.",
        "defaultRoles": _OLD,
        "directGrantsOnly": _OLD,
        "clientTemplate": _OLD,
        "useTemplateConfig": _OLD,
        "useTemplateScope": _OLD,
        "useTemplateMappers": _OLD,
    },
    "role": {"id": _ID, "containerId": _ID, "composite": _SELF, "clientRole": _PLACE, "scopeParamRequired": _OLD},
    "group": {"id": _ID, "path": _PLACE, "parentId": _PLACE, "subGroupCount": _MOMENT, "access": _MOMENT},
    "user": {
        "id": _ID,
        "access": _MOMENT,
        "createdTimestamp": _MOMENT,
        "credentials": "Secrets, and the user's own: requiredActions has the user set a password.",
        "disableableCredentialTypes": "Follows from the user's credentials.",
        "totp": "Follows from the user's credentials.",
        "federatedIdentities": "A link to an account elsewhere is the user's own, and made at the first login there.",
        "federationLink": "Says which federation the user came from.",
        "origin": "Says which federation the user came from.",
        "serviceAccountClientId": "Service accounts are said by serviceAccountRoles and serviceAccountGroups.",
        "clientConsents": "The user's own decisions.",
        "notBefore": "Set when somebody ends the user's sessions.",
        "self": _SELF,
        "userProfileMetadata": "Repeats the user profile.",
        "verifiableCredentials": "Given to the user at run time.",
        "socialLinks": _OLD,
        "applicationRoles": _OLD,
    },
    "client-scope": {"id": _ID},
    "protocol-mapper": {"id": _ID},
    "identity-provider": {
        "internalId": _ID,
        "updateProfileFirstLoginMode": _OLD,
        "types": _SELF,
        "organizationId": "Said by identityProviders of the organization.",
    },
    "identity-provider-mapper": {"id": _ID, "identityProviderAlias": _PLACE},
    "flow": {
        "id": _ID,
        "builtIn": "Says that Keycloak made it.",
        "topLevel": _PLACE,
        "authenticationExecutions": "Said by executions, nested as they run.",
    },
    "component": {"id": _ID, "providerType": _PLACE, "parentId": _PLACE, "subType": _PLACE},
    "sub-component": {
        "id": _ID,
        "providerType": _PLACE,
        "parentId": _PLACE,
        "subType": "No shipped type below another one has it.",
        "subComponents": "No shipped type has a third level.",
    },
    "organization": {
        "id": _ID,
        "members": "People are not code's business.",
        "groups": "Not covered: neither the export nor the list of organizations tells an organization's own groups.",
    },
    "client-profile": {"global": "Says that it is Keycloak's own."},
    "workflow": {"id": _ID, "state": _MOMENT, "config": "Holds what the other fields say, by other names."},
    "authorization": {
        "id": _ID,
        "clientId": _ID,
        "name": _PLACE,
        "authorizationSchema": "The kinds of things that administration permissions know: the same in every realm.",
    },
    "authorization-scope": {"id": _ID, "resources": _SELF, "policies": _SELF},
    "authorization-resource": {
        "id": _ID,
        "_id": _ID,
        "iconUri": "Another name of icon_uri, which the export has.",
        "owner": "The client itself; resources of users are made at run time.",
    },
    "authorization-policy": {
        "id": _ID,
        "owner": "Policies of users are made at run time.",
        "policies": "Said by config.applyPolicies.",
        "resources": "Said by config.resources.",
        "scopes": "Said by config.scopes.",
        "resourceType": "Said by config.defaultResourceType.",
        "resourcesData": _SELF,
        "scopesData": _SELF,
    },
}
"""Kind → field → why it is left out. Kinds with the same representation share an entry."""

LOST: Mapping[str, Mapping[str, str]] = {
    "realm": {"notBefore": "its notBefore: tokens from before that time are revoked"},
    "client": {
        "notBefore": "its notBefore: tokens from before that time are revoked",
        "registeredNodes": "its registered cluster nodes",
        "registrationAccessToken": "its registration access token",
    },
    "user": {
        "credentials": "credentials",
        "federatedIdentities": "links to accounts of identity providers",
        "clientConsents": "consents",
        "notBefore": "the time from before which the user's tokens are revoked",
    },
    "organization": {"members": "members", "groups": "groups of its own"},
}
"""Kind → field → what an export loses where the field holds something; of the rest nothing is lost."""

_LIKE = {"client-role": "role", "scope-mapper": "protocol-mapper"}


def left_out(kind: str) -> Mapping[str, str]:
    """The fields of a kind's representation that can't be declared, with the reasons."""
    return LEFT_OUT.get(_LIKE.get(kind, kind), {})


_NOTHING = frozenset({_ID, _MOMENT, _SELF, _PLACE})
_WRITTEN_BY_KEYCLOAK: Mapping[str, frozenset[str]] = {
    "realm": frozenset({"keycloakVersion", "adminPermissionsClient"}),
    "client": frozenset({"registrationAccessToken", "registeredNodes"}),
    "flow": frozenset({"builtIn"}),
    "client-profile": frozenset({"global"}),
    "workflow": frozenset({"config"}),
    "authorization": frozenset({"authorizationSchema"}),
    "authorization-resource": frozenset({"owner"}),
    "authorization-policy": frozenset({"owner"}),
}
"""Kind → fields that an export has, and that nobody decides."""


def means_nothing(kind: str, name: str) -> bool:
    """Return whether a field that is left out states nothing about the object: its id, a count, its place."""
    kind = _LIKE.get(kind, kind)
    return LEFT_OUT.get(kind, {}).get(name) in _NOTHING or name in _WRITTEN_BY_KEYCLOAK.get(kind, ())
