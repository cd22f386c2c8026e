"""Where Entra may send the browser: the broker's endpoint after a login, and its page after a logout.

Entra compares character by character, and by platform: a code that is sent to an `spa` address can only be redeemed by
a browser (learn.microsoft.com/entra/identity-platform/reply-url). `post_logout_redirect_uri` has to be one of the
redirect URIs (…/v2-protocols-oidc, "Send a sign-out request").
Must not know about: other rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from realmctl.integrations.entra.finding import EntraRemark, Fix
from realmctl.integrations.entra.registration import Registration
from realmctl.integrations.entra.requirements import Want

RULES = ("redirect-uri", "logout-uri", "front-channel-logout")

_LOOPBACK = frozenset({"localhost", "127.0.0.1"})
_PLATFORMS = {"spa": "single-page application", "publicClient": "mobile and desktop"}


def check(want: Want, found: Registration, _now: datetime) -> Iterator[EntraRemark]:
    """redirect-uri, logout-uri, front-channel-logout."""
    web = [str(uri) for uri in found.web.get("redirectUris") or ()]
    fix = _fix(want, found, web)
    parts = urlsplit(want.base)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        yield EntraRemark(
            "redirect-uri",
            "fail",
            f"{want.base} is no address that Entra sends a browser to: only https is, and http to localhost",
            want.place("alias"),
            "Give Keycloak's public address with --public-url, if this is only the one inside the cluster.",
        )
        return
    if want.redirect_uri not in web:
        yield _missing(want, found, web, fix)
    if want.logout_uri not in web:
        yield EntraRemark(
            "logout-uri",
            "warn",
            f"the address after a logout is not registered: {want.logout_uri}. Entra leaves people on its own page",
            want.place("alias"),
            "Add it to the redirect URIs of the platform Web.",
            fix,
        )
    yield from _front_channel(want, found)


def _missing(want: Want, found: Registration, web: list[str], fix: Fix) -> EntraRemark:
    uri = want.redirect_uri
    for platform, words in _PLATFORMS.items():
        if uri in ((found.app.get(platform) or {}).get("redirectUris") or ()):
            return EntraRemark(
                "redirect-uri",
                "fail",
                f"the redirect URI is registered for the platform {words} ({platform}), not Web: Keycloak can't redeem "
                f"the code (AADSTS9002327). {uri}",
                want.place("alias"),
                f"Move it from {platform} to Web (Authentication → Platform configurations).",
                fix,
            )
    return EntraRemark(
        "redirect-uri",
        "fail",
        f"the redirect URI is not registered (AADSTS50011): {uri}{_near(uri, web)}",
        want.place("alias"),
        "Add it to the redirect URIs of the platform Web.",
        fix,
    )


def _near(uri: str, web: list[str]) -> str:
    """What is registered in its place, where that looks meant."""
    for one in web:
        if one.rstrip("/").lower() == uri.lower():
            why = "the case counts" if one.rstrip("/") != uri else "the slash at its end counts"
            return f". Registered is {one}: {why}"
    wanted = urlsplit(uri)
    for one in web:
        other = urlsplit(one)
        if other.path == wanted.path and other.netloc != wanted.netloc:
            return f". Registered is {one}: another host"
        if other.netloc == wanted.netloc and "/broker/" in other.path:
            return f". Registered is {one}: another path"
    return ""


def _fix(want: Want, found: Registration, web: list[str]) -> Fix:
    """The whole lists as they should be: a PATCH replaces a list."""
    uris = [*web, *(uri for uri in (want.redirect_uri, want.logout_uri) if uri not in web)]
    body: dict[str, object] = {"web": {"redirectUris": uris}}
    for platform in _PLATFORMS:
        there = list((found.app.get(platform) or {}).get("redirectUris") or ())
        if want.redirect_uri in there:
            # Entra takes an address on one platform only.
            body[platform] = {"redirectUris": [uri for uri in there if uri not in uris]}
    return Fix(found.address, body)


def _front_channel(want: Want, found: Registration) -> Iterator[EntraRemark]:
    url = str(found.web.get("logoutUrl") or "")
    if url.startswith(f"{want.base}/realms/"):
        yield EntraRemark(
            "front-channel-logout",
            "warn",
            f"Entra calls {url} when somebody signs out elsewhere, and Keycloak's brokers have no such page (26.7.3)",
            want.place("alias"),
            "Leave the front-channel logout URL empty.",
            Fix(found.address, {"web": {"logoutUrl": None}}),
        )
