"""What an identity provider's mappers give: for which claim of a login, which role or group.

The types are Keycloak's own (26.7.3, org.keycloak.broker.oidc.mappers and .saml.mappers). Must not know about: graphs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.model.address import Address
from realmctl.model.objects import Declared

_KNOWN = {"roles": "app role", "groups": "group"}
"""Claims of Entra's tokens, and what is in them. Other providers have them, too, of like meaning."""


@dataclass(frozen=True, slots=True)
class LoginCondition:
    """`value` is what has to be in a login through `provider`, and `what` that is, in words.

    One of `role` (as mappers name it) and `group` (a path) is what the person gets for it; `field` is where it stands.
    """

    provider: str
    value: str
    what: str
    role: str
    group: str
    field: str


def login_condition(mapper: Declared) -> LoginCondition | None:
    """What a mapper gives; None for one that gives neither a role nor a group."""
    config: Mapping[str, Any] = mapper.fields.get("config") or {}
    role, group = str(config.get("role") or ""), str(config.get("group") or "")
    if not (role or group):
        return None
    kind = str(mapper.fields.get("identityProviderMapper"))
    claims = list(_claims(kind, config))
    provider = mapper.address.names[0]
    field = "role" if role else "group"
    if not claims:
        return LoginCondition(provider, f"any login through {provider}", "login", role, group, field)
    values = " and ".join(value if claim in _KNOWN else f"{claim} = {value}" for claim, value in claims)
    kinds = dict.fromkeys(_KNOWN.get(claim, "claim") for claim, _ in claims)
    pattern = " (a pattern)" if config.get("are.claim.values.regex") == "true" else ""
    return LoginCondition(provider, values, f"{' and '.join(kinds)} of {provider}{pattern}", role, group, field)


def _claims(kind: str, config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and value of what is looked at; several have to be there together."""
    if "hardcoded" in kind:
        return
    if config.get("claim") or config.get("attribute.name") or config.get("attribute.friendly.name"):
        name = config.get("claim") or config.get("attribute.name") or config.get("attribute.friendly.name")
        yield str(name), str(config.get("claim.value", config.get("attribute.value", "")))
        return
    text = str(config.get("claims") or config.get("attributes") or "[]")
    try:
        several = json.loads(text)
    except ValueError:
        # It may be a secret, or wrong: what is looked at is not known, and that is not the same as any login.
        yield "claims", text
        return
    for one in several:
        yield str(one.get("key")), str(one.get("value"))


def login_key(one: LoginCondition) -> str:
    """The same for every mapper that looks at the same thing of a login."""
    return str(Address("login", (one.provider, one.what, one.value)))
