"""What a realm holds and nobody decided: state that Keycloak writes, and what older versions and the console left.

A leftover means the same as leaving it out: seen in the getters of Keycloak's classes (26.7.3), `+` by logging out.
Must not know about: files, defaults of new objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.keycloak.catalog import key_types
from realmctl.model.objects import Live

_OPENID = "openid-connect"

_FALSE_OF_CLIENT = frozenset(
    {
        # OIDCAdvancedConfigWrapper
        "access.token.header.type.rfc9068", "allow.oidc.params.in.redirect.uris",
        "allow.token.introspection.without.audience.check", "allow.userinfo.with.lightweight.access.token",
        "backchannel.logout.revoke.offline.tokens", "backchannel.logout.session.required",
        "client_credentials.use_refresh_token", "dpop.bound.access.tokens", "exclude.issuer.from.auth.response",
        "exclude.session.state.from.auth.response", "external.token.enabled", "id.token.as.detached.signature",
        "logout.confirmation.enabled", "oauth2.jwt.authorization.grant.enabled", "standard.token.exchange.enabled",
        "tls.client.certificate.bound.access.tokens",
        "token.response.type.bearer.lower-case", "use.jwks.string", "use.jwks.url",
        # ClientModel, Constants, OAuth2DeviceConfig, CibaConfig, ParConfig
        "client.introspection.response.allow.jwt.claim.enabled", "client.use.lightweight.access.token.enabled",
        "display.on.consent.screen", "oauth2.device.authorization.grant.enabled", "oidc.ciba.grant.enabled",
        "require.pushed.authorization.requests",
    }
)  # fmt: skip
_CLIENT: Mapping[str, str] = {
    **dict.fromkeys(_FALSE_OF_CLIENT, "false"),
    **dict.fromkeys(
        ("frontchannel.logout.session.required", "use.refresh.tokens", "x509.allow.regex.pattern.comparison"), "true"
    ),
    "post.logout.redirect.uris": "+",
    "acr.loa.map": "{}",
}
_SCOPE: Mapping[str, str] = {"include.in.token.scope": "true", "display.on.consent.screen": "true"}
_MAPPER: Mapping[str, str] = dict.fromkeys(
    ("access.tokenResponse.claim", "aggregate.attrs", "lightweight.claim", "multivalued"), "false"
)
_PROVIDER: Mapping[str, str] = {
    # OAuth2IdentityProviderConfig, OIDCIdentityProviderConfig, IdentityProviderModel
    **dict.fromkeys(
        (
            "acceptsPromptNoneForwardFromClient", "allowClientIdAsAudience", "backchannelSupported",
            "caseSensitiveOriginalUsername", "disableNonce", "disableTypeClaimCheck", "disableUserInfo",
            "filteredByClaim", "isAccessTokenJWT", "jwtX509HeadersEnabled", "loginHint", "passMaxAge", "pkceEnabled",
            "requiresShortStateParameter", "sendClientIdOnLogout", "supportsClientAssertionReuse",
            "supportsClientAssertions", "uiLocales", "validateSignature",
        ),
        "false",
    ),
    "allowedClockSkew": "0",
    "hideOnLoginPage": "false",
    "storeTokenInSession": "true",
}  # fmt: skip

_LEFTOVERS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("client", "attributes"): _CLIENT,
    ("client-scope", "attributes"): _SCOPE,
    ("protocol-mapper", "config"): _MAPPER,
    ("scope-mapper", "config"): _MAPPER,
    ("identity-provider", "config"): _PROVIDER,
}
"""By kind and field: the value of a key that means what its absence means."""

_FOLLOWS = {"userinfo.token.claim": "id.token.claim", "introspection.token.claim": "access.token.claim"}
"""Keys of a mapper: where the first is missing, the second one counts."""

_STATE_FIELDS = frozenset({"notBefore"})
"""Fields of realms and clients that a revocation writes."""

_PLACES: Mapping[tuple[str, str], str] = {
    ("client", "attributes"): key_types.CLIENT_ATTRIBUTES,
    ("realm", "attributes"): key_types.REALM_ATTRIBUTES,
    ("component", "config"): key_types.COMPONENT,
    ("identity-provider", "config"): key_types.IDENTITY_PROVIDER,
}
_STATE_OF_REALM = frozenset({"adminPermissionsClientId", "firstBrokerLoginFlowId"})
"""Attributes of a realm that hold ids, which its own fields say by name (RealmAttributes)."""


def is_state(live: Live, field: str, key: str = "") -> bool:
    """Return whether Keycloak writes that field, or that key of it, while the realm runs: no file says such a value."""
    kind = live.address.kind
    if not key:
        return kind in ("realm", "client") and field in _STATE_FIELDS
    place = _PLACES.get((kind, field))
    if place is None:
        return False
    if place == key_types.REALM_ATTRIBUTES:
        known = key_types.setting(key_types.CLIENT_ATTRIBUTES, "", key)  # Old imports put a client's among a realm's.
        return key in _STATE_OF_REALM or key.startswith("client-policies.") or bool(known and known.state)
    if place == key_types.COMPONENT:
        section = live.address.names[0].partition(":")[0]
        # Whatever a federation is, its synchronization writes this (UserStorageProviderModel).
        return section == "userFederation" and key == "lastSync"
    setting = key_types.setting(place, "", key)
    return bool(setting and setting.state)


def is_made_at_need(live: Live) -> bool:
    """Return whether the object is a key that Keycloak makes where none of its algorithm is there.

    Such a key comes with the first login and is called `fallback-HS512` or alike (DefaultKeyManager, 26.7.3).
    """
    address = live.address
    return address.kind == "component" and address.names[0] == "keys" and address.name.startswith("fallback-")


def is_leftover(live: Live, field: str, key: str, value: Any) -> bool:
    """Return whether the value of a key means the same as leaving the key out."""
    kind, fields = live.address.kind, live.fields
    text = value[0] if isinstance(value, list) and len(value) == 1 else value
    if kind == "client" and fields.get("protocol") in (None, _OPENID) and key.startswith(("saml.", "saml_")):
        return bool(text == "false")
    if kind == "client" and fields.get("protocol") == "saml" and key != "post.logout.redirect.uris":
        return False
    if kind == "identity-provider" and fields.get("providerId") == "saml":
        return False
    return bool(text is not None and _LEFTOVERS.get((kind, field), {}).get(key) == text)


def without(live: Live, field: str, value: Any, known: Any) -> tuple[Any, int]:
    """Return a map without state and leftovers, and how many leftovers those were.

    `known` is what such an object has of itself: what differs from that is never a leftover.
    """
    if not isinstance(value, Mapping):
        return value, 0
    kept: dict[str, Any] = {}
    left = 0
    for key, item in value.items():
        if is_state(live, field, key):
            continue
        default = known if isinstance(known, Mapping) else {}
        if key not in default and (is_leftover(live, field, key, item) or _repeats(live, key, item, value, default)):
            left += 1
            continue
        kept[key] = item
    return kept, left


def _repeats(live: Live, key: str, item: Any, config: Mapping[str, Any], default: Mapping[str, Any]) -> bool:
    """Whether a mapper of Keycloak's own says what follows from another key (OIDCAttributeMapperHelper)."""
    follows = _FOLLOWS.get(key) if live.address.kind == "scope-mapper" and default else None
    return follows is not None and item == config.get(follows, "false")
