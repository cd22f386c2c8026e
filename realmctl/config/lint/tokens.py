"""Rules about what is in a token: for whom it is, which claims collide, whether it still fits into a header.

Must not know about: how a token is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.lint.rule import Doubt, LintedClient, LintedRealm, LintRule
from realmctl.keycloak.token_roles import admitted_roles
from realmctl.model.address import Address
from realmctl.model.objects import Declared

_REGISTERED = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "typ", "sid", "nonce", "auth_time", "at_hash", "c_hash",
     "scope", "client_id", "cnf"}
)  # fmt: skip
"""Claims that RFC 7519, RFC 9068 and OpenID Connect give a meaning, and Keycloak sets itself."""
_OWN = frozenset({"oidc-sub-mapper", "oidc-audience-mapper", "oidc-audience-resolve-mapper", "oidc-amr-mapper"})
"""Mappers whose business such a claim is."""

BASE = 900
"""Bytes of a token without custom claims: header, signature (RS256) and the usual claims, encoded (26.7.3)."""
LIMIT = 8 * 1024
"""Bytes: nginx takes 8 KiB in a header line (large_client_header_buffers), Node.js 16 KiB in all headers, Envoy 60."""


def _config(mapper: Declared) -> Mapping[str, Any]:
    return mapper.fields.get("config") or {}


def _is(mapper: Declared, kind: str) -> bool:
    return mapper.fields.get("protocolMapper") == kind


def _audiences(look: LintedRealm, client: LintedClient) -> list[str]:
    found = [mapper for mapper in look.mappers(client.id) if _is(mapper, "oidc-audience-mapper")]
    keys = ("included.client.audience", "included.custom.audience")
    return [str(_config(one)[key]) for one in found for key in keys if _config(one).get(key)]


def _missing_audience(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        if client.gets_tokens and not [one for one in _audiences(look, client) if one != client.id]:
            yield client.doubt("gets tokens that name no service in their audience")


def _unnamed_service(look: LintedRealm) -> Iterator[Doubt]:
    every = {
        str(_config(mapper).get("included.client.audience"))
        for mapper in look.of("protocol-mapper", "scope-mapper")
        if _is(mapper, "oidc-audience-mapper")
    }
    for client in look.clients:
        if not client.saml and not client.gets_tokens and client.id not in every:
            yield client.doubt("only receives tokens, and is in no token's audience")


def _registered(look: LintedRealm) -> Iterator[Doubt]:
    for mapper in look.of("protocol-mapper", "scope-mapper"):
        claim = str(_config(mapper).get("claim.name") or "")
        if claim in _REGISTERED and mapper.fields.get("protocolMapper") not in _OWN:
            told = f"mapper '{mapper.address.name}' sets the claim '{claim}', which means something in every token"
            yield Doubt(told, mapper.origin.place("config", "claim.name"))


def _twice(look: LintedRealm) -> Iterator[Doubt]:
    told: set[tuple[str, ...]] = set()
    for client in look.clients:
        seen: dict[tuple[str, str], Declared] = {}
        for mapper in look.mappers(client.id):
            claim = str(_config(mapper).get("claim.name") or "")
            if not claim or _config(mapper).get("multivalued") == "true":
                continue
            for token in ("access", "id"):
                if _config(mapper).get(f"{token}.token.claim") != "true":
                    continue
                first = seen.setdefault((token, claim), mapper)
                pair = (str(first.address), str(mapper.address))
                if first is not mapper and pair not in told:
                    told.add(pair)
                    yield Doubt(
                        f"mappers '{first.address.name}' and '{mapper.address.name}' both set the claim '{claim}' in "
                        f"the {token} token of client '{client.id}': which one wins is chance",
                        mapper.origin.place("config", "claim.name"),
                    )


def _size(look: LintedRealm) -> Iterator[Doubt]:
    for client in look.clients:
        size = estimate_token_size(look, client) if client.gets_tokens else 0
        if size > LIMIT:
            yield client.doubt(
                f"gets a token of up to {size:,} bytes for a person with every role: more than many servers take in a "
                f"header ({LIMIT:,})"
            )


def estimate_token_size(look: LintedRealm, client: LintedClient) -> int:
    """Bytes of an access token for somebody who has everything that is declared, as it stands in a header.

    Each claim's text, with quotes and a comma, grows by a third in base64. Attributes count 40 bytes.
    """
    roles = _allowed(look, client)
    inside = _names(one.name for one in roles) if "roles" in look.scopes(client.id) else 0  # As Keycloak ships it.
    for mapper in look.mappers(client.id):
        kind, config = str(mapper.fields.get("protocolMapper")), _config(mapper)
        if config.get("access.token.claim") != "true" and kind != "oidc-audience-mapper":
            continue
        inside += len(str(config.get("claim.name") or "")) + 6
        if kind == "oidc-usermodel-realm-role-mapper":
            inside += _names(one.name for one in roles if one.kind == "role")
        elif kind == "oidc-usermodel-client-role-mapper":
            of = config.get("usermodel.clientRoleMapping.clientId")
            inside += _names(one.name for one in roles if one.kind == "client-role" and of in (None, "", one.names[0]))
        elif kind == "oidc-group-membership-mapper":
            whole = config.get("full.path") == "true"
            inside += _names("/".join(one.address.names) if whole else one.address.name for one in look.of("group"))
        else:
            inside += 40
    return BASE + inside * 4 // 3


def _allowed(look: LintedRealm, client: LintedClient) -> set[Address]:
    """The roles that may be in a client's token."""
    roles = admitted_roles(look.desired, client.id)
    return {one.address for one in look.of("role", "client-role")} if roles is None else roles


def _names(names: Iterator[str]) -> int:
    return sum(len(name.encode()) + 3 for name in names)


RULES = (
    LintRule(
        "missing-audience",
        "A service that can't tell tokens meant for it from tokens meant for others accepts what another one leaked.",
        "Give it an `oidc-audience-mapper` for each service it calls, or a scope that has one (`tokens.audiences`).",
        "RFC 9700 (OAuth 2.0 Security Best Current Practice), 2.3; RFC 8725, 3.9",
        _missing_audience,
    ),
    LintRule(
        "unnamed-service",
        "A service that checks its audience, as it should, refuses every token.",
        "Add it to `tokens.audiences`, or to an audience mapper of the clients that call it.",
        "RFC 9068 (JWT Profile for OAuth 2.0 Access Tokens), 3 and 4",
        _unnamed_service,
    ),
    LintRule(
        "registered-claim",
        "Libraries read these claims and decide by them; another content makes tokens invalid, or worse, valid.",
        "Choose another name, with a prefix of your own.",
        "RFC 7519, 4.1; RFC 9068, 2.2; OpenID Connect Core 1.0, 2",
        _registered,
    ),
    LintRule(
        "claim-twice",
        "Two mappers that write one claim overwrite each other.",
        "Give each a claim of its own, or make both `multivalued`.",
        "Keycloak 26.7.3 (OIDCAttributeMapperHelper): the last mapper to run wins",
        _twice,
    ),
    LintRule(
        "token-size",
        "A token that no longer fits into a header is an error page for those with the most roles, first of all.",
        "Take scopes apart, so that a service's token holds that service's roles alone.",
        "nginx: large_client_header_buffers; Node.js: --max-http-header-size; Envoy: max_request_headers_kb",
        _size,
    ),
)  # fmt: skip
