"""The rows: every rule about the form, length or range of a value, or about a name (Keycloak 26.7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.checks.numbers import FIELDS, HARMLESS
from realmctl.keycloak.catalog import syntaxes
from tests.cases.refused.row import ALTERED, KEPT, REFUSED, WORKS, Row

NO_TOKEN, NO_USERINFO, NO_LOGIN, NO_START, NO_PUSH = "no token", "no userinfo", "no login", "no start", "no push"
EXPIRED, NO_POLL, DEVICE_EXPIRED, IMPLICIT_EXPIRED = "expired token", "no poll", "expired device", "expired implicit"
NO_REFRESH, NO_ISSUER, NO_LEVEL, ANY_PASSWORD, NO_PASSWORD = (
    "no refresh", "another issuer", "no level", "any password", "no password",
)  # fmt: skip
NO_CORS, NO_LANGUAGE, TAKEN_SERVICE, UNREACHABLE, NO_CODE = (
    "no cors", "no language", "taken service", "unreachable", "no code",
)  # fmt: skip
"""Proofs: what fails with a value that Keycloak keeps."""

LONG = "x" * 256
_VB = "vbscript:x"


def _realm(rule: str, does: str, syntax: str = "", **body: Any) -> Row:
    return Row("realm", body, rule, does, syntax=syntax)


def _attribute(kind: str, rule: str, does: str, key: str, value: Any, syntax: str = "", **body: Any) -> Row:
    return Row(kind, {**body, "attributes": {key: value}}, rule, does, syntax=syntax)


def _config(kind: str, rule: str, does: str, key: str, value: Any, syntax: str = "", **more: Any) -> Row:
    return Row(kind, {"config": {**more, key: value}}, rule, does, syntax=syntax)


def _texts() -> Iterator[Row]:
    yield _realm("bad-text", NO_ISSUER, syntaxes.WEB, attributes={"frontendUrl": "id.example.com"})
    yield _realm("bad-text", NO_ISSUER, attributes={"frontendUrl": "ftp://x"})
    yield _realm("bad-text", REFUSED, attributes={"frontendUrl": "https://a b/"})
    yield _realm("bad-text", NO_LEVEL, syntaxes.LEVELS, attributes={"acr.loa.map": '{"gold":"high"}'})
    yield _realm("wrong-value", NO_LEVEL, attributes={"acr.loa.map": "{"})
    mail = {"host": "localhost", "from": "a@b.example"}
    yield _realm("bad-text", REFUSED, syntaxes.EMAIL, smtpServer={**mail, "from": "nonsense"})
    yield _realm("bad-text", REFUSED, smtpServer={**mail, "replyTo": "a, b@c"})
    yield _realm("bad-text", KEPT, smtpServer={**mail, "envelopeFrom": "no one"})
    yield _realm("bad-text", KEPT, syntaxes.PORT, smtpServer={**mail, "port": "99999"})
    yield _realm("wrong-value", KEPT, smtpServer={**mail, "port": "abc"})
    yield _realm("wrong-value", KEPT, smtpServer={**mail, "starttls": "yes"})
    for field, value in {
        "rootUrl": "nonsense",
        "baseUrl": "https://exa mple/",
        "adminUrl": "javascript:alert(1)",
    }.items():
        yield Row("client", {field: value}, "bad-text", REFUSED, syntax=syntaxes.ADDRESS)
    for key in (
        "logoUri", "tosUri", "policyUri", "frontchannel.logout.url",
    ):  # fmt: skip
        yield _attribute("client", "bad-text", REFUSED, key, "javascript:x", syntaxes.LINK)
        yield _attribute("client", "bad-text", REFUSED, key, "https://a b/")
    for key in (
        "saml_artifact_binding_url", "saml_assertion_consumer_url_post", "saml_assertion_consumer_url_redirect",
        "saml_single_logout_service_url_post", "saml_single_logout_service_url_redirect",
        "saml_single_logout_service_url_artifact",
    ):  # fmt: skip
        yield _attribute("client", "bad-text", REFUSED, key, "javascript:x", protocol="saml")
    yield _attribute("client", "", WORKS, "logoUri", _VB)
    yield _attribute("client", "bad-text", REFUSED, "backchannel.logout.url", "nonsense")
    yield _attribute("client", "bad-text", REFUSED, "ciba.backchannel.client.notification.endpoint", "nonsense")
    yield _attribute("client", "bad-text", KEPT, "jwks.url", "ftp://x")
    yield _attribute("client", "bad-text", REFUSED, "acr.loa.map", '{"gold":"high"}')
    # Certificates and keys are warned of alone: what another file holds may be a placeholder.
    yield _attribute("client", "", KEPT, "saml.signing.certificate", "nonsense", syntaxes.CERTIFICATE, protocol="saml")
    yield _config("oidc", "", KEPT, "publicKeySignatureVerifier", "nonsense", syntaxes.PUBLIC_KEY)
    for key in ("authorizationUrl", "tokenUrl", "userInfoUrl", "jwksUrl", "logoutUrl", "tokenIntrospectionUrl"):
        yield _config("oidc", "bad-text", REFUSED, key, "nonsense")
    yield _config("oidc", "bad-text", KEPT, "tokenUrl", "https://a b/t")
    yield _config("oidc", "bad-text", KEPT, "claimFilterValue", "(", syntaxes.REGEX)
    for key in ("singleSignOnServiceUrl", "singleLogoutServiceUrl", "artifactResolutionServiceUrl"):
        yield _config("saml", "bad-text", REFUSED, key, "nonsense")
    yield _config("saml", "bad-text", REFUSED, "metadataDescriptorUrl", "nonsense")
    yield _config("ldap", "bad-text", REFUSED, "connectionUrl", ["http://a"], syntaxes.LDAP_URLS)
    yield _config("ldap", "bad-text", REFUSED, "customUserSearchFilter", ["uid=x"], syntaxes.LDAP_FILTER)
    yield Row("organization", {"redirectUrl": "nonsense"}, "bad-text", REFUSED)
    yield Row("organization", {"redirectUrl": "https://a b"}, "bad-text", REFUSED)
    for address in ("nonsense", "a b@c.example", "a@b@c.example", "<a@c.example>", "a,b@c.example", "a@c.example;x"):
        yield Row("user", {"email": address}, "bad-text", REFUSED)
    yield Row("user", {"email": "a@b"}, "", WORKS)
    yield _realm("bad-text", KEPT, webAuthnPolicyAcceptableAaguids=["x"])
    yield _realm("bad-text", KEPT, webAuthnPolicyExtraOrigins=["x y"])


def _redirects() -> Iterator[Row]:
    for uri in ("https://a.example/#x", "javascript:alert(1)", "data:text/html,x", "https://a.example/one two"):
        yield Row("client", {"redirectUris": [uri]}, "bad-uri", REFUSED)
    for character in '<>"{}|\\^`':
        yield Row("client", {"redirectUris": [f"https://a.example/a{character}b"]}, "bad-uri", REFUSED)
    yield Row("client", {"redirectUris": ["https://a.example/cb", _VB]}, "", WORKS)
    yield _attribute("client", "bad-uri", REFUSED, "post.logout.redirect.uris", "https://a.example/#x")
    yield Row("client", {"webOrigins": ["https://a.example/"]}, "", NO_CORS)  # A warning alone.


def _choices() -> Iterator[Row]:
    for key, value, does in (
        ("access.token.signed.response.alg", "RS255", NO_TOKEN),
        ("id.token.signed.response.alg", "RS255", NO_TOKEN),
        ("id.token.encrypted.response.alg", "x", NO_TOKEN),
        ("user.info.response.signature.alg", "x", NO_USERINFO),
        ("pkce.code.challenge.method", "s256", NO_LOGIN),
        ("ciba.backchannel.token.delivery.mode", "pull", REFUSED),
        ("authorization.signed.response.alg", "x", KEPT),
        ("request.object.signature.alg", "x", KEPT),
        ("token.endpoint.auth.signing.alg", "x", KEPT),
        ("id.token.encrypted.response.enc", "x", KEPT),
    ):
        yield _attribute("client", "unknown-choice", does, key, value)
    for key in ("saml_name_id_format", "saml.server.signature.keyinfo.xmlSigKeyInfoKeyNameTransformer"):
        yield _attribute("client", "unknown-choice", KEPT, key, "x", protocol="saml")
    yield _attribute("client", "wrong-value", NO_TOKEN, "access.token.lifespan", "soon")
    yield _attribute("client", "wrong-value", EXPIRED, "access.token.lifespan", "-5")
    yield _attribute("client", "wrong-value", KEPT, "use.jwks.url", "yes")
    yield _attribute("client", "wrong-value", NO_POLL, "oauth2.device.polling.interval", "0")
    yield _attribute("client", "wrong-value", DEVICE_EXPIRED, "oauth2.device.code.lifespan", "0")
    yield Row("client", {"protocol": "openid"}, "unknown-type", REFUSED)
    yield Row("client", {"clientAuthenticatorType": "client-secrt"}, "unknown-type", NO_TOKEN)
    services = {"authorizationServicesEnabled": True}
    yield Row("client", {**services, "serviceAccountsEnabled": False}, "contradiction", REFUSED)
    yield Row("client", {**services, "publicClient": True}, "contradiction", REFUSED)
    yield Row("client", {**services, "bearerOnly": True}, "contradiction", REFUSED)
    yield _realm("unknown-choice", NO_TOKEN, defaultSignatureAlgorithm="RS257")
    yield _realm("unknown-choice", KEPT, attributes={"cibaBackchannelTokenDeliveryMode": "pull"})
    yield _realm("wrong-value", REFUSED, attributes={"cibaExpiresIn": "soon"})
    yield _realm("wrong-value", NO_PUSH, attributes={"parRequestUriLifespan": "-5"})
    yield _realm("wrong-value", NO_PUSH, attributes={"parRequestUriLifespan": "0"})
    yield _realm("unknown-choice", KEPT, smtpServer={"host": "a", "from": "a@b.example", "auth": "true", "user": "x",
                                                     "authType": "digest"})  # fmt: skip
    for field, value in {
        "webAuthnPolicyUserVerificationRequirement": "prefered",
        "webAuthnPolicyRequireResidentKey": "yes", "webAuthnPolicyAttestationConveyancePreference": "x",
        "webAuthnPolicyAuthenticatorAttachment": "x", "webAuthnPolicyPasswordlessMediation": "x",
        "otpPolicyType": "TOTP",
    }.items():  # fmt: skip
        yield _realm("bad-value", KEPT, **{field: value})
    yield _realm("bad-value", ALTERED, sslRequired="EXTERNAL")
    yield _realm("bad-value", NO_CODE, otpPolicyAlgorithm="SHA1")
    yield _realm("bad-value", REFUSED, sslRequired="nobody")
    yield _realm("unknown-choice", KEPT, webAuthnPolicySignatureAlgorithms=["RS257"])
    yield _realm("unknown-choice", REFUSED, requiredCredentials=["passwort"])
    yield _realm("unknown-event", KEPT, enabledEventTypes=["login"])
    yield _realm("unknown-theme", KEPT, loginTheme="keyclok")
    yield _realm("unknown-locale", NO_LANGUAGE, internationalizationEnabled=True, supportedLocales=["zz zz"],
                 defaultLocale="zz zz")  # fmt: skip
    yield _config("oidc", "unknown-choice", REFUSED, "pkceMethod", "s256", pkceEnabled="true")
    for key, rule in {"syncMode": "unknown-choice", "clientAuthMethod": "unknown-choice", "guiOrder": "wrong-value",
                      "validateSignature": "wrong-value"}.items():  # fmt: skip
        yield _config("oidc", rule, KEPT, key, "x")
    yield _config("saml", "unknown-choice", NO_START, "authnContextComparisonType", "x")
    for key, rule in {
        "principalType": "unknown-choice", "xmlSigKeyInfoKeyNameTransformer": "unknown-choice",
        "attributeConsumingServiceIndex": "wrong-value", "allowCreate": "wrong-value",
        "authnContextClassRefs": "wrong-value", "descriptorCacheSeconds": "wrong-value",
    }.items():  # fmt: skip
        yield _config("saml", rule, KEPT, key, "[")
    for key, value, rule, does in (
        ("editMode", "READONLY", "unknown-choice", REFUSED), ("fullSyncPeriod", "7 days", "wrong-value", REFUSED),
        ("changedSyncPeriod", "x", "wrong-value", REFUSED), ("connectionTimeout", "x", "wrong-value", REFUSED),
        ("readTimeout", "x", "wrong-value", REFUSED), ("vendor", "x", "unknown-choice", KEPT),
        ("authType", "x", "unknown-choice", KEPT), ("searchScope", "3", "unknown-choice", KEPT),
        ("cachePolicy", "x", "unknown-choice", KEPT), ("evictionDay", "8", "unknown-choice", KEPT),
        ("priority", "x", "wrong-value", KEPT), ("batchSizeForSync", "many", "wrong-value", KEPT),
        ("enabled", "yes", "wrong-value", KEPT), ("maxLifespan", "x", "wrong-value", KEPT),
    ):  # fmt: skip
        yield _config("ldap", rule, does, key, [value])
    yield Row("key", {"providerId": "rsa-genrated"}, "unknown-type", REFUSED)
    yield Row("key", {"providerId": "rsa-generated", "config": {"priority": ["x"]}}, "wrong-value", REFUSED)
    yield Row("key", {"providerId": "aes-generated", "config": {"secretSize": ["5"]}}, "unknown-choice", REFUSED)
    yield Row("registration", {"providerId": "max-clients", "config": {"max-clients": ["x"]}}, "wrong-value", REFUSED)


def _policies() -> Iterator[Row]:
    for policy, does in {
        "length(12) and notUsernam": REFUSED, "length(8) and": REFUSED, "regexPattern": REFUSED, "length(abc)": REFUSED,
        "forceExpiredPasswordChange(x)": REFUSED, "hashAlgorithm(md5)": REFUSED, "hashAlgorithm": REFUSED,
        "regexPattern([)": REFUSED, "length(8) and length(9)": ALTERED, "length(-1)": ANY_PASSWORD,
        "upperCase(-1)": ANY_PASSWORD, "maxLength(-2)": NO_PASSWORD,
    }.items():  # fmt: skip
        yield _realm("password-policy", does, passwordPolicy=policy)
    yield _realm("", WORKS, passwordPolicy="regexPattern(a b) and length(2)")


def _lengths() -> Iterator[Row]:
    for kind, field in (
        ("client", "name"), ("client", "description"), ("role", "description"), ("group", "description"),
        ("client-scope", "description"), ("oidc", "displayName"), ("user", "firstName"), ("user", "lastName"),
        ("realm", "displayName"), ("realm", "defaultLocale"),
        ("organization", "name"), ("flow", "description"),
    ):  # fmt: skip
        yield Row(kind, {field: LONG}, "too-long", REFUSED)
    yield Row("client", {"redirectUris": [f"https://{LONG}"]}, "too-long", REFUSED)
    yield Row("realm", {"loginTheme": LONG}, "too-long", REFUSED)
    yield Row("realm", {"eventsListeners": [LONG]}, "too-long", REFUSED)
    yield Row("realm", {"enabledEventTypes": [LONG]}, "too-long", REFUSED)
    yield Row("realm", {"smtpServer": {"host": LONG, "from": "a@b.example"}}, "too-long", REFUSED)
    yield Row("realm", {"passwordPolicy": f"regexPattern({'x' * 2550})"}, "too-long", REFUSED)
    yield Row("role", {"attributes": {"note": [LONG]}}, "too-long", REFUSED)
    yield Row("group", {"attributes": {"note": [LONG]}}, "too-long", REFUSED)
    yield Row("client-scope", {"attributes": {"note": "x" * 2049}}, "too-long", REFUSED)
    yield Row("organization", {"description": "x" * 4001}, "too-long", REFUSED)
    yield Row("realm", {"displayNameHtml": LONG, "attributes": {"note": "x" * 5000}}, "", WORKS)
    yield Row("client-scope", {"attributes": {"note": "x" * 2048}}, "", WORKS)
    yield Row("organization", {"description": "x" * 4000}, "", WORKS)


def _users() -> Iterator[Row]:
    yield Row("user", {"email": "Anna@Example.com"}, "user-email", ALTERED)
    for attribute in ("username", "email", "firstName"):
        yield Row("user", {"attributes": {attribute: ["bert@example.com"]}}, "user-attribute", ALTERED)
    for values in ([""], ["books", " "]):
        yield Row("user", {"attributes": {"team": values}}, "user-attribute", ALTERED)
    for name in ("ab", "a/b/c", "a b c", "аdmin", "a;b;c", "a%bc", "漢字漢字"):
        yield Row("user", {}, "bad-name", REFUSED, name)
    yield Row("user", {}, "user-name", ALTERED, "Carla")
    yield Row("user", {}, "user-name", TAKEN_SERVICE, "service-account-shop")
    for name in ("a+bc", "a.bc", "émile"):
        yield Row("user", {}, "", WORKS, name)


def _names() -> Iterator[Row]:
    for kind in ("client", "client-scope", "role", "group", "oidc", "ldap", "organization"):
        yield Row(kind, {}, "bad-name", REFUSED, LONG)
    yield Row("flow", {}, "flow-alias", REFUSED, LONG)
    for name in ("read orders", 'a"b', "a\\b", "é"):
        yield Row("client-scope", {}, "bad-name", REFUSED, name)
    for character in "!#$&()*+,/:;=?@[]\\ ":
        yield Row("oidc", {}, "bad-name", REFUSED, f"a{character}b")
    for character in "!&/":
        yield Row("flow", {}, "bad-name", REFUSED, f"a{character}b")
    yield Row("oidc", {}, "bad-name", REFUSED, "a{x}b")
    for name in ("a{}b", "a{b", "a}{b", "a%b", "a|b", "é"):
        yield Row("oidc", {}, "", WORKS, name)
    # With a signature, Keycloak makes a key for seconds, and answers 500: bad-names.yaml of `cases/bad` has that one.
    unsigned = {"protocol": "saml", "attributes": {"saml.client.signature": "false"}}
    yield Row("client", unsigned, "", KEPT, "#portal")
    for kind in ("role", "flow", "oidc"):
        yield Row(kind, {}, "bad-name", UNREACHABLE, "..")


NUMBERS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("clientOfflineSessionIdleTimeout", "clientOfflineSessionMaxLifespan", "clientSessionIdleTimeout",
         "clientSessionMaxLifespan", "offlineSessionIdleTimeout", "offlineSessionMaxLifespan",
         "ssoSessionIdleTimeoutRememberMe", "ssoSessionMaxLifespanRememberMe", "notBefore",
         "nodeReRegistrationTimeout", "eventsExpiration"),
        (WORKS, REFUSED),
    ),
    **dict.fromkeys(
        ("failureFactor", "maxDeltaTimeSeconds", "maxFailureWaitSeconds", "maxSecondaryAuthFailures",
         "maxTemporaryLockouts", "minimumQuickLoginWaitSeconds", "quickLoginCheckMilliSeconds", "ssoSessionIdleTimeout",
         "ssoSessionMaxLifespan", "waitIncrementSeconds"),
        (REFUSED, REFUSED),
    ),
    **dict.fromkeys(
        ("otpPolicyInitialCounter", "otpPolicyLookAheadWindow", "webAuthnPolicyCreateTimeout",
         "webAuthnPolicyPasswordlessCreateTimeout"),
        (KEPT, REFUSED),
    ),
    "otpPolicyDigits": (KEPT, NO_CODE),
    "otpPolicyPeriod": (NO_CODE, REFUSED),
    "accessTokenLifespan": (EXPIRED, REFUSED),
    "accessTokenLifespanForImplicitFlow": (IMPLICIT_EXPIRED, REFUSED),
    "accessCodeLifespan": (NO_LOGIN, REFUSED),
    # Zero stands for the other one of these two, and both can't be zero.
    "accessCodeLifespanLogin": (KEPT, REFUSED),
    "accessCodeLifespanUserAction": (KEPT, REFUSED),
    # The link in a mail; there is no mail server here.
    "actionTokenGeneratedByAdminLifespan": (KEPT, REFUSED),
    "actionTokenGeneratedByUserLifespan": (KEPT, REFUSED),
    "oauth2DeviceCodeLifespan": (DEVICE_EXPIRED, REFUSED),
    "oauth2DevicePollingInterval": (NO_POLL, REFUSED),
    "refreshTokenMaxReuse": (NO_REFRESH, REFUSED),
}  # fmt: skip
"""What Keycloak does with a number that is too small by one, and with one that is too great by one."""


def _numbers() -> Iterator[Row]:
    unset = {field: FIELDS["realm"][field][0] - 1 for field in sorted(HARMLESS["realm"])}
    yield Row("realm", unset, "", WORKS)
    for kind, fields in FIELDS.items():
        if kind == "required-action":
            continue  # A priority is a place in the list here, and is never sent as it is.
        for field, (least, most) in fields.items():
            low, high = NUMBERS[field]
            rule = "" if field in HARMLESS.get(kind, ()) else "bad-number"
            more = {"revokeRefreshToken": True} if low == NO_REFRESH else {}
            if field not in unset or kind != "realm":
                yield Row(kind, {field: least - 1, **more}, rule, low)
            if most is not None:
                # What 64 bits do not hold is no number to the field's type.
                yield Row(kind, {field: most + 1}, "bad-number" if most < 2**62 else "bad-value", high)
    yield _realm("bad-number", REFUSED, accessCodeLifespanLogin=0, accessCodeLifespanUserAction=0)
    yield _realm("", WORKS, accessTokenLifespan=-1, accessTokenLifespanForImplicitFlow=-1)
    yield _realm("", WORKS, eventsExpiration=2**31)


ROWS: tuple[Row, ...] = (
    *_texts(), *_redirects(), *_choices(), *_policies(), *_lengths(), *_users(), *_names(), *_numbers(),
)  # fmt: skip
