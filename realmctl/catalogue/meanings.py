"""What Keycloak reads of maps without declaring it, or means more narrowly than it declares: tables by place.

From Keycloak's own classes (26.7.3; named beside each group) and from experiments on that version. Must not know about:
files, kinds.
"""

from __future__ import annotations

from collections.abc import Mapping

from realmctl.catalogue import settings as places
from realmctl.catalogue.settings import BOOLEAN, DURATION, INTEGER, JSON, LIST, Setting

Table = Mapping[str, Setting]


def meaning(place: str, provider: str, key: str) -> Setting | None:
    """What the tables say of a key: first for the type, then for every type of the place."""
    tables = _TABLES.get(place, {})
    for name in (provider, ""):
        found = tables.get(name, {}).get(key)
        if found is not None:
            return found
    return None


def _all(setting: Setting, *keys: str) -> dict[str, Setting]:
    return dict.fromkeys(keys, setting)


_SECONDS = Setting(DURATION, unit="s")
_MILLISECONDS = Setting(DURATION, unit="ms")
_BOOLEAN = Setting(BOOLEAN)
_INTEGER = Setting(INTEGER)
_JSON = Setting(JSON)
_HASHES = Setting(LIST, separator="##")
_COMMAS = Setting(LIST, separator=",")
_BLANKS = Setting(LIST, separator=" ")
_SECRET = Setting(secret=True)
_STATE = Setting(state=True)

_REALM: Table = {
    **_all(_SECONDS, "cibaExpiresIn", "cibaInterval"),  # CibaConfig
    **_all(_SECONDS, "parRequestUriLifespan"),  # ParConfig
    **_all(_SECONDS, "oauth2DeviceCodeLifespan", "oauth2DevicePollingInterval"),  # OAuth2DeviceConfig
    **_all(  # RealmAttributes
        _SECONDS,
        "actionTokenGeneratedByAdminLifespan",
        "actionTokenGeneratedByUserLifespan",
        "adminEventsExpiration",
        "clientOfflineSessionIdleTimeout",
        "clientOfflineSessionMaxLifespan",
        "clientSessionIdleTimeout",
        "clientSessionMaxLifespan",
        "offlineSessionMaxLifespan",
    ),
    **_all(_JSON, "acr.loa.map"),  # Constants
}

_SMTP: Table = {
    **_all(_BOOLEAN, "auth", "ssl", "starttls", "allowutf8", "debug"),
    **_all(_INTEGER, "port"),
    **_all(_MILLISECONDS, "connectionTimeout", "timeout", "writeTimeout"),
    **_all(_SECRET, "password", "authTokenClientSecret"),
}

_CLIENT: Table = {
    **_all(  # OIDCConfigAttributes
        _SECONDS,
        "access.token.lifespan",
        "client.offline.session.idle.timeout",
        "client.offline.session.max.lifespan",
        "client.session.idle.timeout",
        "client.session.max.lifespan",
        "token.endpoint.auth.signing.max.exp",
    ),
    **_all(_SECONDS, "oauth2.device.code.lifespan", "oauth2.device.polling.interval"),  # OAuth2DeviceConfig
    **_all(_SECONDS, "saml.assertion.lifespan", "saml.descriptor.cache.seconds"),  # SamlConfigAttributes
    **_all(_HASHES, "default.acr.values", "post.logout.redirect.uris", "request.uris"),
    **_all(_JSON, "acr.loa.map"),
    **_all(_SECRET, "saml.encryption.private.key", "saml.signing.private.key", "jwt.credential.private.key"),
    **_all(  # ClientSecretConstants
        _STATE,
        "client.secret.creation.time",
        "client.secret.expiration.time",
        "client.secret.rotated",
        "client.secret.rotated.creation.time",
        "client.secret.rotated.expiration.time",
        "realm_client",
        "saml.artifact.binding.identifier",
    ),
}

_PROVIDER: Table = {
    **_all(_SECONDS, "allowedClockSkew", "fedClientAssertionMaxExp", "minValidityToken", "passMaxAge"),
    **_all(_SECONDS, "jwtAuthorizationGrantAllowedClockSkew", "jwtAuthorizationGrantMaxAllowedAssertionExpiration"),
    **_all(_SECONDS, "descriptorCacheSeconds"),
    **_all(_BLANKS, "defaultScope"),
    **_all(_COMMAS, "forwardParameters"),
    **_all(_JSON, "authnContextClassRefs", "authnContextDeclRefs"),
    **_all(_SECRET, "clientSecret"),
    "hideOnLoginPage": Setting(BOOLEAN, obsolete="it is a field of the identity provider now", moved="hideOnLogin"),
}

_LDAP: Table = {
    **_all(_SECONDS, "changedSyncPeriod", "fullSyncPeriod"),
    **_all(_MILLISECONDS, "connectionTimeout", "readTimeout", "maxLifespan"),
    **_all(_COMMAS, "userObjectClasses"),
    **_all(_STATE, "lastSync"),
    **_all(_SECRET, "bindCredential"),
}

_TABLES: Mapping[str, Mapping[str, Table]] = {
    places.REALM_ATTRIBUTES: {"": _REALM},
    places.SMTP: {"": _SMTP},
    places.CLIENT_ATTRIBUTES: {"": _CLIENT},
    places.IDENTITY_PROVIDER: {"": _PROVIDER, "saml": {"signingCertificate": _COMMAS}},
    places.COMPONENT: {"userFederation/ldap": _LDAP},
    places.AUTHENTICATOR: {
        "": {"default.reference.maxAge": _SECONDS},
        "conditional-level-of-authentication": {"loa-max-age": _SECONDS},
    },
    places.REQUIRED_ACTION: {"": {"max_auth_age": _SECONDS}},
    places.EXECUTOR: {
        "": {},
        "secure-request-object": _all(_SECONDS, "available-period", "allowed-clock-skew"),
        "secure-ciba-signed-authn-req": _all(_SECONDS, "available-period"),
        "secret-rotation": _all(
            _SECONDS, "expiration-period", "rotated-expiration-period", "remaining-rotation-period"
        ),
    },
}
