"""Rules about identity providers: how far their word is trusted, what is checked of it, and what it may set.

Must not know about: where they are (`endpoints`), which roles their mappers give.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.rule import DangerRule, Found, say
from realmctl.analysis.danger.settings import (
    Judge,
    Row,
    changed,
    emptied,
    lowered,
    raised,
    table,
    turned_off,
    turned_on,
)
from realmctl.analysis.danger.settings import weaker as weaker_in
from realmctl.analysis.danger.sites import host_of, known_sites, site, sites_of
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_IDP = "identity-provider"
_OPEN = frozenset(
    {"google", "github", "gitlab", "bitbucket", "facebook", "twitter", "instagram", "linkedin-openid-connect", "paypal",
     "stackoverflow"}
)  # fmt: skip
"""Types where anybody may have an account."""
_IDENTITY = frozenset({"username", "email", "emailverified", "id"})


def _row(key: str, judge: Judge, told: str, unsaid: object = None, *, born: bool = False) -> Row:
    return Row(_IDP, f"config/{key}", judge, told, unsaid, born)


def _added(t: Transition) -> Iterator[Found]:
    """A provider that people may come from, and could not before: new, or switched on."""
    others = (host for one in t.before.of(_IDP) for host in _hosts(t.before, one))
    known = known_sites(t.before) | sites_of(others)
    for provider in t.of(_IDP):
        enabled = is_true(t.after.get(provider, "enabled"), default=True)
        was = provider in t.before and is_true(t.before.get(provider, "enabled"), default=True)
        if not enabled or was:
            continue
        doubts = list(_doubts(t, provider))
        host = next(_hosts(t.after, provider), "")
        if host and not t.is_birth and site(host) not in known:
            doubts.append("nothing of the realm was at that site before")
        where = say(" at {host}", host=host) if host else ()
        why = f", and {'; '.join(doubts)}" if doubts else ""
        told = (
            *say("Everybody with an account at the identity provider {name}", name=provider.name),
            *where,
            f" can log in{why}.",
        )
        yield Found(H if doubts else M, told, provider)


def _hosts(view: RealmView, provider: Address) -> Iterator[str]:
    keys = ("issuer", "authorizationUrl", "singleSignOnServiceUrl", "baseUrl")
    return filter(None, (host_of(plain(view.get(provider, "config", key))) for key in keys))


def _doubts(t: Transition, provider: Address) -> Iterator[str]:
    kind = t.after.said(provider, "providerId")
    if kind in _OPEN and not plain(t.after.get(provider, "config", "hostedDomain")):
        yield "anybody may have an account there"
    if is_true(t.after.get(provider, "trustEmail")):
        yield "its e-mail addresses count as verified"
    if kind in ("oidc", "keycloak-oidc", "saml") and not is_true(t.after.get(provider, "config", "validateSignature")):
        yield "Keycloak does not check its signatures"
    if kind in ("oidc", "keycloak-oidc") and not plain(t.after.get(provider, "config", "issuer")):
        yield "Keycloak does not check its issuer"
    if kind in ("jwt-authorization-grant", "default-trust", "spiffe", "kubernetes"):
        yield "its tokens are accepted without a login"


_SET_BY = ("template", "target", "user.attribute", "attribute", "userAttribute", "claim", "attribute.value",
           "jsonField", "attribute.name")  # fmt: skip
_STEAL = ("oidc-username-idp-mapper", "saml-username-idp-mapper")


def _mappers(t: Transition) -> Iterator[Found]:
    """Mappers by which the other side says who a person here is."""
    for mapper in t.of("identity-provider-mapper"):
        kind = t.after.said(mapper, "identityProviderMapper")
        old, new = ({key: plain(view.get(mapper, "config", key)) for key in _SET_BY} for view in (t.before, t.after))
        if old == new and t.before.said(mapper, "identityProviderMapper") == kind:
            continue
        provider = mapper.names[0]
        if kind in _STEAL:
            told = say(
                "The identity provider {provider} sets the username of its people ({template}). Somebody there can "
                "choose "
                "the username of another person, and gets that account.",
                provider=provider, template=new["template"] or "its own name",
            )  # fmt: skip
            fresh = t.is_new(Address("identity-provider", (provider,)))
            yield Found(M if fresh else H, told, mapper, ("config", "template"))
            continue
        target = new["user.attribute"] or new["userAttribute"] or new["attribute"]
        if kind.endswith("user-session-attribute-idp-mapper") or not target:
            continue
        if target.lower() in _IDENTITY:
            told = say(
                "The identity provider {provider} sets the {target} of its people. It can name another "
                "person's, and services "
                "take the two for the same person.",
                provider=provider,
                target=target,
            )
            yield Found(H, told, mapper, ("config",))
        elif _in_tokens(t, target):
            told = say(
                "The identity provider {provider} sets the attribute {target} of its people, and tokens carry it.",
                provider=provider,
                target=target,
            )
            yield Found(M, told, mapper, ("config",))


def _in_tokens(t: Transition, attribute: str) -> bool:
    return any(
        plain(t.after.get(mapper, "config", "user.attribute")) == attribute
        for mapper in t.after.of("protocol-mapper", "scope-mapper")
    )


RULES = (
    DangerRule(
        "provider-added",
        H,
        "People can log in through one more identity provider",
        "An identity provider vouches for people: they get an account with the default roles. High where it is at "
        "a site that the realm did not know, where anybody may have an account there, where its addresses count as "
        "checked, or where its signature or issuer is not checked; else medium.",
        "Check who runs the provider, and map its people to roles by conditions.",
        _added,
        ("identity-provider.enabled", "identity-provider.providerId"),
    ),
    table(
        "provider-trusted-more",
        H,
        "An identity provider is trusted further",
        "An address that counts as checked links people to accounts here; tokens that are kept can be read by "
        "applications; a provider that only linked accounts now logs people in.",
        "Trust only what the provider itself vouches for.",
        Row(_IDP, "trustEmail", turned_on(H), "E-mail addresses from {name} count as verified: somebody there can "
            "take over the account with that address."),
        Row(_IDP, "storeToken", turned_on(M), "Keycloak keeps people's tokens of {name}.", born=True),
        Row(_IDP, "addReadTokenRoleOnCreate", turned_on(H), "New people may read their tokens of {name}.", born=True),
        Row(_IDP, "linkOnly", turned_off(H), "People log in through {name}, which only linked accounts."),
        Row(_IDP, "authenticateByDefault", turned_on(M), "People are sent to {name} unless they choose another."),
        Row(_IDP, "providerId", changed(H), "{name} is {new} instead of {old}."),
        _row("supportsClientAssertions", turned_on(H), "Tokens of {name} prove who a client is.", born=True),
        _row("supportsClientAssertionReuse", turned_on(H), "A client's proof of {name} works twice.", born=True),
        _row("fedClientAssertionMaxExp", raised(M), "A client's proof of {name} works for {new} seconds."),
        _row("jwtAuthorizationGrantEnabled", turned_on(H), "Tokens of {name} are proof of a person without a login.",
             born=True),
        _row("jwtAuthorizationGrantAssertionReuseAllowed", turned_on(H), "A token of {name} works more than once.",
             born=True),
        _row("jwtAuthorizationGrantMaxAllowedAssertionExpiration", raised(M), "Tokens of {name} work for {new} "
            "seconds."),
        _row("jwtAuthorizationGrantAllowedClockSkew", raised(M), "Tokens of {name} may be {new} seconds old."),
        _row("jwtAuthorizationGrantLimitAccessTokenExp", turned_off(M), "Tokens outlive those of {name}."),
        _row("jwtAuthorizationGrantAssertionSignatureAlg", changed(M), "Tokens of {name} may be signed by {new}."),
        _row("acceptsPromptNoneForwardFromClient", turned_on(M), "Applications may ask {name} without people seeing "
            "it."),
        _row("storeTokenInSession", turned_on(L), "Tokens of {name} stay in the session.", "true"),
        _row("offlineAccess", turned_on(M), "Keycloak asks {name} for tokens without an end.", born=True),
        _row("doNotStoreUsers", changed(M, only_from=False), "People of {name} have accounts in another way."),
        _row("caseSensitiveOriginalUsername", changed(L), "Names from {name} are taken in another spelling."),
        _row("kc.org.broker.public", turned_on(M), "Everybody is offered {name}, not only its organization."),
        _row("kc.org.broker.redirect.mode.email-matches", changed(L), "People are sent to {name} by their address."),
        _row("kc.org.domain", changed(H, only_from=False), "People with addresses at {new} are sent to {name} to log "
            "in."),
    ),
    table(
        "provider-checks-off",
        H,
        "An identity provider's word is checked less",
        "Anyone who can make up an answer of the provider logs in as anybody of it. These settings say who must have "
        "signed it, how old it may be, for whom it is, and which people may come.",
        "Keep signatures, issuer and PKCE checked, and the filter of people.",
        _row("validateSignature", turned_off(H), "Keycloak no longer checks the signatures of {name}: a forged "
            "answer logs in as anybody."),
        _row("useJwksUrl", turned_off(M), "Keys of {name} are taken from its settings."),
        _row("publicKeySignatureVerifier", changed(H, only_from=False), "Keycloak accepts logins of {name} that "
            "another key signed."),
        _row("publicKeySignatureVerifierKeyId", changed(M), "Keycloak accepts logins of {name} that another key "
            "signed."),
        _row("issuer", emptied(H), "Keycloak no longer checks the issuer of tokens of {name}."),
        _row("jwksUrl", emptied(H), "Keycloak no longer fetches the keys of {name}."),
        _row("signingCertificate", changed(H), "Keycloak accepts logins of {name} that another key signed."),
        _row("wantAssertionsSigned", turned_off(H), "Assertions of {name} need no signature."),
        _row("wantAssertionsEncrypted", turned_off(H), "Assertions of {name} may be read on their way."),
        _row("wantAuthnRequestsSigned", turned_off(M), "Login requests to {name} are not signed."),
        _row("signatureAlgorithm", weaker_in(H, "RSA_SHA512", "RSA_SHA256", "RSA_SHA1", "DSA_SHA1"),
             "Requests to {name} are signed with {new}."),
        _row("encryptionAlgorithm", changed(M), "Assertions of {name} are encrypted by {new}."),
        _row("encryptionPublicKey", changed(M), "Requests to {name} are encrypted for another key."),
        _row("useMetadataDescriptorUrl", turned_on(M), "The keys of {name} come by a URL."),
        _row("enabledFromMetadata", changed(L), "{name} is switched on by its metadata."),
        _row("allowedClockSkew", raised(H, over=120), "Answers of {name} may be {new} seconds old.", 0),
        _row("pkceEnabled", turned_off(H), "A login code of {name} that leaks can be redeemed: PKCE is off."),
        _row("pkceMethod", weaker_in(H, "S256", "plain"), "A login code of {name} that leaks can be redeemed."),
        _row("disableNonce", turned_on(H), "A recorded login at {name} can be replayed: the nonce is not checked.",
            born=True),
        _row("disableTypeClaimCheck", turned_on(H), "Tokens of {name} that were made for another purpose are "
            "accepted as a login.", born=True),
        _row("isAccessTokenJWT", turned_on(M), "Claims of access tokens of {name} are trusted."),
        _row("disableUserInfo", turned_on(L), "{name} is not asked for people's data."),
        _row("allowClientIdAsAudience", turned_on(M), "Tokens of {name} for another audience pass."),
        _row("jwtX509HeadersEnabled", turned_on(M), "Proofs for {name} carry a certificate."),
        _row("filteredByClaim", turned_off(H), "All people of {name} can log in, not only those with one claim."),
        _row("claimFilterName", changed(H), "Other people of {name} can log in: the filter looks at the claim {new} "
            "instead of {old}."),
        _row("claimFilterValue", changed(H), "Other people of {name} can log in: the filter asks for {new} instead "
            "of {old}."),
        _row("hostedDomain", changed(H), "People of other domains can log in through {name}: {new}."),
        _row("principalType", changed(H), "{name} identifies people by {new} instead of {old}: somebody can become "
            "another person."),
        _row("principalAttribute", changed(H), "{name} identifies people by {new} instead of {old}: somebody can "
            "become another person."),
        _row("userIDClaim", changed(H), "{name} identifies people by {new} instead of {old}: somebody can become "
            "another person."),
        _row("userNameClaim", changed(H), "{name} identifies people by {new} instead of {old}: somebody can become "
            "another person."),
        _row("emailClaim", changed(H), "{name} takes a person's e-mail address from {new} instead of {old}."),
        _row("nameIDPolicyFormat", changed(M), "{name} names people by {new} instead of {old}."),
        _row("allowCreate", turned_on(L), "{name} may make identifiers."),
        _row("clientId", changed(H), "Tokens of {name} for another application log people in: {new}."),
        _row("entityId", changed(M), "Keycloak is another application at {name}: {new}."),
        _row("clientAuthMethod", weaker_in(H, "private_key_jwt", "client_secret_jwt", "client_secret_basic",
                                           "client_secret_post"), "Keycloak proves itself to {name} by {new}."),
        _row("forceAuthn", turned_off(M), "{name} need not ask people again."),
        _row("passMaxAge", turned_off(M), "{name} is not told how old a login may be."),
        _row("prompt", changed(M), "{name} asks people in another way: {new}."),
        _row("authnContextClassRefs", changed(M), "{name} may log people in at another level."),
        _row("authnContextComparisonType", changed(M), "{name} may log people in at another level."),
        _row("backchannelSupported", turned_off(M), "A logout at {name} does not end sessions here."),
        _row("sendClientIdOnLogout", changed(L), "Logouts at {name} name another client."),
        _row("requiresShortStateParameter", changed(L), "Logins through {name} have a shorter state."),
        _row("defaultScope", changed(L), "Keycloak asks {name} for {new} instead of {old}."),
        _row("minValidityToken", lowered(L), "Tokens of {name} are renewed later."),
        _row("syncMode", weaker_in(H, "FORCE", "LEGACY", "IMPORT"),
             "Keycloak copies roles and data of {name} at the first login only: a role that is withdrawn there stays "
             "here.", "LEGACY"),
        Row("identity-provider-mapper", "config/syncMode", weaker_in(H, "FORCE", "INHERIT", "LEGACY", "IMPORT"),
            "The mapper {name} runs at the first login only: what it gave stays, even if the provider withdraws "
            "it.", "INHERIT"),
    ),
    DangerRule(
        "provider-names-people",
        H,
        "An identity provider decides who a person is here",
        "A name or an address that the provider sets leads to the account here that has it. High for names, addresses "
        "and whether an address is checked; medium for attributes that stand in tokens.",
        "Let the account's own name and address stay, and ask people to link.",
        _mappers,
        ("identity-provider-mapper.config.*", "identity-provider-mapper.identityProviderMapper"),
    ),
)  # fmt: skip
