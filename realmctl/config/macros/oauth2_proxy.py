"""The word `oauth2Proxy`: the gateway's own confidential client, as oauth2-proxy behind Envoy was found to need it.

Must not know about: the gateway's own configuration, the identity provider.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from realmctl.config.macros.macro import Context, Fragment, Saying
from realmctl.config.macros.tokens import TokensSaying, audience_mapper
from realmctl.model.fields import SecretText
from realmctl.model.service import Path, segments

_HOST = re.compile(
    r"(?=.{1,253}(:|$))[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?", re.IGNORECASE
)


def _exact_host(value: str) -> str:
    if "*" in value:
        raise ValueError(f"{value}: a wildcard host would hand codes to any site under it: name each host")
    if not _HOST.fullmatch(value):
        raise ValueError(f"{value}: write a host such as apps.example.com, or host:port; no scheme and no path")
    return value


def _path(value: str) -> str:
    if not value.startswith("/") or "*" in value:
        raise ValueError(f"{value}: write an exact path that begins with /")
    return value


def _callback(value: str) -> str:
    # What is beside it needs no login: with nothing above it, that would be every service.
    if not segments(value)[1:]:
        raise ValueError(
            f"{value}: oauth2-proxy needs a prefix of its own, or no path at all would need a login: "
            "write /oauth2/callback"
        )
    if value.endswith("/"):
        raise ValueError(f"{value}: write an exact path, without / at its end")
    return value


def _address(value: str) -> str:
    if not re.fullmatch(r"https?://[^/?#\s]+(/[^?#\s]*[^/?#\s])?", value):
        raise ValueError(f"{value}: write an address such as https://apps.example.com/auth, without / at the end")
    return value


def signed_out_page(callback: str) -> str:
    """The path that a logout returns to where nobody says another, by the callback's."""
    return f"{callback.rpartition('/')[0]}/signed_out"


Address = Annotated[str, AfterValidator(_address)]
Host = Annotated[str, AfterValidator(_exact_host)]


class OAuth2ProxySaying(Saying):
    """The client of the gateway: code flow alone, PKCE required, exact redirect URIs, its own audience."""

    hosts: list[Host] = Field(
        min_length=1,
        description="Public hosts of the gateway, the first being the main one. Each gets one exact redirect URI.",
    )
    clientSecret: SecretText = Field(description="The secret oauth2-proxy logs in with: write $(env:NAME).")
    clientId: str = Field("oauth2-proxy", min_length=1, description="The client's id, also the audience it accepts.")
    callbackPath: Annotated[Path, AfterValidator(_path), AfterValidator(_callback)] = Field(
        "/oauth2/callback",
        description="Where oauth2-proxy takes the code. What is before its last / is oauth2-proxy's proxy_prefix: "
        "below it nothing needs a login, so it must be nobody else's, and not around Keycloak's path.",
    )
    afterLogout: Annotated[str, AfterValidator(_path)] | None = Field(
        None,
        description="The page on each host that a logout returns to; unless said `signed_out` beside the callback, "
        "where the gateway's chart says so and leads back in.",
    )
    groupsClaim: str = Field("groups", min_length=1, description="The claim with group names, for oidc_groups_claim.")
    insecureHttp: bool = Field(
        False, description="true: http instead of https in every URI; for a machine of one's own, nowhere else."
    )
    publicUrl: Address | None = Field(
        None,
        description="Keycloak's address as browsers know it, with its path: every token's issuer begins with it. "
        "`/auth` on the main host unless said; the realm's `frontendUrl` wins.",
    )
    internalUrl: Address | None = Field(
        None, description="Keycloak's address inside the cluster, with its path, for what oauth2-proxy and Istio fetch."
    )
    cookieName: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="The session cookie; unless said a name that browsers take from this host over https alone.",
    )
    cookieDomain: Annotated[str, AfterValidator(_exact_host)] | None = Field(
        None, description="A domain all hosts are under, so that one login is for all. Else each host has its own."
    )
    secretName: str = Field(
        "oauth2-proxy",
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
        description="The Kubernetes Secret in which the gateway looks for client-secret and cookie-secret.",
    )

    @model_validator(mode="after")
    def _one_domain(self) -> Self:
        prefix = (self.cookieName or "").split("-")[0]
        for host in self.hosts if self.cookieDomain else ():
            if not f".{host.split(':')[0]}".endswith(f".{self.cookieDomain}"):
                raise ValueError(f"{host} is not under cookieDomain {self.cookieDomain}: its cookie would be lost")
        if prefix == "__Host" and self.cookieDomain:
            raise ValueError("browsers refuse a cookie named __Host-… with a domain: take one of the two out")
        if prefix in ("__Host", "__Secure") and self.insecureHttp:
            raise ValueError(f"browsers refuse a cookie named {prefix}-… over http: choose another cookieName")
        return self

    @property
    def scheme(self) -> str:
        """Of every URI."""
        return "http" if self.insecureHttp else "https"

    @property
    def keycloak_url(self) -> str:
        """Keycloak's public address, as far as the word tells."""
        return self.publicUrl or f"{self.scheme}://{self.hosts[0]}/auth"

    @property
    def after_logout(self) -> str:
        """The path that a logout returns to."""
        return self.afterLogout or signed_out_page(self.callbackPath)

    @property
    def proxy_prefix(self) -> str:
        """oauth2-proxy's proxy_prefix: the callback is just below it."""
        return self.callbackPath.rpartition("/")[0] or "/"


class OAuth2Proxy:
    """The word itself."""

    name = "oauth2Proxy"
    model = OAuth2ProxySaying

    def compile(self, value: OAuth2ProxySaying, context: Context, /) -> Fragment:
        """→ clients.<clientId>, with the scope of `tokens` among its default scopes where that word is said."""
        found = Fragment()
        client = ("clients", value.clientId)
        scheme = value.scheme
        for field, content in _FLOWS.items():
            found.put((*client, field), content)
        found.put((*client, "secret"), value.clientSecret, "clientSecret")
        found.put(
            (*client, "redirectUris"), [f"{scheme}://{host}{value.callbackPath}" for host in value.hosts], "hosts"
        )
        found.put((*client, "webOrigins"), [])
        found.put((*client, "attributes", "pkce.code.challenge.method"), "S256")
        found.put(
            (*client, "attributes", "post.logout.redirect.uris"),
            "##".join(f"{scheme}://{host}{value.after_logout}" for host in value.hosts),
            "hosts",
        )
        tokens = context.words.get("tokens")
        scopes = ["basic", "profile", "email", *([tokens.scope] if isinstance(tokens, TokensSaying) else [])]
        found.put((*client, "defaultClientScopes"), scopes)
        # Whoever logs in may ask for an optional scope: with offline_access their session would have no end.
        found.put((*client, "optionalClientScopes"), [])
        found.put((*client, "protocolMappers", "own audience"), audience_mapper(value.clientId, context), "clientId")
        found.put((*client, "protocolMappers", "groups"), _groups(value.groupsClaim), "groupsClaim")
        return found


_FLOWS: dict[str, Any] = {
    "name": "Gateway",
    "description": "oauth2-proxy at the gateway",
    "protocol": "openid-connect",
    "enabled": True,
    "publicClient": False,
    "clientAuthenticatorType": "client-secret",
    "standardFlowEnabled": True,
    "implicitFlowEnabled": False,
    "directAccessGrantsEnabled": False,
    "serviceAccountsEnabled": False,
    # The gateway's token is every service's token: roles of all clients have to be able to get into it.
    "fullScopeAllowed": True,
}


def _groups(claim: str) -> dict[str, Any]:
    return {
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {
            "claim.name": claim,
            "full.path": "false",
            "access.token.claim": "true",
            "id.token.claim": "true",
            "userinfo.token.claim": "true",
            "introspection.token.claim": "true",
        },
    }
