"""Config keys that Keycloak reads without declaring them in `/admin/serverinfo`.

Read from the getters of Keycloak's own classes (26.7.3; the class is named beside each group) and from what its admin
console sends. Must not know about: which types a server has.
"""

from __future__ import annotations

from collections.abc import Iterable

_ANY_PROVIDER = (  # org.keycloak.models.IdentityProviderModel
    "allowedClockSkew",
    "caseSensitiveOriginalUsername",
    "claimFilterName",
    "claimFilterValue",
    "doNotStoreUsers",
    "filteredByClaim",
    "guiOrder",
    "hideOnLoginPage",
    "issuer",
    "kc.org.broker.login.hide-when-org-unknown",
    "kc.org.broker.login.show-when-linked-elsewhere",
    "kc.org.broker.public",
    "kc.org.broker.redirect.mode.email-matches",
    "kc.org.domain",
    "kc.org.excluded.domains",
    "loginHint",
    "metadataDescriptorUrl",
    "minValidityToken",
    "passMaxAge",
    "showInAccountConsole",
    "storeTokenInSession",
    "syncMode",
)

_TRUST = (  # org.keycloak.broker.trust.DefaultTrustIdentityProviderConfig
    "fedClientAssertionMaxExp",
    "jwksUrl",
    "publicKeySignatureVerifier",
    "publicKeySignatureVerifierKeyId",
    "supportsClientAssertionReuse",
    "supportsClientAssertions",
    "useJwksUrl",
)

_JWT_GRANT = (  # org.keycloak.broker.jwtauthorizationgrant.JWTAuthorizationGrantConfig
    "jwtAuthorizationGrantAllowedClockSkew",
    "jwtAuthorizationGrantAssertionReuseAllowed",
    "jwtAuthorizationGrantAssertionSignatureAlg",
    "jwtAuthorizationGrantEnabled",
    "jwtAuthorizationGrantLimitAccessTokenExp",
    "jwtAuthorizationGrantMaxAllowedAssertionExpiration",
)

_OAUTH2 = (  # org.keycloak.broker.oidc.OAuth2IdentityProviderConfig
    "acceptsPromptNoneForwardFromClient",
    "authorizationUrl",
    "clientAssertionAudience",
    "clientAssertionSigningAlg",
    "clientAuthMethod",
    "clientId",
    "clientSecret",
    "defaultScope",
    "emailClaim",
    "familyNameClaim",
    "forwardParameters",
    "fullNameClaim",
    "givenNameClaim",
    "jwtX509HeadersEnabled",
    "pkceEnabled",
    "pkceMethod",
    "prompt",
    "requiresShortStateParameter",
    "tokenIntrospectionUrl",
    "tokenUrl",
    "uiLocales",
    "userIDClaim",
    "userInfoUrl",
    "userNameClaim",
)

_OIDC = (  # org.keycloak.broker.oidc.OIDCIdentityProviderConfig
    "allowClientIdAsAudience",
    "backchannelSupported",
    "disableNonce",
    "disableTypeClaimCheck",
    "disableUserInfo",
    "isAccessTokenJWT",
    "logoutUrl",
    "sendClientIdOnLogout",
    "sendIdTokenOnLogout",
    "validateSignature",
)

_SAML = (  # org.keycloak.broker.saml.SAMLIdentityProviderConfig
    "addExtensionsElementWithKeyInfo",
    "allowCreate",
    "artifactBindingResponse",
    "artifactResolutionServiceUrl",
    "attributeConsumingServiceIndex",
    "attributeConsumingServiceName",
    "authnContextClassRefs",
    "authnContextComparisonType",
    "authnContextDeclRefs",
    "backchannelSupported",
    "descriptorCacheSeconds",
    "enabledFromMetadata",
    "encryptionAlgorithm",
    "encryptionPublicKey",
    "entityId",
    "forceAuthn",
    "idpEntityId",
    "nameIDPolicyFormat",
    "postBindingAuthnRequest",
    "postBindingLogout",
    "postBindingResponse",
    "principalAttribute",
    "principalType",
    "signSpMetadata",
    "signatureAlgorithm",
    "signingCertificate",
    "singleLogoutServiceUrl",
    "singleSignOnServiceUrl",
    "useMetadataDescriptorUrl",
    "validateSignature",
    "wantAssertionsEncrypted",
    "wantAssertionsSigned",
    "wantAuthnRequestsSigned",
    "xmlSigKeyInfoKeyNameTransformer",
)

_OWN_PROVIDER: dict[str, tuple[str, ...]] = {
    "saml": _SAML,
    "spiffe": ("bundleEndpoint", "trustDomain"),
    "github": ("emailUrl",),
}


def provider_keys(provider: str) -> frozenset[str]:
    """What an identity provider of that type may have in its config beyond what serverinfo lists.

    Every social provider is an OAuth2 or OIDC one underneath, so all but SAML accept the whole of OIDC's keys.
    """
    own = _OWN_PROVIDER.get(provider, ())
    broad: Iterable[str] = () if provider in ("saml", "spiffe") else (*_OAUTH2, *_OIDC, *_TRUST, *_JWT_GRANT)
    return frozenset((*_ANY_PROVIDER, *broad, *own))


STORAGE = frozenset(  # org.keycloak.storage.UserStorageProviderSpi, added to every federation; by experiment (26.7.3)
    {
        "batchSizeForSync",
        "cachePolicy",
        "changedSyncPeriod",
        "enabled",
        "evictionDay",
        "evictionHour",
        "evictionMinute",
        "fullSyncPeriod",
        "lastSync",
        "maxLifespan",
        "priority",
        "removeInvalidUsersEnabled",
    }
)

PROVIDER_MAPPER = frozenset({"syncMode"})
"""Every identity provider's mapper (org.keycloak.models.IdentityProviderMapperModel)."""

EXECUTION = frozenset({"default.reference.value", "default.reference.maxAge"})
"""Every authenticator: the `amr` it stands for (org.keycloak.models.Constants)."""

_OWN_EXECUTION = {"conditional-level-of-authentication": frozenset({"loa-store-in-user-session"})}


def execution_keys(authenticator: str) -> frozenset[str]:
    """What an authenticator may have in its config beyond what serverinfo lists."""
    return EXECUTION | _OWN_EXECUTION.get(authenticator, frozenset())


_PROTOCOL_MAPPER = {
    "openid-connect": frozenset(  # org.keycloak.protocol.oidc.mappers.OIDCAttributeMapperHelper
        {
            "access.token.claim",
            "access.tokenResponse.claim",
            "claim.name",
            "id.token.claim",
            "introspection.token.claim",
            "jsonType.label",
            "lightweight.claim",
            "multivalued",
            "user.attribute",
            "userinfo.token.claim",
        }
    ),
    "saml": frozenset({"attribute.name", "attribute.nameformat", "friendly.name"}),  # AttributeStatementHelper
}


def protocol_mapper_keys(protocol: str) -> frozenset[str]:
    """What any mapper of a protocol may have in its config: Keycloak's own built-in mappers carry some of these."""
    return _PROTOCOL_MAPPER.get(protocol, frozenset())
