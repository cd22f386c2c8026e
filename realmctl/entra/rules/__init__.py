"""What a registration has to be like for a realm; one file per group of rules, each with `check(want, found, now)`.

All pure: a registration as data and what the realm wants → remarks. Must not know about: HTTP, output formats.
"""

from __future__ import annotations

from datetime import datetime

from realmctl.entra.registration import Registration
from realmctl.entra.remark import SEVERITIES, Remark
from realmctl.entra.rules import app_roles, claims, credentials, groups, principal, redirects, seen, tokens
from realmctl.entra.want import Want

_GROUPS = (redirects, credentials, principal, tokens, claims, app_roles, groups)

RULES: tuple[str, ...] = (*seen.RULES, *(rule for group in _GROUPS for rule in group.RULES))
"""The ids of all rules."""


def check(want: Want, found: Registration, now: datetime) -> list[Remark]:
    """What every rule says, the worst first."""
    remarks = list(seen.check(want, found))
    if found.application is not None:
        remarks += [remark for group in _GROUPS for remark in group.check(want, found, now)]
    return sorted(remarks, key=lambda one: SEVERITIES.index(one.severity))


__all__ = ["RULES", "check"]
