"""The word `entra`: brokering to Microsoft Entra as an OIDC identity provider, its mappers, and how people sign in.

Keycloak takes a list of issuers, divided by commas, and nothing that none of them signed (26.7.3, by experiment).

Must not know about: what services find in the token (see `tokens`), Microsoft Graph.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from realmctl.config.macros.entra_flows import FirstLogin, LocalLogin, first_login, sign_in
from realmctl.config.macros.macro import Context, Fragment, Saying, managed_attribute
from realmctl.model.claim import NEVER
from realmctl.model.fields import SecretText

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SHARED_TENANTS = frozenset({"common", "organizations", "consumers"})
_PROFILE = ("username", "email", "firstName", "lastName")

_NO_CLAIM = "retired (not a claim)"
"""The name of a claim that no token has."""

Names = str | Annotated[list[str], Field(min_length=1)]


def _one_tenant(value: str) -> str:
    if value.lower() in _SHARED_TENANTS:
        raise ValueError(f"{value} lets every tenant of the world in: write your tenant's id")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*", value):
        raise ValueError(f"{value}: write the tenant's id (a GUID) or its domain")
    return value


def _web_address(value: str) -> str:
    if not re.match(r"https?://[^/?#\s]+", value) or value.endswith("/"):
        raise ValueError(f"{value}: write an address such as https://login.microsoftonline.us, without / at the end")
    return value


def _guids(value: dict[str, Names]) -> dict[str, Names]:
    for group in value:
        if not _GUID.fullmatch(group):
            raise ValueError(f"{group}: Entra puts a group's object id (a GUID) into the token, not its name")
    return value


def _guid(value: str) -> str:
    if not _GUID.fullmatch(value):
        raise ValueError(f"{value}: write the tenant's id, a GUID: it stands so in the tokens' issuer")
    return value.lower()


Address = Annotated[str, AfterValidator(_web_address)]


class Endpoints(Saying):
    """Addresses one by one, where they are not what Entra's would be at `authority`: a stand-in in tests."""

    issuer: Address | None = Field(None, description="`iss` of its tokens, exactly.")
    authorization: Address | None = Field(None, description="Where the browser is sent to log in.")
    token: Address | None = Field(None, description="Where Keycloak redeems the code; may be an internal address.")
    logout: Address | None = Field(None, description="Where the browser is sent to log out.")
    keys: Address | None = Field(None, description="The provider's signing keys (JWKS); may be an internal address.")


class BreakGlass(Saying):
    """A way in for a few accounts of the realm itself, when Entra can't be reached."""

    role: str = Field(min_length=1, description="The realm role that such an account has; nobody else gets in.")
    secondFactor: bool = Field(
        True, description="Ask for a one-time code, too; who has none sets it up at the first login."
    )


class Retired(Saying):
    """Former targets of mappings: a person who has one of them loses it at the next login through Entra."""

    roles: list[Annotated[str, Field(min_length=1)]] = Field(
        default=[], description="Realm roles, and client roles as `client-id.role`."
    )
    groups: list[Annotated[str, Field(pattern="^/.")]] = Field(
        default=[], description="Paths of groups: `/orders-team`."
    )
    attributes: list[Annotated[str, Field(min_length=1)]] = Field(default=[], description="User attributes.")


class EntraSaying(Saying):
    """Sign-in with Microsoft Entra, for one tenant or a few."""

    main: ClassVar[frozenset[str]] = frozenset({"tenantId", "tenants", "clientSecret", "clientAuth"})

    tenantId: Annotated[str, AfterValidator(_one_tenant)] | None = Field(None, description="The tenant's id (a GUID).")
    tenants: Annotated[list[Annotated[str, AfterValidator(_guid)]], Field(min_length=1)] | None = Field(
        None,
        description="In place of tenantId, for an app registration of several tenants: the ids (GUIDs) of those whose "
        "people may come in, the registration's own first. All others are refused.",
    )
    clientId: str = Field(min_length=1, description="The application (client) id of the app registration.")
    clientSecret: SecretText | None = Field(
        None,
        description="The app registration's secret: write $(env:NAME), or ${vault.key} to have Keycloak look it up.",
    )
    clientAuth: Literal["secret", "certificate"] = Field(
        "secret",
        description="How Keycloak proves who it is. certificate: with the realm's own signing key, whose certificate "
        "is uploaded to the app registration; no secret is kept anywhere.",
    )
    alias: str = Field(
        "entra",
        pattern=r"^[A-Za-z0-9_.-]+$",
        description="The provider's alias. It is part of the redirect URI that is registered in Entra.",
    )
    displayName: str = Field("Microsoft Entra", description="What the login page calls it.")
    authority: Address = Field(
        "https://login.microsoftonline.com",
        description="The cloud's login address: https://login.microsoftonline.us for Azure Government, "
        "https://login.partner.microsoftonline.cn for China.",
    )
    endpoints: Endpoints = Field(
        default_factory=Endpoints, description="Single addresses that differ from what `authority` and tenant give."
    )
    scopes: list[str] = Field(
        default=["openid", "profile", "email"], min_length=1, description="What Keycloak asks Entra for."
    )
    trustEmail: bool = Field(
        True,
        description="Take e-mail addresses from the tenant as verified. false: oauth2-proxy refuses the users.",
    )
    usernameClaim: str = Field(
        "preferred_username", min_length=1, description="The claim that becomes the user name in Keycloak."
    )
    emailClaim: str = Field(
        "email",
        min_length=1,
        description="The claim that becomes the e-mail address. `email` is missing for accounts without a mailbox, and "
        "oauth2-proxy refuses them; `preferred_username` gives everyone one.",
    )
    attributes: dict[str, str | None] = Field(
        default={},
        description="Claim → user attribute, such as `department: department`. `oid: entra_oid` is always there unless "
        "null takes it out. Each attribute is declared in the user profile, too.",
    )
    appRoles: dict[str, Names] = Field(
        default={},
        description="App role value in Entra → realm role, or client role as `client-id.role`; or a list of them.",
    )
    groups: Annotated[dict[str, Names], AfterValidator(_guids)] = Field(
        default={},
        description="Group's object id in Entra → group path in Keycloak (`/orders-team`) or role; or a list of them.",
    )
    retired: Retired = Field(
        default_factory=Retired,
        description="Roles, groups and attributes that a mapping gave and no longer gives. Keycloak takes each of them "
        "away at a person's next login through Entra, also from people who have it from somewhere else.",
    )
    syncMode: Literal["FORCE", "IMPORT"] = Field(
        "FORCE",
        description="FORCE: names follow Entra at every login, and so do the roles and groups that a mapping names. "
        "What a former mapping gave stays: see `retired`. IMPORT: only the first login counts.",
    )
    signInDirectly: bool = Field(
        False,
        description="true: no login page of Keycloak; the browser goes straight to Entra. Without breakGlass nobody "
        "can make a password in Keycloak.",
    )
    breakGlass: BreakGlass | None = Field(
        None,
        description="With signInDirectly: a form for the realm's own accounts, for whoever opens a login with "
        "`kc_idp_hint=` (empty) in its address.",
    )
    firstLogin: FirstLogin = Field(
        "create",
        description="What happens at a person's first login. create: the account is made without a form; where one of "
        "that name or address exists already, its password has to be given. link: an existing account is taken over "
        "without asking, which is safe only where no one can choose their address in Entra. review: Keycloak's own "
        "flow, with a form.",
    )
    lockProfile: bool = Field(
        True,
        description="User name, e-mail and names come from Entra, and users can't edit them: an account without a "
        "mailbox can't type any address it likes.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.tenantId is None) == (self.tenants is None):
            raise ValueError("write tenantId, or tenants for an app registration of several tenants")
        if (self.clientAuth == "secret") == (self.clientSecret is None):
            raise ValueError("write clientSecret, or clientAuth: certificate without it")
        if self.tenants and len(self.tenants) > 1 and self.firstLogin == "link":
            raise ValueError(
                "firstLogin: link lets any of these tenants take over an account by an address: write create, or review"
            )
        given = {target for targets in (*self.appRoles.values(), *self.groups.values()) for target in _listed(targets)}
        given |= set(_attributes(self).values())
        for target in (*self.retired.roles, *self.retired.groups, *self.retired.attributes):
            if target in given:
                raise ValueError(f"{target} is retired and still mapped: take it out of one of the two")
        if self.breakGlass and not self.signInDirectly:
            raise ValueError("breakGlass goes with signInDirectly: true; without it the login page has a form anyway")
        return self

    @property
    def home(self) -> str:
        """The tenant of the app registration: of several, the first."""
        return self.issuing[0]

    @property
    def issuing(self) -> list[str]:
        """The tenants whose tokens count."""
        return self.tenants or [str(self.tenantId)]


class Entra:
    """The word itself."""

    name = "entra"
    model = EntraSaying

    def compile(self, value: EntraSaying, _context: Context, /) -> Fragment:
        """→ identityProviders.<alias> with mappers, userProfile, and flows for first login and direct sign-in."""
        found = Fragment()
        provider = ("identityProviders", value.alias)
        for field, content, *said in _provider(value):
            found.put((*provider, field), content, *said)
        for key, content, *said in _config(value):
            found.put((*provider, "config", key), content, *said)
        for name, mapper, path in _mappers(value):
            found.put((*provider, "mappers", name), mapper, *path)
        for claim, attribute in _attributes(value).items():
            found.put(
                ("userProfile", "attributes", attribute), managed_attribute(attribute), *_attribute_path(value, claim)
            )
        if value.lockProfile:
            for attribute in _PROFILE:
                path = ("userProfile", "attributes", attribute, "permissions")
                found.put(path, managed_attribute(attribute)["permissions"], "lockProfile")
        first = first_login(value.alias, value.firstLogin)
        if first:
            alias, flow = first
            found.put(("authenticationFlows", alias), flow, "firstLogin")
            found.put((*provider, "firstBrokerLoginFlowAlias"), alias, "firstLogin")
        if value.signInDirectly:
            local = value.breakGlass and LocalLogin(value.breakGlass.role, second_factor=value.breakGlass.secondFactor)
            alias, flow = sign_in(value.alias, local or None)
            found.put(("authenticationFlows", alias), flow, "signInDirectly")
            found.put(("browserFlow",), alias, "signInDirectly")
            if not local:
                # Nobody has a password here, and nobody makes one: `kc_action` in a login's address would ask for it.
                found.put(("requiredActions", "UPDATE_PASSWORD", "enabled"), False, "signInDirectly")
        return found


def _provider(value: EntraSaying) -> Iterator[tuple[Any, ...]]:
    yield "providerId", "oidc"
    yield "displayName", value.displayName, "displayName"
    yield "enabled", True
    yield "trustEmail", value.trustEmail, "trustEmail"
    yield "storeToken", False
    yield "linkOnly", False


def _config(value: EntraSaying) -> Iterator[tuple[Any, ...]]:
    said = "tenants" if value.tenants else "tenantId"
    # People of several tenants sign in at an address for all; each tenant's tokens name it as their issuer.
    tenant = f"{value.authority}/{'organizations' if value.tenants else value.tenantId}"
    issuers = ",".join(f"{value.authority}/{one}/v2.0" for one in value.issuing)
    given = value.endpoints
    yield "issuer", given.issuer or issuers, said
    yield "authorizationUrl", given.authorization or f"{tenant}/oauth2/v2.0/authorize", said
    yield "tokenUrl", given.token or f"{tenant}/oauth2/v2.0/token", said
    yield "logoutUrl", given.logout or f"{tenant}/oauth2/v2.0/logout", said
    yield "jwksUrl", given.keys or f"{tenant}/discovery/v2.0/keys", said
    yield "useJwksUrl", "true"
    yield "validateSignature", "true"
    yield "clientId", value.clientId, "clientId"
    if value.clientAuth == "secret":
        yield "clientSecret", value.clientSecret, "clientSecret"
        yield "clientAuthMethod", "client_secret_post"
    else:
        yield "clientAuthMethod", "private_key_jwt", "clientAuth"
        yield "clientAssertionSigningAlg", "RS256", "clientAuth"
        # Entra finds the certificate by its thumbprint, which Keycloak puts into the header only then.
        yield "jwtX509HeadersEnabled", "true", "clientAuth"
    yield "pkceEnabled", "true"
    yield "pkceMethod", "S256"
    yield "defaultScope", " ".join(value.scopes), "scopes"
    # Everything needed is in the ID token, and Entra's userinfo has less; so one request and one dependency fewer.
    yield "disableUserInfo", "true"
    yield "syncMode", value.syncMode, "syncMode"
    # Entra has no back-channel logout; the browser is sent to `logoutUrl`.
    yield "backchannelSupported", "false"


def _attributes(value: EntraSaying) -> dict[str, str]:
    return {claim: name for claim, name in {"oid": "entra_oid", **value.attributes}.items() if name is not None}


def _attribute_path(value: EntraSaying, claim: str) -> tuple[str, ...]:
    return ("attributes", claim) if claim in value.attributes else ()


def _mappers(value: EntraSaying) -> Iterator[tuple[str, dict[str, Any], tuple[str | int, ...]]]:
    """Name, mapper and path inside the word, one by one."""
    template = {"template": f"${{CLAIM.{value.usernameClaim}}}", "target": "LOCAL"}
    yield "username", _mapper("oidc-username-idp-mapper", template), ("usernameClaim",)
    if value.emailClaim != "email":
        config = {"claim": value.emailClaim, "user.attribute": "email"}
        yield "email", _mapper("oidc-user-attribute-idp-mapper", config), ("emailClaim",)
    for claim, attribute in _attributes(value).items():
        config = {"claim": claim, "user.attribute": attribute}
        yield f"attribute {claim}", _mapper("oidc-user-attribute-idp-mapper", config), _attribute_path(value, claim)
    for app_role, roles in value.appRoles.items():
        for name, role, index in _targets(f"app role {app_role}", roles):
            config = {"claim": "roles", "claim.value": app_role, "role": role}
            yield name, _mapper("oidc-role-idp-mapper", config), ("appRoles", app_role, *index)
    for group, targets in value.groups.items():
        claims = json.dumps([{"key": "groups", "value": group}], separators=(",", ":"))
        for name, target, index in _targets(f"group {group}", targets):
            kind = "group" if target.startswith("/") else "role"
            config = {"claims": claims, "are.claim.values.regex": "false", kind: target}
            yield name, _mapper(f"oidc-advanced-{kind}-idp-mapper", config), ("groups", group, *index)
    yield from _retiring(value.retired)


def _retiring(retired: Retired) -> Iterator[tuple[str, dict[str, Any], tuple[str | int, ...]]]:
    """Mappers that give nothing: at each login Keycloak takes away what a mapper names and the token does not give.

    Seen on 26.7.3 for roles, groups and attributes.
    """
    claims = json.dumps([{"key": "roles", "value": NEVER}], separators=(",", ":"))
    for kind, targets in (("role", retired.roles), ("group", retired.groups)):
        for index, target in enumerate(targets):
            config = {"claims": claims, "are.claim.values.regex": "true", kind: target, "syncMode": "FORCE"}
            mapper = _mapper(f"oidc-advanced-{kind}-idp-mapper", config)
            yield f"retired: {target}", mapper, ("retired", f"{kind}s", index)
    for index, name in enumerate(retired.attributes):
        config = {"claim": _NO_CLAIM, "user.attribute": name, "syncMode": "FORCE"}
        mapper = _mapper("oidc-user-attribute-idp-mapper", config)
        yield f"retired: attribute {name}", mapper, ("retired", "attributes", index)


def _listed(targets: Names) -> list[str]:
    return [targets] if isinstance(targets, str) else targets


def _targets(base: str, targets: Names) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """One target keeps the plain name, so that changing it changes the mapper instead of replacing it."""
    if isinstance(targets, str):
        yield base, targets, ()
        return
    for index, target in enumerate(targets):
        yield f"{base}: {target}", target, (index,)


def _mapper(kind: str, config: dict[str, str]) -> dict[str, Any]:
    return {"identityProviderMapper": kind, "config": {"syncMode": "INHERIT", **config}}
