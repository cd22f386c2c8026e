"""App roles that the realm maps: they exist, are enabled, and people can have them.

`value` is what stands in the claim `roles`; `allowedMemberTypes` has to have `User` (learn.microsoft.com/graph/api/
resources/approle). Must not know about: groups, other rules.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from realmctl.integrations.entra.finding import EntraRemark, Fix
from realmctl.integrations.entra.registration import Registration
from realmctl.integrations.entra.requirements import Want
from realmctl.model.suggestion import did_you_mean

RULES = ("app-role-missing", "app-role-disabled", "app-role-members", "app-role-unassigned", "app-role-unmapped")


def check(want: Want, found: Registration, _now: datetime) -> Iterator[EntraRemark]:
    """app-role-missing, -disabled, -members, -unassigned, -unmapped."""
    roles = {str(role["value"]): role for role in found.app_roles if role.get("value")}
    fix = _fix(want, found, roles)
    assigned = {str(one.get("appRoleId", "")).lower() for one in found.assignments}
    for value in want.word.appRoles:
        place = want.place("appRoles", value)
        role = roles.get(value)
        if role is None:
            guess = did_you_mean(value, roles)
            instead = f"; there is '{guess}', and the case counts" if guess else ""
            yield EntraRemark(
                "app-role-missing",
                "fail",
                f"there is no app role '{value}'{instead}: nobody ever gets what it maps to",
                place,
                "Create it (App roles → Create app role, for users and groups), or correct the realm file.",
                fix,
            )
            continue
        if not role.get("isEnabled"):
            message = f"the app role '{value}' is disabled: it is in nobody's token"
            yield EntraRemark("app-role-disabled", "fail", message, place, "Enable it.", fix)
        if "User" not in (role.get("allowedMemberTypes") or ()):
            message = f"the app role '{value}' is for applications alone: neither people nor groups can have it"
            yield EntraRemark("app-role-members", "fail", message, place, "Allow users and groups as its members.", fix)
        elif found.principal and found.saw("assignments") and str(role.get("id", "")).lower() not in assigned:
            message = f"nobody has the app role '{value}'"
            advice = "Assign it to people or groups (Enterprise applications → Users and groups)."
            yield EntraRemark("app-role-unassigned", "note", message, place, advice)
    unmapped = [v for v, role in roles.items() if v not in want.word.appRoles and _for_people(role)]
    if unmapped:
        names = ", ".join(sorted(unmapped))
        message = f"app roles that the realm maps to nothing: {names}"
        yield EntraRemark("app-role-unmapped", "note", message, want.place("appRoles"))


def _for_people(role: Mapping[str, Any]) -> bool:
    return bool(role.get("isEnabled")) and "User" in (role.get("allowedMemberTypes") or ())


def _fix(want: Want, found: Registration, roles: Mapping[str, Mapping[str, Any]]) -> Fix:
    """All roles as they should be: a PATCH replaces the list."""
    body = [_right(role) if role.get("value") in want.word.appRoles else _writable(role) for role in found.app_roles]
    for value in want.word.appRoles:
        if value not in roles:
            # Graph wants an id of the caller's making; made of the names, it is the same each time.
            made = uuid.uuid5(uuid.NAMESPACE_URL, f"{found.app.get('appId')}/appRoles/{value}")
            body.append(
                {
                    "allowedMemberTypes": ["User"],
                    "description": value,
                    "displayName": value,
                    "id": str(made),
                    "isEnabled": True,
                    "value": value,
                }
            )
    return Fix(found.address, {"appRoles": body})


def _right(role: Mapping[str, Any]) -> dict[str, Any]:
    members = list(role.get("allowedMemberTypes") or ())
    return {
        **_writable(role),
        "isEnabled": True,
        "allowedMemberTypes": members if "User" in members else ["User", *members],
    }


def _writable(role: Mapping[str, Any]) -> dict[str, Any]:
    """Without `origin`, which "must not be included in any POST or PATCH requests" (appRole)."""
    return {key: value for key, value in role.items() if key != "origin"}
