"""Numbers that Keycloak refuses, or takes and can't work with (26.7.3, by experiment)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.keycloak.kinds.realm_settings import RealmSettings
from realmctl.model.fields import durations

Range = tuple[int, int | None]

_MANY_DIGITS = 8
_LONGEST = 2**31 - 1
_LONGEST_OF_EVENTS = 2**63 - 1
"""Keycloak keeps this number in 64 bits."""
_COUNTS = (
    "failureFactor", "maxTemporaryLockouts", "maxSecondaryAuthFailures", "refreshTokenMaxReuse",
    "otpPolicyInitialCounter", "otpPolicyLookAheadWindow", "quickLoginCheckMilliSeconds",
)  # fmt: skip
_AT_ONCE = (
    "accessTokenLifespan", "accessTokenLifespanForImplicitFlow", "accessCodeLifespan", "accessCodeLifespanUserAction",
    "accessCodeLifespanLogin", "actionTokenGeneratedByAdminLifespan", "actionTokenGeneratedByUserLifespan",
    "oauth2DeviceCodeLifespan", "oauth2DevicePollingInterval", "otpPolicyPeriod",
)  # fmt: skip
"""What ends as it begins, or fails with 500, where it is zero."""
_UNSET = (
    "clientOfflineSessionIdleTimeout", "clientOfflineSessionMaxLifespan", "clientSessionIdleTimeout",
    "clientSessionMaxLifespan", "eventsExpiration", "notBefore", "offlineSessionIdleTimeout",
    "offlineSessionMaxLifespan", "ssoSessionIdleTimeoutRememberMe", "ssoSessionMaxLifespanRememberMe",
)  # fmt: skip
"""Fields of which Keycloak takes a negative number for zero: as not set."""
_SESSION_LONG: Mapping[str, int] = dict.fromkeys(("accessTokenLifespan", "accessTokenLifespanForImplicitFlow"), -1)
"""The number with which a token lives as long as its session."""
_REALM: Mapping[str, Range] = {
    **dict.fromkeys(sorted(durations(RealmSettings)), (0, _LONGEST)),
    **dict.fromkeys(_COUNTS, (0, _LONGEST)),
    **dict.fromkeys(_AT_ONCE, (1, _LONGEST)),
    "notBefore": (0, _LONGEST),
    "eventsExpiration": (0, _LONGEST_OF_EVENTS),
    "otpPolicyDigits": (6, _MANY_DIGITS),
}
FIELDS: Mapping[str, Mapping[str, Range]] = {
    "realm": _REALM,
    "client": {"nodeReRegistrationTimeout": (-1, _LONGEST), "notBefore": (0, _LONGEST)},
    "required-action": {"priority": (0, _LONGEST)},
}
"""By kind and field: the least and the greatest number."""
HARMLESS: Mapping[str, frozenset[str]] = {
    "realm": frozenset(_UNSET),
    "client": frozenset({"nodeReRegistrationTimeout", "notBefore"}),
}
"""By kind: fields of which a number that is too small means no more than that it is not set."""


def check(subject: Subject) -> Iterator[Finding]:
    """Numbers out of their range."""
    for declared in subject.of(*FIELDS):
        kind = declared.address.kind
        for name, (least, most) in FIELDS[kind].items():
            value: Any = declared.fields.get(name)
            if not isinstance(value, int) or isinstance(value, bool) or value == _SESSION_LONG.get(name):
                continue
            if value < least or (most is not None and value > most):
                wanted = f"{least} or more" if value < least else f"{most} or less"
                message = f"'{name}' is {wanted}, and this is {value}"
                harmless = value < least and name in HARMLESS.get(kind, ())
                if harmless:
                    message += ": Keycloak takes it as not set"
                severity = "warning" if harmless else "error"
                yield Finding("bad-number", message, declared.origin.place(name), f"write {wanted}", severity)
