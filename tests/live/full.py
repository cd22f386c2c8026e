"""Objects of every kind with a value for every field, and another value for each; no test is in here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realmctl.keycloak.catalog.version_support import newer
from realmctl.keycloak.kinds.realm_settings import RealmSettings
from tests.conftest import VERSION
from tests.live.every_kind import OLDER

Pairs = dict[str, tuple[Any, Any]]
"""Field → its value at first, and another one. A map's pairs stand one level down, as another map."""


def switched(*names: str) -> dict[str, Any]:
    """Pairs of fields that are true or false."""
    return dict.fromkeys(names, (True, False))


MAPPER: dict[str, Any] = {
    "protocolMapper": ("oidc-usermodel-attribute-mapper", None),
    "config": {
        "user.attribute": ("site", "place"),
        "claim.name": ("site", "place"),
        "jsonType.label": ("String", "long"),
        "access.token.claim": ("true", "false"),
        "id.token.claim": ("true", "false"),
        "multivalued": ("true", "false"),
        "own": ("a", "b"),
    },
}
ROLE: dict[str, Any] = {"description": ("a", "b"), "attributes": {"k": (["v", "w"], ["x"]), "l": (["v"], ["x"])}}
FULL: dict[tuple[str, ...], dict[str, Any]] = {
    ("roles", "boss"): ROLE,
    ("clients", "app", "roles", "reader"): ROLE,
    ("groups", "team"): ROLE,
    ("groups", "team", "subGroups", "leads"): ROLE,
    ("clients", "app"): {
        "name": ("a", "b"),
        "description": ("a", "b"),
        "enabled": (False, True),
        "type": ("a", "b"),
        "clientAuthenticatorType": ("client-jwt", "client-secret"),
        "rootUrl": ("https://a.example", "https://b.example"),
        "adminUrl": ("https://a.example", "https://b.example"),
        "baseUrl": ("https://a.example", "https://b.example"),
        "redirectUris": (["https://a.example/cb"], ["https://b.example/cb"]),
        "webOrigins": (["https://a.example"], ["https://b.example"]),
        "notBefore": (5, 6),
        "nodeReRegistrationTimeout": (5, 6),
        "fullScopeAllowed": (False, True),
        "standardFlowEnabled": (False, True),
        **switched(
            "implicitFlowEnabled",
            "directAccessGrantsEnabled",
            "serviceAccountsEnabled",
            "frontchannelLogout",
            "consentRequired",
            "surrogateAuthRequired",
            "alwaysDisplayInConsole",
        ),
        "attributes": {
            "pkce.code.challenge.method": ("S256", "plain"),
            "access.token.lifespan": ("60", "61"),
            "backchannel.logout.url": ("https://a.example", "https://b.example"),
            "own": ("a", "b"),
        },
    },
    ("clients", "saml"): {
        "protocol": ("saml", None),
        "name": ("a", "b"),
        "redirectUris": (["https://a.example/cb"], ["https://b.example/cb"]),
        "frontchannelLogout": (True, False),
        "attributes": {"saml.assertion.signature": ("true", "false"), "saml_name_id_format": ("email", "username")},
    },
    ("clients", "app", "protocolMappers", "site"): MAPPER,
    ("clientScopes", "sites"): {
        "description": ("a", "b"),
        "protocol": ("openid-connect", None),
        "attributes": {"include.in.token.scope": ("true", "false"), "own": ("a", "b")},
    },
    ("clientScopes", "sites", "protocolMappers", "site"): MAPPER,
    ("identityProviders", "partner"): {
        "providerId": ("oidc", None),
        "displayName": ("a", "b"),
        "enabled": (False, True),
        **switched(
            "trustEmail", "storeToken", "addReadTokenRoleOnCreate", "authenticateByDefault", "linkOnly", "hideOnLogin"
        ),
        "firstBrokerLoginFlowAlias": ("first broker login", "own"),
        "postBrokerLoginFlowAlias": ("own", "browser"),
        "config": {
            "clientId": ("x", "y"),
            "clientSecret": ("canary-units-1", "canary-units-2"),
            "authorizationUrl": ("https://a.example/a", "https://b.example/a"),
            "tokenUrl": ("https://a.example/t", "https://b.example/t"),
            "defaultScope": ("openid", "openid email"),
            "syncMode": ("FORCE", "IMPORT"),
            "guiOrder": ("1", "2"),
            "own": ("a", "b"),
        },
    },
    ("identityProviders", "partner", "mappers", "site"): {
        "identityProviderMapper": ("oidc-user-attribute-idp-mapper", None),
        "config": {
            "syncMode": ("FORCE", "IMPORT"),
            "claim": ("a", "b"),
            "user.attribute": ("a", "b"),
            "own": ("a", "b"),
        },
    },
    ("authenticationFlows", "own"): {
        "description": ("a", "b"),
        "executions": (
            [
                {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"},
                {
                    "authenticator": "identity-provider-redirector",
                    "requirement": "ALTERNATIVE",
                    "config": {"defaultProvider": "partner", "own": "a"},
                },
            ],
            [
                {"authenticator": "auth-cookie", "requirement": "DISABLED"},
                {"authenticator": "identity-provider-redirector", "requirement": "ALTERNATIVE"},
            ],
        ),
    },
    ("requiredActions", "CONFIGURE_TOTP"): {
        "name": ("a", "b"),
        "enabled": (False, True),
        "defaultAction": (True, False),
        "priority": (31, 32),
        "config": {"max_auth_age": ("100", "200"), "own": ("a", "b")},
    },
    ("components", "keys", "ours"): {
        "providerId": ("hmac-generated", None),
        "config": {
            "priority": (["7"], ["8"]),
            "active": (["false"], ["true"]),
            "enabled": (["false"], ["true"]),
            "algorithm": (["HS384"], ["HS512"]),
            "secretSize": (["64"], ["128"]),
        },
    },
    ("components", "userFederation", "directory"): {
        "providerId": ("ldap", None),
        "config": {
            "enabled": (["false"], None),
            "connectionUrl": (["ldap://d.invalid"], ["ldap://e.invalid"]),
            "authType": (["none"], None),
            "usersDn": (["ou=a"], ["ou=b"]),
            "vendor": (["other"], ["rhds"]),
            "editMode": (["READ_ONLY"], None),
            "usernameLDAPAttribute": (["uid"], ["cn"]),
            "rdnLDAPAttribute": (["uid"], ["cn"]),
            "uuidLDAPAttribute": (["entryUUID"], ["nsuniqueid"]),
            "userObjectClasses": (["person"], ["person, top"]),
            "pagination": (["true"], ["false"]),
            "priority": (["3"], ["4"]),
            "customUserSearchFilter": (["(a=b)"], ["(a=c)"]),
        },
    },
    ("components", "userFederation", "directory", "subComponents", "ldapMappers", "mail"): {
        "providerId": ("user-attribute-ldap-mapper", None),
        "config": {
            "ldap.attribute": (["mail"], ["email"]),
            "user.model.attribute": (["email"], ["mail"]),
            "read.only": (["true"], ["false"]),
            "is.mandatory.in.ldap": (["true"], ["false"]),
        },
    },
    ("organizations", "acme"): {
        "name": ("Acme", "Bcme"),
        "enabled": (False, True),
        "description": ("a", "b"),
        "redirectUrl": ("https://a.example", "https://b.example"),
        "attributes": {"k": (["a"], ["b"]), "l": (["a"], ["b"])},
        "domains": ([{"name": "a.example", "verified": True}], [{"name": "b.example", "verified": False}]),
    },
    ("clientProfiles", "strict"): {
        "description": ("a", "b"),
        "executors": (
            [{"executor": "pkce-enforcer", "configuration": {"auto-configure": True}}],
            [{"executor": "pkce-enforcer", "configuration": {"auto-configure": False}}],
        ),
    },
    ("clientPolicies", "ours"): {
        "description": ("a", "b"),
        "enabled": (True, False),
        "conditions": (
            [{"condition": "client-roles", "configuration": {"roles": ["nobody-has-it"]}}],
            [{"condition": "client-roles", "configuration": {"roles": ["none-has-it"]}}],
        ),
        "profiles": (["strict"], ["fapi-1-baseline"]),
    },
    ("clients", "docs", "authorizationSettings"): {
        "policyEnforcementMode": ("PERMISSIVE", "ENFORCING"),
        "decisionStrategy": ("AFFIRMATIVE", "UNANIMOUS"),
        "allowRemoteResourceManagement": (True, False),
    },
    ("clients", "docs", "authorizationSettings", "scopes", "read"): {
        "displayName": ("a", "b"),
        "iconUri": ("https://a.example", "https://b.example"),
    },
    ("clients", "docs", "authorizationSettings", "resources", "page"): {
        "displayName": ("a", "b"),
        "type": ("a", "b"),
        "uris": (["/a"], ["/b"]),
        "scopes": (["read"], ["write"]),
        "attributes": {"k": (["a"], ["b"]), "l": (["a"], ["b"])},
        "ownerManagedAccess": (True, False),
        "icon_uri": ("https://a.example", "https://b.example"),
    },
    ("clients", "docs", "authorizationSettings", "policies", "hours"): {
        "type": ("time", None),
        "description": ("a", "b"),
        "logic": ("NEGATIVE", "POSITIVE"),
        "config": {"hour": ("8", "9"), "hourEnd": ("17", "18"), "minute": ("1", "2"), "minuteEnd": ("5", "6")},
    },
    ("users", "ann"): {
        "email": ("ann@a.example", "ann@b.example"),
        "emailVerified": (True, False),
        "firstName": ("a", "b"),
        "lastName": ("a", "b"),
        "enabled": (False, True),
        "attributes": {"k": (["a"], ["b"]), "l": (["a"], ["b"])},
    },
    ("userProfile",): {
        "unmanagedAttributePolicy": ("ENABLED", "ADMIN_EDIT"),
        "attributes": {
            "site": (
                {
                    "displayName": "a",
                    "validations": {"length": {"max": 5}},
                    "annotations": {"k": "a"},
                    "required": {"roles": ["user"]},
                    "permissions": {"view": ["admin", "user"], "edit": ["admin"]},
                    "selector": {"scopes": ["email"]},
                    "group": "user-metadata",
                    "multivalued": True,
                },
                {"displayName": "b"},
            )
        },
    },
}
if not OLDER:
    FULL["workflows", "leavers"] = {
        "enabled": (False, True),
        "on": ("user_created", "user_authenticated"),
        "if": ("has-role('boss')", "has-role('offline_access')"),
        "steps": ([{"uses": "disable-user", "after": "5d"}], [{"uses": "disable-user", "after": "6d"}]),
    }
    FULL["clientPolicies", "ours"]["mode"] = ("STRICT", "DEFAULT")
BESIDE: dict[str, Any] = {
    "organizationsEnabled": True,
    "clients": {
        "docs": {
            "serviceAccountsEnabled": True,
            "authorizationServicesEnabled": True,
            "authorizationSettings": {"scopes": {"write": None}},
        }
    },
}
"""What the objects need beside them."""


_MAIL = ("components", "userFederation", "directory", "subComponents", "ldapMappers", "mail")
NEEDED: frozenset[tuple[str, ...]] = frozenset(
    {
        (*_MAIL, "config", "ldap.attribute"),
        (*_MAIL, "config", "user.model.attribute"),
        *(("components", "userFederation", "directory", "config", key) for key in ("editMode", "vendor")),
        # Without it, the attributes of users go that no profile names.
        ("userProfile", "unmanagedAttributePolicy"),
        ("identityProviders", "partner", "config", "syncMode"),
    }
)
"""Paths of values that null is not tried on: the server refuses the object without them, or others follow."""


def placed(path: tuple[str, ...], fields: Any) -> Any:
    """A value at a path, as a declaration."""
    return {path[0]: placed(path[1:], fields)} if path else fields


def joined(one: Any, other: Any) -> Any:
    """Two declarations as one."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: joined(one.get(key), value) for key, value in other.items()}}
    return other


def values(pairs: dict[str, Any], which: int) -> dict[str, Any]:
    """All fields of an object with their first (0) or their other value (1)."""
    return {name: values(pair, which) if isinstance(pair, dict) else pair[which] for name, pair in pairs.items()}


def single(pairs: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Each field, or key of a map, with its other value; None is for what does not change by itself."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, pair in pairs.items():
        found += single(pair, (*above, name)) if isinstance(pair, dict) else [((*above, name), pair[1])]
    return found


_TEXTS: dict[str, tuple[Any, Any]] = {
    "displayName": ("a", "b"),
    "displayNameHtml": ("a", "b"),
    "defaultSignatureAlgorithm": ("ES256", "PS256"),
    "sslRequired": ("none", "all"),
    "bruteForceStrategy": ("LINEAR", "MULTIPLE"),
    "passwordPolicy": ("length(9)", "length(10)"),
    "otpPolicyType": ("hotp", "totp"),
    "otpPolicyAlgorithm": ("HmacSHA256", "HmacSHA512"),
    "otpPolicyDigits": (8, 6),
    "requiredCredentials": (["cert"], ["password"]),
    "loginTheme": ("keycloak", "keycloak.v2"),
    "accountTheme": ("keycloak.v3", "base"),
    "adminTheme": ("keycloak.v2", "base"),
    "emailTheme": ("keycloak", "base"),
    "eventsListeners": (["email"], ["jboss-logging"]),
    "enabledEventTypes": (["LOGIN"], ["LOGOUT"]),
    "supportedLocales": (["de", "en", "fr"], ["de", "it"]),
    "defaultLocale": ("de", "fr"),
    "browserSecurityHeaders": ({"xFrameOptions": "DENY", "referrerPolicy": "origin"}, {"xFrameOptions": "SAMEORIGIN"}),
    "smtpServer": (
        {"host": "a.example", "from": "a@a.example", "port": "3", "starttls": "true", "auth": "true", "user": "u"},
        {"host": "b.example"},
    ),
    "attributes": (
        {
            "frontendUrl": "https://a.example", "own": "x", "acr.loa.map": '{"a":"1"}', "cibaExpiresIn": "121",
            "cibaBackchannelTokenDeliveryMode": "ping", "cibaInterval": "6", "parRequestUriLifespan": "61",
            "adminEventsExpiration": "900",
        },
        {"own": "y"},
    ),
}  # fmt: skip
_WEBAUTHN: dict[str, tuple[Any, Any]] = {
    "RpEntityName": ("a", "b"),
    "SignatureAlgorithms": (["ES512"], ["RS512", "ES384"]),
    "RpId": ("a.example", "b.example"),
    "AttestationConveyancePreference": ("direct", "indirect"),
    "AuthenticatorAttachment": ("platform", "cross-platform"),
    "RequireResidentKey": ("Yes", "No"),
    "ResidentKey": ("preferred", "discouraged"),
    "UserVerificationRequirement": ("preferred", "discouraged"),
    "AcceptableAaguids": (["00000000-0000-0000-0000-000000000001"], ["00000000-0000-0000-0000-000000000002"]),
    "ExtraOrigins": (["https://a.example"], ["https://b.example"]),
    "Mediation": ("conditional", "none"),
}
FIXED = frozenset(
    {
        "enabled", "otpSupportedApplications", "organizationsEnabled", "adminPermissionsEnabled", "scimApiEnabled",
        "verifiableCredentialsEnabled", "duplicateEmailsAllowed",
    }
)  # fmt: skip
"""Settings that follow from others, that make objects, or that need a feature that the server has off."""


def _settings() -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name, field in RealmSettings.model_fields.items():
        policy = next((one for one in ("webAuthnPolicyPasswordless", "webAuthnPolicy") if name.startswith(one)), "-")
        if name in FIXED:
            continue
        if name in _TEXTS:
            yield name, _TEXTS[name]
        elif name.removeprefix(policy) in _WEBAUTHN:
            yield name, _WEBAUTHN[name.removeprefix(policy)]
        else:
            yield name, (True, False) if "bool" in str(field.annotation) else (7, 11)


SETTINGS: dict[str, tuple[Any, Any]] = dict(_settings())
"""The settings of a realm, each with its value at first and another one."""
REALM = {name: pair for name, pair in SETTINGS.items() if not list(newer("realm", {name: None}, VERSION))}
"""Those that the server knows."""
