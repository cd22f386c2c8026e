"""Rules about clients: in which ways they get tokens, and how they prove who they are.

Must not know about: addresses, lifetimes, what is in a token.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.analysis.danger.rule import DangerRule, Found, say
from realmctl.analysis.danger.settings import (
    Row,
    became,
    changed,
    emptied,
    grown,
    lowered,
    raised,
    table,
    turned_off,
    turned_on,
)
from realmctl.analysis.danger.settings import weaker as weaker_in
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, plain
from realmctl.model.danger import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_WEAK = ("none", "HS256", "HS384", "HS512")


def _of(key: str) -> str:
    return f"attributes/{key}"


def _proof(t: Transition) -> Iterator[Found]:
    """Clients that log people in with no proof of who redeems the code: public, and no PKCE."""
    key = "pkce.code.challenge.method"
    for client in t.of("client"):
        old, new = (plain(one) for one in t.pair(client, "attributes", key))
        fields = t.after.fields(client)
        if t.is_new(client):
            code = is_true(fields.get("standardFlowEnabled"), default=True) and fields.get("protocol") != "saml"
            if code and is_true(fields.get("publicClient")) and new != "S256" and not is_true(fields.get("bearerOnly")):
                told = say("The new client {name} is public and works without PKCE: a stolen code can be redeemed.",
                           name=client.name)  # fmt: skip
                yield Found(M, told, client, ("attributes", key))
        elif old != new and new != "S256" and old:
            told = say("Somebody who steals a login code of client {name} can log in with it: PKCE is {how}.",
                       name=client.name, how=new or ("off",))  # fmt: skip
            yield Found(H, told, client, ("attributes", key))


def _switch(key: str, told: str, *, severity: Severity = H, born: bool = True, at_birth: Severity | None = None) -> Row:
    return Row("client", key, turned_on(severity), told, born=born, at_birth=at_birth)


RULES = (
    table(
        "client-grant-opened",
        H,
        "A client gets tokens in one more way",
        "Each way to get a token has its own weakness: the implicit flow puts tokens into addresses, the password "
        "grant "
        "shows passwords to the application, device codes and CIBA are made for phishing, token exchange turns one "
        "service's token into another's. Device codes and token exchange of a new client are medium.",
        "Use the code flow with PKCE for people, and a service account for programs.",
        _switch("implicitFlowEnabled", "Tokens of client {name} come through the browser's address line."),
        _switch("directAccessGrantsEnabled", "Client {name} may ask people for their passwords itself: no second "
                "factor and no identity provider takes part."),
        _switch(_of("oauth2.device.authorization.grant.enabled"),
                "Somebody who is sent a link and a code can log in a stranger's device at client {name}.", at_birth=M),
        _switch(_of("oidc.ciba.grant.enabled"), "Client {name} may start logins of people by their name (CIBA)."),
        _switch(_of("standard.token.exchange.enabled"),
                "Client {name} may exchange a person's token of another client for one of its own.", at_birth=M),
        _switch(_of("oauth2.jwt.authorization.grant.enabled"),
                "Client {name} gets tokens for people whom another issuer names, without a login."),
        Row("client", _of("standard.token.exchange.enableRefreshRequestedTokenType"),
            weaker_in(M, "NO", "SAME_SESSION", other=M), "Exchanged tokens of client {name} can be refreshed.", "NO"),
        Row("client", _of("oauth2.jwt.authorization.grant.idp"), grown(H),
            "Client {name} gets tokens for people whom one more issuer names: {new}.", born=True),
        Row("client", "serviceAccountsEnabled", turned_on(M), "Client {name} may log in as itself, without a person."),
        Row("client", "standardFlowEnabled", turned_on(M), "People can log in to client {name}.", True),
        Row("client", "bearerOnly", turned_off(M), "Client {name} can get tokens itself."),
        Row("client", "enabled", turned_on(M), "Client {name} is switched on: logins and tokens work again.", True),
        _switch(_of("saml.allow.ecp.flow"), "Client {name} may send people's passwords in messages (SAML ECP)."),
        _switch(_of("saml.artifact.binding"), "Client {name} gets SAML answers by reference.", severity=L, born=False),
        Row("client", _of("saml_idp_initiated_sso_url_name"), changed(M, only_from=False),
            "A login to client {name} can begin without that client's request: {new}.", born=True),
        Row("client", _of("use.refresh.tokens"), turned_on(M), "Client {name} gets refresh tokens.", True),
        Row("client", "protocol", changed(M), "Client {name} speaks {new} instead of {old}.", "openid-connect"),
    ),
    table(
        "client-proof-weaker",
        H,
        "A client proves less that it is itself",
        "Somebody who can pass as a client gets its tokens, and those of people who log in to it. A public client "
        "proves nothing; a shared secret is weaker than a key; another key or issuer is somebody else's proof.",
        "Keep the client confidential, with a key or a Kubernetes account's token.",
        Row("client", "publicClient", turned_on(H), "Client {name} is public: anybody can act as it without a secret."),
        Row("client", "clientAuthenticatorType",
            weaker_in(H, "client-x509", "client-jwt", "federated-jwt", "client-secret-jwt", "client-secret"),
            "Client {name} authenticates by {new} instead of {old}.", "client-secret"),
        Row("client", _of("jwt.credential.certificate"), changed(H), "Anyone who has another private key can act as "
            "client {name}: its public key changes."),
        Row("client", _of("jwt.credential.public.key"), changed(H), "Anyone who has another private key can act as "
            "client {name}: its public key changes."),
        Row("client", _of("jwks.string"), changed(H), "Anyone who has other private keys can act as client {name}: its "
            "public keys change."),
        Row("client", _of("use.jwks.string"), turned_on(M), "Client {name} proves itself by keys in its settings."),
        Row("client", _of("use.jwks.url"), turned_on(M), "The keys that prove to be client {name} come by a URL."),
        Row("client", _of("jwt.credential.issuer"), changed(H, only_from=False),
            "Anyone who has a token of the issuer {new} can act as client {name}.", born=False),
        Row("client", _of("jwt.credential.sub"), changed(H, only_from=False),
            "Anyone who has a token of the account {new} can act as client {name}.", born=False),
        Row("client", _of("x509.subjectdn"), changed(H), "Anyone who has a certificate for {new} can act as client "
            "{name}."),
        Row("client", _of("x509.allow.regex.pattern.comparison"), turned_on(H),
            "Every certificate that matches a pattern can act as client {name}.", "true"),
        Row("client", _of("tls.client.certificate.bound.access.tokens"), turned_off(H),
            "A stolen token of client {name} works without its certificate."),
        Row("client", _of("dpop.bound.access.tokens"), turned_off(H),
            "A stolen token of client {name} works without its key (DPoP)."),
        Row("client", _of("require.pushed.authorization.requests"), turned_off(H),
            "Somebody can change login requests of client {name} in the browser: pushed requests (PAR) are optional."),
        Row("client", _of("request.object.required"),
            weaker_in(H, "request only", "request_uri only", "request or request_uri", "not required"),
            "Somebody can change login requests of client {name} in the browser: signed requests are optional.",
            "not required"),
        Row("client", _of("request.object.signature.alg"), became(H, "none", "any", ""),
            "Login requests of client {name} need no signature of one kind.", "any"),
        Row("client", _of("token.endpoint.auth.signing.alg"), became(M, ""),
            "Client {name} may sign by any algorithm.", ""),
        Row("client", _of("token.endpoint.auth.signing.max.exp"), raised(M),
            "Proofs of client {name} work for {new} instead of {old} seconds.", 60),
        Row("client", _of("client.secret.expiration.time"), raised(M), "A secret of client {name} lives longer.", 0),
        Row("client", _of("minimum.acr.value"), changed(H), "Logins to client {name} need the level {new} instead of "
            "{old}."),
        Row("client", _of("default.acr.values"), changed(M), "Client {name} asks for another level of login."),
        Row("client", "secret", changed(M), "The secret of client {name} changes: everybody who knows the new one "
            "can act as the client."),
        Row("client", "nodeReRegistrationTimeout", lowered(L), "Client {name} registers its nodes more often.", -1),
    ),
    DangerRule(
        "pkce-off",
        H,
        "A login works without PKCE",
        "PKCE ties a login's code to the program that began the login. Without it, or with the method `plain`, a code "
        "that leaks can be redeemed.",
        "Write `attributes: { pkce.code.challenge.method: S256 }`.",
        _proof,
        ("client.attributes.pkce.code.challenge.method",),
    ),
    table(
        "consent-off",
        H,
        "People are asked less before an application gets their data",
        "With consent, a person sees which application gets which data. Without, a login is enough.",
        "Keep `consentRequired: true` for applications of others.",
        Row("client", "consentRequired", turned_off(H), "Client {name} gets people's data without their consent."),
        Row("client", _of("oauth2.allow.consent.skip"), turned_on(M), "Client {name} may skip the consent page."),
        Row("client", _of("display.on.consent.screen"), turned_off(L), "Client {name} is not named when consent is "
            "asked."),
        Row("client-scope", _of("display.on.consent.screen"), turned_off(M),
            "People are not asked before a client gets the scope {name}.", True),
        Row("protocol-mapper", "consentRequired", turned_off(L), "People are not asked for the data of {name}."),
        Row("scope-mapper", "consentRequired", turned_off(L), "People are not asked for the data of {name}."),
    ),
    table(
        "token-signature-weaker",
        H,
        "Tokens are signed or encrypted more weakly",
        "A token that is not signed, or signed with a secret that others know, can be made up. One that is not "
        "encrypted any more can be read by anyone who sees it.",
        "Sign with RS256, PS256, ES256 or EdDSA.",
        Row("realm", "defaultSignatureAlgorithm", became(H, *_WEAK), "Tokens are signed with {new} instead of {old}.",
            "RS256"),
        *(
            Row("client", _of(f"{which}.signed.response.alg"), became(H, *_WEAK),
                f"{what} of client {{name}} are signed with {{new}}.", "RS256", born=True)
            for which, what in (("access.token", "Access tokens"), ("id.token", "ID tokens"),
                                ("authorization", "Answers"), ("introspection", "Introspection answers"),
                                ("logout.token", "Logout tokens"))
        ),
        Row("client", _of("user.info.response.signature.alg"), emptied(H), "User data for client {name} is not "
            "signed."),
        *(
            Row("client", _of(f"{which}.encrypted.response.{part}"), emptied(H),
                f"{what} of client {{name}} are not encrypted any more.")
            for which, what in (("id.token", "ID tokens"), ("user.info", "User data"), ("authorization", "Answers"))
            for part in ("alg", "enc")
        ),
        Row("client", _of("request.object.encryption.alg"), emptied(M), "Login requests of {name} are not encrypted."),
        Row("client", _of("request.object.encryption.enc"), emptied(M), "Login requests of {name} are not encrypted."),
        Row("realm", _of("saml.signature.algorithm"), became(H, "RSA_SHA1", "DSA_SHA1"), "SAML is signed with {new}."),
    ),
    table(
        "saml-weaker",
        H,
        "SAML messages of a client are checked or protected less",
        "Unsigned SAML messages can be made up by everybody who reaches the browser, and unencrypted ones be read.",
        "Write `saml.client.signature: true`, `saml.server.signature: true` and `saml.assertion.signature: true`.",
        Row("client", _of("saml.client.signature"), turned_off(H), "Keycloak no longer checks the signatures of "
            "requests of "
            "client {name}."),
        Row("client", _of("saml.server.signature"), turned_off(H), "SAML answers for client {name} are not signed."),
        Row("client", _of("saml.assertion.signature"), turned_off(H), "Assertions for client {name} are not signed."),
        Row("client", _of("saml.encrypt"), turned_off(H), "Assertions for client {name} are not encrypted any more."),
        Row("client", _of("saml.signature.algorithm"), became(H, "RSA_SHA1", "DSA_SHA1"),
            "SAML for client {name} is signed with {new}."),
        Row("client", _of("saml.encryption.algorithm"), became(M, "http://www.w3.org/2001/04/xmlenc#tripledes-cbc"),
            "Assertions for client {name} are encrypted with {new}."),
        Row("client", _of("saml.signing.certificate"), changed(H), "Anyone who has another private key can send "
            "requests as "
            "client {name}."),
        Row("client", _of("saml.signing.private.key"), changed(M), "Client {name} signs with another key."),
        Row("client", _of("saml.encryption.certificate"), changed(H), "Another key reads assertions for client "
            "{name}."),
        Row("client", _of("saml.useMetadataDescriptorUrl"), turned_on(M), "Keys of client {name} come by a URL."),
        Row("client", _of("saml.force.post.binding"), turned_off(L), "Client {name} gets answers in addresses, too."),
        Row("client", _of("saml_name_id_format"), changed(M), "Client {name} knows people by {new} instead of {old}."),
        Row("client", _of("saml_force_name_id_format"), turned_off(M), "Client {name} may choose how it knows people."),
        Row("client", _of("saml.authnstatement"), turned_off(L), "Client {name} is not told how a person logged in."),
        Row("client", _of("saml.onetimeuse.condition"), turned_off(M), "An assertion for {name} can be used again."),
        Row("client", _of("saml.onetimeuse.condition"), turned_on(L), "An assertion for {name} works once."),
    ),
)  # fmt: skip
