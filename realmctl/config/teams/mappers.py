"""What a team's own protocol mappers may put into a token, and which claims its part of `tokens` may add.

Default-deny: a type of mapper that is not listed here is the platform's. Must not know about: clients' settings.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.teams.names import check_text
from realmctl.config.teams.references import check_group_text, check_role_text
from realmctl.config.teams.subject import TeamFile
from realmctl.errors import Finding, Place
from realmctl.model.address import Address
from realmctl.model.claim import claim_path
from realmctl.model.objects import Declared

WITH_CLAIM = frozenset(
    {
        "oidc-usermodel-attribute-mapper", "oidc-usermodel-property-mapper", "oidc-usersessionmodel-note-mapper",
        "oidc-group-membership-mapper", "oidc-usermodel-realm-role-mapper", "oidc-usermodel-client-role-mapper",
        "oidc-hardcoded-claim-mapper",
    }
)  # fmt: skip
"""Types that write one claim, which the config names."""
AUDIENCE = frozenset({"oidc-audience-mapper", "saml-audience-mapper"})
OF_SAML = frozenset(
    {
        "saml-user-attribute-mapper", "saml-user-property-mapper", "saml-hardcode-attribute-mapper",
        "saml-role-list-mapper", "saml-group-membership-mapper", "saml-user-session-note-mapper",
    }
)  # fmt: skip
"""Types that write into an assertion, which only the team's own service gets."""

RESERVED = frozenset(
    {
        "acr", "act", "active", "admin", "allowed-origins", "amr", "at_hash", "aud", "auth_time", "authorities",
        "authorization", "azp", "entitlements", "is_admin", "permission", "privileges", "scopes", "superuser",
        "c_hash", "client_id", "clientaddress", "clienthost", "clientid", "cnf", "email", "email_verified", "exp",
        "family_name", "given_name", "group", "groups", "iat", "idp", "iss", "jti", "may_act", "name", "nbf",
        "nickname", "nonce", "oid", "organization", "permissions", "phone_number", "phone_number_verified",
        "preferred_username", "realm_access", "resource_access", "role", "roles", "s_hash", "scope", "scp",
        "session_state", "sid", "sub", "tid", "typ", "uid", "upn", "user_id", "username", "wids",
    }
)  # fmt: skip
"""Claims that say who somebody is, what they may do, or whom a token is for."""


def check_mapper(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    """The type, the claim and the audience of one of the team's mappers."""
    kind = declared.fields.get("protocolMapper")
    config = declared.fields.get("config") or {}
    origin = declared.origin
    if kind not in WITH_CLAIM | AUDIENCE | OF_SAML:
        told = f"use a mapper of the type '{kind}'" if kind else f"declare the mapper '{declared.address.name}' untyped"
        yield look.refuse(told, origin.place("protocolMapper"))
        return
    if kind in WITH_CLAIM:
        yield from check_claim(look, str(config.get("claim.name") or ""), origin.place("config", "claim.name"))
    if kind in AUDIENCE:
        for key in ("included.client.audience", "included.custom.audience"):
            if config.get(key):
                yield from check_audience(look, str(config[key]), origin.place("config", key))
    attribute = str(config.get("user.attribute") or "")
    if "attribute" in kind:
        yield from check_attribute(look, attribute, origin.place("config", "user.attribute"))
    client = config.get("usermodel.clientRoleMapping.clientId")
    if client:
        place = origin.place("config", "usermodel.clientRoleMapping.clientId")
        yield from check_client_roles(look, str(client), place)


def check_claim(look: TeamFile, claim: str, place: Place) -> Iterator[Finding]:
    """A claim of the team's own client or scope: none that means something to others."""
    first = claim_path(claim)[0] if claim else ""
    if not first or "${" in claim:
        # Keycloak puts a client's id in place of ${client_id}.
        yield look.refuse("leave open which claim a mapper writes", place)
    elif not look.bounds.is_named("claim", first) and (
        first.casefold() in RESERVED or first.casefold() in look.claims_of_others
    ):
        yield look.refuse_name(f"write the claim '{claim}'", place, "claim", first)


def check_shared_claim(look: TeamFile, claim: str, place: Place) -> Iterator[Finding]:
    """A claim of `tokens`, which every service finds in its token: it has to be within the team's names."""
    first = claim_path(claim)[0]
    yield from check_text(look, "claim", claim.replace("\\", ""), place)
    if look.bounds.is_named("claim", first):
        return
    is_taken = first.casefold() in RESERVED or first.casefold() in look.claims_of_others
    if is_taken or not look.bounds.has_prefix("claim", first):
        yield look.refuse_name(f"add the claim '{claim}' to every token", place, "claim", first)


def check_audience(look: TeamFile, audience: str, place: Place) -> Iterator[Finding]:
    """An audience: a token with it is valid at that service."""
    if look.bounds.is_named("audience", audience):
        return
    client = Address("client", (audience,))
    yield from check_text(look, "audience", audience, place)
    is_anothers = client not in look.own and (look.realm.declares(client) or client in look.realm.builtin)
    if is_anothers or not look.bounds.has_prefix("audience", audience):
        yield look.refuse_name(f"use the audience '{audience}'", place, "audience", audience)


def check_attribute(look: TeamFile, attribute: str, place: Place) -> Iterator[Finding]:
    """A user attribute to read: none with another team's prefix."""
    others = (team.may for name, team in look.realm.teams.items() if name != look.name)
    if not look.bounds.includes("attribute", attribute) and any(one.includes("attribute", attribute) for one in others):
        told = f"read the user attribute '{attribute}'"
        yield look.refuse_name(told, place, "attribute", attribute)


def tells_group_names(look: TeamFile) -> str:
    """Return a mapper, not the team's, that writes names of groups without their paths, for a message; else ""."""
    for address, declared in look.realm.desired.resources.items():
        kind, config = declared.fields.get("protocolMapper"), declared.fields.get("config") or {}
        is_path = str(config.get("full.path", "false")).lower() == "true"
        tells = kind in ("oidc-group-membership-mapper", "saml-group-membership-mapper") and not is_path
        if tells and address not in look.own:
            return f"the mapper '{' / '.join(address.names)}'"
    return ""


def check_client_roles(look: TeamFile, client: str, place: Place) -> Iterator[Finding]:
    """A claim with roles of a client: of the team's own."""
    if Address("client", (client,)) not in look.own:
        yield look.refuse(f"put the roles of the client '{client}' into a token", place, owner=("client", client))


def check_broker_mapper(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    """A mapper of an identity provider of the team: what it gives at login is the team's to give."""
    config = declared.fields.get("config") or {}
    kind = str(declared.fields.get("identityProviderMapper") or "")
    if not kind or "script" in kind or "template" in kind:
        told = f"use a mapper of the type '{kind}'" if kind else f"declare the mapper '{declared.address.name}' untyped"
        yield look.refuse(told, declared.origin.place("identityProviderMapper"))
    if config.get("role"):
        yield from check_role_text(look, str(config["role"]), declared.origin.place("config", "role"))
    if config.get("group"):
        yield from check_group_text(look, str(config["group"]), declared.origin.place("config", "group"))
    for key in ("attribute", "user.attribute"):
        if config.get(key) and not look.bounds.includes("attribute", str(config[key])):
            place = declared.origin.place("config", key)
            yield look.refuse_name(f"set the user attribute '{config[key]}'", place, "attribute", str(config[key]))
