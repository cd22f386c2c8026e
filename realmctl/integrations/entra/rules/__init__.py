"""What a registration has to be like for a realm; one file per group of rules, each with `check(want, found, now)`.

All pure: a registration as data and what the realm wants → remarks. Must not know about: HTTP, output formats.
"""

from __future__ import annotations

from datetime import datetime

from realmctl.integrations.entra.finding import SEVERITIES, EntraRemark
from realmctl.integrations.entra.registration import Registration
from realmctl.integrations.entra.requirements import Want
from realmctl.integrations.entra.rules import (
    app_roles,
    claims,
    credentials,
    groups,
    principal,
    redirects,
    tokens,
    visibility,
)

_GROUPS = (redirects, credentials, principal, tokens, claims, app_roles, groups)

RULES: tuple[str, ...] = (*visibility.RULES, *(rule for group in _GROUPS for rule in group.RULES))
"""The ids of all rules."""


def check(want: Want, found: Registration, now: datetime) -> list[EntraRemark]:
    """What every rule says, the worst first."""
    remarks = list(visibility.check(want, found))
    if found.application is not None:
        remarks += [remark for group in _GROUPS for remark in group.check(want, found, now)]
    return sorted(remarks, key=lambda one: SEVERITIES.index(one.severity))


__all__ = ["RULES", "check"]
