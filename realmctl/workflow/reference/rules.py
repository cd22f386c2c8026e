"""Pages about rules: why, what to write instead, who says so, how to silence it. From the rules themselves.

Must not know about: output formats, any single rule.
"""

from __future__ import annotations

from realmctl.config.checks import ACCEPTABLE
from realmctl.config.lint import RULES
from realmctl.model.reference_page import ReferencePage


def names() -> list[str]:
    """Every rule that can be explained."""
    return [*RULES, *sorted(ACCEPTABLE - set(RULES))]


def page(name: str) -> ReferencePage:
    """The page of a rule."""
    if name not in RULES:
        told = "An error that a realm may have for reasons of its own: what was found says what is wrong, and where."
        silence = f"`accept: [{name}]` at the top of a file of the realm makes it a warning."
        return ReferencePage(name, "rule", told, paragraphs=(("Silence it", silence),), see=("accept",))
    rule = RULES[name]
    silence = f"On its line, or on a line of its own above it: `# realmctl: allow {name}: because …`"
    return ReferencePage(
        name,
        "rule",
        rule.why,
        paragraphs=(("Instead", rule.instead), ("Silence it", silence), ("Source", rule.source)),
    )
