"""Which keys of a map name another object of the realm, of which kind, and how: tables by place and provider.

From the types in Keycloak's server info, Keycloak's own classes and experiments (26.7.3). Must not know about: files,
kinds, how a text is resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from realmctl.keycloak.catalog import key_types as places

NAME = "name"
"""The object's own name: a client's clientId, a flow's or an identity provider's alias."""
QUALIFIED = "client.role"
"""`role` or `client.role`: the longest client that exists, else a realm role (KeycloakModelUtils.getRoleFromString)."""
LAST_DOT = "last-dot"
"""`role` or `client.role`: what stands before the last dot is the client (KeycloakModelUtils.parseRole)."""
SLASHED = "client/role"
"""`role` or `client/role`, of workflows."""
ROLE_NAME = "role-name"
"""The name of a role, of whichever client."""
PATH = "path"
"""The path of a group (KeycloakModelUtils.findGroupByPath)."""
GROUP_NAME = "group-name"
"""The name of a group, wherever it is."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a key names."""

    kind: str
    form: str = NAME
    followed: bool = False
    """Whether Keycloak writes the new name here when the object is renamed."""
    free: bool = False
    """Whether Keycloak takes the text for what it is, so that it works where there is no such object."""
    unless: tuple[str, str] = ("", "")
    """A key of the same map and its value with which the text is no reference."""


Table = Mapping[str, Reference]

ATTRIBUTE = "user-attribute"
"""An attribute of the user profile, or one that Keycloak has by itself."""
PROFILE_GROUP = "user-profile-group"

_CLIENT = Reference("client")
_SCOPE = Reference("client-scope")
_FLOW = Reference("flow")
_PROVIDER = Reference("identity-provider")
_ATTRIBUTE = Reference(ATTRIBUTE)
_ROLE = Reference("role", QUALIFIED)
_GROUP = Reference("group", PATH)
_ROLE_IN_TOKEN = Reference("role", LAST_DOT)
_ANY_ROLE_IN_TOKEN = Reference("role", LAST_DOT, free=True)
_AUDIENCE = Reference("client", free=True)


def _each(types: tuple[str, ...], table: Table) -> dict[str, Table]:
    """Return the same keys for several types."""
    return dict.fromkeys(types, table)


_TABLES: Mapping[str, Mapping[str, Table]] = {
    places.PROTOCOL_MAPPER: {
        "oidc-hardcoded-role-mapper": {"role": _ANY_ROLE_IN_TOKEN},
        "saml-hardcode-role-mapper": {"role": _ANY_ROLE_IN_TOKEN},
        "oidc-role-name-mapper": {"role": _ROLE_IN_TOKEN},
        "saml-role-name-mapper": {"role": _ROLE_IN_TOKEN},
        "oidc-audience-mapper": {"included.client.audience": _AUDIENCE},
        "saml-audience-mapper": {"included.client.audience": _AUDIENCE},
        "oidc-usermodel-client-role-mapper": {"usermodel.clientRoleMapping.clientId": _CLIENT},
        "oidc-usermodel-attribute-mapper": {"user.attribute": _ATTRIBUTE},
        "saml-user-attribute-mapper": {"user.attribute": _ATTRIBUTE},
        "saml-user-attribute-nameid-mapper": {"user.attribute": _ATTRIBUTE},
        "saml-user-property-mapper": {"user.attribute": _ATTRIBUTE},
        "oid4vc-subject-id-mapper": {"userAttribute": _ATTRIBUTE},
        "oid4vc-user-attribute-mapper": {"userAttribute": _ATTRIBUTE},
        "oid4vc-target-role-mapper": {"clientId": _CLIENT},
        "oidc-address-mapper": dict.fromkeys(
            (
                "user.attribute.country", "user.attribute.formatted", "user.attribute.locality",
                "user.attribute.postal_code", "user.attribute.region", "user.attribute.street",
            ),
            _ATTRIBUTE,
        ),
    },
    places.IDENTITY_PROVIDER_MAPPER: {
        # RoleConfigPropertyByRoleNameSynchronizer, RoleConfigPropertyByClientIdSynchronizer
        "": {"role": Reference("role", QUALIFIED, followed=True)},
        # GroupConfigPropertyByPathSynchronizer; an organization's own groups are people's business
        **_each(
            ("oidc-advanced-group-idp-mapper", "oidc-hardcoded-group-idp-mapper", "saml-advanced-group-idp-mapper"),
            {"group": Reference("group", PATH, followed=True, unless=("groupType", "ORGANIZATION"))},
        ),
        "hardcoded-attribute-idp-mapper": {"attribute": _ATTRIBUTE},
        **_each(
            ("oidc-user-attribute-idp-mapper", "saml-user-attribute-idp-mapper", "saml-xpath-attribute-idp-mapper"),
            {"user.attribute": _ATTRIBUTE},
        ),
        **_each(
            (
                "facebook-user-attribute-mapper", "github-user-attribute-mapper", "google-user-attribute-mapper",
                "instagram-user-attribute-mapper", "linkedin-user-attribute-mapper",
                "microsoft-user-attribute-mapper", "openshift-v4-user-attribute-mapper",
                "paypal-user-attribute-mapper", "stackoverflow-user-attribute-mapper",
            ),
            {"userAttribute": _ATTRIBUTE},
        ),
    },
    places.AUTHENTICATOR: {
        "conditional-user-role": {"condUserRole": _ROLE},
        "auth-conditional-otp-form": {
            "skipOtpRole": _ROLE, "forceOtpRole": _ROLE, "otpControlAttribute": _ATTRIBUTE,
        },
        "conditional-client-scope": {"client_scope": _SCOPE},
        "conditional-sub-flow-executed": {"flow_to_check": _FLOW},
        "conditional-user-attribute": {"attribute_name": _ATTRIBUTE},
        "identity-provider-redirector": {"defaultProvider": _PROVIDER},
        **_each(
            ("auth-x509-client-username-form", "direct-grant-auth-x509-username"),
            {"x509-cert-auth.mapper-selection.user-attribute-name": _ATTRIBUTE},
        ),
    },
    places.COMPONENT: {
        "ldapMappers/role-ldap-mapper": {"client.id": _CLIENT},
        "ldapMappers/group-ldap-mapper": {"groups.path": _GROUP},
        "ldapMappers/hardcoded-ldap-group-mapper": {"group": _GROUP},
        "ldapMappers/hardcoded-ldap-role-mapper": {"role": _ROLE},
        **_each(
            (
                "ldapMappers/user-attribute-ldap-mapper", "ldapMappers/hardcoded-attribute-mapper",
                "ldapMappers/certificate-ldap-mapper",
            ),
            {"user.model.attribute": _ATTRIBUTE},
        ),
        "clientRegistrationPolicies/allowed-client-templates": {"allowed-client-scopes": _SCOPE},
    },
    places.EXECUTOR: {"auth-flow-enforcer": {"auth-flow-alias": _FLOW}},
    places.CONDITION: {
        # Whichever client has a role of that name: no list shows the roles of all clients.
        "client-roles": {"roles": Reference("client-role", ROLE_NAME, free=True)},
        "client-scopes": {"scopes": _SCOPE},
        "client-updater-source-roles": {"roles": _ROLE},
        "client-updater-source-groups": {"groups": Reference("group", GROUP_NAME)},
        "identity-provider-alias": {"identity_provider_aliases": _PROVIDER},
    },
    places.CLIENT_ATTRIBUTES: {
        "": {
            # OIDCConfigAttributes
            "oauth2.jwt.authorization.grant.idp": _PROVIDER,
            "external.token.idp": _PROVIDER,
            # AttestationBasedClientAuthenticator, TrustedAttestationKeyResolver
            "attester_trust_idps": _PROVIDER,
            "oid4vci.attester_trust_idps": _PROVIDER,
            # FederatedJWTClientAuthenticator; of other authenticators it is the issuer's own name
            "jwt.credential.issuer": Reference("identity-provider", free=True),
        }
    },
}  # fmt: skip

WORKFLOW_STEPS: Mapping[str, tuple[str, Reference]] = {
    "grant-role": ("role", Reference("role", SLASHED)),
    "revoke-role": ("role", Reference("role", SLASHED)),
    "join-group": ("group", _GROUP),
    "leave-group": ("group", _GROUP),
}
"""Steps of workflows: the key of `with` that names an object."""
WORKFLOW_CONDITIONS: Mapping[str, Reference] = {
    "has-role": Reference("role", SLASHED),
    "is-member-of": _GROUP,
    "has-identity-provider-link": _PROVIDER,
}
"""Conditions of workflows whose argument names an object."""
SCOPE_OF_ATTRIBUTE = _SCOPE
GROUP_OF_ATTRIBUTE = Reference(PROFILE_GROUP)


def reference(place: str, provider: str, key: str) -> Reference | None:
    """Return what a key of a map names; None where its value is no reference."""
    tables = _TABLES.get(place, {})
    for name in (provider, ""):
        found = tables.get(name, {}).get(key)
        if found is not None:
            return found
    return None
