"""The section of docs/rules.md about each rule of the lint: `python -m tooling.rules_page` writes it from the rules.

Must not know about: any single rule.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

from realmctl.config.lint import RULES
from realmctl.config.lint.rule import LintRule

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"
_HEADING = "## The rules\n"


def page_with_rules(page: str) -> str:
    """Return the page with the section of every rule, as the rules say it today."""
    above, heading, _ = page.partition(_HEADING)
    return above + heading + "\n" + "\n".join(map(_section, RULES.values()))


def _section(rule: LintRule) -> str:
    text = f"{rule.why} *Instead:* {rule.instead} *Source:* {rule.source}."
    return f"### {rule.id}\n\n{fill(text, 120, break_long_words=False, break_on_hyphens=False)}\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page_with_rules(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
