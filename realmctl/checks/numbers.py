"""Numbers that Keycloak refuses, or takes and can't work with (26.7.3, by experiment)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.kinds.realm_settings import RealmSettings
from realmctl.model.fields import durations

Range = tuple[int, int | None]

_MANY_DIGITS = 8
_LONGEST = 2**31 - 1
_COUNTS = (
    "failureFactor", "maxTemporaryLockouts", "maxSecondaryAuthFailures", "notBefore", "refreshTokenMaxReuse",
    "otpPolicyInitialCounter", "otpPolicyLookAheadWindow", "quickLoginCheckMilliSeconds",
)  # fmt: skip
_AT_ONCE = (
    "accessTokenLifespan", "accessTokenLifespanForImplicitFlow", "accessCodeLifespan", "accessCodeLifespanUserAction",
    "accessCodeLifespanLogin", "actionTokenGeneratedByAdminLifespan", "actionTokenGeneratedByUserLifespan",
    "oauth2DeviceCodeLifespan", "otpPolicyPeriod",
)  # fmt: skip
"""What ends as it begins where it is zero."""
_REALM: Mapping[str, Range] = {
    **dict.fromkeys(sorted(durations(RealmSettings)), (0, _LONGEST)),
    **dict.fromkeys(_COUNTS, (0, _LONGEST)),
    **dict.fromkeys(_AT_ONCE, (1, _LONGEST)),
    "otpPolicyDigits": (6, _MANY_DIGITS),
}
_FIELDS: Mapping[str, Mapping[str, Range]] = {
    "realm": _REALM,
    "client": {"nodeReRegistrationTimeout": (-1, _LONGEST), "notBefore": (0, _LONGEST)},
    "required-action": {"priority": (0, _LONGEST)},
}


def check(subject: Subject) -> Iterator[Finding]:
    """Numbers out of their range."""
    for declared in subject.of(*_FIELDS):
        for name, (least, most) in _FIELDS[declared.address.kind].items():
            value: Any = declared.fields.get(name)
            if not isinstance(value, int) or isinstance(value, bool):
                continue
            if value < least or (most is not None and value > most):
                wanted = f"{least} or more" if value < least else f"{most} or less"
                message = f"'{name}' is {wanted}, and this is {value}"
                yield Finding("bad-number", message, declared.origin.place(name), f"write {wanted}")
