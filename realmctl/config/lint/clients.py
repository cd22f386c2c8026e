"""Rules about clients: how they log people in, where a login may end, what they may do themselves.

Must not know about: single claims.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from realmctl.config.lint.rule import Doubt, LintedClient, LintedRealm, LintRule
from realmctl.errors import Place
from realmctl.keycloak.catalog.credentials import shows_credential
from realmctl.model.address import Address

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_RFC9700 = "RFC 9700 (OAuth 2.0 Security Best Current Practice)"
_ADMIN = {"realm-admin": "do everything in the realm", "impersonation": "log in as anybody"}
"""Roles of realm-management that a program seldom needs, and what they allow."""
_VIEWING = ("view-", "query-")
"""What the roles of realm-management begin with that change nothing."""
_WEAK = ("none", "HS256", "HS384", "HS512")


def _full_scope(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        if client.gets_tokens and client.id != look.gateway and client.is_("fullScopeAllowed", unsaid=True):
            yield client.doubt("gets every role that a person has into its token", "fullScopeAllowed")


def _implicit(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        if not client.saml and client.is_("implicitFlowEnabled"):
            yield client.doubt("gets tokens through the browser's address line (implicit flow)", "implicitFlowEnabled")


def _password(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        if not client.saml and client.is_("directAccessGrantsEnabled"):
            yield client.doubt("may ask people for their password itself (password grant)", "directAccessGrantsEnabled")


def _pkce(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        method = client.attributes.get("pkce.code.challenge.method")
        if client.code_flow and client.is_("publicClient") and method != "S256":
            yield client.doubt("is public, and not held to PKCE: a code that is intercepted can be redeemed")


def _insecure_redirect(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        for index, uri in enumerate(client.declared.fields.get("redirectUris") or ()):
            parts = urlsplit(uri) if str(uri).startswith("http://") else None
            if parts and (parts.hostname or "") not in _LOOPBACK and "$" not in uri:
                yield client.doubt(f"lets a login end in the clear: '{uri}'", "redirectUris", index)


def _wildcard_origin(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        for index, origin in enumerate(client.declared.fields.get("webOrigins") or ()):
            anywhere = any("*" in uri for uri in client.declared.fields.get("redirectUris") or ())
            if origin in ("*", "http://*", "https://*") or (origin == "+" and anywhere):
                yield client.doubt("lets the pages of every site call Keycloak for it", "webOrigins", index)


def _wildcard_logout(look: LintedRealm) -> Iterator[Doubt]:
    key = "post.logout.redirect.uris"
    for client in look.clients:
        for uri in str(client.attributes.get(key) or "").split("##"):
            if uri in ("*", "https://*", "http://*"):
                yield client.doubt(f"lets a logout end anywhere: '{uri}'", "attributes", key)


def _lightweight(look: LintedRealm) -> Iterator[Doubt]:
    key = "client.use.lightweight.access.token.enabled"
    for client in look.clients:
        if client.id == look.gateway and str(client.attributes.get(key)).lower() == "true":
            message = "is the gateway's and gets lightweight access tokens: services miss roles, groups and audiences"
            yield client.doubt(message, "attributes", key)


def _no_subject(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        if not client.gets_tokens or "basic" in look.scopes(client.id):
            continue
        if not any(one.fields.get("protocolMapper") == "oidc-sub-mapper" for one in look.mappers(client.id)):
            yield client.doubt(
                "has no default scope `basic`: its access tokens have no claim `sub`", *_scopes_of(client)
            )


def _scopes_of(client: LintedClient) -> tuple[str, ...]:
    own = client.look.get("client-scopes-of-client", client.id)
    return ("defaultClientScopes",) if own and "defaultClientScopes" in own.fields else ()


def _public_account(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        if client.is_("publicClient") and client.is_("serviceAccountsEnabled"):
            yield client.doubt("is public and has a service account: nothing proves who uses it", "publicClient")


def _account_admin(look: LintedRealm) -> Iterator[Doubt]:
    for client, role, place in _administrators(look):
        if role in _ADMIN:
            yield Doubt(f"the service account of client '{client}' may {_ADMIN[role]} ({role})", place)


def _account_secret(look: LintedRealm) -> Iterator[Doubt]:
    """Keycloak shows secrets, and keys that it made itself, to `view-clients` (26.7.3)."""
    clients = {client.id: client for client in look.clients}
    found: dict[str, tuple[list[str], Place]] = {}
    for name, role, place in _administrators(look):
        client = clients.get(name)
        if (
            client
            and not client.is_("publicClient")
            and shows_credential(client.declared.fields)
            and not role.startswith(_VIEWING)
        ):
            found.setdefault(name, ([], place))[0].append(role)
    for name, (roles, place) in found.items():
        shown = ", ".join(sorted(set(roles)))
        told = (
            f"client '{name}' logs in by a secret that viewers of clients can read, and its service account may {shown}"
        )
        yield Doubt(told, place)


def _administrators(look: LintedRealm) -> Iterator[tuple[str, str, Place]]:
    """(client, role of realm-management, where it is given) of service accounts, through composites and groups, too."""
    for account in look.of("service-account-roles", "service-account-groups"):
        for field in ("serviceAccountRoles", "serviceAccountGroups"):
            members = map(Address.parse, account.fields.get(field) or ())
            given = [role for one in members for role in (_of_group(look, one) if one.kind == "group" else (one,))]
            for role in sorted(look.granted(given)):
                if role.kind == "client-role" and role.names[0] == "realm-management":
                    yield account.address.name, role.name, account.origin.place(field)


def _of_group(look: LintedRealm, group: Address) -> Iterator[Address]:
    """The roles of a group: its own, and those of the groups above it."""
    for depth in range(1, len(group.names) + 1):
        declared = look.get("group-roles", *group.names[:depth])
        for members in declared.fields.values() if declared else ():
            yield from map(Address.parse, members or ())


def _saml(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        said = client.attributes
        if client.saml and said.get("saml.client.signature") == "false":
            yield client.doubt("speaks SAML, and its requests are not checked", "attributes", "saml.client.signature")
        unsigned = said.get("saml.server.signature") == "false" and said.get("saml.assertion.signature") != "true"
        if client.saml and unsigned:
            yield client.doubt("speaks SAML, and gets unsigned answers", "attributes", "saml.server.signature")


def _signature(look: LintedRealm) -> Iterator[Doubt]:
    keys = ("access.token.signed.response.alg", "id.token.signed.response.alg", "user.info.response.signature.alg")
    for client in look.clients:
        for key in keys:
            if client.attributes.get(key) in _WEAK:
                yield client.doubt(
                    f"gets tokens signed with {client.attributes[key]}, which services can't check", "attributes", key
                )
    if look.realm("defaultSignatureAlgorithm") in _WEAK:
        told = f"tokens are signed with {look.realm('defaultSignatureAlgorithm')}, which services can't check"
        yield Doubt(told, look.setting_place("defaultSignatureAlgorithm"))


RULES = (
    LintRule(
        "full-scope-allowed",
        "A token that holds every role of a person is worth stealing from any client, and grows with the realm.",
        "Write `fullScopeAllowed: false`, and the roles it needs in `scopeMappings`.",
        "Keycloak, Server Administration Guide: Threat model, Limit token scope",
        _full_scope,
    ),
    LintRule(
        "implicit-flow",
        "Tokens in an address end up in histories, logs and referrers.",
        "Use the code flow with PKCE: `implicitFlowEnabled: false`.",
        f"{_RFC9700}, 2.1.2",
        _implicit,
    ),
    LintRule(
        "password-grant",
        "An application that sees passwords can lose them, and no second factor or identity provider takes part.",
        "Use the code flow for people and a service account for programs: `directAccessGrantsEnabled: false`.",
        f"{_RFC9700}, 2.4",
        _password,
    ),
    LintRule(
        "missing-pkce",
        "Whoever gets hold of the code of a public client can redeem it, unless PKCE ties it to who began the login.",
        "Write `attributes: { pkce.code.challenge.method: S256 }`.",
        f"{_RFC9700}, 2.1.1",
        _pkce,
    ),
    LintRule(
        "insecure-redirect",
        "Over plain HTTP everybody on the way reads the code.",
        "Write an https URI; http is for loopback addresses alone.",
        f"{_RFC9700}, 2.6",
        _insecure_redirect,
    ),
    LintRule(
        "wildcard-origin",
        "Any page that a person opens can then talk to Keycloak as this client.",
        "List the origins of the application, or `+` for those of its redirect URIs.",
        "OWASP, HTML5 Security Cheat Sheet: Cross Origin Resource Sharing",
        _wildcard_origin,
    ),
    LintRule(
        "wildcard-logout",
        "A logout that may end anywhere is an open redirect on the name of your identity provider.",
        "List the exact pages.",
        f"{_RFC9700}, 4.11",
        _wildcard_logout,
    ),
    LintRule(
        "lightweight-token",
        "oauth2-proxy and the services behind it read claims from the token, and a lightweight one leaves most of them "
        "out.",
        "Write `client.use.lightweight.access.token.enabled: false`, or take it out.",
        "Keycloak, Server Administration Guide: Using lightweight access token",
        _lightweight,
    ),
    LintRule(
        "no-subject",
        "A token without `sub` names nobody: oauth2-proxy refuses it, and services can't tell people apart.",
        "Add `basic` to the client's `defaultClientScopes`, or a mapper of type `oidc-sub-mapper`.",
        "Keycloak, Upgrading Guide 25: new client scope basic",
        _no_subject,
    ),
    LintRule(
        "public-service-account",
        "A public client has no secret, so anybody may act as its service account.",
        "Write `publicClient: false`, or `serviceAccountsEnabled: false`.",
        "RFC 6749, 4.4: the client credentials grant is for confidential clients only",
        _public_account,
    ),
    LintRule(
        "service-account-admin",
        "Whoever gets the secret of such a client owns the realm.",
        "Give it the single roles of realm-management that it needs.",
        "Keycloak, Server Administration Guide: Fine-grained and dedicated admin roles",
        _account_admin,
    ),
    LintRule(
        "service-account-secret",
        "Everybody who may view the realm's clients, the account of a pull request's plan among them, can read the "
        "client's secret and act with these roles.",
        "Let it log in by a key of its own (`clientAuthenticatorType: client-jwt` with `jwks.url`), or take the "
        "roles away.",
        "Keycloak, Server Administration Guide: Confidential client credentials, Signed JWT",
        _account_secret,
    ),
    LintRule(
        "saml-unsigned",
        "Unsigned SAML messages can be made up by anybody who reaches the browser.",
        "Write `saml.client.signature: true` and `saml.server.signature: true`.",
        "OWASP, SAML Security Cheat Sheet: Validate signatures",
        _saml,
    ),
    LintRule(
        "weak-signature",
        "A token signed with a shared secret, or not at all, can't be checked by whoever does not hold the secret.",
        "Write RS256, PS256, ES256 or EdDSA.",
        "RFC 8725 (JSON Web Token Best Current Practices), 3.1 and 3.2",
        _signature,
    ),
)  # fmt: skip
