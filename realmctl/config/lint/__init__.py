"""Lint that knows identity: what goes wrong in practice though Keycloak takes it, rule by rule. All are warnings.

One file per subject. A comment with a reason silences a rule where it is meant: `# realmctl: allow RULE: reason`.
Must not know about: YAML, servers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realmctl.config.lint import brokers, clients, roles, settings, tokens
from realmctl.config.lint.rule import LintedRealm, LintRule
from realmctl.config.loader import RealmConfig
from realmctl.config.loader.suppressions import Allowance
from realmctl.errors import Finding
from realmctl.model.suggestion import meant

RULES: dict[str, LintRule] = {
    rule.id: rule for part in (clients, tokens, settings, brokers, roles) for rule in part.RULES
}
"""Every rule by its id, in the order of the page about them."""

KCWARDEN = "kcwarden-"
"""What the ids of findings begin with that `realmctl audit` has from kcwarden: comments may allow them, too."""


def lint(config: RealmConfig) -> list[Finding]:
    """What the rules find in a realm, in the order of the files."""
    look = LintedRealm(config)
    found = {
        Finding(rule.id, doubt.message, doubt.place, rule.instead, "warning")
        for rule in RULES.values()
        for doubt in rule.check(look)
    }
    return sorted(
        found, key=lambda one: (one.place.file, one.place.line, one.place.column, one.rule) if one.place else ()
    )


def without_allowed(
    findings: Sequence[Finding], allowances: Sequence[Allowance], *, linted: bool = True
) -> list[Finding]:
    """The findings without the warnings that a comment allows with a reason; and what is wrong with such comments.

    `linted`: the rules of this room were asked, so that an allowance which silenced nothing is told.
    """
    used: set[Allowance] = set()
    left = []
    for finding in findings:
        allowing = [one for one in allowances if finding.severity == "warning" and _covers(one, finding)]
        used.update(allowing)
        if not any(one.reason for one in allowing):
            left.append(finding)
    return [*left, *(_wrong(allowances, used, linted=linted))]


def _covers(allowance: Allowance, finding: Finding) -> bool:
    place = finding.place
    if allowance.rule != finding.rule or place is None or place.file != allowance.place.file:
        return False
    return place.line in allowance.lines


def _wrong(allowances: Sequence[Allowance], used: set[Allowance], *, linted: bool) -> Iterator[Finding]:
    for one in allowances:
        if not one.reason and one.rule:
            advice = f"write `# realmctl: allow {one.rule}: because …`"
            yield Finding("allowed-why", f"'{one.rule}' is allowed without a reason", one.place, advice, "warning")
        elif linted and one not in used and not one.rule.startswith(KCWARDEN):
            known = one.rule in RULES
            told = f"nothing here is against the rule '{one.rule}'" if known else f"no rule '{one.rule}' found anything"
            guess = "" if known else meant(one.rule, RULES)
            yield Finding("allowed-nothing", told + guess, one.place, "take the comment out", "warning")
