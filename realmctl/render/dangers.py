"""Dangers as lines of text: a severity, a sentence with its names in quotes, the rule's id.

Must not know about: where they were found, colours, markup.
"""

from __future__ import annotations

from realmctl.model.danger import Danger, Severity
from realmctl.render.sentence_groups import plain


def danger_line(danger: Danger) -> str:
    """`CRITICAL: Everybody who logs in can administer the realm …  [realm-admin-gained]`."""
    return f"{danger.severity.value.upper()}: {plain(danger.sentence)} [{danger.rule}]"


STYLES = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "dim"}
"""The style of a line, by severity."""
