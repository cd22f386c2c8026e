"""The shape of the gateway's values: what charts may rely on, and the JSON Schema that says so.

Must not know about: where the values come from.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Literal[1] = 1
"""The version of the shape: raised where a reader of the old one would misread it; keys may be added without."""

KEY = "gateway"
"""Where the values stand in a values file, beside whatever else a chart wants."""

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The dialect of Helm's values.schema.json."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublicEndpoints(_Part):
    """Keycloak as browsers and API clients reach it."""

    authorization: str = Field(description="oauth2-proxy's login_url.")
    token: str
    userinfo: str
    keys: str = Field(description="The realm's signing keys (JWKS).")
    logout: str = Field(description="Keycloak's end-session endpoint.")
    discovery: str = Field(description="The realm's OpenID configuration.")


class InternalEndpoints(_Part):
    """Keycloak as it is reached from inside the cluster; the public addresses where no other were given."""

    token: str = Field(description="oauth2-proxy's redeem_url.")
    userinfo: str = Field(description="oauth2-proxy's profile_url.")
    keys: str = Field(description="oauth2-proxy's oidc_jwks_url, and jwksUri of Istio's RequestAuthentication.")


class Endpoints(_Part):
    """Where Keycloak answers for this realm."""

    public: PublicEndpoints
    internal: InternalEndpoints


class Client(_Part):
    """oauth2-proxy's client."""

    id: str = Field(description="oauth2-proxy's client_id; the audience of the ID tokens that it takes.")
    scopes: list[str] = Field(description="oauth2-proxy's scope, joined by blanks.")
    pkce: Literal["S256", "plain"] | None = Field(
        description="oauth2-proxy's code_challenge_method; null where the client asks for none."
    )
    redirectUrl: str | None = Field(
        description="oauth2-proxy's redirect_url. null: several hosts, so that a login ends at the one it began at. "
        "It follows the Host header, and Keycloak takes none but redirectUris."
    )
    redirectUris: list[str] = Field(description="What Keycloak takes as a redirect URI.")
    postLogoutRedirectUris: list[str] = Field(description="Where Keycloak lets a logout end.")


class Host(_Part):
    """One public host of the gateway."""

    name: str = Field(
        description="host, or host:port. In an AuthorizationPolicy it would have to stand twice (host:*)."
    )
    origin: str
    redirectUri: str
    afterLogout: str
    logout: str = Field(
        description="A link that ends the sessions of oauth2-proxy, Keycloak and the identity provider; {id_token} is "
        "filled in by oauth2-proxy."
    )


class Paths(_Part):
    """Paths with a meaning of their own."""

    proxyPrefix: str = Field(description="oauth2-proxy's proxy_prefix; ping and ready belong under it, too.")
    withoutLogin: list[str] = Field(
        description="The only paths that the check by oauth2-proxy leaves out (notPaths of the CUSTOM policy). Each "
        "needs a route that can't end at a service; other paths of Keycloak need one that answers 404."
    )


class Cookie(_Part):
    """The session's cookie."""

    name: str
    domain: str | None = Field(description="oauth2-proxy's cookie_domains; null: the host alone.")
    secure: bool
    refresh: str = Field(description="cookie_refresh: before the access token ends. A duration as Go writes it.")
    expire: str = Field(description="cookie_expire: no later than Keycloak's session.")


class Lifetimes(_Part):
    """In seconds. What the files leave out is Keycloak's default."""

    accessToken: int = Field(gt=0)
    sessionIdle: int = Field(gt=0)
    sessionMax: int = Field(gt=0)


class SecretKey(_Part):
    """Where the gateway looks for a secret. The secret itself is never here."""

    name: str = Field(description="The Kubernetes Secret.")
    key: str
    reference: str | None = Field(description="What the realm's files take it from, such as $(env:NAME).")


class Secrets(_Part):
    """The secrets that oauth2-proxy needs."""

    client: SecretKey
    cookie: SecretKey


class Role(_Part):
    """A role as it stands in the token."""

    claim: str = Field(description="The claim's name as in the realm's files; a dot nests.")
    key: str = Field(description="The same as a key of a condition of Istio's AuthorizationPolicy.")
    value: str = Field(description="The role's name in the claim.")


class Rule(_Part):
    """Who may: a request that it fits needs any one of the roles. Every rule that fits has to be satisfied."""

    paths: list[str] = Field(description="As Istio's AuthorizationPolicy matches them.")
    methods: list[str] = Field(description="HTTP methods; empty: every one.")
    anyOf: list[Role] = Field(min_length=1)


class Workload(_Part):
    """The pods that a policy selects."""

    namespace: str
    labels: dict[str, str]


class Backend(_Part):
    """The Kubernetes Service at the end of the route, in the namespace of the workload."""

    name: str
    port: int = Field(ge=1, le=65535)


class Service(_Part):
    """A service behind the gateway."""

    hosts: list[str]
    prefixes: list[str] = Field(description="Where the gateway routes to it; each with everything below it.")
    paths: list[str] = Field(description="The same, as Istio's AuthorizationPolicy matches them.")
    audience: str = Field(description="What its policy has to look for in `aud`.")
    workload: Workload
    backend: Backend
    rules: list[Rule]


class Gateway(_Part):
    """What the gateway has to know of its realm."""

    format: Literal[1] = Field(FORMAT, description="The version of this shape.")
    realm: str
    issuer: str = Field(description="`iss` of every token: oidc_issuer_url, and the issuer of Istio's policies.")
    endpoints: Endpoints
    client: Client
    hosts: list[Host] = Field(min_length=1)
    paths: Paths
    cookie: Cookie
    lifetimes: Lifetimes
    groupsClaim: str | None = Field(description="oauth2-proxy's oidc_groups_claim; null where the token has none.")
    audiences: list[str] = Field(description="Every service's audience in the access token.")
    secrets: Secrets
    services: dict[str, Service]


def schema() -> dict[str, Any]:
    """The JSON Schema of a file with such values. Other keys beside `gateway` are the chart's own."""
    found = Gateway.model_json_schema()
    definitions = found.pop("$defs")
    definitions["Gateway"] = found
    for one in definitions.values():
        # A key that a later realmctl adds is nothing that an older schema should stumble over.
        one.pop("additionalProperties", None)
        one.pop("title", None)
        for field in one.get("properties", {}).values():
            field.pop("title", None)
    definitions["Gateway"]["required"] = ["format", *definitions["Gateway"]["required"]]
    return {
        "$schema": DIALECT,
        "title": "The gateway's values (realmctl render)",
        "description": "What charts for the gateway take from a realm's files. Keys may be added without a new format.",
        "type": "object",
        "required": [KEY],
        "properties": {KEY: {"$ref": "#/$defs/Gateway"}},
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }
