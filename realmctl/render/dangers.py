"""Dangers as lines of text: a severity, a sentence with its names in quotes, the rule's id.

Must not know about: where they were found, colours, markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from realmctl.model.danger import Danger, Severity
from realmctl.model.sentence import Name, Sentence
from realmctl.render.values import clean, cut


def spoken(sentence: Sentence) -> str:
    """The sentence as one line, each name in quotes and without control characters."""
    return "".join(f"'{cut(clean(part.text))}'" if isinstance(part, Name) else clean(part) for part in sentence)


def danger_line(danger: Danger) -> str:
    """`CRITICAL: Everybody who logs in can administer the realm …  [realm-admin-gained]`."""
    return f"{danger.severity.value.upper()}: {spoken(danger.sentence)} [{danger.rule}]"


def danger_lines(dangers: Iterable[Danger]) -> Iterator[str]:
    """A line for each danger."""
    return map(danger_line, dangers)


STYLES = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "dim"}
"""The style of a line, by severity."""
