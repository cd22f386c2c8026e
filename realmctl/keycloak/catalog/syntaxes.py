"""Which texts Keycloak can use for a key of a map, beyond the types that `key_types` knows.

Closed choices, URLs, regular expressions, certificates, numbers.

By experiment (26.7.3): Keycloak refuses some of the others, and takes the rest and fails when it needs the value.
Must not know about: files, kinds, how a syntax is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from realmctl.keycloak.catalog import key_types as places
from realmctl.keycloak.catalog.key_types import BOOLEAN, INTEGER, KeyInfo
from realmctl.keycloak.catalog.server import server

WEB, ADDRESS, LINK, REGEX, CERTIFICATE, PUBLIC_KEY, EMAIL, THEME, LDAP_URLS, LDAP_FILTER, LEVELS, PORT = (
    "web", "address", "link", "regex", "certificate", "public-key", "email", "theme", "ldap-urls", "ldap-filter",
    "levels", "port",
)  # fmt: skip
"""Syntaxes. `web` is an http(s) URL; `address` a URL or a path that begins with a slash; `link` is any but a script."""

Table = Mapping[str, KeyInfo]


def narrow(place: str, provider: str, key: str, known: KeyInfo | None) -> KeyInfo | None:
    """What is known of a key together with its choices and its syntax."""
    tables = _tables().get(place, {})
    for name in (provider, ""):
        found = tables.get(name, {}).get(key)
        if found is not None:
            if known is None:
                return found
            kind = found.type if known.type == places.TEXT else known.type
            options = known.options or found.options
            least = found.least if known.least is None else known.least
            return replace(known, type=kind, options=options, syntax=found.syntax, least=least)
    return known


def _syntax(syntax: str, *keys: str) -> dict[str, KeyInfo]:
    return dict.fromkeys(keys, KeyInfo(syntax=syntax))


def _choice(options: tuple[str, ...], *keys: str) -> dict[str, KeyInfo]:
    return dict.fromkeys(keys, KeyInfo(options=options))


def _booleans(*keys: str) -> dict[str, KeyInfo]:
    return dict.fromkeys(keys, KeyInfo(BOOLEAN))


def _numbers(*keys: str) -> dict[str, KeyInfo]:
    return dict.fromkeys(keys, KeyInfo(INTEGER))


_PKCE = ("S256", "plain")
_DELIVERY = ("poll", "ping")
_XML_KEY_NAMES = ("NONE", "KEY_ID", "CERT_SUBJECT")

_LDAP: Table = {
    **_choice(("READ_ONLY", "WRITABLE", "UNSYNCED"), "editMode"),
    **_choice(("ad", "rhds", "tivoli", "edirectory", "other"), "vendor"),
    **_choice(("none", "simple"), "authType"),
    **_choice(("1", "2"), "searchScope"),
    **_choice(("always", "never", "ldapsOnly"), "useTruststoreSpi"),
    **_choice(("ignore", "follow"), "referral"),
    **_choice(("DEFAULT", "EVICT_DAILY", "EVICT_WEEKLY", "MAX_LIFESPAN", "NO_CACHE"), "cachePolicy"),
    **_choice(("1", "2", "3", "4", "5", "6", "7"), "evictionDay"),
    **_choice(tuple(map(str, range(24))), "evictionHour"),
    **_choice(tuple(map(str, range(60))), "evictionMinute"),
    **_numbers("priority", "batchSizeForSync"),
    **_booleans("enabled", "removeInvalidUsersEnabled"),
    **_syntax(LDAP_URLS, "connectionUrl"),
    **_syntax(LDAP_FILTER, "customUserSearchFilter"),
}


def _client() -> Table:
    signed = (*server().signatures, "none")
    return {
        **_syntax(WEB, "jwks.url"),
        **_syntax(ADDRESS, "backchannel.logout.url", "ciba.backchannel.client.notification.endpoint"),
        **_syntax(
            LINK,
            "frontchannel.logout.url",
            "logoUri",
            "policyUri",
            "tosUri",
            "saml_artifact_binding_url",
            "saml_assertion_consumer_url_post",
            "saml_assertion_consumer_url_redirect",
            "saml_single_logout_service_url_post",
            "saml_single_logout_service_url_redirect",
            "saml_single_logout_service_url_artifact",
        ),
        **_syntax(CERTIFICATE, "saml.signing.certificate", "saml.encryption.certificate", "jwt.credential.certificate"),
        **_syntax(THEME, "login_theme"),
        **_syntax(LEVELS, "acr.loa.map"),
        **_choice(_PKCE, "pkce.code.challenge.method"),
        **_choice(_DELIVERY, "ciba.backchannel.token.delivery.mode"),
        **_choice(
            signed,
            "access.token.signed.response.alg",
            "id.token.signed.response.alg",
            "authorization.signed.response.alg",
        ),
        **_choice((*signed, "unsigned"), "user.info.response.signature.alg"),
        **_choice((*signed, "any"), "request.object.signature.alg"),
        **_choice((*signed, "any"), "token.endpoint.auth.signing.alg"),
        **_choice(server().key_encryptions, "id.token.encrypted.response.alg", "authorization.encrypted.response.alg"),
        **_choice(
            server().content_encryptions, "id.token.encrypted.response.enc", "authorization.encrypted.response.enc"
        ),
        **_choice(_XML_KEY_NAMES, "saml.server.signature.keyinfo.xmlSigKeyInfoKeyNameTransformer"),
        **_choice(("username", "email", "transient", "persistent"), "saml_name_id_format"),
        **_booleans(
            "backchannel.logout.session.required",
            "backchannel.logout.revoke.offline.tokens",
            "client.use.lightweight.access.token.enabled",
            "client_credentials.use_refresh_token",
            "display.on.consent.screen",
            "dpop.bound.access.tokens",
            "oauth2.device.authorization.grant.enabled",
            "oidc.ciba.grant.enabled",
            "require.pushed.authorization.requests",
            "standard.token.exchange.enabled",
            "tls.client.certificate.bound.access.tokens",
            "use.jwks.url",
            "use.jwks.string",
            "use.refresh.tokens",
            "saml.authnstatement",
            "saml.assertion.signature",
            "saml.client.signature",
            "saml.encrypt",
            "saml.force.post.binding",
            "saml.server.signature",
            "saml_force_name_id_format",
        ),
    }


def _realm() -> Table:
    return {
        **_syntax(WEB, "frontendUrl"),
        **_syntax(LEVELS, "acr.loa.map"),
        **_choice(_DELIVERY, "cibaBackchannelTokenDeliveryMode"),
        **_choice(("login_hint", "login_hint_token", "id_token_hint"), "cibaAuthRequestedUserHint"),
    }


_SMTP: Table = {
    **_syntax(EMAIL, "from", "replyTo", "envelopeFrom"),
    **_syntax(PORT, "port"),
    **_syntax(WEB, "authTokenUrl"),
    **_choice(("basic", "token"), "authType"),
}

_PROVIDER: Table = {
    **_syntax(WEB, "authorizationUrl", "tokenUrl", "userInfoUrl", "jwksUrl", "logoutUrl", "tokenIntrospectionUrl"),
    **_syntax(WEB, "singleSignOnServiceUrl", "singleLogoutServiceUrl", "artifactResolutionServiceUrl"),
    **_syntax(WEB, "metadataDescriptorUrl"),
    **_syntax(REGEX, "claimFilterValue"),
    **_syntax(PUBLIC_KEY, "publicKeySignatureVerifier"),
    **_choice(("IMPORT", "FORCE", "LEGACY"), "syncMode"),
    **_choice(_PKCE, "pkceMethod"),
    **_numbers("guiOrder"),
}
_SAML_PROVIDER: Table = {
    **_syntax(CERTIFICATE, "signingCertificate"),
    **_choice(("SUBJECT", "ATTRIBUTE", "FRIENDLY_ATTRIBUTE"), "principalType"),
    **_choice(_XML_KEY_NAMES, "xmlSigKeyInfoKeyNameTransformer"),
    **_choice(("exact", "minimum", "maximum", "better"), "authnContextComparisonType"),
    **_numbers("attributeConsumingServiceIndex"),
}


@cache
def _tables() -> Mapping[str, Mapping[str, Table]]:
    client = _client()
    return {
        places.REALM_ATTRIBUTES: {"": _realm()},
        places.SMTP: {"": _SMTP},
        places.CLIENT_ATTRIBUTES: {"": client},
        places.IDENTITY_PROVIDER: {"": _PROVIDER, "saml": _SAML_PROVIDER},
        places.IDENTITY_PROVIDER_MAPPER: {
            "": {
                **_choice(("INHERIT", "IMPORT", "FORCE", "LEGACY"), "syncMode"),
                **_choice(("LOCAL", "BROKER_ID", "BROKER_USERNAME"), "target"),
            }
        },
        places.COMPONENT: {
            "": _numbers("priority"),
            "userFederation/ldap": _LDAP,
            "userFederation/kerberos": _choice(("READ_ONLY", "UNSYNCED"), "editMode"),
        },
        places.EXECUTOR: {
            "secure-client-uris-pattern": _syntax(REGEX, "allowed-patterns"),
            "jwt-claim-enforcer": _syntax(REGEX, "allowed-value"),
        },
        places.VALIDATION: {"pattern": _syntax(REGEX, "pattern")},
    }
