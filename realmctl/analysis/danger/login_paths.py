"""What a login needs: every combination of proofs by which somebody gets through an authentication flow.

Keycloak's rules for a level of a flow (26.7.3): where a step is REQUIRED or CONDITIONAL, all of these are needed and
the ALTERNATIVE ones are not looked at; else any ALTERNATIVE will do. A CONDITIONAL sub-flow is skipped where one of its
conditions is not met, or where it has none. Pure. Must not know about: which flow is used where, before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.values import is_true, plain, text
from realmctl.keycloak.kinds.temporary_name import final_name
from realmctl.model.address import Address

Way = frozenset[str]
"""One combination that suffices: proofs such as `password`, and what has to be so (`unless …`, `where …`)."""

Ways = frozenset[Way]

WHERE, UNLESS, AND = "where ", "unless ", " and "
"""What the conditions of a way begin with, and what stands between several of them."""

_MOST = 128
"""Ways that are followed; a flow with more is cut off at the ones that need least."""

NOTHING: Ways = frozenset({frozenset()})
NEVER: Ways = frozenset()

_FREE = frozenset(
    {"allow-access-authenticator", "auth-username-form", "direct-grant-validate-username",
     "reset-credentials-choose-user", "reset-password", "idp-review-profile", "idp-detect-existing-broker-user",
     "idp-auto-link", "idp-add-organization-member", "registration-page-form", "registration-user-creation",
     "registration-password-action", "user-session-limits"}
)  # fmt: skip
"""Steps that prove nothing about the person."""

_PROOFS: Mapping[str, str] = {
    "auth-cookie": "an earlier login",
    "auth-spnego": "a Kerberos ticket",
    "identity-provider-redirector": "a login at an identity provider",
    "organization": "a login at an identity provider",
    "auth-username-password-form": "a password",
    "auth-password-form": "a password",
    "http-basic-authenticator": "a password",
    "docker-http-basic-authenticator": "a password",
    "direct-grant-validate-password": "a password",
    "auth-otp-form": "a one-time code",
    "auth-conditional-otp-form": "a one-time code",
    "direct-grant-validate-otp": "a one-time code",
    "reset-otp": "a new one-time code",
    "auth-recovery-authn-code-form": "a recovery code",
    "webauthn-authenticator": "a security key",
    "webauthn-authenticator-passwordless": "a passkey",
    "passkeys-authenticator": "a passkey",
    "auth-x509-client-username-form": "a certificate",
    "direct-grant-auth-x509-username": "a certificate",
    "reset-credential-email": "the person's mail",
    "idp-email-verification": "the person's mail",
    "idp-confirm-link": "the person's consent",
    "idp-confirm-override-link": "the person's consent",
    "idp-username-password-form": "a password",
    "idp-create-user-if-unique": "a new account",
    "registration-recaptcha-action": "a captcha",
    "registration-recaptcha-enterprise": "a captcha",
    "registration-terms-and-conditions": "accepted terms",
}
"""What each step of Keycloak's own asks for. A step that is not listed proves what its own name says."""

KNOWN = frozenset(_PROOFS.values())
"""Proofs in words."""

STRENGTH: Mapping[str, int] = {
    "a passkey": 4,
    "a certificate": 3,
    "a Kerberos ticket": 3,
    "a login at an identity provider": 3,
    "a security key": 3,
    "a password": 2,
    "a one-time code": 2,
    "a recovery code": 2,
}
"""How good a proof is in place of another one."""

STRONG = frozenset({"a passkey", "a certificate", "a Kerberos ticket", "a login at an identity provider"})
"""Proofs that are as good as a password by themselves."""


def ways(view: RealmView, steps: Sequence[Mapping[str, Any]]) -> Ways:
    """Return the ways through the steps of one level; none where nobody gets through.

    Where every needed step is a sub-flow that is skipped, the level has not succeeded.
    """
    steps = [one for one in steps if text(one.get("requirement")) != "DISABLED" and not _is_condition(one)]
    needed = [one for one in steps if text(one.get("requirement")) in ("REQUIRED", "CONDITIONAL")]
    if not needed:
        return _least(way for step in steps for way in _through(view, step))
    done, skipped = NEVER, NOTHING
    for step in needed:
        through, past = _needed(view, step)
        done = _least([*_both(done, through), *_both(done, past), *_both(skipped, through)])
        skipped = _both(skipped, past)
    return done


def _needed(view: RealmView, step: Mapping[str, Any]) -> tuple[Ways, Ways]:
    """The ways through a needed step, and the ways past it."""
    if text(step.get("requirement")) != "CONDITIONAL":
        return _through(view, step), NEVER
    inner = step.get("executions") or ()
    conditions = _conditions(inner)
    if not conditions or any(_never_met(view, one) for one in conditions):
        return NEVER, NOTHING
    names = sorted(map(label, conditions))
    where = frozenset(f"{WHERE}{one}" for one in names)
    past = frozenset({frozenset({UNLESS + AND.join(names)})})
    return frozenset(way | where for way in ways(view, inner)), past


def _through(view: RealmView, step: Mapping[str, Any]) -> Ways:
    if step.get("flow") and not step.get("authenticator"):
        return ways(view, step.get("executions") or ())
    return _step(step)


def _step(step: Mapping[str, Any]) -> Ways:
    kind, config = text(step.get("authenticator")), step.get("config") or {}
    if kind == "deny-access-authenticator":
        return NEVER
    if kind == "allow-access-authenticator" or kind in _FREE:
        return NOTHING
    proof = frozenset({_PROOFS.get(kind, kind)})
    if kind == "auth-conditional-otp-form" and _may_skip(config):
        return frozenset({proof, frozenset({UNLESS + label(step)})})
    return frozenset({proof})


def proof_of(step: Mapping[str, Any]) -> str:
    """Return what one step asks for; "" where it asks for nothing."""
    kind = text(step.get("authenticator"))
    return "" if not kind or kind in _FREE or _is_condition(step) else _PROOFS.get(kind, kind)


def _may_skip(config: Mapping[str, Any]) -> bool:
    keys = ("skipOtpRole", "noOtpRequiredForHeaderPattern", "otpControlAttribute")
    return text(config.get("defaultOtpOutcome")) == "skip" or any(text(config.get(key)) for key in keys)


def _is_condition(step: Mapping[str, Any]) -> bool:
    return text(step.get("authenticator")).startswith("conditional-")


def _conditions(steps: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [one for one in steps if _is_condition(one) and text(one.get("requirement")) != "DISABLED"]


def _never_met(view: RealmView, step: Mapping[str, Any]) -> bool:
    """Whether a condition asks for a role that does not exist: it is never met, and its sub-flow always skipped."""
    config = step.get("config") or {}
    name = text(config.get("condUserRole"))
    if text(step.get("authenticator")) != "conditional-user-role" or is_true(config.get("negate")):
        return False
    role = view.role_named(name)
    return not name or (role not in view and role != view.default_role and _reads(view, role.kind))


def _reads(view: RealmView, kind: str) -> bool:
    """Whether the roles of that kind were read at all."""
    return any(True for _ in view.of(kind))


def label(step: Mapping[str, Any]) -> str:
    """Return a step's name with its settings: what two conditions differ by."""
    config = {
        key: plain(value) for key, value in (step.get("config") or {}).items() if plain(value) not in ("", "false")
    }
    told = ", ".join(f"{key}={value}" for key, value in sorted(config.items()))
    return f"{text(step.get('authenticator'))}{f' ({told})' if told else ''}"


def _both(one: Ways, other: Ways) -> Ways:
    return _least(a | b for a in one for b in other)


def _least(found: Iterable[Way]) -> Ways:
    """Return the ways that need least: one that needs more than another one says nothing new."""
    kept: list[Way] = []
    for way in sorted(set(found), key=lambda way: (len(way), sorted(way))):
        if not any(less <= way for less in kept):
            kept.append(way)
    return frozenset(kept[:_MOST])


def proofs(way: Way) -> frozenset[str]:
    """Return what a way asks of the person, without the conditions under which it is open."""
    return frozenset(one for one in way if not one.startswith((WHERE, UNLESS)))


@dataclass(frozen=True)
class Weaker:
    """A way that suffices now; `missing` is what was asked for besides. Nothing is missing where nobody got through."""

    way: Way
    missing: frozenset[str]
    instead: frozenset[str]
    """What is asked for now, and was not."""


def weaker(before: Ways, after: Ways) -> list[Weaker]:
    """Return the ways that now suffice in a situation in which none of their parts did before.

    A situation says of each condition whether it is met. At most ten conditions are gone through.
    """
    atoms = sorted({atom for way in (*before, *after) for atom in _atoms(way)})[:10]
    situations = [dict(zip(atoms, met, strict=True)) for met in product((True, False), repeat=len(atoms))]
    found: dict[Way, Weaker] = {}
    for way in sorted(after, key=lambda one: (len(one), sorted(one))):
        for met in (one for one in situations if _is_open(way, one)):
            open_before = [proofs(one) for one in before if _is_open(one, met)]
            if not any(one <= proofs(way) for one in open_before):
                nearest = _nearest(proofs(way), open_before)
                found.setdefault(way, Weaker(way, nearest - proofs(way), proofs(way) - nearest))
    return list(found.values())


def _nearest(asked: frozenset[str], before: Sequence[frozenset[str]]) -> frozenset[str]:
    """The most similar of the former ways; the same one where there was none."""
    return min(before, key=lambda one: (-len(one & asked), len(one - asked), sorted(one)), default=asked)


def _atoms(way: Way) -> Iterator[str]:
    for one in way:
        if one.startswith(WHERE):
            yield one.removeprefix(WHERE)
        elif one.startswith(UNLESS):
            yield from one.removeprefix(UNLESS).split(AND)


def _is_open(way: Way, met: Mapping[str, bool]) -> bool:
    """Whether a way is open in a situation."""
    for one in way:
        if one.startswith(WHERE) and not met.get(one.removeprefix(WHERE), True):
            return False
        if one.startswith(UNLESS) and all(met.get(atom, False) for atom in one.removeprefix(UNLESS).split(AND)):
            return False
    return True


def executions(view: RealmView, alias: str) -> Sequence[Mapping[str, Any]] | None:
    """Return the steps of a flow; None where it is not known."""
    found = view.fields(Address("flow", (final_name(alias),))).get("executions")
    return found if isinstance(found, Sequence) else None
