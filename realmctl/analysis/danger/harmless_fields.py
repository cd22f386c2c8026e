"""The fields whose change endangers nobody, each with why; every other field is some rule's.

A test holds the two lists together complete for every field of every kind, and for every config key that Keycloak's own
types know. Must not know about: rules.
"""

from __future__ import annotations

from collections.abc import Mapping

_TEXT = "a text that people read, and nothing decides by"
_ORDER = "an order of display"
_LOOK = "how a list or a page looks"
_NAME = "a name that nothing decides by"
_FREE = "free for applications; what stands in tokens is judged at its mapper"

HARMLESS: Mapping[str, str] = {
    "authorization-scope.displayName": _TEXT,
    "authorization-scope.iconUri": _LOOK,
    "authorization-resource.displayName": _TEXT,
    "authorization-resource.attributes": _FREE,
    "authorization-resource.icon_uri": _LOOK,
    "authorization-policy.description": _TEXT,
    "client.type": "no longer used by Keycloak",
    "client.frontchannelLogout": "whether the browser or Keycloak tells of a logout",
    "client.surrogateAuthRequired": "no longer used by Keycloak",
    "client.alwaysDisplayInConsole": _LOOK,
    "client-profile.description": _TEXT,
    "client-policy.description": _TEXT,
    "client-scope.description": _TEXT,
    "client-scope.protocol": "a scope of another protocol is given to no client",
    "component.name": _NAME,
    "sub-component.name": _NAME,
    "sub-component.providerId": "its type is fixed; a new mapper is judged by what it gives",
    "flow.description": _TEXT,
    "flow.steps": "written out as executions before anything is compared or judged",
    "group.description": _TEXT,
    "identity-provider.hideOnLogin": _LOOK,
    "organization.name": _TEXT,
    "organization.description": _TEXT,
    "organization.attributes": _FREE,
    "protocol-mapper.protocol": "a mapper of another protocol writes into no token of the client",
    "protocol-mapper.consentText": _TEXT,
    "scope-mapper.protocol": "a mapper of another protocol writes into no token of the client",
    "scope-mapper.consentText": _TEXT,
    "realm.otpSupportedApplications": _TEXT,
    "realm.supportedLocales": _LOOK,
    "realm.defaultLocale": _LOOK,
    "required-action.name": _TEXT,
    "required-action.priority": _ORDER,
    "required-action.config.add-recovery-codes": "people get recovery codes beside",
    "required-action.config.emailResendCooldownSeconds": "how often a mail is sent",
    "required-action.config.warning_threshold": "when people are told that codes run out",
    "role.description": _TEXT,
    "role.attributes": _FREE,
    "client-role.description": _TEXT,
    "client-role.attributes": _FREE,
    "user.firstName": _TEXT,
    "user.lastName": _TEXT,
    "user.requiredActions": "given to new users alone; Keycloak asks for more, never for less",
    "user-profile.groups": _LOOK,
    "user-profile.attributeOrder": _ORDER,
    "workflow.concurrency": "which of two runs goes on",
    **{f"realm.smtpServer.{key}": why for key, why in {
        "port": "the same host receives the mails", "user": "the same host receives the mails",
         "auth": "the same host receives the mails",
        "authType": "the same host receives the mails", "authTokenClientId": "the same host receives it",
        "authTokenClientSecret": "the same host receives it", "authTokenScope": "the same host receives it",
        "fromDisplayName": _TEXT, "replyToDisplayName": _TEXT, "envelopeFrom": "where undeliverable mails go",
        "allowutf8": "which letters an address may have", "debug": "mails are logged on the server",
        "connectionTimeout": "how long the server is waited for", "timeout": "how long the server is waited for",
        "writeTimeout": "how long the server is waited for",
    }.items()},
    "realm.browserSecurityHeaders.contentSecurityPolicyReportOnly": "it only reports",
    **{f"realm.attributes.{key}": why for key, why in {
        "cibaBackchannelTokenDeliveryMode": "how clients that may do so are told", "cibaInterval": "how often "
            "clients ask",
        "cibaAuthRequestedUserHint": "how a person is named", "oauth2DeviceCodeLifespan": "kept as a field of the "
            "realm",
        "oauth2DevicePollingInterval": "kept as a field of the realm",
        "shortVerificationUri": "a shorter address of the same page",
        "darkMode": _LOOK, "clientSessionIdleTimeout": "kept as a field of the realm",
        "clientSessionMaxLifespan": "kept as a field of the realm",
        "clientOfflineSessionIdleTimeout": "kept as a field of the realm",
        "clientOfflineSessionMaxLifespan": "kept as a field of the realm",
    }.items()},
    **{f"client.attributes.{key}": why for key, why in {
        "realm_client": "Keycloak's own mark", "client.secret.creation.time": "Keycloak's own mark",
        "login_hint": _TEXT, "consent.screen.text": _TEXT, "gui.order": _ORDER,
        "exclude.session.state.from.auth.response": "one claim less in answers",
        "exclude.issuer.from.auth.response": "one claim less in answers",
        "backchannel.logout.session.required": "logout tokens name the session",
        "backchannel.logout.revoke.offline.tokens": "a logout ends more",
        "frontchannel.logout.session.required": "logouts name the session",
        "access.token.header.type.rfc9068": "the type in a token's header",
        "saml.artifact.binding.identifier": "Keycloak's own mark", "saml.server.signature.keyinfo.ext": "a hint for "
            "keys",
        "saml.server.signature.keyinfo.xmlSigKeyInfoKeyNameTransformer": "a hint for keys",
        "saml_signature_canonicalization_method": "how XML is put in order",
        "saml.force.name.id.format": "kept as saml_force_name_id_format",
        "saml.encryption.digestMethod": "how encryption is done", "saml.encryption.maskGenerationFunction": "how "
            "encryption "
        "is done", "saml.encryption.keyAlgorithm": "how encryption is done",
        "ciba.backchannel.token.delivery.mode": "how clients that may do so are told",
        "ciba.backchannel.auth.request.signing.alg": "requests that may be signed",
        "logout.confirmation.enabled": "whether a person is asked before a logout",
        "oauth2.device.code.lifespan": "minutes in which a code is typed",
        "oauth2.device.polling.interval": "how often a device asks",
    }.items()},
    "client-scope.attributes.consent.screen.text": _TEXT,
    "client-scope.attributes.gui.order": _ORDER,
    **{f"identity-provider.config.{key}": why for key, why in {
        "guiOrder": _ORDER, "hideOnLoginPage": _LOOK, "showInAccountConsole": _LOOK, "uiLocales": _LOOK,
        "loginHint": "the name is filled in at the provider",
        "kc.org.broker.login.hide-when-org-unknown": _LOOK, "kc.org.broker.login.show-when-linked-elsewhere": _LOOK,
        "kc.org.excluded.domains": "people of these domains are sent nowhere",
        "forwardParameters": "parameters of a login that the provider sees",
        "sendIdTokenOnLogout": "the provider knows whom it logs out", "familyNameClaim": _TEXT, "givenNameClaim": _TEXT,
        "fullNameClaim": _TEXT, "clientAssertionAudience": "for whom Keycloak's proof is",
        "clientAssertionSigningAlg": "how Keycloak's proof is signed",
        "addExtensionsElementWithKeyInfo": "a hint for keys", "artifactBindingResponse": "how answers travel",
        "attributeConsumingServiceIndex": "what the provider is asked for",
        "attributeConsumingServiceName": "what the provider is asked for",
        "authnContextDeclRefs": "what the provider is asked for", "descriptorCacheSeconds": "how long metadata is kept",
        "postBindingAuthnRequest": "how requests travel", "postBindingLogout": "how requests travel",
        "postBindingResponse": "how answers travel", "signSpMetadata": "metadata is signed",
        "xmlSigKeyInfoKeyNameTransformer": "a hint for keys", "fetchedFields": "what the provider is asked for",
        "githubJsonFormat": "how answers are written", "userIp": "the provider sees a person's address",
        "sandbox": "PayPal's own test environment", "key": "the same host receives it",
    }.items()},
    **{f"component.config.{key}": why for key, why in {
        "vendor": "names of attributes are filled in", "batchSizeForSync": "how fast people are read",
        "fullSyncPeriod": "how often people are read", "changedSyncPeriod": "how often people are read",
        "pagination": "how people are read", "connectionPooling": "how connections are kept",
        "connectionTimeout": "how long the directory is waited for", "readTimeout": "how long the directory is "
            "waited for",
        "connectionPoolingAuthentication": "how connections are kept", "connectionPoolingDebug": "how connections "
            "are kept",
        "connectionPoolingInitSize": "how connections are kept", "connectionPoolingMaxSize": "how connections are kept",
        "connectionPoolingPrefSize": "how connections are kept", "connectionPoolingProtocol": "how connections are "
            "kept",
        "connectionPoolingTimeout": "how connections are kept", "debug": "Kerberos is logged on the server",
        "evictionDay": "when the cache is emptied", "evictionHour": "when the cache is emptied",
        "evictionMinute": "when the cache is emptied", "lastSync": "a state",
        "relativeCreateDn": "where new people are made",
        "enableLdapPasswordPolicy": "the directory's own policy is asked",
        "kid": "a key's name",
    }.items()},
}  # fmt: skip
"""Field → why. A field is `kind.field`, or `kind.field.key` for a map."""
