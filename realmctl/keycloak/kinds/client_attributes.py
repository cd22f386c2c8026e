"""The attributes of clients that belong to a protocol or to a way in which clients authenticate (26.7.3).

From Keycloak's own constants (OIDCConfigAttributes, SamlConfigAttributes, OIDCAdvancedConfigWrapper). Must not know
about: requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MADE_UP = frozenset(
    {
        "client.secret.creation.time",
        "client.secret.expiration.time",
        "client.secret.rotated",
        "client.secret.rotated.creation.time",
        "client.secret.rotated.expiration.time",
        "realm_client",
        "saml.artifact.binding.identifier",
    }
)
"""Keys of attributes that Keycloak keeps for itself: times, what it rotates, what follows from a client's id, and
whether that stands for a realm."""
_OIDC = frozenset(
    {
        "access.token.header.type.rfc9068", "access.token.lifespan", "access.token.signed.response.alg", "acr.loa.map",
        "allow.oidc.params.in.redirect.uris", "allow.token.introspection.without.audience.check",
        "allow.userinfo.with.lightweight.access.token", "authorization.encrypted.response.alg",
        "authorization.encrypted.response.enc", "authorization.signed.response.alg",
        "backchannel.logout.revoke.offline.tokens", "backchannel.logout.session.required", "backchannel.logout.url",
        "client.offline.session.idle.timeout", "client.offline.session.max.lifespan", "client.session.idle.timeout",
        "client.session.max.lifespan", "client.use.lightweight.access.token.enabled",
        "client_credentials.use_refresh_token", "default.acr.values", "dpop.bound.access.tokens",
        "exclude.issuer.from.auth.response", "exclude.session.state.from.auth.response", "external.token.enabled",
        "external.token.idp", "frontchannel.logout.session.required", "frontchannel.logout.url",
        "id.token.as.detached.signature", "id.token.encrypted.response.alg", "id.token.encrypted.response.enc",
        "id.token.signed.response.alg", "jwks.string", "jwks.url", "jwt.credential.certificate",
        "jwt.credential.issuer", "jwt.credential.kid", "jwt.credential.public.key", "jwt.credential.sub",
        "logout.confirmation.enabled",
        "minimum.acr.value", "oauth2.device.authorization.grant.enabled", "oauth2.device.code.lifespan",
        "oauth2.device.polling.interval", "oauth2.jwt.authorization.grant.audience",
        "oauth2.jwt.authorization.grant.enabled", "oauth2.jwt.authorization.grant.idp",
        "oidc.ciba.grant.enabled", "pkce.code.challenge.method", "post.logout.redirect.uris",
        "request.object.encryption.alg", "request.object.encryption.enc", "request.object.required",
        "request.object.signature.alg", "request.uris", "require.pushed.authorization.requests", "sectorIdentifierUri",
        "standard.token.exchange.enableRefreshRequestedTokenType", "standard.token.exchange.enabled",
        "tls.client.certificate.bound.access.tokens", "token.endpoint.auth.signing.alg",
        "token.endpoint.auth.signing.max.exp", "token.response.type.bearer.lower-case", "use.jwks.string",
        "use.jwks.url", "use.refresh.tokens", "user.info.encrypted.response.alg", "user.info.encrypted.response.enc",
        "user.info.response.signature.alg", "x509.allow.regex.pattern.comparison", "x509.subjectdn",
    }
)  # fmt: skip
_OIDC_BEGINS = ("ciba.",)
_SAML_BEGINS = ("saml.", "saml_")
_AUTHENTICATORS: Mapping[str, tuple[str, ...]] = {
    "client-x509": ("x509.",),
    "federated-jwt": ("jwt.credential.issuer", "jwt.credential.sub"),
    "client-jwt": ("token.endpoint.auth.signing.", "jwt.credential.certificate"),
    "client-secret-jwt": ("token.endpoint.auth.signing.",),
}
"""What the names of the attributes begin with that an authenticator alone reads."""


def outdated(want: Mapping[str, Any], have: Mapping[str, Any]) -> Iterator[str]:
    """Return the live attributes that belong to the protocol or authenticator that a client is about to leave."""
    protocol = have.get("protocol") or "openid-connect"
    leaves = (want.get("protocol") or protocol) != protocol
    old = have.get("clientAuthenticatorType") or ""
    new = want.get("clientAuthenticatorType") or old
    begins = _AUTHENTICATORS.get(old, ()) if new != old else ()
    for key in have.get("attributes") or {}:
        ends = key.startswith(begins) and not key.startswith(_AUTHENTICATORS.get(new, ()) or "\0") if begins else False
        if ends or (leaves and _is_of(protocol, key)):
            yield key


def _is_of(protocol: str, key: str) -> bool:
    return key.startswith(_SAML_BEGINS) if protocol == "saml" else key in _OIDC or key.startswith(_OIDC_BEGINS)
