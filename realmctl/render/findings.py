"""Findings and errors as text: what is wrong, where, and what to write instead.

Must not know about: plans, which rule found what.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realmctl.engine.plan.value_text import clean
from realmctl.errors import BadConfig, Finding, Lines, RealmctlError
from realmctl.model.redaction import redact
from realmctl.render.change_lines import many
from realmctl.render.colors import paint
from realmctl.render.plan_json import dump, finding_data


def finding_lines(finding: Finding, *, color: bool = False) -> Iterator[str]:
    """`file:line:column: error: message [rule]`, and the advice indented below."""
    place = f"{clean(str(finding.place))}: " if finding.place else ""
    style = "error" if finding.severity == "error" else "warning"
    first, *more = paragraph(finding.message) or [""]
    yield f"{place}{paint(f'{finding.severity}:', style, color)} {first} [{clean(finding.rule)}]"
    for line in (*more, *paragraph(finding.advice)):
        yield f"    {line}"


def findings_text(findings: Sequence[Finding], *, color: bool = False) -> str:
    """All findings and their count; "" where there are none."""
    lines = [line for finding in findings for line in finding_lines(finding, color=color)]
    return "\n".join([*lines, f"{tally(findings)}.", ""]) if findings else ""


def findings_json(findings: Sequence[Finding], realms: Sequence[str]) -> str:
    """What `validate` found, `valid` being whether there is no error."""
    errors = any(finding.severity == "error" for finding in findings)
    return dump(
        {
            "valid": not errors,
            "realms": [{"realm": realm} for realm in realms],
            "findings": [finding_data(finding) for finding in findings],
        }
    )


def tally(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    parts = [many(errors, "error")] * bool(errors) + [many(warnings, "warning")] * bool(warnings)
    return ", ".join(parts) or "no findings"


def error_text(error: RealmctlError, *, color: bool = False) -> str:
    """An error for stderr: every finding of a bad configuration, else one sentence and what to do next."""
    if isinstance(error, BadConfig):
        return findings_text(error.findings, color=color)
    place = f"{clean(str(error.place))}: " if error.place else ""
    first, *more = paragraph(error.message) or [""]
    lines = [f"{place}{paint('error:', 'error', color)} {first}"]
    lines += [f"    {line}" for line in (*more, *paragraph(error.advice))]
    return "\n".join(lines) + "\n"


def paragraph(text: str) -> list[str]:
    """A message as lines that are safe for a terminal: one, unless it is `Lines`."""
    return [clean(line) for line in (redact(text).splitlines() if isinstance(text, Lines) else [text]) if line]


def findings_markdown(findings: Sequence[Finding], realms: Sequence[str]) -> str:
    """What `validate` found, as a comment."""
    from realmctl.render.plan_markdown import Head, comment

    heading = f"realmctl validate: {tally(findings)}"
    lines = [line for finding in findings for line in finding_lines(finding)]
    return comment(Head("validate", heading, "\n".join(lines or [f"Valid: {', '.join(realms)}"])))
