"""Groups that the realm maps: they exist, and the token names them, by their object ids.

`groupMembershipClaims` says which groups are in the claim; a token has 200 of them at most, and none at all where there
are more (learn.microsoft.com/entra/identity-platform/optional-claims "Configure groups optional claims", and
id-token-claims-reference "Groups overage claim"). Must not know about: app roles, other rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from realmctl.integrations.entra.finding import EntraRemark, Fix
from realmctl.integrations.entra.registration import NO_ROLE, Object, Registration
from realmctl.integrations.entra.requirements import Want

RULES = ("group-missing", "group-type", "group-claims", "group-format", "group-assigned", "group-overage")

LIMIT = 200
"""Groups in a JWT; with more, the claim is left out and a link to Graph stands in its place."""

_EVERY = frozenset({"SecurityGroup", "All"})
_NAMES = frozenset(
    {"sam_account_name", "dns_domain_and_sam_account_name", "netbios_domain_and_sam_account_name", "cloud_displayname"}
)
"""`additionalProperties` that put names into the claim in place of ids."""


def check(want: Want, found: Registration, _now: datetime) -> Iterator[EntraRemark]:
    """group-missing, group-type, group-claims, group-format, group-assigned, group-overage."""
    emitted = claims_of(found)
    yield from _format(want, found)
    if not want.word.groups:
        return
    place = want.place("groups")
    if not emitted & {"SecurityGroup", "All", "ApplicationGroup"}:
        said = found.app.get("groupMembershipClaims")
        yield EntraRemark(
            "group-claims",
            "fail",
            f"the token has no groups: groupMembershipClaims is {said or 'not set'}",
            place,
            "Emit the groups that are assigned to the application (Token configuration → Add groups claim).",
            Fix(found.address, {"groupMembershipClaims": "ApplicationGroup"}),
        )
    elif emitted & _EVERY:
        yield EntraRemark(
            "group-overage",
            "warn",
            f"the token names all groups of a person ({', '.join(sorted(emitted))}), and none where they are more than "
            f"{LIMIT}, nested ones counted: such people lose everything that the realm maps from groups",
            place,
            "Emit only the groups that are assigned to the application (ApplicationGroup), or map app roles, which "
            "have no such limit: assign the app role to the group.",
            Fix(found.address, {"groupMembershipClaims": "ApplicationGroup"}),
        )
    assigned = {str(one.get("principalId", "")).lower() for one in found.assignments}
    for group in want.word.groups:
        if group.lower() in found.groups:
            known = found.groups[group.lower()]
            yield from _group(want, found, group, known, emitted=emitted, assigned=assigned)


def claims_of(found: Registration) -> set[str]:
    """The words in `groupMembershipClaims`; the portal joins several with commas."""
    text = str(found.app.get("groupMembershipClaims") or "")
    return {word.strip() for word in text.split(",")} - {"", "None"}


def _group(
    want: Want, found: Registration, group: str, known: Object | None, *, emitted: set[str], assigned: set[str]
) -> Iterator[EntraRemark]:
    place = want.place("groups", group)
    if known is None:
        message = f"the tenant has no group {group}"
        advice = "Correct the id: `realmctl entra roles` lists the groups that are assigned to the application."
        yield EntraRemark("group-missing", "fail", message, place, advice)
        return
    name = str(known.get("displayName") or group)
    if not known.get("securityEnabled") and "All" not in emitted:
        message = f"the group '{name}' is no security group: the token names it only with groupMembershipClaims All"
        yield EntraRemark("group-type", "fail", message, place, "Use a security group.")
    only_assigned = "ApplicationGroup" in emitted and not emitted & _EVERY
    if only_assigned and found.principal and found.saw("assignments") and group.lower() not in assigned:
        yield EntraRemark(
            "group-assigned",
            "fail",
            f"the group '{name}' is not assigned to the application, and the token names only groups that are",
            place,
            "Assign it (Enterprise applications → Users and groups). Groups inside it don't count.",
            _assign(found, str(known.get("id") or group)),
        )


def _assign(found: Registration, group: str) -> Fix | None:
    """Assigned without a role, which Graph takes only where there are none; which role else, a person has to say."""
    if any(role.get("isEnabled") for role in found.app_roles):
        return None
    body = {"principalId": group, "resourceId": str((found.principal or {}).get("id")), "appRoleId": NO_ROLE}
    return Fix(f"{found.principal_address}/appRoleAssignedTo", body, method="POST")


def _format(want: Want, found: Registration) -> Iterator[EntraRemark]:
    """What the optional claim `groups` makes of the claim."""
    optional = [dict(one) for one in (found.app.get("optionalClaims") or {}).get("idToken") or ()]
    entry = next((one for one in optional if one.get("name") == "groups"), None)
    extra = set((entry or {}).get("additionalProperties") or ())
    if not entry or not extra:
        return
    right = [{**one, "additionalProperties": []} if one is entry else one for one in optional]
    fix = Fix(found.address, {"optionalClaims": {**(found.app.get("optionalClaims") or {}), "idToken": right}})
    if want.word.groups and extra & _NAMES:
        yield EntraRemark(
            "group-format",
            "fail",
            f"the token has names of groups ({', '.join(sorted(extra & _NAMES))}), and the realm maps their object ids",
            want.place("groups"),
            "Emit Group ID in the ID token (Token configuration → groups).",
            fix,
        )
    if "emit_as_roles" in extra and want.word.appRoles:
        yield EntraRemark(
            "group-format",
            "fail",
            "groups are emitted as the claim `roles` (emit_as_roles), which takes the place of the app roles there",
            want.place("appRoles"),
            "Don't emit groups as role claims in the ID token (Token configuration → groups).",
            fix,
        )
    elif "emit_as_roles" in extra and want.word.groups:
        message = "groups are emitted as the claim `roles` (emit_as_roles), and the realm looks for them in `groups`"
        advice = "Don't emit groups as role claims in the ID token (Token configuration → groups)."
        yield EntraRemark("group-format", "fail", message, want.place("groups"), advice, fix)
