"""The word `tokens`: audiences and custom claims, as one client scope that the gateway's client has by default.

Must not know about: who asks for the token otherwise.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from realmctl.config.macros.macro import Context, Fragment, Saying, managed_attribute
from realmctl.model.claim import claim_path

Token = Literal["access", "id", "userinfo"]
Scalar = str | bool | int | float

_TYPE_OF_VALUE = {bool: "boolean", int: "long", float: "JSON", str: "String"}
_SOURCES = ("realmRoles", "clientRoles", "userAttribute", "groups", "value")
_RESERVED = frozenset(
    {"acr", "aud", "auth_time", "azp", "exp", "iat", "iss", "jti", "nbf", "nonce", "scope", "sid", "sub", "typ"}
)


class Claim(Saying):
    """One claim; exactly one of realmRoles, clientRoles, userAttribute, groups and value says what is in it."""

    realmRoles: Literal[True] | None = Field(None, description="true: the user's realm roles, as a list of names.")
    clientRoles: str | None = Field(
        None, description="A client id: the user's roles of that client, as a list of names."
    )
    userAttribute: str | None = Field(
        None, description="A user attribute's value. The attribute is declared in the user profile, too."
    )
    groups: Literal["names", "paths"] | None = Field(
        None, description="The user's groups, as a list of names (`orders-team`) or of paths (`/teams/orders-team`)."
    )
    value: Scalar | None = Field(None, description="The same value in every token.")
    prefix: str | None = Field(None, description="Put in front of each role's name; for realmRoles and clientRoles.")
    multivalued: bool | None = Field(
        None,
        description="For userAttribute: all its values, as a list; the user profile takes several. Without it, the "
        "first alone.",
    )
    type: Literal["String", "int", "long", "boolean", "JSON"] | None = Field(
        None, description="The JSON type of the value; for userAttribute and value. A text unless said."
    )
    tokens: list[Token] = Field(
        default=["access", "id", "userinfo"],
        min_length=1,
        description="Where the claim stands; in all three unless said.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        said = [name for name in _SOURCES if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f"say exactly one of {', '.join(_SOURCES)}; here are {' and '.join(said) or 'none'}")
        source = said[0]
        for option, fits in _OPTIONS.items():
            if getattr(self, option) is not None and source not in fits:
                raise ValueError(f"{option} goes with {' and '.join(fits)}, not with {source}")
        return self


_OPTIONS = {
    "prefix": ("realmRoles", "clientRoles"),
    "multivalued": ("userAttribute",),
    "type": ("userAttribute", "value"),
}


class TokensSaying(Saying):
    """What services find in the token that the gateway forwards: whom it is for, and what it says of the user."""

    audiences: list[Annotated[str, Field(min_length=1)]] = Field(
        default=[], description="Services the token is for: each name gets into `aud`, where the service looks for it."
    )
    claims: dict[str, Claim] = Field(
        default={},
        description="Custom claims by name. A dot makes a nested claim (`app.tier`); `\\.` is a dot in the name.",
    )
    scope: str = Field(
        "platform",
        min_length=1,
        description="The client scope's name. Other clients get the same by having it among their default scopes.",
    )

    @model_validator(mode="after")
    def _not_reserved(self) -> Self:
        for name in self.claims:
            first = claim_path(name)[0]
            if first in _RESERVED:
                raise ValueError(f"the claim {first} has a meaning of its own in every token: choose another name")
        return self


class Tokens:
    """The word itself."""

    name = "tokens"
    model = TokensSaying

    def compile(self, value: TokensSaying, context: Context, /) -> Fragment:
        """→ clientScopes.<scope> with one mapper per audience and claim, and userProfile for the attributes used."""
        found = Fragment()
        scope = ("clientScopes", value.scope)
        found.put((*scope, "description"), f"What services behind the gateway find in a token ({context.realm}).")
        found.put((*scope, "protocol"), "openid-connect")
        found.put((*scope, "attributes"), {"include.in.token.scope": "false", "display.on.consent.screen": "false"})
        for index, audience in enumerate(value.audiences):
            path = (*scope, "protocolMappers", f"audience {audience}")
            found.put(path, audience_mapper(audience, context), "audiences", index)
        for name, claim in value.claims.items():
            path = (*scope, "protocolMappers", f"claim {name}")
            found.put(path, _claim_mapper(name, claim), "claims", name)
            if claim.userAttribute:
                attribute = ("userProfile", "attributes", claim.userAttribute)
                found.put(attribute, managed_attribute(claim.userAttribute), "claims", name, "userAttribute")
        for name, claim in value.claims.items():
            if claim.userAttribute and claim.multivalued:
                # Keycloak refuses a second value of an attribute that the profile takes for a single one.
                flag = ("userProfile", "attributes", claim.userAttribute, "multivalued")
                found.put(flag, True, "claims", name, "multivalued")
        return found


def audience_mapper(audience: str, context: Context) -> dict[str, Any]:
    """A mapper that adds `audience` to `aud` of the access token; by client where the realm declares such a client."""
    gateway = context.words.get("oauth2Proxy")
    known = context.declares("clients", audience) or getattr(gateway, "clientId", None) == audience
    key = "included.client.audience" if known else "included.custom.audience"
    return {
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {
            key: audience,
            "access.token.claim": "true",
            "id.token.claim": "false",
            "introspection.token.claim": "true",
        },
    }


def _claim_mapper(name: str, claim: Claim) -> dict[str, Any]:
    kind, own = _source(claim)
    return {
        "protocol": "openid-connect",
        "protocolMapper": kind,
        "config": {
            "claim.name": name,
            **own,
            **{f"{token}.token.claim": _text(token in claim.tokens) for token in ("access", "id", "userinfo")},
            "introspection.token.claim": _text("access" in claim.tokens),
        },
    }


def _source(claim: Claim) -> tuple[str, dict[str, str]]:
    """The mapper's type, and the part of its config that says where the value comes from."""
    roles = {"jsonType.label": "String", "multivalued": "true"}
    if claim.realmRoles:
        prefix = {"usermodel.realmRoleMapping.rolePrefix": claim.prefix} if claim.prefix else {}
        return "oidc-usermodel-realm-role-mapper", {**roles, **prefix}
    if claim.clientRoles:
        prefix = {"usermodel.clientRoleMapping.rolePrefix": claim.prefix} if claim.prefix else {}
        client = {"usermodel.clientRoleMapping.clientId": claim.clientRoles}
        return "oidc-usermodel-client-role-mapper", {**client, **roles, **prefix}
    if claim.groups:
        return "oidc-group-membership-mapper", {"full.path": _text(claim.groups == "paths")}
    if claim.userAttribute:
        return "oidc-usermodel-attribute-mapper", {
            "user.attribute": claim.userAttribute,
            "jsonType.label": claim.type or "String",
            "multivalued": _text(bool(claim.multivalued)),
        }
    given = claim.value
    text = _text(given) if isinstance(given, bool) else str(given)
    kind = claim.type or _TYPE_OF_VALUE[type(given)]
    return "oidc-hardcoded-claim-mapper", {"claim.value": text, "jsonType.label": kind}


def _text(value: bool) -> str:
    return "true" if value else "false"
