"""What stands in a token: pure functions from the directory to claims.

Sources: Learn, "ID token claims reference" and "Access token claims reference"
(https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference, …/access-token-claims-reference),
"Optional claims reference" (…/optional-claims-reference). Must not know about: keys, HTTP, grants.
"""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from standin.tenant import GRAPH, App, Group, Tenant, User, guid

LIFETIME = 3600
OVERAGE = 200
"""More groups than this are not put into a JWT ("Groups overage claim" on both pages)."""
IMPLICIT_OVERAGE = 5
"""`hasgroups` from "currently six or more groups" on ("Access token claims reference")."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stand-in is: `base` without a slash at its end."""

    base: str

    def issuer(self, tenant: Tenant) -> str:
        """`iss` of v2.0 tokens."""
        return f"{self.base}/{tenant.id}/v2.0"


def pairwise(app_id: str, user: User) -> str:
    """`sub`: another one for each app, always the same for the same app and user."""
    digest = hashlib.sha256(f"{app_id}/{user.oid}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def id_token(
    place: Place,
    tenant: Tenant,
    app: App,
    user: User,
    scopes: Collection[str],
    *,
    nonce: str | None = None,
    session: str | None = None,
    implicit: bool = False,
) -> dict[str, Any]:
    """The claims of a v2.0 ID token.

    No `email_verified` (Entra has none); no `at_hash`: "This claim isn't returned on ID tokens from the /token
    endpoint"; `sid` only as an optional claim.
    """
    claims = _common(place.issuer(tenant), app.appId, tenant) | {"sub": pairwise(app.appId, user)}
    if nonce:
        claims["nonce"] = nonce
    if "profile" in scopes:
        claims |= {"name": user.displayName, "oid": user.oid, "preferred_username": user.login}
    if user.identityProvider:
        claims["idp"] = user.identityProvider
    optional = app.optionalClaims.idToken
    # "Present by default for guest accounts that have an email address"; for others by scope or optional claim.
    if user.mail and ("email" in scopes or "email" in optional or user.userType == "Guest"):
        claims["email"] = user.mail
    roles = tenant.roles_of(app, tenant.assignments_of(app.appId, user))
    if roles:
        claims["roles"] = roles
    claims |= groups_claim(place, tenant, app, user, implicit=implicit)
    claims |= _optional(user, optional, session)
    claims |= {claim: user.attributes[name] for claim, name in app.mappedClaims.items() if name in user.attributes}
    claims |= user.claims
    return {name: value for name, value in claims.items() if value is not None}


def groups_claim(place: Place, tenant: Tenant, app: App, user: User, *, implicit: bool = False) -> dict[str, Any]:
    """`groups`, or what stands for it where there are too many.

    The endpoint that Entra names is Azure AD Graph's, although Learn writes Microsoft Graph's beside it and tells
    services not to rely on the URL; so the stand-in names Microsoft Graph's, on its own host.
    """
    groups = [group.oid for group in _groups_for(tenant, app, user)]
    if not groups:
        return {}
    if implicit:
        return {"hasgroups": True} if len(groups) > IMPLICIT_OVERAGE else {"groups": groups}
    if len(groups) > OVERAGE:
        endpoint = f"{place.base}/v1.0/users/{user.oid}/getMemberObjects"
        return {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": endpoint}}}
    return {"groups": groups}


def _groups_for(tenant: Tenant, app: App, user: User) -> list[Group]:
    """By `groupMembershipClaims`.

    Learn, "Configure group claims for applications": SecurityGroup is security groups, All is distribution lists and
    Microsoft 365 groups, too, both nested ones included; ApplicationGroup is only what is assigned to the app, and
    there nested groups don't count. DirectoryRole fills `wids`, which the stand-in leaves out.
    """
    wanted = app.groupMembershipClaims
    if wanted == "ApplicationGroup":
        return [g for g in tenant.direct_groups(user) if tenant.assigned(app.appId, (g.displayName, g.oid))]
    if wanted == "SecurityGroup":
        return [group for group in tenant.groups_of(user) if group.securityEnabled]
    return tenant.groups_of(user) if wanted == "All" else []


def access_token(
    place: Place, tenant: Tenant, client: App, resource: App | None, user: User | None, scopes: Collection[str]
) -> dict[str, Any]:
    """The claims of an access token for `resource`; None stands for Microsoft Graph.

    Of an app itself (no user): `roles` are its application permissions and there is no `scp`. Tokens for Graph are
    meant for Graph alone; here they are v1.0 in shape, with the audience that Graph's own have.
    """
    principal = guid("servicePrincipal", tenant.id, client.appId)
    subject = pairwise(resource.appId if resource else GRAPH, user) if user else principal
    audience = resource.appId if resource else "https://graph.microsoft.com"
    claims = _common(place.issuer(tenant), audience, tenant)
    claims |= {"sub": subject, "oid": user.oid if user else principal, "azp": client.appId}
    if resource is None:
        claims |= {"iss": f"https://sts.windows.net/{tenant.id}/", "ver": "1.0", "appid": client.appId}
        del claims["azp"]
    if user:
        # ".default" stands for all that was consented to. Learn, "Scopes and permissions", "The .default scope".
        granted = client.consentedScopes if ".default" in scopes else scopes
        claims["scp"] = " ".join(scope for scope in granted if scope != "offline_access")
        claims |= {"name": user.displayName, "preferred_username": user.login}
    else:
        claims["idtyp"] = "app"
    roles = _roles(tenant, client, resource, user)
    if roles:
        claims["roles"] = roles
    if user and resource:
        claims |= groups_claim(place, tenant, resource, user)
        claims |= _optional(user, resource.optionalClaims.accessToken, None)
    return claims


def _roles(tenant: Tenant, client: App, resource: App | None, user: User | None) -> list[str]:
    if resource is None:
        return [] if user else list(client.graphPermissions)
    if user:
        return tenant.roles_of(resource, tenant.assignments_of(resource.appId, user))
    return tenant.roles_of(resource, tenant.assigned(resource.appId, (client.appId, client.displayName)))


def _common(issuer: str, audience: str, tenant: Tenant) -> dict[str, Any]:
    now = int(time.time())
    opaque = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return {
        "aud": audience,
        "iss": issuer,
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
        "aio": f"A{opaque}",
        "rh": f"1.{opaque}.",
        "tid": tenant.id,
        "uti": opaque,
        "ver": "2.0",
    }


def _optional(user: User, wanted: Collection[str], session: str | None) -> dict[str, Any]:
    """Optional claims that have a value. Learn, "Optional claims reference"."""
    now = int(time.time())
    values: dict[str, Any] = {
        "acct": 1 if user.userType == "Guest" else 0,
        "auth_time": now,
        "family_name": user.surname,
        "given_name": user.givenName,
        "login_hint": base64.urlsafe_b64encode(user.oid.encode()).decode().rstrip("="),
        "sid": session,
        "upn": user.userPrincipalName,
        "verified_primary_email": [user.mail] if user.mail and user.mailVerified else None,
        "xms_edov": user.mailVerified if user.mail else None,
        "tenant_ctry": "DE",
        **{name: value for name, value in user.attributes.items() if name.startswith("extn.")},
    }
    return {name: values[name] for name in wanted if values.get(name) is not None}
