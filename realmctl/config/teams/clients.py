"""What a team may set on its own clients: ordinary settings, and addresses at hosts that the team may use.

Default-deny: a setting that is not listed here is the platform's. Must not know about: references, mappers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from realmctl.config.teams.subject import TeamFile, texts
from realmctl.errors import Finding
from realmctl.keycloak.token_roles import gets_tokens
from realmctl.model.ignore_rule import pattern
from realmctl.model.objects import Declared
from realmctl.model.service import covers

ORDINARY = frozenset(
    {
        "name", "description", "enabled", "protocol", "secret", "clientAuthenticatorType", "publicClient",
        "bearerOnly", "standardFlowEnabled", "serviceAccountsEnabled", "authorizationServicesEnabled",
        "frontchannelLogout", "consentRequired", "fullScopeAllowed", "rootUrl", "adminUrl", "baseUrl", "redirectUris",
        "webOrigins", "alwaysDisplayInConsole", "notBefore", "nodeReRegistrationTimeout", "attributes",
    }
)  # fmt: skip
"""Fields of a client that a team may set."""
PLATFORMS = frozenset({"type", "surrogateAuthRequired", "implicitFlowEnabled", "directAccessGrantsEnabled"})
"""Fields that a team may only switch off: they pass by the realm's login, or mean nothing to a team."""

_ATTRIBUTES = tuple(
    map(
        pattern,
        (
            "pkce.code.challenge.method", "use.refresh.tokens", "client_credentials.use_refresh_token",
            "post.logout.redirect.uris", "backchannel.logout.*", "frontchannel.logout.*",
            "oauth2.device.authorization.grant.enabled", "display.on.consent.screen", "consent.screen.text",
            "logoUri", "policyUri", "tosUri", "jwks.*", "use.jwks.*", "token.endpoint.auth.signing.alg",
            "tls.client.certificate.bound.access.tokens", "tls-client-certificate-bound-access-tokens",
            "dpop.bound.access.tokens", "require.pushed.authorization.requests", "x509.*",
            "*.signed.response.alg", "*.encrypted.response.*", "request.object.*", "request.uris",
            "saml.*", "saml_*", "id.token.as.detached.signature", "exclude.session.state.from.auth.response",
            "exclude.issuer.from.auth.response", "default.acr.values", "minimum.acr.value",
        ),
    )
)  # fmt: skip
"""Attributes of a client that a team may set: how the client proves who it is, how it logs out, how it looks."""

_WEAKENING = frozenset({"saml.allow.ecp.flow", "saml_idp_initiated_sso_url_name"})
"""Of these: one passes by the login page, the other is a name that the whole realm shares."""

_NO_ADDRESS = frozenset(
    {
        "default.acr.values", "minimum.acr.value", "saml_signature_canonicalization_method", "use.jwks.url",
        "saml_idp_initiated_sso_url_name",
    }
)  # fmt: skip
"""Attributes that hold no address, although the name or the value looks like an address."""
_OF_ADDRESS = re.compile(r"(^|[._])(url|uri|uris)([._]|$)|Uri$", re.IGNORECASE)
"""The names of attributes that hold addresses."""
_IN_BROWSER = frozenset(
    {
        "rootUrl", "baseUrl", "redirectUris", "webOrigins", "post.logout.redirect.uris", "frontchannel.logout.url",
        "logoUri", "policyUri", "tosUri", "saml_assertion_consumer_url_post", "saml_assertion_consumer_url_redirect",
    }
)  # fmt: skip
"""Fields and attributes whose addresses a browser opens. Keycloak itself may request every other address."""

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_SCHEMES = ("http", "https", "ws", "wss", "ftp", "file", "javascript", "data", "vbscript", "blob")
_ADDRESSES = ("rootUrl", "adminUrl", "baseUrl", "redirectUris", "webOrigins")


def check_client(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    """The fields, attributes and addresses of one of the team's clients."""
    fields = declared.fields
    if declared.absent:
        return
    for name, value in fields.items():
        allowed = name in ORDINARY or (name in PLATFORMS and not value)
        if not allowed and not look.bounds.is_named("client-setting", name):
            yield _setting(look, name, declared, name)
    for name in fields.get("attributes") or ():
        allowed = name not in _WEAKENING and any(one.fullmatch(name) for one in _ATTRIBUTES)
        if not allowed and not look.bounds.is_named("client-setting", name):
            yield _setting(look, name, declared, "attributes", name)
    if fields.get("protocol") not in (None, "openid-connect", "saml"):
        yield look.refuse(f"use the protocol '{fields['protocol']}'", declared.origin.place("protocol"))
    yield from _scope(look, declared)
    yield from _addresses(look, declared)


def _addresses(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    fields = declared.fields
    for name in _ADDRESSES:
        for path, text in texts(fields.get(name)):
            if not _is_allowed(look, text, name, has_root=bool(fields.get("rootUrl"))):
                yield _address(look, text, declared, name, *path)
    for key, value in (fields.get("attributes") or {}).items():
        for text in str(value or "").split("##") if key not in _NO_ADDRESS else ():
            is_address = bool(_OF_ADDRESS.search(key)) or _leads_away(text)
            if is_address and not _is_allowed(look, text, key, has_root=bool(fields.get("rootUrl"))):
                yield _address(look, text, declared, "attributes", key)


def _scope(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    """A client whose tokens may hold every role acts as the administrator who logs in to it."""
    fields = declared.fields
    gets = gets_tokens(fields) or fields.get("protocol") == "saml"
    full = fields.get("fullScopeAllowed")
    if full is False or (full is None and not gets):
        # true is refused for every client: a grant that an earlier version of the file switched on may still be on.
        return
    if look.bounds.is_named("client-setting", "fullScopeAllowed"):
        return
    told = f"let every role into the tokens of the client '{declared.address.name}'"
    found = look.refuse_name(told, declared.origin.place("fullScopeAllowed"), "client-setting", "fullScopeAllowed")
    advice = f"Write fullScopeAllowed: false, and the roles in scopeMappings. Otherwise: {found.advice}"
    yield Finding(found.rule, found.message, found.place, advice)


def _setting(look: TeamFile, name: str, declared: Declared, *path: str) -> Finding:
    told = f"set '{name}' of the client '{declared.address.name}'"
    return look.refuse_name(told, declared.origin.place(*path), "client-setting", name)


def _address(look: TeamFile, text: str, declared: Declared, *path: str | int) -> Finding:
    told = f"lead its client '{declared.address.name}' to {text!r}"
    found = look.refuse(told, declared.origin.place(*path), bound="hosts", entry=_host(text))
    advice = _better(look, text, str(path[1] if path[0] == "attributes" else path[0]))
    if not advice and look.bounds.hosts is None:
        advice = f"{found.advice} That list replaces the gateway's hosts."
    return Finding(found.rule, found.message, found.place, advice or found.advice)


def _better(look: TeamFile, text: str, field: str) -> str:
    """Advice for an address that needs no further host; "" where it needs one."""
    shared = look.realm.gateway.hosts if look.realm.gateway and look.bounds.hosts is None else []
    host = _host(text)
    example = f"https://{shared[0]}/{look.bounds.prefixes[0]}/callback" if shared and look.bounds.prefixes else ""
    such = f", such as {example}" if example else ""
    if text.startswith("/") and field not in _IN_BROWSER:
        return f"Keycloak requests this address itself: write the whole address{such}."
    if host == text and ":" not in text:
        return f"Write a whole address{such}."
    if host in shared:
        paths = [f"/{one}" for one in look.bounds.prefixes] + list(look.bounds.paths)
        platform = look.realm.owning.platform.told
        return f"Write a path below {' or '.join(paths)}{such}. For another path, ask {platform}."
    return ""


def _leads_away(text: str) -> bool:
    """Whether an attribute's text is an address: of any scheme, or of the scheme of the page it stands on."""
    head = text.strip().casefold()
    # A browser reads https:/host and https:host as https://host.
    return "://" in head or head.startswith(("//", "\\", *(f"{scheme}:" for scheme in _SCHEMES)))


def _host(text: str) -> str:
    """The host of an address, or the text where it has none."""
    try:
        return urlsplit(text).hostname or text
    except ValueError:
        return text


def _is_allowed(look: TeamFile, text: str, field: str, *, has_root: bool) -> bool:
    """Whether an address leads to a host of the team, or to the team's own path on a host of the gateway."""
    if any(character.isspace() or character == "\\" or not character.isprintable() for character in text):
        return False
    if text == "" or (text in ("+", "-") and field in ("webOrigins", "post.logout.redirect.uris")):
        return True
    if text.startswith("/"):
        # Relative to the client's root URL, which is judged too; without one, to Keycloak's own address. The root URL
        # may be localhost, so what Keycloak requests has to be absolute.
        has_base = field in _IN_BROWSER - {"webOrigins", "rootUrl"}
        return has_base and _is_plain(text) and (has_root or _is_own_path(look, text))
    hosts = look.bounds.hosts
    if any(one.endswith(":") and text.startswith(one) for one in hosts or ()):
        return True
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or "*" in parts.netloc or "$" in text:
        return False
    if host in _HERE and field in _IN_BROWSER:
        return True  # The machine of the person who logs in.
    names = (host, f"{host}:{port}")
    if hosts is not None:
        return any(pattern(one).fullmatch(name) for one in hosts for name in names)
    shared = look.realm.gateway.hosts if look.realm.gateway else []
    is_origin = field == "webOrigins" and parts.path in ("", "/")
    return any(one in names for one in shared) and (is_origin or (_is_plain(parts.path) and _is_own_path(look, text)))


def _is_plain(path: str) -> bool:
    """Whether a path says where it leads: nothing in it is decoded or taken out on the way."""
    return "//" not in path and "%" not in path and not {".", ".."} & set(path.split("/"))


def _is_own_path(look: TeamFile, text: str) -> bool:
    """Whether the path of an address is one that the team may serve."""
    path = urlsplit(text).path
    if path.endswith("*") and not path.endswith("/*"):
        return False  # It covers /orders-of-somebody-else, too.
    path = path.removesuffix("*").removesuffix("/")
    first = path.removeprefix("/").partition("/")[0]
    return look.bounds.has_prefix("service", first) or any(covers(one, path) for one in look.bounds.paths)
