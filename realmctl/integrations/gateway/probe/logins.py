"""How a gateway logs people in, as far as it shows: the issuer, the cookie, where a login returns to; and a token.

Nothing is changed by any of it; nobody logs in. Must not know about: how requests are sent, Kubernetes.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from realmctl.integrations.gateway.probe.attacks import claims_of
from realmctl.integrations.gateway.probe.checks import (
    Evidence,
    evidence_of_closed,
    evidence_of_open,
    evidence_of_unknown,
)
from realmctl.integrations.gateway.probe.requests import (
    ELSEWHERE,
    HTML,
    Asking,
    ExpectedGateway,
    Shape,
    is_answer,
    split_address,
)
from realmctl.keycloak.admin import Seen

_FORGED = "forged-by-realmctl"
_MARK = {"X-Realmctl-Probe": "asked-by-realmctl"}
"""What a service that answers with the headers it got answers with."""
_IDENTITY = (
    "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups", "X-Auth-Request-Preferred-Username",
    "X-Auth-Request-Access-Token", "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups",
    "X-Forwarded-Preferred-Username", "X-Forwarded-Access-Token",
)  # fmt: skip
"""Headers with which oauth2-proxy, or a proxy of that kind, tells a service who it is."""


def logins(asking: Asking) -> Iterator[Evidence]:
    """Everything that can be found without a login."""
    if asking.known is None:
        told = "the login leads to no realm of Keycloak, and there are no values that say what to expect"
        yield from (evidence_of_unknown(point, told) for point in ("issuer", "cookie", "redirects"))
        return
    for part in (_issuer, _cookie, _redirects, _keycloak_redirects):
        yield from part(asking, asking.known)


def _issuer(asking: Asking, known: ExpectedGateway) -> Iterator[Evidence]:
    if known.keycloak_elsewhere:
        yield evidence_of_unknown(
            "issuer", f"Keycloak is at another host, {known.keycloak_elsewhere}, and wasn't asked"
        )
    else:
        yield from _discovery(asking, known)
    to = asking.login.header("location").partition("?")[0]
    if not to:
        yield _not_begun("issuer", asking)
    elif known.certain and to != known.login_url:
        yield evidence_of_open("issuer", f"a login goes to {to}, and {known.login_url} is expected")


def _discovery(asking: Asking, known: ExpectedGateway) -> Iterator[Evidence]:
    path = f"{urlsplit(known.issuer).path}/.well-known/openid-configuration"
    for headers, how in (({}, ""), ({"X-Forwarded-Host": ELSEWHERE}, f" with X-Forwarded-Host: {ELSEWHERE}")):
        found = asking.ask(path, headers)
        asked = f"GET {path}{how}"
        issuer = _json(found).get("issuer") if is_answer(found) else None
        if issuer is None and how:
            yield evidence_of_unknown(
                "issuer", "whether the issuer follows the caller isn't known: it isn't told then", asked
            )
        elif not is_answer(found):
            yield evidence_of_unknown("issuer", "whether the realm's issuer is the one expected isn't known", asked)
        elif issuer is None:
            yield evidence_of_open("issuer", "the realm does not tell its OpenID configuration here", asked)
        elif issuer != known.issuer:
            yield evidence_of_open("issuer", f"the realm's issuer is {issuer}, and {known.issuer} is expected", asked)
        else:
            yield evidence_of_closed("issuer", f"the issuer is {issuer}", asked)


def _not_begun(point: str, asking: Asking) -> Evidence:
    return evidence_of_unknown(point, f"a login does not begin: {asking.prefix}/start answered {asking.login.status}")


def _cookie(asking: Asking, known: ExpectedGateway) -> Iterator[Evidence]:
    secure = known.origin.startswith("https:")
    asked = f"GET {known.prefix}/start"
    found = asking.login.all("set-cookie")
    if not found:
        yield evidence_of_unknown("cookie", "a login begins without a cookie", asked)
    for one in found:
        name, _, rest = one.partition("=")
        marks = {part.strip().partition("=")[0].lower() for part in rest.split(";")[1:]}
        missing = [mark for mark in ("httponly", "samesite", *(("secure",) if secure else ())) if mark not in marks]
        if missing:
            yield evidence_of_open("cookie", f"the cookie {name} is not {', '.join(missing)}", asked)
        elif secure and not name.startswith(("__Host-", "__Secure-")):
            told = (
                f"the cookie {name} could be set by a sibling host: its name begins with neither __Host- nor __Secure-"
            )
            yield evidence_of_open("cookie", told, asked)
        else:
            yield evidence_of_closed("cookie", f"the cookie {name} is marked as it should be", asked)
    name = known.cookie or "_oauth2_proxy"
    forged = {**HTML, "Cookie": f"{name}=forged|1|x"}
    shapes = [Shape(target, headers=forged, how=" with a forged cookie") for target in asking.targets]
    yield from asking.none_passes("cookie", shapes)


def _redirects(asking: Asking, known: ExpectedGateway) -> Iterator[Evidence]:
    query = _query(asking.login)
    start = f"GET {known.prefix}/start"
    if not asking.login.header("location"):
        yield _not_begun("redirects", asking)
    elif query.get("code_challenge_method") == ["S256"]:
        yield evidence_of_closed("redirects", "oauth2-proxy sends a PKCE challenge (S256)", start)
    else:
        yield evidence_of_open("redirects", "oauth2-proxy sends no PKCE challenge (S256)", start)
    for header in ("Host", "X-Forwarded-Host"):
        found = asking.ask(f"{known.prefix}/start?rd=/", {**HTML, header: ELSEWHERE})
        asked = f"{start} with {header}: {ELSEWHERE}"
        to = _query(found).get("redirect_uri", [""])[0]
        if not is_answer(found):
            yield evidence_of_unknown("redirects", "whether the redirect URI follows the caller isn't known", asked)
        elif ELSEWHERE in to:
            yield evidence_of_open("redirects", f"the redirect URI follows the caller: {to}", asked)
        else:
            yield evidence_of_closed("redirects", "the redirect URI does not follow the caller", asked)
    # A wildcard among the hosts that may be returned to takes in everybody's: a sibling, or one below.
    host = known.authority.partition(":")[0]
    near = (f"realmctl-probe.{host}", *((f"realmctl-probe.{host.partition('.')[2]}",) if host.count(".") > 1 else ()))
    for evil in (
        *(f"https://{one}/" for one in near),
        f"https://{ELSEWHERE}/",
        f"//{ELSEWHERE}/",
        f"/\\{ELSEWHERE}/",
        f"/\t/{ELSEWHERE}/",
    ):
        target = f"{known.prefix}/sign_out?rd={quote(evil, safe='')}"
        found = asking.ask(target)
        to = found.header("location") if found else ""
        if not is_answer(found):
            yield evidence_of_unknown("redirects", "where a sign-out ends isn't known", f"GET {target}")
        elif _leaves(to, near):
            yield evidence_of_open("redirects", f"a sign-out sends people to {to}", f"GET {target}")
        else:
            yield evidence_of_closed("redirects", "a sign-out goes nowhere else", f"GET {target}")
        target = f"{known.prefix}/start?rd={quote(evil, safe='')}"
        state = _query(asking.ask(target)).get("state", [""])[0]
        if _leaves(_returning(state), near):
            yield evidence_of_open("redirects", "a login returns to where its caller wants it", f"GET {target}")


def _keycloak_redirects(asking: Asking, known: ExpectedGateway) -> Iterator[Evidence]:
    """Whether Keycloak takes other redirect URIs of the client, a login without PKCE, or one for a session for ever."""
    if urlsplit(known.login_url).netloc != known.authority:
        yield evidence_of_unknown(
            "redirects", f"Keycloak is at another host, {urlsplit(known.login_url).netloc}, and wasn't asked"
        )
        return
    path = urlsplit(known.login_url).path
    mine = _query(asking.login).get("redirect_uri", [""])[0]
    common = f"response_type=code&client_id={quote(known.client_id)}&state=x&scope=openid"
    pkce = f"&code_challenge_method=S256&code_challenge={'A' * 43}"

    def begins(query: str, uri: str) -> bool | None:
        return _begins(asking.ask(f"{path}?{query}&redirect_uri={quote(uri, safe='')}"), known, mine=uri == mine)

    # That something is refused means nothing where all is.
    sure = bool(mine) and begins(common + pkce, mine) is True
    for uri in (f"https://{ELSEWHERE}/callback", *((f"{mine}/more", f"{mine}.{ELSEWHERE}") if mine else ())):
        found = begins(common + pkce, uri)
        asked = f"GET {path} with redirect_uri={uri}"
        if found:
            yield evidence_of_open("redirects", "Keycloak takes this redirect URI of the gateway's client", asked)
        elif found is None or not sure:
            yield evidence_of_unknown("redirects", "whether Keycloak takes this redirect URI isn't known", asked)
        else:
            yield evidence_of_closed("redirects", "Keycloak refuses it", asked)
    # Without a redirect URI that it would take, Keycloak refuses whatever else is asked for.
    plain, offline = f"GET {path} without a PKCE challenge", f"GET {path} with scope=openid offline_access"
    found = begins(common, mine) if sure else None
    if found:
        yield evidence_of_open("redirects", "Keycloak begins a login without PKCE for the gateway's client", plain)
    elif found is None:
        yield evidence_of_unknown("redirects", "whether Keycloak begins a login without PKCE isn't known", plain)
    else:
        yield evidence_of_closed("redirects", "Keycloak refuses a login without PKCE", plain)
    found = begins(f"{common}%20offline_access{pkce}", mine) if sure else None
    if found:
        text = "Keycloak begins a login for a token that works offline: a session without end"
        yield evidence_of_open("token", text, offline)
    elif found is None:
        yield evidence_of_unknown(
            "token", "whether Keycloak begins a login for a token that works offline isn't known", offline
        )
    # A refusal tells nothing of a token, and closes no point that is about one.


def _begins(found: Seen | None, known: ExpectedGateway, *, mine: bool) -> bool | None:
    """Whether Keycloak goes on with a login, which ends at the gateway where it is `mine`; None: that can't be told.

    It shows an error page where it doesn't take the address. Any other error it sends there: a refusal, but of an
    address that isn't the gateway's own it says that it was taken.
    """
    if not is_answer(found):
        return None
    to = found.header("location")
    if to.partition("?")[0] == known.login_url:
        return None  # Somebody before Keycloak, who wants a login first.
    if "error" in _query(found):
        return not mine
    return found.status < 400


def with_token(asking: Asking, token: str, echo: str) -> Iterator[Evidence]:
    """What an API client's bearer token shows, and a service at the path `echo` that answers with its headers."""
    claims = claims_of(token)
    if not claims:
        yield evidence_of_unknown("token", "no token was given to look at (--token-file), or none that can be read")
        return
    if claims.get("typ") == "ID":
        yield evidence_of_open("token", "this is an ID token, which a service should never be given")
    elif not claims.get("aud"):
        yield evidence_of_open("token", "the token has no audience")
    else:
        yield evidence_of_closed("token", f"its audience is {', '.join(_texts(claims['aud']))}")
    if asking.known and claims.get("iss") != asking.known.issuer:
        yield evidence_of_open(
            "issuer", f"the token's issuer is {claims.get('iss')}, and {asking.known.issuer} is expected"
        )
    mine = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    yield from _told_back(asking, token, mine)
    if echo:
        yield from _arriving(asking, echo, mine)


def _told_back(asking: Asking, token: str, mine: Mapping[str, str]) -> Iterator[Evidence]:
    own = f"{asking.prefix}/auth"
    found = asking.ask(own, mine)
    if found is None or found.status >= 300:
        yield evidence_of_unknown("token", f"{own} answered {found.status if found else 'nothing'} to the token")
    elif any(token in value for _, value in found.headers):
        yield evidence_of_open("token", "the answer tells the token, to any script of a service's page", f"GET {own}")
    else:
        yield evidence_of_closed("token", "the answer does not tell the token", f"GET {own}")


def _arriving(asking: Asking, echo: str, mine: Mapping[str, str]) -> Iterator[Evidence]:
    """What arrives at the echo of what somebody made up."""
    forged = asking.ask(echo, {**mine, **_MARK, **dict.fromkeys(_IDENTITY, _FORGED)})
    if found := _echoed(forged, echo):
        yield evidence_of_unknown("identity-headers", found)
    elif forged and _FORGED in forged.body:
        yield evidence_of_open("identity-headers", "forged identity headers arrive at the service", f"GET {echo}")
    else:
        yield evidence_of_closed(
            "identity-headers", "forged identity headers do not arrive at the service", f"GET {echo}"
        )
    if not asking.known or not asking.known.cookie:
        return
    forged = asking.ask(echo, {**mine, **_MARK, "Cookie": f"{asking.known.cookie}={_FORGED}"})
    if found := _echoed(forged, echo):
        yield evidence_of_unknown("cookie", f"{found} (with a cookie)")
    elif forged and _FORGED in forged.body:
        text = f"the cookie {asking.known.cookie} arrives at the service, which could be anybody with it"
        yield evidence_of_open("cookie", text, f"GET {echo}")
    else:
        yield evidence_of_closed("cookie", "the session's cookie does not arrive at the service", f"GET {echo}")


def _echoed(found: Seen | None, echo: str) -> str:
    """Why an answer does not tell what arrived; "" where it does."""
    if found is None or found.status >= 300:
        return f"{echo} answered {found.status if found else 'nothing'} to the token"
    told = _FORGED in found.body or all(value in found.body for value in _MARK.values())
    return "" if told else f"{echo} does not answer with the headers it got"


def _returning(state: str) -> str:
    """Where a login ends, by oauth2-proxy's state: a nonce, a colon, the address; in base64 where it was told so."""
    if ":" not in state:
        with suppress(ValueError):
            state = b64decode(state + "=" * (-len(state) % 4), altchars=b"-_").decode("utf-8", "replace")
    return state.partition(":")[2]


def _leaves(location: str, near: Sequence[str]) -> bool:
    """Whether a browser would leave this host for one of the probe."""
    # As browsers read it: a backslash is a slash, and tabs are nothing (WHATWG URL Standard).
    return split_address(location.replace("\\", "/").replace("\t", "")).netloc.endswith((ELSEWHERE, *near))


def _query(found: Seen | None) -> dict[str, list[str]]:
    """The query of where an answer sends people."""
    return parse_qs(split_address(found.header("location")).query) if found else {}


def _json(found: Seen) -> dict[str, Any]:
    try:
        told = json.loads(found.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
