"""Claims of the ID token that the realm reads: there by default, as an optional claim, or by a policy.

What is there by default, and under which scope: learn.microsoft.com/entra/identity-platform/id-token-claims-reference;
what can be added: …/optional-claims-reference. Custom claims: …/reference-claims-customization, `acceptMappedClaims`:
…/reference-microsoft-graph-app-manifest. Must not know about: groups, app roles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from realmctl.integrations.entra.finding import EntraRemark, Fix, Severity
from realmctl.integrations.entra.registration import Registration
from realmctl.integrations.entra.requirements import Want

RULES = ("claim-optional", "claim-scope", "claim-unknown", "claim-mapped", "claim-names")

_ALWAYS = frozenset(
    {"aud", "iss", "iat", "nbf", "exp", "sub", "tid", "ver", "uti", "rh", "aio", "nonce", "roles", "groups"}
)
_BY_SCOPE = {"preferred_username": "profile", "name": "profile", "oid": "profile"}
"""In a v2.0 ID token by default, where this scope is asked for."""
_OPTIONAL = frozenset(
    {
        "acct", "acrs", "auth_time", "ctry", "email", "family_name", "fwd", "given_name", "in_corp", "ipaddr",
        "login_hint", "onprem_sid", "pwd_exp", "pwd_url", "sid", "tenant_ctry", "tenant_region_scope", "upn",
        "verified_primary_email", "verified_secondary_email", "vnet", "xms_cc", "xms_edov", "xms_pdl", "xms_pl",
        "xms_tpl", "ztdid",
    }
)  # fmt: skip
_OPTIONAL_BY_SCOPE = {"given_name": "profile", "family_name": "profile", "upn": "profile"}
"""Optional claims that the scope has to be asked for, too."""
_ONLY_V1 = {"unique_name": "preferred_username"}
"""Claims of v1.0 tokens, and what stands in a v2.0 token instead."""


def check(want: Want, found: Registration, _now: datetime) -> Iterator[EntraRemark]:
    """claim-optional, claim-scope, claim-unknown, claim-mapped, claim-names."""
    optional = {str(one.get("name")) for one in (found.app.get("optionalClaims") or {}).get("idToken") or ()}
    # The scope `email` is as good as the optional claim (optional-claims-reference, `email`).
    by_scope = {"email"} & set(want.scopes)
    missing = [claim for claim in want.claims if claim in _OPTIONAL - optional - by_scope]
    names = [claim for claim in ("given_name", "family_name") if claim not in optional and claim not in want.claims]
    fix = _fix(found, [*missing, *names])
    for claim, path in want.claims.items():
        if claim in missing:
            yield _missing(want, claim, path, fix)
        else:
            yield from _claim(want, found, claim, path, optional)
    if names:
        yield EntraRemark(
            "claim-names",
            "warn",
            f"the ID token has no {' and no '.join(names)}: Keycloak takes first and last name from there, and where "
            "both are missing cuts `name` in two",
            want.place(),
            _add(names),
            fix,
        )


def _severity(path: tuple[str, ...]) -> Severity:
    """Return how bad the lack of a claim is: nobody logs in without a user name or an address."""
    return "fail" if path[:1] in (("usernameClaim",), ("emailClaim",)) else "warn"


def _missing(want: Want, claim: str, path: tuple[str, ...], fix: Fix) -> EntraRemark:
    also = ", or the scope `email` among the realm's scopes" if claim == "email" else ""
    message = f"the ID token has no claim `{claim}`: it is an optional claim{also}"
    return EntraRemark("claim-optional", _severity(path), message, want.place(*path), _add([claim]), fix)


def _claim(
    want: Want, found: Registration, claim: str, path: tuple[str, ...], optional: set[str]
) -> Iterator[EntraRemark]:
    place = want.place(*path)
    severity = _severity(path)
    scope = _BY_SCOPE.get(claim) or _OPTIONAL_BY_SCOPE.get(claim)
    if scope and scope not in want.scopes:
        message = (
            f"the ID token has no claim `{claim}`: it comes with the scope `{scope}`, which the realm doesn't ask for"
        )
        yield EntraRemark(
            "claim-scope", severity, message, want.place("scopes"), f"Add {scope} to `scopes` of the realm."
        )
    elif claim in _ONLY_V1:
        message = f"`{claim}` is a claim of v1.0 tokens, and the realm gets v2.0 tokens"
        yield EntraRemark("claim-unknown", severity, message, place, f"Use `{_ONLY_V1[claim]}` in the realm file.")
    elif claim not in _ALWAYS | _OPTIONAL | _BY_SCOPE.keys():
        yield from _custom(want, found, claim, path, severity=severity, optional=optional)


def _custom(
    want: Want, found: Registration, claim: str, path: tuple[str, ...], *, severity: Severity, optional: set[str]
) -> Iterator[EntraRemark]:
    """A claim that Entra knows only by a directory extension or by a claims-mapping policy."""
    # "Within the JWT, these claims are emitted as extn.<attributename>" (optional-claims).
    extension = claim.removeprefix("extn.")
    if claim in optional or any(name.endswith(f"_{extension}") for name in optional if name.startswith("extension_")):
        return
    accepted = bool((found.app.get("api") or {}).get("acceptMappedClaims"))
    if claim in _mapped(found):
        if not accepted:
            yield EntraRemark(
                "claim-mapped",
                severity,
                f"a claims-mapping policy makes the claim `{claim}`, and the registration doesn't accept mapped claims "
                "(AADSTS50146), unless it has a signing key of its own",
                want.place(*path),
                "Set acceptMappedClaims in the manifest (for a registration of a single tenant only).",
                Fix(found.address, {"api": {"acceptMappedClaims": True}}),
            )
        return
    # A custom claims policy (Attributes & Claims in the portal) is in Graph's beta only and can't be seen here; but it
    # takes effect only where mapped claims are accepted.
    told = (
        "it has to be a custom claim, which can't be seen from here" if accepted else "nor are custom claims accepted"
    )
    yield EntraRemark(
        "claim-unknown",
        "note" if accepted else severity,
        f"the ID token has no claim `{claim}` by default, nor as an optional claim; {told}",
        want.place(*path),
        "Make it in Enterprise applications → Single sign-on → Attributes & Claims, and set acceptMappedClaims; or as "
        "a directory extension; or correct its name.",
    )


def custom(want: Want) -> bool:
    """Whether the realm reads a claim that only a policy or an extension could make."""
    return not want.claims.keys() <= _ALWAYS | _OPTIONAL | _BY_SCOPE.keys()


def _mapped(found: Registration) -> set[str]:
    """Claims that policies on the service principal put into JWTs (claimsMappingPolicy: `definition`)."""
    names: set[str] = set()
    for policy in found.policies:
        for text in policy.get("definition") or ():
            try:
                told = json.loads(text)
            except ValueError:
                continue
            schema = (told.get("ClaimsMappingPolicy") or {}).get("ClaimsSchema") if isinstance(told, dict) else None
            names |= {str(one["JwtClaimType"]) for one in schema or () if "JwtClaimType" in one}
    return names


def _add(names: list[str]) -> str:
    return f"Add {' and '.join(names)} to the ID token (Token configuration → Add optional claim)."


def _fix(found: Registration, names: list[str]) -> Fix:
    claims = dict(found.app.get("optionalClaims") or {})
    there = list(claims.get("idToken") or ())
    added: list[dict[str, object]] = [
        {"name": name, "source": None, "essential": False, "additionalProperties": []} for name in names
    ]
    return Fix(found.address, {"optionalClaims": {**claims, "idToken": [*there, *added]}})
