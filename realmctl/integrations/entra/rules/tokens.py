"""Who may sign in by which kind of token: the accounts, the token's version, grants that nobody should need.

learn.microsoft.com/graph/api/resources/application (signInAudience), …/apiapplication (requestedAccessTokenVersion),
…/implicitgrantsettings. Must not know about: claims.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from realmctl.integrations.entra.finding import EntraRemark, Fix
from realmctl.integrations.entra.registration import Registration
from realmctl.integrations.entra.requirements import Want

RULES = ("token-version", "sign-in-audience", "implicit-grant", "public-client")


def check(want: Want, found: Registration, _now: datetime) -> Iterator[EntraRemark]:
    """token-version, sign-in-audience, implicit-grant, public-client."""
    version = (found.app.get("api") or {}).get("requestedAccessTokenVersion")
    if version != 2:
        yield EntraRemark(
            "token-version",
            "warn",
            f"its own access tokens are of version 1 (requestedAccessTokenVersion is {version or 'not set'}). "
            "The ID token is of version 2 all the same, because the realm uses the v2.0 endpoints",
            want.tenant_place,
            "Set it to 2 in the manifest.",
            Fix(found.address, {"api": {"requestedAccessTokenVersion": 2}}),
        )
    yield from _audience(want, found)
    grants = found.web.get("implicitGrantSettings") or {}
    on = [key for key in ("enableAccessTokenIssuance", "enableIdTokenIssuance") if grants.get(key)]
    if on:
        yield EntraRemark(
            "implicit-grant",
            "warn",
            f"the implicit grant is on ({', '.join(on)}): tokens can be had in a browser's address bar; Keycloak uses "
            "the code flow alone",
            want.place(),
            "Turn it off (Authentication → Implicit grant and hybrid flows).",
            Fix(found.address, {"web": {"implicitGrantSettings": dict.fromkeys(on, False)}}),
        )
    if found.app.get("isFallbackPublicClient"):
        yield EntraRemark(
            "public-client",
            "warn",
            "public client flows are allowed: whoever knows the client id can begin logins without the secret",
            want.place("clientId"),
            "Turn them off (Authentication → Allow public client flows).",
            Fix(found.address, {"isFallbackPublicClient": False}),
        )


def _audience(want: Want, found: Registration) -> Iterator[EntraRemark]:
    audience = str(found.app.get("signInAudience") or "")
    if len(want.word.issuing) > 1:
        yield from _audience_of_several(want, found, audience)
        return
    if audience in ("AzureADMyOrg", ""):
        return
    fix = Fix(found.address, {"signInAudience": "AzureADMyOrg"})
    place, advice = want.tenant_place, "Allow accounts of this organizational directory only."
    if audience == "PersonalMicrosoftAccount":
        message = "only personal Microsoft accounts can sign in, and the realm's tenant has none"
        yield EntraRemark("sign-in-audience", "fail", message, place, advice, fix)
        return
    message = (
        f"accounts of other tenants may sign in ({audience}); the realm takes the one tenant {want.word.home} only"
    )
    yield EntraRemark("sign-in-audience", "warn", message, place, advice, fix)


def _audience_of_several(want: Want, found: Registration, audience: str) -> Iterator[EntraRemark]:
    several = "AzureADMultipleOrgs"
    if audience == several:
        return
    fix = Fix(found.address, {"signInAudience": several})
    advice = "Allow accounts in any organizational directory: Keycloak refuses all but the realm's tenants."
    if audience in ("AzureADMyOrg", ""):
        message = f"only people of {want.word.home} can sign in, and the realm takes {len(want.word.issuing)} tenants"
        yield EntraRemark("sign-in-audience", "fail", message, want.tenant_place, advice, fix)
        return
    message = f"personal Microsoft accounts may try to sign in, too ({audience}); the realm refuses them"
    yield EntraRemark("sign-in-audience", "warn", message, want.tenant_place, advice, fix)
