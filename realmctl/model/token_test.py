"""What a test of a token says: a person, a client that asks, and what the token has to hold.

Must not know about: how a token is got, how it is judged.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from realmctl.model.fields import RoleRefs, StringLists, seconds

_DURATION = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^(\d+[dhms])+$"}]}
Lifetime = Annotated[int, BeforeValidator(seconds), WithJsonSchema(_DURATION)]
"""Seconds; written as 5m, 12h or a number."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_texts = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
OneOrMore = Annotated[list[str], BeforeValidator(_listed), WithJsonSchema(_texts)]
"""A list of texts; one may be written without its brackets."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class FromBroker(_Said):
    """What an identity provider says of a person at the login."""

    provider: str | None = Field(None, description="The identity provider's alias; of `entra`: the word's own.")
    appRoles: list[str] = Field([], description="Values of app roles in Entra: the claim `roles`.")
    groups: list[str] = Field([], description="Object ids of groups in Entra: the claim `groups`.")
    claims: dict[str, Any] = Field({}, description="Any other claims of the provider's ID token.")


class Given(_Said):
    """The person, or the service, whose token it is. Nobody of that name has to exist."""

    roles: RoleRefs = Field([], description="Roles: realm roles, or {realm: [role], client: {client-id: [role]}}.")
    groups: list[str] = Field([], description="Groups, by path (/a/b).")
    attributes: StringLists = Field({}, description="User attributes.")
    username: str | None = None
    email: str | None = None
    emailVerified: bool | None = None
    firstName: str | None = None
    lastName: str | None = None
    entra: FromBroker | None = Field(None, description="Comes from Entra with these app roles and groups.")
    broker: FromBroker | None = Field(None, description="Comes from the identity provider of this alias.")
    serviceAccount: str | None = Field(None, description="The client whose service account it is, and nothing else.")

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if self.entra and self.broker:
            raise ValueError("a person comes from one provider: write entra, or broker")
        if self.broker and not self.broker.provider:
            raise ValueError("write broker: { provider: ALIAS, … }")
        if self.serviceAccount and len(self.model_fields_set) > 1:
            raise ValueError("a service account is what its client declares: take the rest of given out")
        return self


class Expected(_Said):
    """What the token has to hold. A list is met by a claim that holds all of it, in any order."""

    issuer: str | None = None
    audience: OneOrMore = Field([], description="All of these are in `aud`.")
    notAudience: OneOrMore = Field([], description="None of these is in `aud`.")
    claims: dict[str, Any] = Field(
        {},
        description="Claim → value; a.b reaches into a, `\\.` is a dot in a name. A list: the claim holds all of "
        "these. {}: it is there. null: it is not there.",
    )
    without: dict[str, OneOrMore] = Field({}, description="Claim → values that are not in it.")
    lifetime: Lifetime | None = Field(None, description="From its issue to its expiry, such as 5m.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing is expected: write audience, claims, without, issuer or lifetime")
        return self


class TokenTest(_Said):
    """One test: given somebody, who asks through a client, this is in the token."""

    given: Given = Given()
    client: str | None = Field(
        None, description="The client that asks; the gateway's (oauth2Proxy) if nothing is said."
    )
    scopes: OneOrMore = Field([], description="Optional scopes that it asks for.")
    token: Literal["access", "id", "userinfo"] = Field("access", description="Which token is looked at.")
    expect: Expected
