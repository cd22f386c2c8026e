"""Plans as a pull-request comment that a reviewer can decide from.

Every name from files or server stands in a code span or a fenced block, so that none of it is read as markup, as a
mention or as a command. Must not know about: who posts the comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from realmctl.engine.plan.object_changes import objects
from realmctl.engine.plan.ownership import holder
from realmctl.engine.plan.value_text import clean, cut, named
from realmctl.errors import BadConfig, Finding, RealmctlError, Refused
from realmctl.model.change import Action, Change, Plan
from realmctl.model.review import Review
from realmctl.model.test_result import Verdicts
from realmctl.render.change_lines import NO_CHANGES, counts, details, many, summary, title, where
from realmctl.render.findings import finding_lines, paragraph, tally
from realmctl.render.markdown_page import MarkdownPage, code
from realmctl.render.plan_text import ANYWAY, adoption, unread
from realmctl.render.review_markdown import essentials
from realmctl.render.sentence_groups import rank_dangers
from realmctl.render.sentence_groups import tally as tally_of

_DELETIONS_NAMED = 40
_ADOPTIONS_NAMED = 40
_ROWS = 60
_TESTS = 40

_UNSEEN = (
    "> [!WARNING]\n> This account cannot see {count} of {realm}, listed below under *Not seen*. "
    "**Dangers in there are not reported.**\n"
)

_DIFF = {Action.CREATE: "+", Action.UPDATE: "!", Action.DELETE: "-"}
"""First characters that a diff block colours."""


def markdown(
    plans: Sequence[Plan],
    *,
    refusals: Mapping[str, Refused] | None = None,
    reviews: Mapping[str, Review] | None = None,
    verdicts: Sequence[Verdicts] = (),
    note: str = "",
) -> str:
    """All plans as one comment of 60,000 characters at most; its first line is a marker to find it by.

    `note` is a sentence that stands above everything.
    """
    changed = not all(plan.empty for plan in plans)
    heading = f"realmctl plan: {summary(plans)}" if changed else "realmctl plan: no changes"
    adopted = sum(len(plan.adopted) for plan in plans)
    heading += f", {adopted:,} to own" if adopted else ""
    found = [danger for review in (reviews or {}).values() for danger in review.dangers]
    heading += f"; dangers: {tally_of(found)}" if found else ""
    heading += "; an apply would be refused" if refusals else ""
    head = Head("plan", heading, note=note)
    return comment(head, plans, refusals=refusals, reviews=reviews, verdicts=verdicts)


def error_markdown(error: RealmctlError, plans: Sequence[Plan] = (), *, command: str) -> str:
    """The comment for a command that failed: why, and the plans known by then."""
    lines = [*paragraph(error.message), *paragraph(error.advice)]
    heading = "failed"
    if isinstance(error, BadConfig):
        heading = f"bad configuration, {tally(error.findings)}"
        lines = [line for finding in error.findings for line in finding_lines(finding)]
    elif isinstance(error, Refused):
        heading = "refused"
    return comment(Head(command, f"realmctl {command}: {heading}", "\n".join(lines)), plans)


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a comment: marker and heading, a warning above everything, and `intro` as clean lines."""

    command: str
    heading: str
    intro: str = ""
    note: str = ""


def comment(
    head: Head,
    plans: Sequence[Plan] = (),
    *,
    refusals: Mapping[str, Refused] | None = None,
    reviews: Mapping[str, Review] | None = None,
    verdicts: Sequence[Verdicts] = (),
) -> str:
    """Return a comment: its head, dangers, sentences, findings, tests; details folded away."""
    page = MarkdownPage([f"<!-- realmctl:{head.command} -->", f"## {head.heading}", ""])
    if head.note:
        page.add(f"> [!WARNING]\n> {head.note}\n")
    if head.intro:
        page.fence("text", head.intro.splitlines())
    dangers, sentences = essentials(reviews or {})
    _unseen(page, plans if reviews else ())
    for block in dangers:
        page.add(block, "dangers")
    page.keep(sum(len(block) + 1 for block in sentences))
    for plan in plans:
        _destroyed(page, plan, (refusals or {}).get(plan.realm))
    page.keep(0)
    for block in sentences:
        page.add(block, "sentences")
    for plan in plans:
        _new_findings(page, plan.realm, (reviews or {}).get(plan.realm))
    for tested in verdicts:
        _tests(page, tested)
    for plan in plans:
        _warnings(page, plan, (reviews or {}).get(plan.realm))
    if plans:
        page.add("\n".join([*_table(plans), ""]), "the table of realms")
    for plan in plans:
        _changes(page, plan, (reviews or {}).get(plan.realm))
    for plan in plans:
        _adopted(page, plan)
    return page.text()


def _unseen(page: MarkdownPage, plans: Sequence[Plan]) -> None:
    for plan in plans:
        if plan.unseen:
            page.add(_UNSEEN.format(realm=code(cut(plan.realm, 100)), count=many(len(plan.unseen), "part")))


def _table(plans: Sequence[Plan]) -> Iterator[str]:
    yield "| realm | to add | to change | to destroy | to own | unmanaged |"
    yield "|---|--:|--:|--:|--:|--:|"
    for plan in plans[:_ROWS]:
        found = counts([plan])
        numbers = [found[action] for action in Action] + [len(plan.adopted), len(plan.unmanaged)]
        new = " (new)" if plan.creates_realm else ""
        name = cut(plan.realm, 100)
        yield f"| {code(name, cell=True)}{new} | {' | '.join(f'{number:,}' for number in numbers)} |"
    if len(plans) > _ROWS:
        yield f"| … {len(plans) - _ROWS:,} more | | | | | |"


def _destroyed(page: MarkdownPage, plan: Plan, refusal: Refused | None) -> None:
    deletions = list(plan.of(Action.DELETE))
    if deletions:
        lines = []
        for change in deletions[:_DELETIONS_NAMED]:
            lines += [f"- {title(change)}", *(f"      {line}" for line in details(change))]
        if len(deletions) > _DELETIONS_NAMED:
            lines.append(f"… and {len(deletions) - _DELETIONS_NAMED:,} more")
        before = (
            f"> [!CAUTION]\n> **{many(len(deletions), 'object')} of {code(plan.realm)} would be destroyed.** "
            "`realmctl undo` makes them anew, but what hung on them is gone: who held or was in them, sessions, "
            "secrets. To keep an object, declare it again; "
            "if it was renamed, give the new one `renamedFrom`."
        )
        page.fence("diff", lines, before, what=f"deletions of {_short(plan.realm)}")
    if refusal:
        page.fence(
            "text",
            [*paragraph(refusal.message), *paragraph(refusal.advice), ANYWAY],
            f"> [!WARNING]\n> An apply of {code(plan.realm)} **would be refused** as things stand:",
            what=f"why {_short(plan.realm)} would be refused",
        )


def _new_findings(page: MarkdownPage, realm: str, review: Review | None) -> None:
    found = review.new_findings if review else ()
    if not found:
        return
    told = f"**{many(len(found), 'new finding')} of `realmctl validate`** in {code(realm)}, because of this change:"
    if review and not review.base:
        told = f"**{many(len(found), 'finding')} of `realmctl validate`** in what changes in {code(realm)}:"
    worst_first = sorted(found, key=lambda one: one.severity != "error")
    page.fence("text", _findings(worst_first), told, what=f"findings in {_short(realm)}")


def _tests(page: MarkdownPage, tested: Verdicts) -> None:
    if not tested.verdicts:
        return
    failed = [verdict for verdict in tested.verdicts if not verdict.passed]
    told = f"{len(failed)} of {many(len(tested.verdicts), 'test')} would fail" if failed else "all would pass"
    ordered = sorted(tested.verdicts, key=lambda one: one.passed)
    lines = [f"- {'passes' if one.passed else '**fails**'}: {code(cut(one.name))}" for one in ordered]
    more = [f"- … and {len(lines) - _TESTS:,} more"] if len(lines) > _TESTS else []
    page.add("\n".join([f"**Tests of tokens in {code(tested.realm)}: {told}**", "", *lines[:_TESTS], *more, ""]))
    why = [f"{clean(one.name)}: {clean(failure.message)}" for one in failed for failure in one.failures]
    changed = [f"{clean(one.name)}: {clean(line)}" for one in tested.verdicts for line in one.changed]
    if why:
        page.fence("text", why, "Why:")
    if changed:
        page.fence("text", changed, "What changes in the tokens of these people:")


def _warnings(page: MarkdownPage, plan: Plan, review: Review | None) -> None:
    told = {(one.rule, one.message, one.place) for one in (review.new_findings if review else ())}
    found = [one for one in plan.warnings if (one.rule, one.message, one.place) not in told]
    if found:
        heading = f"**{many(len(found), 'warning')}** in {code(plan.realm)}:"
        page.fence("text", _findings(found), heading, what=f"warnings in {_short(plan.realm)}")
    if plan.unseen:
        page.fence("text", [clean(line) for line in plan.unseen], f"Not seen in {code(plan.realm)}:")


def _findings(findings: Iterable[Finding]) -> list[str]:
    return [line for finding in findings for line in finding_lines(finding)]


def _changes(page: MarkdownPage, plan: Plan, review: Review | None) -> None:
    """Every changed object: those with a danger first, those last of which only texts for people change."""
    if plan.empty:
        page.add(f"{code(plan.realm)}: {NO_CHANGES}\n")
        return
    dangers = (
        {holder(one.address): one.severity.rank for one in rank_dangers(review.dangers)[::-1] if one.address}
        if review
        else {}
    )
    lines = []
    found = objects(plan.changes)
    shown = [change for change in found if not change.unread]
    for change in sorted(shown, key=lambda one: (dangers.get(one.address, 99), _only_texts(one))):
        place = where(change.place)
        lines.append(f"{_DIFF[change.action]} {title(change)}{f'  ({place})' if place else ''}")
        lines += [f"      {line}" for line in details(change)]
    if hidden := [change for change in found if change.unread]:
        lines += list(unread(hidden))
    before = f"<details><summary>Changes of <code>{_html(plan.realm)}</code>: {summary([plan])}</summary>"
    page.fence("diff", lines, before, "\n</details>\n", what=f"details of {_short(plan.realm)}")


_TEXTS = frozenset({"description", "name", "displayName"})


def _only_texts(change: Change) -> bool:
    return change.action is not Action.DELETE and all(field.path in _TEXTS for field in change.fields)


def _adopted(page: MarkdownPage, plan: Plan) -> None:
    if not plan.adopted:
        return
    lines = [named(address) for address in plan.adopted[:_ADOPTIONS_NAMED]]
    if len(plan.adopted) > len(lines):
        lines.append(f"… and {len(plan.adopted) - len(lines):,} more")
    page.fence("text", lines, f"{code(plan.realm)}: {adoption(plan, code(plan.owner))}")


def _short(realm: str) -> str:
    return code(cut(realm, 60))


def _html(text: str) -> str:
    """The text inside an HTML element: nothing but letters, digits and a few marks stays as it is."""
    return re.sub(r"[^\w .-]|_", lambda found: f"&#{ord(found[0])};", clean(text))
