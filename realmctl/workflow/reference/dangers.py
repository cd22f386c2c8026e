"""Pages about dangers of a change: how bad, what becomes possible, what to write instead. From the rules themselves.

Must not know about: output formats, any single rule.
"""

from __future__ import annotations

from realmctl.analysis.danger import rule_set
from realmctl.model.reference_page import ReferencePage


def names() -> list[str]:
    """Return the id of every rule of danger."""
    return list(rule_set())


def page(name: str) -> ReferencePage:
    """Return the page of a rule of danger."""
    rule = rule_set()[name]
    paragraphs = (("Severity", f"{rule.severity.value}, or less where the text says so"), ("Instead", rule.instead))
    fields = ", ".join(f"`{field}`" for field in rule.fields)
    return ReferencePage(
        name,
        "danger",
        f"{rule.title}. {rule.why}",
        paragraphs=(*paragraphs, *((("Looks at", fields),) if fields else ())),
    )
