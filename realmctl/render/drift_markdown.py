"""Drift as a comment or an issue's text.

Every name from files or server stands in a code span or a fenced block. Must not know about: who posts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realmctl.engine.plan.value_text import clean
from realmctl.model.drift import RealmDrift, What, has_drift
from realmctl.render.drift_text import LEGEND, adopted_lines, deviation_lines, first_line, ignored_lines, summary
from realmctl.render.findings import finding_lines, paragraph
from realmctl.render.markdown_page import MarkdownPage, code

_ROWS = 60


def markdown(found: Sequence[RealmDrift]) -> str:
    """All realms as one comment below 60,000 characters; its first line is a marker to find it by."""
    failed = sum(one.error is not None for one in found)
    heading = summary(found) if has_drift(found) else "nothing"
    heading += f"; {failed:,} of {len(found):,} realms could not be looked at" if failed else ""
    page = MarkdownPage(["<!-- realmctl:drift -->", f"## realmctl drift: {heading}", ""], "realmctl drift")
    if first := first_line(found):
        page.fence("text", [first], "**The worst:**")
    page.add("\n".join([*_table(found), ""]))
    for one in found:
        _realm(page, one)
    return page.text()


def _table(found: Sequence[RealmDrift]) -> Iterator[str]:
    yield f"| realm | {' | '.join(what.value for what in What)} | ignored |"
    yield "|---|" + "--:|" * (len(What) + 1)
    for one in found[:_ROWS]:
        counts = [sum(1 for _ in one.of(what)) for what in What] + [len(one.ignored)]
        cells = ["?"] * len(counts) if one.error else [f"{count:,}" for count in counts]
        yield f"| {code(one.name, cell=True)} | {' | '.join(cells)} |"
    if len(found) > _ROWS:
        yield f"| … {len(found) - _ROWS:,} more |" + " |" * (len(What) + 1)


def _realm(page: MarkdownPage, one: RealmDrift) -> None:
    if one.error:
        lines = [*paragraph(one.error.message), *paragraph(one.error.advice)]
        page.fence("text", lines, f"{code(one.name)} **could not be looked at:**")
    if one.deviations:
        lines = [
            line if at else f"{line[:1].replace('~', '!')}{line[1:]}"
            for deviation in one.deviations
            for at, line in enumerate(deviation_lines(deviation))
        ]
        page.fence("diff", lines, f"**{code(one.name)}**: {summary([one])}. {LEGEND.replace('~ change', '! change')}.")
    if one.ignored:
        page.fence("text", list(ignored_lines(one.ignored)), f"Ignored in {code(one.name)}:")
    if one.adopted:
        page.fence("text", list(adopted_lines(one)), f"Taken over into the files of {code(one.name)}:")
    if one.unseen:
        page.fence("text", [clean(line) for line in one.unseen], f"Not seen in {code(one.name)}:")
    if one.warnings:
        page.fence("text", [line for finding in one.warnings for line in finding_lines(finding)], "Warnings:")
