"""A realm's files, compiled → the gateway's values.

Taken from the objects that go to Keycloak rather than from the words, so whatever is laid over a word counts here, too.
Must not know about: how values are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from realmctl.config.checks import Subject
from realmctl.config.macros.oauth2_proxy import OAuth2ProxySaying
from realmctl.errors import BadConfig, Finding, Refused, UsageProblem
from realmctl.integrations.gateway import values
from realmctl.keycloak.token_contents import Carried, carried_contents, role_named
from realmctl.keycloak.token_roles import default_scopes
from realmctl.model.address import Address
from realmctl.model.secret import MASK, Secret
from realmctl.model.secret_values import secrets_in
from realmctl.model.service import RoleRule, Service, patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realmctl.config.loader import RealmConfig

_SHORTEST = 8
"""Characters from which on a text that holds a secret is no coincidence."""

_REALM = Address("realm", ())
_LIFETIMES = {
    "accessToken": ("accessTokenLifespan", "access.token.lifespan"),
    "sessionIdle": ("ssoSessionIdleTimeout", "client.session.idle.timeout"),
    "sessionMax": ("ssoSessionMaxLifespan", "client.session.max.lifespan"),
}
"""The realm's setting, and the client's attribute that outdoes it."""


def speaking(configs: Sequence[RealmConfig]) -> RealmConfig:
    """The one realm that has the word `oauth2Proxy`. Raises UsageProblem where there is none, or several."""
    found = [config for config in configs if "oauth2Proxy" in config.words]
    if len(found) == 1:
        return found[0]
    names = ", ".join(config.name for config in found or configs)
    if found:
        raise UsageProblem(f"several realms have a gateway: {names}", advice="Name the folder of one of them.")
    raise UsageProblem(
        f"no realm here has a gateway: {names} has no word `oauth2Proxy`", advice="docs/language.md has the word."
    )


def gateway(config: RealmConfig) -> values.Gateway:
    """The gateway's values. Raises BadConfig where what Keycloak takes and what the gateway sends differ.

    Raises Refused where a secret would have got into them.
    """
    word = config.words["oauth2Proxy"]
    if not isinstance(word, OAuth2ProxySaying):
        raise TypeError(word)
    found = _Realm(config, word).drawn()
    text = found.model_dump_json()
    for _, secret in secrets_in([one.fields for one in config.desired.resources.values()]):
        if (
            len(secret.reveal()) >= _SHORTEST
            and secret.reveal() != MASK
            and not secret.vault
            and secret.reveal() in text
        ):
            raise Refused(
                f"the gateway's values would hold a secret ({secret.reference or 'one in clear text'})",
                advice="Something that is no secret has the same text, or takes it from the same variable.",
            )
    return found


def assumed_lifetimes(config: RealmConfig) -> list[str]:
    """The lifetimes that no file declares, so that anybody may change them by hand and make the cookie's wrong."""
    declared = config.desired.resources.get(_REALM)
    return [setting for setting, _ in _LIFETIMES.values() if not declared or declared.fields.get(setting) is None]


class _Realm:
    """A realm on its way to values."""

    def __init__(self, config: RealmConfig, word: OAuth2ProxySaying) -> None:
        self.config = config
        self.word = word
        self.subject = Subject(config.desired, config.origin, services=config.frame.services, gateway=word)
        self.client = Address("client", (word.clientId,))
        self.token: Carried = carried_contents(config.desired, word.clientId)
        realm = config.desired.resources.get(_REALM)
        attributes: Mapping[str, Any] = (realm.fields.get("attributes") if realm else None) or {}
        address = attributes.get("frontendUrl")
        if isinstance(address, Secret):
            raise _leak(address)
        self.base = str(address or word.keycloak_url).rstrip("/")
        self.path = f"/realms/{quote(config.name, safe='')}"

    def drawn(self) -> values.Gateway:
        """Everything."""
        lifetimes = values.Lifetimes(**{name: self._lifetime(*where) for name, where in _LIFETIMES.items()})
        return values.Gateway(
            realm=self.config.name,
            issuer=self.base + self.path,
            endpoints=self._endpoints(),
            client=self._client(),
            hosts=[self._host(host) for host in self.word.hosts],
            paths=values.Paths(proxyPrefix=self.word.proxy_prefix, withoutLogin=self._without_login()),
            cookie=self._cookie(lifetimes),
            lifetimes=lifetimes,
            groupsClaim=self._groups_claim(),
            audiences=[one for one in self.token.audiences if one != self.word.clientId],
            secrets=self._secrets(),
            services={name: self._service(name, one) for name, one in sorted(self.config.frame.services.items())},
        )

    def _endpoints(self) -> values.Endpoints:
        public, internal = (f"{base}{self.path}/protocol/openid-connect" for base in (self.base, self._internal()))
        return values.Endpoints(
            public=values.PublicEndpoints(
                authorization=f"{public}/auth",
                token=f"{public}/token",
                userinfo=f"{public}/userinfo",
                keys=f"{public}/certs",
                logout=f"{public}/logout",
                discovery=f"{self.base}{self.path}/.well-known/openid-configuration",
            ),
            internal=values.InternalEndpoints(
                token=f"{internal}/token", userinfo=f"{internal}/userinfo", keys=f"{internal}/certs"
            ),
        )

    def _internal(self) -> str:
        return self.word.internalUrl or self.base

    def _said(self, *path: str) -> Any:
        """What the files want of the client at `path`, None where they say nothing. Raises Refused for a secret."""
        found: Any = self.config.desired.resources[self.client].fields
        for step in path:
            found = found.get(step) if isinstance(found, Mapping) else None
        for _, secret in secrets_in(found):
            raise _leak(secret)
        return found

    def _client(self) -> values.Client:
        links = self.config.desired.resources.get(Address("client-scopes-of-client", self.client.names))
        scopes = default_scopes(self.config.desired, self.client.name) if links else ()
        pkce = self._said("attributes", "pkce.code.challenge.method")
        return values.Client(
            id=self.word.clientId,
            # The others are in every token of this client anyway, without being asked for.
            scopes=["openid", *(one for one in ("profile", "email") if one in scopes)],
            pkce=pkce or None,
            # With several, the first one's would take everybody there, whichever they asked for.
            redirectUrl=self._redirect_uri(self.word.hosts[0]) if len(self.word.hosts) == 1 else None,
            redirectUris=list(self._said("redirectUris") or ()),
            postLogoutRedirectUris=self._post_logout(),
        )

    def _post_logout(self) -> list[str]:
        return [one for one in str(self._said("attributes", "post.logout.redirect.uris") or "").split("##") if one]

    def _redirect_uri(self, host: str) -> str:
        return f"{self.word.scheme}://{host}{self.word.callbackPath}"

    def _host(self, host: str) -> values.Host:
        origin = f"{self.word.scheme}://{host}"
        redirect, after = self._redirect_uri(host), origin + self.word.after_logout
        for wanted, taken, field in (
            (redirect, self._said("redirectUris") or (), ("redirectUris",)),
            (after, self._post_logout(), ("attributes", "post.logout.redirect.uris")),
        ):
            if wanted not in taken:
                message = f"the gateway would send people to {wanted}, which Keycloak would not take"
                place = self.config.origin.place("clients", self.word.clientId, *field)
                advice = (
                    f"put it into {'.'.join(field)} of the client '{self.word.clientId}', or leave that to oauth2Proxy"
                )
                raise BadConfig([Finding("gateway-mismatch", message, place, advice)])
        public = urlsplit(self.base)
        # On the same host a path will do; for any other, the chart tells oauth2-proxy that it may send people there.
        keycloak = public.path if f"{public.scheme}://{public.netloc}" == origin else self.base
        end = f"{keycloak}{self.path}/protocol/openid-connect/logout?client_id={quote(self.word.clientId, safe='')}"
        end += f"&id_token_hint={{id_token}}&post_logout_redirect_uri={quote(after, safe='')}"
        prefix = self.word.proxy_prefix.rstrip("/")
        return values.Host(
            name=host,
            origin=origin,
            redirectUri=redirect,
            afterLogout=after,
            logout=f"{origin}{prefix}/sign_out?rd={quote(end, safe='')}",
        )

    def _without_login(self) -> list[str]:
        """Exactly what a login needs: with a prefix such as /auth* alone, /auth%2f..%2fx would reach a service."""
        found = [f"{self.word.proxy_prefix.rstrip('/')}/*"]
        public = urlsplit(self.base)
        if public.netloc in self.word.hosts:
            found += [f"{public.path}{self.path}/*", f"{public.path}/resources/*"]
        return found

    def _lifetime(self, setting: str, attribute: str) -> int:
        own = self._said("attributes", attribute)
        # Keycloak takes nothing, 0 and less for: as the realm says.
        return int(own) if own and int(own) > 0 else max(1, int(self.subject.said(_REALM, setting)))

    def _cookie(self, lifetimes: values.Lifetimes) -> values.Cookie:
        bare = not self.word.insecureHttp
        kind = ("__Secure-" if self.word.cookieDomain else "__Host-") if bare else "_"
        return values.Cookie(
            name=self.word.cookieName or f"{kind}gateway",
            domain=self.word.cookieDomain,
            secure=bare,
            # What is left of a token that is forwarded has to outlast the request.
            refresh=f"{max(1, min(lifetimes.accessToken * 4 // 5, lifetimes.sessionIdle // 2))}s",
            expire=f"{lifetimes.sessionMax}s",
        )

    def _groups_claim(self) -> str | None:
        mapper = self.config.desired.resources.get(Address("protocol-mapper", (self.word.clientId, "groups")))
        config: Mapping[str, Any] = (mapper.fields.get("config") if mapper else None) or {}
        claim = config.get("claim.name")
        if isinstance(claim, Secret):
            raise _leak(claim)
        return claim if config.get("id.token.claim") == "true" else None

    def _secrets(self) -> values.Secrets:
        secret = self.config.desired.resources[self.client].fields.get("secret")
        reference = secret.reference if isinstance(secret, Secret) else None
        name = self.word.secretName
        return values.Secrets(
            client=values.SecretKey(name=name, key="client-secret", reference=reference or None),
            cookie=values.SecretKey(name=name, key="cookie-secret", reference=None),
        )

    def _service(self, name: str, service: Service) -> values.Service:
        namespace, labels = service.pods(name)
        return values.Service(
            hosts=service.hosts or self.word.hosts,
            prefixes=[patterns(path)[0].removesuffix("*") for path in service.paths],
            paths=[one for path in service.paths for one in patterns(path)],
            audience=service.audience,
            workload=values.Workload(namespace=namespace, labels=labels),
            backend=values.Backend(name=service.backend.name or name, port=service.backend.port),
            rules=[self._rule(rule) for rule in service.rules],
        )

    def _rule(self, rule: RoleRule) -> values.Rule:
        # Whatever answers a GET answers a HEAD.
        methods = [*rule.methods, *(["HEAD"] if "GET" in rule.methods and "HEAD" not in rule.methods else [])]
        return values.Rule(
            paths=[one for path in rule.paths or ["/"] for one in patterns(path)],
            methods=list(methods),
            anyOf=[self._role(text, rule.claim) for text in rule.roles],
        )

    def _role(self, text: str, claim: str | None) -> values.Role:
        # `accept` lets a role pass that is declared elsewhere.
        role = role_named(text, self.subject.exists) or self.token.likely(text)
        found = next(one for one in self.token.claims(role) if claim in (None, one.name))
        steps = "".join(f"[{step}]" for step in found.path)
        return values.Role(claim=found.name, key=f"request.auth.claims{steps}", value=found.prefix + role.name)


def _leak(secret: Secret) -> Refused:
    return Refused(
        f"the gateway's values would hold a secret ({secret.reference or 'one in clear text'})",
        advice="Something that is no secret has the same text, or takes it from the same variable.",
    )
