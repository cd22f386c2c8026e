"""What changes in realmctl's own keys of a realm's files: who owns it, deletion limits, prune, ignore, accept…

A key that has no comparison of its own falls under the general one, so a key that is added later is never unseen.
Must not know about: output formats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from realmctl.analysis.access.elements import differences
from realmctl.analysis.access.finding import PolicyRemark, PolicyRule
from realmctl.analysis.access.gateway import change_text
from realmctl.analysis.access.token_tests import token_tests
from realmctl.analysis.access.value import Policy, quote_names
from realmctl.analysis.danger.renamed import following
from realmctl.config.loader.suppressions import Allowance
from realmctl.errors import Place
from realmctl.model.danger import Severity
from realmctl.model.ignore_rule import IgnoreRule as Ignored
from realmctl.model.ignore_rule import pattern
from realmctl.model.sentence import Name, Sentence
from realmctl.model.team import PLATFORM
from realmctl.model.team import changes as team_changes

LIMIT = PolicyRule("guard-deletions-raised", Severity.HIGH, "One apply may delete more than before.")
PRUNE = PolicyRule("guard-prune-added", Severity.HIGH, "Objects that nobody declared are deleted.")
IGNORED = PolicyRule("guard-ignore-added", Severity.HIGH, "Drift no longer reports some changes by hand.")
ACCEPTED = PolicyRule("guard-finding-accepted", Severity.HIGH, "Errors of `validate` become warnings.")
ALLOWED = PolicyRule("guard-finding-allowed", Severity.MEDIUM, "A comment silences a warning of `validate`.")
OWNER = PolicyRule("guard-owner-changed", Severity.HIGH, "The files claim the realm's objects for another owner.")
PROVIDER = PolicyRule(
    "guard-custom-provider", Severity.MEDIUM, "Types that Keycloak does not ship are no longer checked."
)
VARIABLES = PolicyRule("guard-variables-added", Severity.HIGH, "The files may read other environment variables.")
TEAMS = PolicyRule("guard-team-widened", Severity.HIGH, "A team may declare more, or other people own its files.")
SETTING = PolicyRule("guard-changed", Severity.HIGH, "Another setting of realmctl itself changes.")
RULES = (LIMIT, PRUNE, IGNORED, ACCEPTED, ALLOWED, OWNER, PROVIDER, VARIABLES, TEAMS, SETTING)


def guards(before: Policy, after: Policy) -> Iterator[PolicyRemark]:
    """A remark for every key of realmctl's own, and every comment, that guards more or less than before."""
    for key in type(after.config.frame).model_fields:
        yield from KEYS.get(key, _other)(before, after, key)
    yield from _allowed(before, after)


def _nothing(_before: Policy, _after: Policy, _key: str) -> Iterator[PolicyRemark]:
    """Of a key that is compared elsewhere."""
    return iter(())


def _owner(before: Policy, after: Policy, _key: str) -> Iterator[PolicyRemark]:
    was, now = before.config.frame.owner, after.config.frame.owner
    if was != now:
        told: Sentence = ("The files claim the realm's objects for the owner ", Name(now), " instead of ", Name(was))
        yield PolicyRemark((*told, "."), OWNER.id, OWNER.severity, after.place("owner"))


def _deletions(before: Policy, after: Policy, _key: str) -> Iterator[PolicyRemark]:
    was, now = before.config.frame.limits, after.config.frame.limits
    for name, old, new, told in (
        ("limit", was.count, now.count, (f"{was.count}", f"{now.count}")),
        ("share", was.share, now.share, (f"{was.share:.0%} of a kind", f"{now.share:.0%}")),
    ):
        if new == old:
            continue
        sentence: Sentence = (f"One apply may delete {told[1]} instead of {told[0]} objects without being asked.",)
        if name == "share":
            sentence = (f"One apply may delete {told[1]} instead of {told[0]} without being asked.",)
        rule, place = LIMIT if new > old else None, after.place("deletions", name)
        yield PolicyRemark(sentence, rule.id if rule else "", LIMIT.severity, place)


def _listed(rule: PolicyRule, more: str, less: str) -> Callable[[Policy, Policy, str], Iterator[PolicyRemark]]:
    """The comparison of a list of names, of which each one makes a guard weaker."""

    def compare(before: Policy, after: Policy, key: str) -> Iterator[PolicyRemark]:
        was, now = getattr(before.config.frame, key), getattr(after.config.frame, key)
        come = [one for one in now if one not in was]
        gone = [one for one in was if one not in now]
        if come:
            yield PolicyRemark((more, *quote_names(come), "."), rule.id, rule.severity, after.place(key))
        if gone:
            yield PolicyRemark((less, *quote_names(gone), "."), place=after.place(key))

    return compare


def _ignored(before: Policy, after: Policy, _key: str) -> Iterator[PolicyRemark]:
    was, now = before.config.ignored, after.config.ignored
    for rule in now:
        if any(_includes(other, rule) for other in was):
            continue
        about = [other for other in was if other.address == rule.address]
        verb = "ignores more of" if about else "ignores"
        what: Sentence = (" in the fields ", *quote_names(list(rule.fields))) if rule.fields else ()
        until = f" until {rule.until}" if rule.until else " without an end"
        told: Sentence = (f"Drift now {verb} ", Name(rule.address), *what, f"{until}; the reason given is ")
        yield PolicyRemark((*told, Name(rule.reason), "."), IGNORED.id, _severity(rule, after), rule.place)
    for rule in was:
        if not any(_includes(other, rule) for other in now):
            told = ("Drift no longer ignores ", Name(rule.address), " as it did.")
            yield PolicyRemark(told, place=after.place("ignore"))


def _severity(rule: Ignored, after: Policy) -> Severity:
    """One object, or some fields of it, until a day: usual. A whole kind, without an end, or what is protected: not."""
    guarded = (str(address) for address, one in after.config.desired.resources.items() if one.protected)
    narrow = rule.until is not None and not any(mark in rule.address for mark in "*?")
    narrow = narrow and rule.address != "realm" and not any(pattern(rule.address).fullmatch(one) for one in guarded)
    return Severity.MEDIUM if narrow else IGNORED.severity


def _includes(outer: Ignored, inner: Ignored) -> bool:
    same = outer.address == inner.address or pattern(outer.address).fullmatch(inner.address)
    fields = not outer.fields or (bool(inner.fields) and all(outer.leaves_out(one) for one in inner.fields))
    until = outer.until is None or (inner.until is not None and inner.until <= outer.until)
    return bool(same) and fields and until


def _tests(before: Policy, after: Policy, key: str) -> Iterator[PolicyRemark]:
    resources = after.config.desired.resources
    # A new name for the same role or group: a test that follows it expects what it did.
    renamed = {
        address: one.renamed_from for address, one in resources.items()
        if one.renamed_from and one.renamed_from in before.config.desired.resources
        and address not in before.config.desired.resources
    }  # fmt: skip

    return token_tests(
        before.config.frame.tests,
        after.config.frame.tests,
        lambda *path: after.place(key, *path),
        lambda test: following(test, renamed),
    )


def _variables(before: Policy, after: Policy, key: str) -> Iterator[PolicyRemark]:
    """Which environment variables files may read; without a list all but those that no file may ever read."""
    was, now = (getattr(side.config.frame, key) for side in (before, after))
    place = after.place(key)
    if now is None and was is not None:
        told: Sentence = ("The files may read every environment variable: the list ", Name(key), " is gone.")
        yield PolicyRemark(told, VARIABLES.id, VARIABLES.severity, place)
        return
    come = [one for one in now or () if one not in (was or ())] if was is not None else []
    gone = [one for one in was or () if one not in (now or ())]
    if was is None and now is not None:
        yield PolicyRemark(
            ("The files may read these environment variables alone: ", *quote_names(now), "."), place=place
        )
    if come:
        told = ("The files may read other environment variables: ", *quote_names(come), ".")
        yield PolicyRemark(told, VARIABLES.id, VARIABLES.severity, place)
    if gone:
        yield PolicyRemark(
            ("The files may no longer read the environment variables ", *quote_names(gone), "."), place=place
        )


def _teams(before: Policy, after: Policy, key: str) -> Iterator[PolicyRemark]:
    """What teams may declare, and who owns their files."""
    was, now = before.config.frame.teams, after.config.frame.teams
    if now and not was:
        # Without teams every file may declare everything, so the first section takes away and gives nothing.
        bounded = quote_names(sorted(now.keys() - {PLATFORM}))
        yield PolicyRemark(
            ("The files of these teams are bounded from now on: ", *bounded, "."), place=after.place(key)
        )
        return
    for sentence in team_changes(was, now):
        words = "".join(part for part in sentence if isinstance(part, str))
        name = next((part.text for part in sentence if isinstance(part, Name)), "")
        less = "may no longer" in words or "loses the owner" in words
        severity = Severity.MEDIUM if name and name not in was else TEAMS.severity
        yield PolicyRemark(
            sentence, "" if less else TEAMS.id, severity, after.place(key, name) if now else after.place("realm")
        )


def _other(before: Policy, after: Policy, key: str) -> Iterator[PolicyRemark]:
    was, now = (_plain(getattr(side.config.frame, key, None)) for side in (before, after))
    for path, old, new in differences(was, now, (key,)):
        told: Sentence = ("realmctl's setting ", Name(".".join(path)), *change_text(old, new), ".")
        yield PolicyRemark(told, SETTING.id, SETTING.severity, after.place(*path))


def _plain(value: Any) -> Any:
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value)


KEYS: dict[str, Callable[[Policy, Policy, str], Iterator[PolicyRemark]]] = {
    "realm": _nothing,  # Two realms of one name are what is compared.
    "services": _nothing,  # By what they mean, in `services`.
    "owner": _owner,
    "deletions": _deletions,
    "prune": _listed(PRUNE, "Whatever nobody declared is deleted from: ", "No longer pruned: "),
    "customProviders": _listed(
        PROVIDER,
        "Types that Keycloak does not ship are taken as they are: ",
        "No longer taken as types of one's own: ",
    ),
    "accept": _listed(
        ACCEPTED, "Findings of these rules are no errors any more: ", "Findings of these rules are errors again: "
    ),
    "ignore": _ignored,
    "tests": _tests,
    "variables": _variables,
    "teams": _teams,
}
"""By key of `Frame`."""


def _allowed(before: Policy, after: Policy) -> Iterator[PolicyRemark]:
    """Comments that silence a rule, by the rule, the object and the text of the line: lines may move."""
    known = Counter(_key(before, one) for one in before.allowances)
    for one in after.allowances:
        key = _key(after, one)
        known[key] -= 1
        if known[key] >= 0:
            continue
        of: Sentence = (" for ", Name(key[1])) if key[1] else ()
        told: Sentence = ("A comment silences the rule ", Name(one.rule), *of, "; the reason given is ")
        yield PolicyRemark((*told, Name(one.reason or "none"), "."), ALLOWED.id, ALLOWED.severity, one.place)
    gone = [key for key, count in known.items() for _ in range(max(0, count))]
    if gone:
        place: Place | None = after.place("realm")
        yield PolicyRemark(
            ("Rules that are no longer silenced: ", *quote_names([rule for rule, *_ in gone]), "."), place=place
        )


def _key(policy: Policy, one: Allowance) -> tuple[str, str, str]:
    address = policy.object_at(Place(one.place.file, one.lines.start))
    return one.rule, "/".join((address.kind, *address.names)) if address else "", one.text
