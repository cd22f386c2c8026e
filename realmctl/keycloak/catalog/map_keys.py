"""What Keycloak reads of maps without declaring it, or means more narrowly than it declares: tables by place.

From Keycloak's own classes (26.7.3; named beside each group) and from experiments on that version. Must not know about:
files, kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from realmctl.keycloak.catalog import key_types as places
from realmctl.keycloak.catalog.key_types import BOOLEAN, DURATION, INTEGER, JSON, LIST, KeyInfo

Table = Mapping[str, KeyInfo]


def meaning(place: str, provider: str, key: str) -> KeyInfo | None:
    """What the tables say of a key: first for the type, then for every type of the place."""
    tables = TABLES.get(place, {})
    for name in (provider, ""):
        found = tables.get(name, {}).get(key)
        if found is not None:
            return found
    return None


def _of(source: str, setting: KeyInfo, *keys: str) -> dict[str, KeyInfo]:
    """The same meaning for several keys of a class."""
    return dict.fromkeys(keys, replace(setting, source=source))


_SECONDS = KeyInfo(DURATION, unit="s", least=0)
_SOME_SECONDS = KeyInfo(DURATION, unit="s", least=1)
"""Of what is over, or fails with 500, where it is zero."""
_SECONDS_OR_NEVER = KeyInfo(DURATION, unit="s", least=-1)
_MILLISECONDS = KeyInfo(DURATION, unit="ms", least=0)
_BOOLEAN = KeyInfo(BOOLEAN)
_INTEGER = KeyInfo(INTEGER)
_COUNT = KeyInfo(INTEGER, least=0)
_JSON = KeyInfo(JSON)
_HASHES = KeyInfo(LIST, separator="##")
_COMMAS = KeyInfo(LIST, separator=",")
_BLANKS = KeyInfo(LIST, separator=" ")
_SECRET = KeyInfo(secret=True)
_STATE = KeyInfo(state=True)

_REALM: Table = {
    **_of("CibaConfig", _SECONDS, "cibaExpiresIn", "cibaInterval"),
    **_of("CibaConfig", KeyInfo(options=("poll", "ping")), "cibaBackchannelTokenDeliveryMode"),
    **_of("CibaConfig", KeyInfo(options=("login_hint",)), "cibaAuthRequestedUserHint"),
    **_of("ParConfig", _SOME_SECONDS, "parRequestUriLifespan"),
    **_of("RealmAttributes", _SECONDS, "adminEventsExpiration"),
    **_of("RealmAdapter", _SECONDS, *(f"actionTokenGeneratedByUserLifespan.{what}" for what in (
        "verify-email", "idp-verify-account-via-email", "reset-credentials", "execute-actions", "update-email",
    ))),
    **_of("Constants", _JSON, "acr.loa.map", "acr.uri.map"),
    **_of("RealmAdapter", _BOOLEAN, "darkMode", "realmReusableOtpCode"),
    **_of("SamlService", _SECONDS, "saml.descriptor.cache.seconds"),
    **_of("OID4VC", _SECONDS, "credentialOfferLifespanS", "preAuthorizedCodeLifespanS", "vc.c-nonce-lifetime-seconds",
          "oid4vci.signed_metadata.lifespan", "oid4vci.time.randomize.window.seconds"),
    **_of("OID4VC", _COUNT, "oid4vci.batch_credential_issuance.batch_size"),
    **_of("OID4VC", _COMMAS, "oid4vci.request.zip.algorithms"),
    **_of("OID4VC", _BOOLEAN, "oid4vci.request.encryption.required", "oid4vci.response.encryption.required"),
    **_of("MigrateTo24_0_0", KeyInfo(BOOLEAN, obsolete="since 24 every realm has the user profile",
          instead="take it out, and declare userProfile"), "userProfileEnabled"),
    **{f"_browser_header.{name}": KeyInfo(obsolete="Keycloak keeps it in a field", instead=(
        f"write browserSecurityHeaders: {{{name}: …}}")) for name in (
        "contentSecurityPolicy", "contentSecurityPolicyReportOnly", "referrerPolicy", "strictTransportSecurity",
        "xContentTypeOptions", "xFrameOptions", "xRobotsTag", "xXSSProtection",
    )},
    **_of("RealmAdapter", KeyInfo(obsolete="Keycloak keeps it apart", instead="declare clientPolicies"),
          "client-policies.policies"),
    **_of("RealmAdapter", KeyInfo(obsolete="Keycloak keeps it apart", instead="declare clientProfiles"),
          "client-policies.profiles"),
    **_of("RealmAdapter", KeyInfo(obsolete="it is an id", instead="write firstBrokerLoginFlow"),
          "firstBrokerLoginFlowId"),
    **_of("RealmAdapter", _STATE, "adminPermissionsClientId"),
}  # fmt: skip

_SMTP: Table = {  # DefaultEmailSenderProvider, PasswordAuthEmailAuthenticator, TokenAuthEmailAuthenticator
    **_of("DefaultEmailSenderProvider", _BOOLEAN, "allowutf8", "auth", "debug", "ssl", "starttls"),
    **_of("DefaultEmailSenderProvider", KeyInfo(INTEGER, least=1), "port"),
    **_of("DefaultEmailSenderProvider", _MILLISECONDS, "connectionTimeout", "timeout", "writeTimeout"),
    **_of("DefaultEmailSenderProvider", KeyInfo(options=("basic", "token", "none")), "authType"),
    **_of("DefaultEmailSenderProvider", KeyInfo(), "envelopeFrom", "from", "fromDisplayName", "host", "replyTo",
          "replyToDisplayName", "user", "authTokenClientId", "authTokenScope", "authTokenUrl"),
    **_of("StripSecretsUtils", _SECRET, "password", "authTokenClientSecret"),
}  # fmt: skip

_ANY_CLIENT: Table = {
    **_of("LoginFormsUtil", _BOOLEAN, "display.on.consent.screen"),
    **_of("ClientScopeModel", _COUNT, "gui.order"),
    **_of("Constants", _JSON, "acr.loa.map"),
    **_of("ClientSecretConstants", _STATE, "client.secret.creation.time", "client.secret.expiration.time",
          "client.secret.remaining.expiration.time", "client.secret.rotated", "client.secret.rotated.creation.time",
          "client.secret.rotated.expiration.time"),
    **_of("Constants", _STATE, "realm_client"),
    **_of("ClientModel", KeyInfo(), "consent.screen.text", "login_theme", "logoUri", "policyUri", "tosUri"),
    **_of("CertificateInfoHelper", _SECRET, "jwt.credential.private.key", "saml.encryption.private.key",
          "saml.signing.private.key"),
}  # fmt: skip

_OIDC_CLIENT: Table = {
    **_of("OIDCConfigAttributes", _SECONDS_OR_NEVER, "access.token.lifespan", "client.offline.session.idle.timeout",
          "client.offline.session.max.lifespan", "client.session.idle.timeout", "client.session.max.lifespan"),
    **_of("OIDCConfigAttributes", _SECONDS, "token.endpoint.auth.signing.max.exp"),
    **_of("OAuth2DeviceConfig", _SOME_SECONDS, "oauth2.device.code.lifespan", "oauth2.device.polling.interval"),
    **_of("OIDCAdvancedConfigWrapper", _HASHES, "default.acr.values", "external.token.idp",
          "oauth2.jwt.authorization.grant.idp", "post.logout.redirect.uris", "request.uris"),
    **_of("TrustMaterialResolver", _COMMAS, "attester_trust_idps", "oid4vci.attester_trust_idps"),
    **_of("OIDCConfigAttributes", _BOOLEAN, "access.token.header.type.rfc9068",
          "allow.oidc.params.in.redirect.uris", "allow.token.introspection.without.audience.check",
          "allow.userinfo.with.lightweight.access.token", "backchannel.logout.revoke.offline.tokens",
          "backchannel.logout.session.required", "client_credentials.use_refresh_token", "dpop.bound.access.tokens",
          "exclude.issuer.from.auth.response", "exclude.session.state.from.auth.response", "external.token.enabled",
          "frontchannel.logout.session.required", "id.token.as.detached.signature", "logout.confirmation.enabled",
          "oauth2.jwt.authorization.grant.enabled", "standard.token.exchange.enabled",
          "tls.client.certificate.bound.access.tokens", "token.response.type.bearer.lower-case", "use.jwks.string",
          "use.jwks.url", "use.refresh.tokens"),
    **_of("OIDCConfigAttributes", KeyInfo(options=("NO", "SAME_SESSION")),
          "standard.token.exchange.enableRefreshRequestedTokenType"),
    **_of("OIDCConfigAttributes", KeyInfo(options=("not required", "request or request_uri", "request only",
          "request_uri only")), "request.object.required"),
    **_of("OAuth2DeviceConfig", _BOOLEAN, "oauth2.device.authorization.grant.enabled"),
    **_of("ParConfig", _BOOLEAN, "require.pushed.authorization.requests"),
    **_of("CibaConfig", _BOOLEAN, "oidc.ciba.grant.enabled"),
    **_of("CibaConfig", KeyInfo(options=("poll", "ping")), "ciba.backchannel.token.delivery.mode"),
    **_of("Constants", _BOOLEAN, "client.introspection.response.allow.jwt.claim.enabled",
          "client.use.lightweight.access.token.enabled", "security.admin.console",
          "x509.allow.regex.pattern.comparison"),
    **_of("OIDCConfigAttributes", KeyInfo(), "backchannel.logout.url", "frontchannel.logout.url", "jwks.string",
          "jwks.url", "oauth2.jwt.authorization.grant.audience", "sectorIdentifierUri", "x509.casubjectdn",
          "x509.subjectdn", "ciba.backchannel.client.notification.endpoint", "resource_url", "jwt.credential.issuer"),
    **_of("PkceUtils", KeyInfo(options=("S256", "plain")), "pkce.code.challenge.method"),
}  # fmt: skip

_SAML_CLIENT: Table = {
    **_of("SamlConfigAttributes", _SECONDS, "saml.assertion.lifespan", "saml.descriptor.cache.seconds"),
    **_of("SamlConfigAttributes", _BOOLEAN, "saml.allow.ecp.flow", "saml.artifact.binding",
          "saml.assertion.signature", "saml.authnstatement", "saml.client.signature", "saml.encrypt",
          "saml.force.post.binding", "saml.onetimeuse.condition", "saml.server.signature",
          "saml.server.signature.keyinfo.ext", "saml.useMetadataDescriptorUrl", "saml_force_name_id_format"),
    **_of("SamlConfigAttributes", KeyInfo(options=("username", "email", "transient", "persistent")),
          "saml_name_id_format"),
    **_of("SamlConfigAttributes", KeyInfo(options=("RSA_SHA1", "RSA_SHA256", "RSA_SHA256_MGF1", "RSA_SHA512",
          "RSA_SHA512_MGF1", "DSA_SHA1")), "saml.signature.algorithm"),
    **_of("SamlConfigAttributes", KeyInfo(options=("NONE", "KEY_ID", "CERT_SUBJECT")),
          "saml.server.signature.keyinfo.xmlSigKeyInfoKeyNameTransformer"),
    **_of("SamlProtocol", KeyInfo(), *(f"saml_{what}" for what in (
        "artifact_binding_url", "artifact_resolution_service_url", "assertion_consumer_url_post",
        "assertion_consumer_url_redirect", "idp_initiated_sso_relay_state", "idp_initiated_sso_url_name",
        "single_logout_service_url_artifact", "single_logout_service_url_post",
        "single_logout_service_url_redirect", "single_logout_service_url_soap",
    )), "saml.metadataDescriptorUrl", "saml.signing.certificate", "saml.encryption.certificate"),
    **_of("SamlConfigAttributes", _STATE, "saml.artifact.binding.identifier"),
}  # fmt: skip

_SCOPE: Table = {
    **_of("ClientScopeModel", _BOOLEAN, "always.display.consent", "display.on.consent.screen",
          "include.in.openid.provider.metadata", "include.in.token.scope", "is.parameterized.scope",
          "parameterized.scope.allow.user.data", "parameterized.scope.repeatable"),
    **_of("ClientScopeModel", _COUNT, "gui.order"),
    **_of("CredentialScopeRepresentation", _SECONDS, "vc.expiry_in_seconds", "vc.refresh_interval_in_seconds"),
    **_of("CredentialScopeRepresentation", _COUNT, "vc.sd_jwt.number_of_decoys"),
    **_of("CredentialScopeRepresentation", _BOOLEAN, "vc.binding_required", "vc.key_attestations_required"),
    **_of("CredentialScopeRepresentation", _COMMAS, "vc.credential_build_config.sd_jwt.visible_claims",
          "vc.credential_contexts", "vc.cryptographic_binding_methods_supported",
          "vc.key_attestations_required.key_storage", "vc.key_attestations_required.user_authentication",
          "vc.supported_credential_types"),
}  # fmt: skip

_PROVIDER: Table = {
    **_of("IdentityProviderModel", _SECONDS, "allowedClockSkew", "fedClientAssertionMaxExp", "minValidityToken",
          "passMaxAge"),
    **_of("IdentityProviderModel", _COUNT, "guiOrder"),
    **_of("IdentityProviderModel", _BOOLEAN, "caseSensitiveOriginalUsername", "doNotStoreUsers", "filteredByClaim",
          "loginHint", "storeTokenInSession", "kc.org.broker.public", "kc.org.broker.redirect.mode.email-matches",
          "kc.org.broker.login.hide-when-org-unknown"),
    **_of("IdentityProviderModel", KeyInfo(options=("IMPORT", "FORCE", "LEGACY")), "syncMode"),
    **_of("IdentityProviderModel", KeyInfo(options=("ALWAYS", "NEVER", "WHEN_LINKED")), "showInAccountConsole"),
    **_of("OrganizationAuthenticator", _COMMAS, "kc.org.excluded.domains"),
    **_of("JWTAuthorizationGrantConfig", _SECONDS, "jwtAuthorizationGrantAllowedClockSkew",
          "jwtAuthorizationGrantMaxAllowedAssertionExpiration"),
    **_of("JWTAuthorizationGrantConfig", _BOOLEAN, "jwtAuthorizationGrantAssertionReuseAllowed",
          "jwtAuthorizationGrantEnabled", "jwtAuthorizationGrantLimitAccessTokenExp"),
    **_of("DefaultTrustIdentityProviderConfig", _BOOLEAN, "supportsClientAssertionReuse", "supportsClientAssertions",
          "useJwksUrl"),
    **_of("OAuth2IdentityProviderConfig", _BLANKS, "defaultScope", "prompt"),
    **_of("AbstractOAuth2IdentityProvider", _COMMAS, "forwardParameters"),
    **_of("OAuth2IdentityProviderConfig", _BOOLEAN, "acceptsPromptNoneForwardFromClient", "jwtX509HeadersEnabled",
          "pkceEnabled", "requiresShortStateParameter", "uiLocales"),
    **_of("OAuth2IdentityProviderConfig", KeyInfo(options=("S256", "plain")), "pkceMethod"),
    **_of("OAuth2IdentityProviderConfig", KeyInfo(options=("client_secret_basic", "client_secret_basic_unencoded",
          "client_secret_post", "client_secret_jwt", "private_key_jwt")), "clientAuthMethod"),
    **_of("StripSecretsUtils", _SECRET, "clientSecret"),
    "hideOnLoginPage": KeyInfo(BOOLEAN, obsolete="it is a field now", moved="hideOnLogin",
                               source="IdentityProviderModel"),
}  # fmt: skip

_OIDC_PROVIDER: Table = {
    **_of("OIDCIdentityProvider", _COMMAS, "issuer"),
    **_of("OIDCIdentityProviderConfig", _BOOLEAN, "allowClientIdAsAudience", "backchannelSupported", "disableNonce",
          "disableTypeClaimCheck", "disableUserInfo", "isAccessTokenJWT", "sendClientIdOnLogout",
          "sendIdTokenOnLogout", "validateSignature"),
}  # fmt: skip

_SAML_PROVIDER: Table = {
    **_of("SAMLIdentityProviderConfig", _COMMAS, "signingCertificate"),
    **_of("SAMLIdentityProviderConfig", _JSON, "authnContextClassRefs", "authnContextDeclRefs"),
    **_of("SAMLIdentityProviderConfig", _SECONDS, "descriptorCacheSeconds"),
    **_of("SAMLIdentityProviderConfig", _COUNT, "attributeConsumingServiceIndex"),
    **_of("SAMLIdentityProviderConfig", _BOOLEAN, "addExtensionsElementWithKeyInfo", "allowCreate",
          "artifactBindingResponse", "backchannelSupported", "enabledFromMetadata", "forceAuthn",
          "postBindingAuthnRequest", "postBindingLogout", "postBindingResponse", "signSpMetadata",
          "useMetadataDescriptorUrl", "validateSignature", "wantAssertionsEncrypted", "wantAssertionsSigned",
          "wantAuthnRequestsSigned"),
    **_of("SamlPrincipalType", KeyInfo(options=("SUBJECT", "ATTRIBUTE", "FRIENDLY_ATTRIBUTE")), "principalType"),
    **_of("XmlKeyInfoKeyNameTransformer", KeyInfo(options=("NONE", "KEY_ID", "CERT_SUBJECT")),
          "xmlSigKeyInfoKeyNameTransformer"),
}  # fmt: skip

_STORAGE: Table = {  # UserStorageProviderSpi
    **_of("UserStorageProviderModel", _SECONDS_OR_NEVER, "changedSyncPeriod", "fullSyncPeriod"),
    **_of("CacheableStorageProviderModel", _MILLISECONDS, "maxLifespan"),
    **_of("CacheableStorageProviderModel", _COUNT, "evictionDay", "evictionHour", "evictionMinute"),
    **_of("CacheableStorageProviderModel", KeyInfo(options=("DEFAULT", "EVICT_DAILY", "EVICT_WEEKLY", "MAX_LIFESPAN",
          "NO_CACHE")), "cachePolicy"),
    **_of("UserStorageProviderModel", _BOOLEAN, "enabled", "removeInvalidUsersEnabled"),
    **_of("PrioritizedComponentModel", _INTEGER, "priority"),
    **_of("UserStorageProviderModel", _STATE, "lastSync"),
}  # fmt: skip

_LDAP: Table = {
    **_STORAGE,
    **_of("LDAPConfig", _MILLISECONDS, "connectionTimeout", "readTimeout"),
    **_of("LDAPConfig", _COUNT, "batchSizeForSync", "maxConditions"),
    **_of("LDAPConfig", _COMMAS, "userObjectClasses"),
    **_of("LDAPConfig", replace(_BLANKS, ordered=True), "connectionUrl"),
    **_of("LDAPConfig", KeyInfo(options=("READ_ONLY", "WRITABLE", "UNSYNCED")), "editMode"),
    **_of("LDAPConfig", KeyInfo(options=("none", "simple")), "authType"),
    **_of("LDAPConfig", KeyInfo(options=("1", "2")), "searchScope"),
    **_of("LDAPConfig", KeyInfo(options=("always", "never", "ldapsOnly")), "useTruststoreSpi"),
    **_of("LDAPConfig", _SECRET, "bindCredential"),
}  # fmt: skip

_LDAP_GROUPS: Table = _of(
    "CommonLDAPGroupMapperConfig", _COMMAS, "group.object.classes", "mapped.group.attributes", "role.object.classes"
)

_X509: Table = {
    **_of("CertificateValidator", _COMMAS, "x509-cert-auth.certificate-policy", "x509-cert-auth.extendedkeyusage",
          "x509-cert-auth.keyusage"),
}  # fmt: skip

_COOLDOWN: Table = _of("EmailCooldownManager", _SECONDS, "emailResendCooldownSeconds")

TABLES: Mapping[str, Mapping[str, Table]] = {
    places.REALM_ATTRIBUTES: {"": _REALM},
    places.SMTP: {"": _SMTP},
    places.CLIENT_ATTRIBUTES: {"": _ANY_CLIENT, "openid-connect": _OIDC_CLIENT, "saml": _SAML_CLIENT},
    places.SCOPE_ATTRIBUTES: {"": _SCOPE},
    places.IDENTITY_PROVIDER: {
        "": {**_PROVIDER, **_OIDC_PROVIDER},
        "saml": _SAML_PROVIDER,
        "google": _of("GoogleIdentityProvider", _COMMAS, "hostedDomain"),
        "facebook": _of("FacebookIdentityProviderConfig", _COMMAS, "fetchedFields"),
    },
    places.IDENTITY_PROVIDER_MAPPER: {
        "": _of("IdentityProviderMapperModel", KeyInfo(options=("INHERIT", "IMPORT", "FORCE", "LEGACY")), "syncMode")
    },
    places.COMPONENT: {
        "userFederation/ldap": _LDAP,
        "userFederation/kerberos": _STORAGE,
        "ldapMappers/group-ldap-mapper": _LDAP_GROUPS,
        "ldapMappers/role-ldap-mapper": _LDAP_GROUPS,
        "clientRegistrationPolicies/max-clients": _of("MaxClientsClientRegistrationPolicy", _COUNT, "max-clients"),
        **{f"keys/{name}": _of("PrioritizedComponentModel", _INTEGER, "priority") for name in (
            "aes-generated", "ecdh-generated", "ecdsa-generated", "eddsa-generated", "hmac-generated",
            "java-keystore", "rsa", "rsa-enc", "rsa-enc-generated", "rsa-generated",
        )},
    },
    places.AUTHENTICATOR: {
        "": _of("AmrUtils", _SECONDS, "default.reference.maxAge"),
        "auth-x509-client-username-form": _X509,
        "direct-grant-auth-x509-username": _X509,
        "conditional-level-of-authentication": {
            **_of("LoAUtil", _SECONDS, "loa-max-age"),
            **_of("LoAUtil", _COUNT, "loa-condition-level"),
        },
        "user-session-limits": _of("UserSessionLimitsAuthenticator", _COUNT, "userClientLimit", "userRealmLimit"),
    },
    places.REQUIRED_ACTION: {
        "": {**_of("RequiredActionFactory", _SECONDS_OR_NEVER, "max_auth_age"), **_COOLDOWN},
        "CONFIGURE_RECOVERY_AUTHN_CODES": _of("RecoveryAuthnCodesAction", _COUNT, "warning_threshold"),
    },
    places.EXECUTOR: {
        "secure-request-object": _of("SecureRequestObjectExecutor", _SECONDS, "available-period", "allowed-clock-skew"),
        "secure-ciba-signed-authn-req": _of("SecureCibaSignedAuthenticationRequestExecutor", _SECONDS,
                                            "available-period"),
        "secret-rotation": _of("ClientSecretRotationExecutor", _SECONDS, "expiration-period",
                               "remaining-rotation-period", "rotated-expiration-period"),
        "auth-flow-enforcer": _of("AuthenticationFlowSelectorExecutor", _COUNT, "auth-flow-loa"),
    },
}  # fmt: skip
"""Place → provider, "" for every one → key → meaning."""
