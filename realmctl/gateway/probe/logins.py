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

from realmctl.admin import Seen
from realmctl.gateway.probe.asking import ELSEWHERE, HTML, Asking, Known, Shape
from realmctl.gateway.probe.points import Evidence, closed, opened, unknown
from realmctl.gateway.probe.tricks import claims_of

_FORGED = "forged-by-realmctl"
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
        yield from (unknown(point, told) for point in ("issuer", "cookie", "redirects"))
        return
    for part in (_issuer, _cookie, _redirects, _keycloak_redirects):
        yield from part(asking, asking.known)


def _issuer(asking: Asking, known: Known) -> Iterator[Evidence]:
    path = f"{urlsplit(known.issuer).path}/.well-known/openid-configuration"
    for headers, how in (({}, ""), ({"X-Forwarded-Host": ELSEWHERE}, f" with X-Forwarded-Host: {ELSEWHERE}")):
        found = asking.ask(path, headers)
        asked = f"GET {path}{how}"
        issuer = _json(found).get("issuer") if found is not None else None
        if issuer is None:
            yield opened("issuer", "the realm does not tell its OpenID configuration here", asked)
        elif issuer != known.issuer:
            yield opened("issuer", f"the realm's issuer is {issuer}, and {known.issuer} is expected", asked)
        else:
            yield closed("issuer", f"the issuer is {issuer}", asked)
    to = asking.login.header("location").partition("?")[0]
    if known.certain and to != known.login_url:
        yield opened("issuer", f"a login goes to {to or 'nowhere'}, and {known.login_url} is expected")


def _cookie(asking: Asking, known: Known) -> Iterator[Evidence]:
    secure = known.origin.startswith("https:")
    asked = f"GET {known.prefix}/start"
    found = asking.login.all("set-cookie")
    if not found:
        yield unknown("cookie", "a login begins without a cookie", asked)
    for one in found:
        name, _, rest = one.partition("=")
        marks = {part.strip().partition("=")[0].lower() for part in rest.split(";")[1:]}
        missing = [mark for mark in ("httponly", "samesite", *(("secure",) if secure else ())) if mark not in marks]
        if missing:
            yield opened("cookie", f"the cookie {name} is not {', '.join(missing)}", asked)
        elif secure and not name.startswith(("__Host-", "__Secure-")):
            told = (
                f"the cookie {name} could be set by a sibling host: its name begins with neither __Host- nor __Secure-"
            )
            yield opened("cookie", told, asked)
        else:
            yield closed("cookie", f"the cookie {name} is marked as it should be", asked)
    name = known.cookie or "_oauth2_proxy"
    forged = {**HTML, "Cookie": f"{name}=forged|1|x"}
    shapes = [Shape(target, headers=forged, how=" with a forged cookie") for target in asking.targets]
    yield from asking.none_passes("cookie", shapes)


def _redirects(asking: Asking, known: Known) -> Iterator[Evidence]:
    query = parse_qs(urlsplit(asking.login.header("location")).query)
    start = f"GET {known.prefix}/start"
    if query.get("code_challenge_method") == ["S256"]:
        yield closed("redirects", "oauth2-proxy sends a PKCE challenge (S256)", start)
    else:
        yield opened("redirects", "oauth2-proxy sends no PKCE challenge (S256)", start)
    for header in ("Host", "X-Forwarded-Host"):
        found = asking.ask(f"{known.prefix}/start?rd=/", {**HTML, header: ELSEWHERE})
        asked = f"{start} with {header}: {ELSEWHERE}"
        to = parse_qs(urlsplit(found.header("location")).query).get("redirect_uri", [""])[0] if found else ""
        if ELSEWHERE in to:
            yield opened("redirects", f"the redirect URI follows the caller: {to}", asked)
        else:
            yield closed("redirects", "the redirect URI does not follow the caller", asked)
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
        if _leaves(to, near):
            yield opened("redirects", f"a sign-out sends people to {to}", f"GET {target}")
        else:
            yield closed("redirects", "a sign-out goes nowhere else", f"GET {target}")
        target = f"{known.prefix}/start?rd={quote(evil, safe='')}"
        found = asking.ask(target)
        state = parse_qs(urlsplit(found.header("location")).query).get("state", [""])[0] if found else ""
        if _leaves(_returning(state), near):
            yield opened("redirects", "a login returns to where its caller wants it", f"GET {target}")


def _keycloak_redirects(asking: Asking, known: Known) -> Iterator[Evidence]:
    """Whether Keycloak takes other redirect URIs of the client, or a login without PKCE."""
    if urlsplit(known.login_url).netloc != known.authority:
        yield unknown("redirects", f"Keycloak is at another host, {urlsplit(known.login_url).netloc}, and wasn't asked")
        return
    path = urlsplit(known.login_url).path
    mine = parse_qs(urlsplit(asking.login.header("location")).query).get("redirect_uri", [""])[0]
    common = f"response_type=code&client_id={quote(known.client_id)}&state=x&scope=openid"
    pkce = f"&code_challenge_method=S256&code_challenge={'A' * 43}"
    for uri in (f"https://{ELSEWHERE}/callback", f"{mine}/more", f"{mine}.{ELSEWHERE}"):
        found = asking.ask(f"{path}?{common}{pkce}&redirect_uri={quote(uri, safe='')}")
        asked = f"GET {path} with redirect_uri={uri}"
        # Keycloak shows an error page; it goes on, or sends an error to the address, where it takes it.
        if found is not None and found.status < 400:
            yield opened("redirects", "Keycloak takes this redirect URI of the gateway's client", asked)
        else:
            yield closed("redirects", "Keycloak refuses it", asked)
    for point, query, how, refused, begun in (
        (
            "redirects", common, "without a PKCE challenge",
            "Keycloak refuses a login without PKCE",
            "Keycloak begins a login without PKCE for the gateway's client",
        ),
        (
            "token", f"{common}%20offline_access{pkce}", "with scope=openid offline_access",
            "Keycloak refuses a login for a token that works offline",
            "Keycloak begins a login for a token that works offline: a session without end",
        ),
    ):  # fmt: skip
        found = asking.ask(f"{path}?{query}&redirect_uri={quote(mine, safe='')}")
        if found is not None and (found.status >= 400 or "error=" in found.header("location")):
            yield closed(point, refused, f"GET {path} {how}")
        else:
            yield opened(point, begun, f"GET {path} {how}")


def with_token(asking: Asking, token: str, echo: str) -> Iterator[Evidence]:
    """What an API client's bearer token shows, and a service at the path `echo` that answers with its headers."""
    claims = claims_of(token)
    if not claims:
        yield unknown("token", "no token was given to look at (--token-file), or none that can be read")
        return
    if claims.get("typ") == "ID":
        yield opened("token", "this is an ID token, which a service should never be given")
    elif not claims.get("aud"):
        yield opened("token", "the token has no audience")
    else:
        yield closed("token", f"its audience is {', '.join(_texts(claims['aud']))}")
    if asking.known and claims.get("iss") != asking.known.issuer:
        yield opened("issuer", f"the token's issuer is {claims.get('iss')}, and {asking.known.issuer} is expected")
    mine = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    yield from _told_back(asking, token, mine)
    if echo:
        yield from _arriving(asking, echo, mine)


def _told_back(asking: Asking, token: str, mine: Mapping[str, str]) -> Iterator[Evidence]:
    own = f"{asking.prefix}/auth"
    found = asking.ask(own, mine)
    if found is None or found.status >= 300:
        yield unknown("token", f"{own} answered {found.status if found else 'nothing'} to the token")
    elif any(token in value for _, value in found.headers):
        yield opened("token", "the answer tells the token, to any script of a service's page", f"GET {own}")
    else:
        yield closed("token", "the answer does not tell the token", f"GET {own}")


def _arriving(asking: Asking, echo: str, mine: Mapping[str, str]) -> Iterator[Evidence]:
    """What arrives at the echo of what somebody made up."""
    found = asking.ask(echo, {**mine, **dict.fromkeys(_IDENTITY, _FORGED)})
    if found is None or found.status >= 300:
        yield unknown("identity-headers", f"{echo} answered {found.status if found else 'nothing'} to the token")
    elif _FORGED in found.body:
        yield opened("identity-headers", "forged identity headers arrive at the service", f"GET {echo}")
    else:
        yield closed("identity-headers", "forged identity headers do not arrive at the service", f"GET {echo}")
    if not asking.known or not asking.known.cookie:
        return
    found = asking.ask(echo, {**mine, "Cookie": f"{asking.known.cookie}={_FORGED}"})
    if found is None or found.status >= 300:
        yield unknown("cookie", f"{echo} answered {found.status if found else 'nothing'} to the token with a cookie")
    elif _FORGED in found.body:
        text = f"the cookie {asking.known.cookie} arrives at the service, which could be anybody with it"
        yield opened("cookie", text, f"GET {echo}")
    else:
        yield closed("cookie", "the session's cookie does not arrive at the service", f"GET {echo}")


def _returning(state: str) -> str:
    """Where a login ends, by oauth2-proxy's state: a nonce, a colon, the address; in base64 where it was told so."""
    if ":" not in state:
        with suppress(ValueError):
            state = b64decode(state + "=" * (-len(state) % 4), altchars=b"-_").decode("utf-8", "replace")
    return state.partition(":")[2]


def _leaves(location: str, near: Sequence[str]) -> bool:
    """Whether a browser would leave this host for one of the probe."""
    # As browsers read it: a backslash is a slash, and tabs are nothing (WHATWG URL Standard).
    return urlsplit(location.replace("\\", "/").replace("\t", "")).netloc.endswith((ELSEWHERE, *near))


def _json(found: Seen) -> dict[str, Any]:
    try:
        told = json.loads(found.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
