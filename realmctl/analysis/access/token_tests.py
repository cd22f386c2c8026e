"""Which tests of tokens expect less than before.

Must not know about: how tests are answered, output formats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from realmctl.analysis.access.elements import NOTHING, Path, differences
from realmctl.analysis.access.finding import PolicyRemark, PolicyRule
from realmctl.analysis.access.value import quote_names
from realmctl.errors import Place
from realmctl.model.danger import Severity
from realmctl.model.sentence import Name, Sentence
from realmctl.model.token_test import TokenTest

REMOVED = PolicyRule("guard-test-removed", Severity.HIGH, "A test of tokens is gone.")
WEAKER = PolicyRule("guard-test-weaker", Severity.HIGH, "A test of tokens no longer forbids what it did.")
OTHER = PolicyRule("guard-test-changed", Severity.MEDIUM, "A test of tokens expects less, or asks for something else.")
RULES = (REMOVED, WEAKER, OTHER)

_ASKED = ("given", "client", "scopes", "token")


def token_tests(
    before: Mapping[str, TokenTest],
    after: Mapping[str, TokenTest],
    place: Callable[..., Place],
    followed: Callable[[Any], Any] = lambda said: said,
) -> Iterator[PolicyRemark]:
    """A remark for every test that is gone, or expects something else. A test under another name is the same test.

    `followed` returns what a test says with the new names of roles and groups that the change renames.
    """
    contents = [one.model_dump(mode="json") for one in after.values()]
    added = [name for name in after if name not in before]
    for name, test in before.items():
        if name in after:
            was, now = (one.model_dump(mode="json") for one in (test, after[name]))
            yield from min((list(_weaker(name, one, now, place(name))) for one in (was, followed(was))), key=len)
        elif test.model_dump(mode="json") not in contents and followed(test.model_dump(mode="json")) not in contents:
            yield PolicyRemark(("The test ", Name(name), " is gone."), REMOVED.id, REMOVED.severity, place())
    if added:
        yield PolicyRemark(("New tests: ", *quote_names(added), "."), place=place())


def _weaker(name: str, was: Mapping[str, Any], now: Mapping[str, Any], place: Place) -> Iterator[PolicyRemark]:
    if any(was[key] != now[key] for key in _ASKED):
        told: Sentence = ("The test ", Name(name), " asks for another person, client or token.")
        yield PolicyRemark(told, OTHER.id, OTHER.severity, place)
    dropped = [(path, value) for path, value, new_ in _expected(was, now) if new_ is NOTHING]
    other = [".".join(path) for path, value, new_ in _expected(was, now) if NOTHING not in (value, new_)]
    for rule, verb, forbids in ((WEAKER, "forbids", True), (OTHER, "expects", False)):
        gone = [_dropped(path, value) for path, value in dropped if _forbids(path, value) is forbids]
        if gone:
            told = ("The test ", Name(name), f" no longer {verb} ", *quote_names(gone), ".")
            yield PolicyRemark(told, rule.id, rule.severity, place)
    if other:
        yield PolicyRemark(
            ("The test ", Name(name), " expects another value of ", *quote_names(other), "."), place=place
        )


def _expected(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[Path, Any, Any]]:
    for path, old, new in differences(was["expect"], now["expect"]):
        # Without a value, `issuer` and `lifetime` expect nothing; a claim without one has to be missing.
        empty = path[0] in ("issuer", "lifetime")
        yield path, NOTHING if empty and old is None else old, NOTHING if empty and new is None else new


def _forbids(path: Path, value: Any) -> bool:
    """Whether an expectation keeps something out of the token, or bounds it."""
    return path[0] in ("notAudience", "without", "lifetime", "issuer") or (path[0] == "claims" and value is None)


def _dropped(path: Path, value: Any) -> str:
    from realmctl.engine.plan.value_text import inline

    return f"{'.'.join(path)}: {inline(value)}"
