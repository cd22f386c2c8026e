"""Plans as a pull-request comment that a reviewer can decide from.

Every name from files or server stands in a code span or a fenced block, so that none of it is read as markup, as a
mention or as a command. Must not know about: who posts the comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from realmctl.errors import BadConfig, Finding, RealmctlError, Refused
from realmctl.model.change import Action, Plan
from realmctl.model.review import Review
from realmctl.model.sentence import Name, Sentence
from realmctl.model.verdict import Verdicts
from realmctl.render.findings import finding_lines, paragraph, tally
from realmctl.render.lines import NO_CHANGES, counts, details, many, summary, title, where
from realmctl.render.objects import objects
from realmctl.render.plan_text import ANYWAY, adoption
from realmctl.render.values import clean, cut, named

MOST = 58_000
"""Characters of a comment; GitHub takes 65,536, GitLab more."""

_DELETIONS_NAMED = 40
_ADOPTIONS_NAMED = 40
_ROWS = 60
_SENTENCES = 40
_LONGEST_LINE = 1_000
_TAIL = 2_000
"""Room kept for what closes a comment that was cut."""

_DIFF = {Action.CREATE: "+", Action.UPDATE: "!", Action.DELETE: "-"}
"""First characters that a diff block colours."""


def markdown(
    plans: Sequence[Plan],
    *,
    refusals: Mapping[str, Refused] | None = None,
    reviews: Mapping[str, Review] | None = None,
    verdicts: Sequence[Verdicts] = (),
) -> str:
    """All plans as one comment below 60,000 characters; its first line is a marker to find it by."""
    changed = not all(plan.empty for plan in plans)
    heading = f"realmctl plan: {summary(plans)}" if changed else "realmctl plan: no changes"
    adopted = sum(len(plan.adopted) for plan in plans)
    heading += f", {adopted:,} to own" if adopted else ""
    return comment("plan", heading, plans, refusals=refusals, reviews=reviews, verdicts=verdicts)


def error_markdown(error: RealmctlError, plans: Sequence[Plan] = (), *, command: str) -> str:
    """The comment for a command that failed: why, and the plans known by then."""
    lines = [*paragraph(error.message), *paragraph(error.advice)]
    heading = "failed"
    if isinstance(error, BadConfig):
        heading = f"bad configuration, {tally(error.findings)}"
        lines = [line for finding in error.findings for line in finding_lines(finding)]
    elif isinstance(error, Refused):
        heading = "refused"
    return comment(command, f"realmctl {command}: {heading}", plans, intro="\n".join(lines))


def comment(
    command: str,
    heading: str,
    plans: Sequence[Plan],
    *,
    intro: str = "",
    refusals: Mapping[str, Refused] | None = None,
    reviews: Mapping[str, Review] | None = None,
    verdicts: Sequence[Verdicts] = (),
) -> str:
    """A comment: marker, heading, `intro` as clean lines, counts, dangers, and the plans' details folded away."""
    page = Page([f"<!-- realmctl:{command} -->", f"## {heading}", ""])
    if intro:
        page.fence("text", intro.splitlines())
    if plans:
        page.add("\n".join([*_table(plans), ""]))
    for plan in plans:
        _dangers(page, plan, (refusals or {}).get(plan.realm))
    for plan in plans:
        _review(page, plan.realm, (reviews or {}).get(plan.realm), several=len(plans) > 1)
    for tested in verdicts:
        _tests(page, tested)
    for plan in plans:
        _warnings(page, plan)
    for plan in plans:
        _changes(page, plan)
    for plan in plans:
        _adopted(page, plan)
    return page.text()


class Page:
    """Blocks of text up to a limit; what no longer fits is left out, and said."""

    def __init__(self, lines: Sequence[str], rest: str = "realmctl plan") -> None:
        """`rest` is the command that shows what did not fit."""
        self._rest = rest
        self._blocks = list(lines)
        self._size = sum(len(line) + 1 for line in lines)
        self._full = False

    def room(self) -> int:
        """How many characters still fit."""
        return 0 if self._full else MOST - _TAIL - self._size

    def add(self, block: str) -> None:
        """Adds a block, whole or not at all."""
        if len(block) >= self.room():
            self._full = True
            return
        self._blocks.append(block)
        self._size += len(block) + 1

    def fence(self, language: str, lines: Sequence[str], before: str = "", after: str = "") -> None:
        """Adds lines as a code block between `before` and `after`, as many as fit."""
        fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
        left = self.room() - len(before) - len(after) - 2 * len(fence) - 100
        kept: list[str] = []
        for line in (cut(line, _LONGEST_LINE) for line in lines):
            left -= len(line) + 1
            if left < 0:
                break
            kept.append(line)
        if lines and not kept:
            self._full = True
            return
        cut_off = len(kept) < len(lines)
        if cut_off:
            kept.append(f"… {many(len(lines) - len(kept), 'more line')}")
        self.add("\n".join([*([before, ""] if before else []), f"{fence}{language}", *kept, fence, after]))
        self._full = self._full or cut_off

    def text(self) -> str:
        """The page, with a last word where something was left out."""
        cut = (
            ["", f"**This is not everything:** the rest did not fit. Run `{self._rest}` to see it."]
            if self._full
            else []
        )
        return "\n".join([*self._blocks, *cut]).rstrip("\n") + "\n"


def code(text: str, *, cell: bool = False) -> str:
    """The text as a code span that cannot be left from inside; `cell` for one in a table."""
    text = clean(text)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    span = f"{ticks}{pad}{text}{pad}{ticks}"
    return span.replace("|", "\\|") if cell else span


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


def _dangers(page: Page, plan: Plan, refusal: Refused | None) -> None:
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
        page.fence("diff", lines, before)
    if refusal:
        page.fence(
            "text",
            [*paragraph(refusal.message), *paragraph(refusal.advice), ANYWAY],
            f"> [!WARNING]\n> An apply of {code(plan.realm)} **would be refused** as things stand:",
        )


def _review(page: Page, realm: str, review: Review | None, *, several: bool) -> None:
    if review is None:
        return
    of = f" in {code(realm)}" if several else ""
    for heading, sentences in (
        ("In words", review.words),
        ("Tokens", review.tokens),
        ("Who is concerned", review.people),
        ("Look twice", review.risks),
    ):
        if sentences:
            lines = [f"- {_told(sentence)}" for sentence in dict.fromkeys(sentences[:_SENTENCES])]
            more = len(sentences) - _SENTENCES
            page.add("\n".join([f"**{heading}{of}**", "", *lines, *([f"- … and {more} more"] if more > 0 else []), ""]))


def _told(sentence: Sentence) -> str:
    return "".join(code(cut(part.text)) if isinstance(part, Name) else part for part in sentence)


def _tests(page: Page, tested: Verdicts) -> None:
    if not tested.verdicts:
        return
    failed = [verdict for verdict in tested.verdicts if not verdict.passed]
    told = f"{len(failed)} of {many(len(tested.verdicts), 'test')} would fail" if failed else "all would pass"
    lines = [f"- {'passes' if one.passed else '**fails**'}: {code(cut(one.name))}" for one in tested.verdicts]
    page.add("\n".join([f"**Tests of tokens in {code(tested.realm)}: {told}**", "", *lines[:_SENTENCES], ""]))
    why = [f"{clean(one.name)}: {clean(failure.message)}" for one in failed for failure in one.failures]
    changed = [f"{clean(one.name)}: {clean(line)}" for one in tested.verdicts for line in one.changed]
    if why:
        page.fence("text", why, "Why:")
    if changed:
        page.fence("text", changed, "What changes in the tokens of these people:")


def _warnings(page: Page, plan: Plan) -> None:
    if plan.warnings:
        page.fence(
            "text", _findings(plan.warnings), f"**{many(len(plan.warnings), 'warning')}** in {code(plan.realm)}:"
        )
    if plan.unseen:
        page.fence("text", [clean(line) for line in plan.unseen], f"Not seen in {code(plan.realm)}:")


def _findings(findings: Iterable[Finding]) -> list[str]:
    return [line for finding in findings for line in finding_lines(finding)]


def _changes(page: Page, plan: Plan) -> None:
    if plan.empty:
        page.add(f"{code(plan.realm)}: {NO_CHANGES}\n")
        return
    lines = []
    for change in objects(plan.changes):
        place = where(change.place)
        lines.append(f"{_DIFF[change.action]} {title(change)}{f'  ({place})' if place else ''}")
        lines += [f"      {line}" for line in details(change)]
    before = f"<details><summary>Changes of <code>{_html(plan.realm)}</code>: {summary([plan])}</summary>"
    page.fence("diff", lines, before, "\n</details>\n")


def _adopted(page: Page, plan: Plan) -> None:
    if not plan.adopted:
        return
    lines = [named(address) for address in plan.adopted[:_ADOPTIONS_NAMED]]
    if len(plan.adopted) > len(lines):
        lines.append(f"… and {len(plan.adopted) - len(lines):,} more")
    page.fence("text", lines, f"{code(plan.realm)}: {adoption(plan, code(plan.owner))}")


def _html(text: str) -> str:
    """The text inside an HTML element: nothing but letters, digits and a few marks stays as it is."""
    return re.sub(r"[^\w .-]|_", lambda found: f"&#{ord(found[0])};", clean(text))
