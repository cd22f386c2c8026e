"""Plans as a page, for a reviewer who would rather look than read: what changes, for whom, and what to look at twice.

Must not know about: where plans come from, who opens the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from realmctl.engine.plan.object_changes import objects, spoken
from realmctl.engine.plan.value_text import named
from realmctl.errors import BadConfig, RealmctlError, Refused
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.model.danger import Severity
from realmctl.model.review import Review
from realmctl.model.sentence import Name, Sentence
from realmctl.model.test_result import Verdict, Verdicts
from realmctl.render.change_lines import NO_CHANGES, counts, many, summary, title
from realmctl.render.change_rows import rows
from realmctl.render.findings import tally
from realmctl.render.html_elements import Children, element
from realmctl.render.html_page import (
    code,
    findings,
    item,
    list_element,
    page,
    paragraphs,
    section,
    table,
    told_place,
    tools,
)
from realmctl.render.html_page import note as remark
from realmctl.render.plan_text import ANYWAY, KEEP, adoption
from realmctl.render.sentence_groups import rank_dangers
from realmctl.render.sentence_groups import tally as tally_of

_WORDS = {Action.CREATE: "add", Action.UPDATE: "change", Action.DELETE: "destroy"}
_BADGES = {Action.CREATE: "add", Action.UPDATE: "mind", Action.DELETE: "gone"}
_OPEN = 20
"""Changed objects of a realm up to which all are open at first."""

_REVIEW = (
    ("words", "In words"),
    ("tokens", "Tokens"),
    ("people", "Who is concerned"),
    ("policy", "Gateway and guards"),
)


def html(
    plans: Sequence[Plan],
    *,
    at: datetime,
    refusals: Mapping[str, Refused] | None = None,
    reviews: Mapping[str, Review] | None = None,
    verdicts: Sequence[Verdicts] = (),
    note: str = "",
) -> str:
    """All plans as one page; `at` is when they were made, `note` a sentence that stands above everything."""
    changed = not all(plan.empty for plan in plans)
    heading = f"Plan: {summary(plans)}" if changed else "Plan: no changes"
    tested = {one.realm: one for one in verdicts}
    return page(
        heading,
        [
            element("p", "What an apply would change on the server. Nothing has been written to it."),
            remark("mind", element("p", note.replace("`", ""))) if note else None,
            _summary(plans, tested),
        ],
        [
            tools("changes") if changed else None,
            (
                _realm(
                    number,
                    plan,
                    (refusals or {}).get(plan.realm),
                    (reviews or {}).get(plan.realm),
                    tested.get(plan.realm),
                )
                for number, plan in enumerate(plans)
            ),
        ],
        footer=footer_text(at),
    )


def error_html(error: RealmctlError, plans: Sequence[Plan] = (), *, command: str, at: datetime) -> str:
    """The page for a command that failed: why, and the plans known by then."""
    found = error.findings if isinstance(error, BadConfig) else ()
    heading = f"bad configuration, {tally(found)}" if found else "refused" if isinstance(error, Refused) else "failed"
    why = [
        [code(str(one.place)) if one.place else None, f" {one.message} [{one.rule}]", paragraphs(one.advice)]
        for one in found
    ]
    return page(
        f"{command}: {heading}",
        element("p", "There is no result, for this reason:"),
        [
            list_element(why) if why else remark("gone", paragraphs(error.message), paragraphs(error.advice)),
            (_realm(number, plan, None, None, None) for number, plan in enumerate(plans)),
        ],
        footer=footer_text(at),
    )


def footer_text(at: datetime) -> str:
    """When a page was made."""
    return f"Made by realmctl on {at:%Y-%m-%d %H:%M} UTC. This page needs nothing beside itself, and holds no secrets."


def _summary(plans: Sequence[Plan], tested: Mapping[str, Verdicts]) -> ET.Element:
    columns = ["Realm", "To add", "To change", "To destroy", "To own", "Unmanaged", *(["Tests"] if tested else [])]
    lines = []
    for number, plan in enumerate(plans):
        found = counts([plan])
        numbers = [*(found[action] for action in Action), len(plan.adopted), len(plan.unmanaged)]
        name = [element("a", code(plan.realm), href=f"#realm-{number}"), " (new)" if plan.creates_realm else None]
        tests = [_tally(tested[plan.realm]) if plan.realm in tested else "none"] if tested else []
        lines.append([name, *(f"{one:,}" for one in numbers), *tests])
    return table("Summary", columns, lines)


def _tally(tested: Verdicts) -> str:
    failed = sum(not one.passed for one in tested.verdicts)
    told = many(len(tested.verdicts), "test")
    return f"{failed} of {told} would fail" if failed else f"{told} would pass" if tested.verdicts else "none"


def _realm(
    number: int, plan: Plan, refusal: Refused | None, review: Review | None, tested: Verdicts | None
) -> ET.Element:
    id_ = f"realm-{number}"
    version = f" (Keycloak {plan.version})" if plan.version else ""
    return section(
        ["Realm ", code(plan.realm), version],
        element("p", "The realm does not exist yet; an apply creates it.") if plan.creates_realm else None,
        _dangers(review, id_) if review else None,
        _destroyed(plan, refusal),
        _review(review, id_),
        findings(review.new_findings, f"{id_}-new", heading="Findings of validate in what changes") if review else None,
        _tests(tested, id_) if tested else None,
        findings(plan.warnings, f"{id_}-warnings"),
        section("Not seen", list_element(plan.unseen), id_=f"{id_}-unseen", level=3) if plan.unseen else None,
        _changes(plan, id_),
        _others(plan, id_),
        id_=id_,
    )


def _dangers(review: Review, id_: str) -> ET.Element | None:
    """Every danger, the worst first, with its rule and its place."""
    if not review.dangers:
        return None
    told: list[Children] = [
        [
            badge(one.severity.value, "gone" if one.severity.rank <= Severity.HIGH.rank else "mind"),
            " ",
            _sentence(one.sentence),
            " ",
            code(one.rule),
            told_place(one.place),
        ]
        for one in rank_dangers(review.dangers)
    ]
    heading = f"Dangers: {tally_of(review.dangers)}"
    return section(heading, remark("gone", list_element(told)), id_=f"{id_}-dangers", level=3)


def _destroyed(plan: Plan, refusal: Refused | None) -> Iterator[ET.Element]:
    gone = list(plan.of(Action.DELETE))
    if gone:
        told: list[Children] = [
            [code(title(one)), element("br"), " ".join(one.notes)] if one.notes else code(title(one)) for one in gone
        ]
        lead = element("strong", f"{many(len(gone), 'object')} would be destroyed.")
        yield remark("gone", element("p", lead, f" {KEEP.replace('`', '')}"), list_element(told))
    if refusal:
        lead = element("p", element("strong", "An apply would be refused as things stand:"))
        yield remark("mind", lead, paragraphs(refusal.message), paragraphs(refusal.advice), element("p", ANYWAY))


def _review(review: Review | None, id_: str) -> Iterator[ET.Element]:
    for part, heading in _REVIEW:
        sentences: Sequence[Sentence] = getattr(review, part, ()) if review else ()
        if sentences:
            told = list_element(_sentence(one) for one in dict.fromkeys(sentences))
            yield section(heading, told, id_=f"{id_}-{part}", level=3)


def _sentence(sentence: Sentence) -> list[Children]:
    return [code(part.text) if isinstance(part, Name) else part for part in sentence]


def _tests(tested: Verdicts, id_: str) -> ET.Element | None:
    if not tested.verdicts:
        return None
    return section(
        f"Tests of tokens: {_tally(tested)}",
        (_verdict(one) for one in tested.verdicts),
        id_=f"{id_}-tests",
        level=3,
        part=True,
    )


def _verdict(one: Verdict) -> ET.Element:
    word, sort = ("passes", "add") if one.passed else ("fails", "gone")
    why = (
        list_element([failure.message, told_place(failure.place)] for failure in one.failures) if one.failures else None
    )
    changed = (
        [element("p", "What changes in the token of this person:"), list_element(one.changed)] if one.changed else None
    )
    nothing = None if one.failures or one.changed else element("p", "The token is as expected, and stays as it is.")
    summary_: Children = [badge(word, sort), " ", code(one.name), told_place(one.place)]
    return item(summary_, [why, changed, nothing], open_=not one.passed)


def badge(word: str, sort: str) -> ET.Element:
    """A word that stands out; it says itself what its colour says."""
    return element("span", word, class_=f"badge {sort}".strip())


def _changes(plan: Plan, id_: str) -> Iterator[ET.Element]:
    if plan.empty:
        yield element("p", NO_CHANGES)
        return
    found = objects(plan.changes)
    kinds: dict[str, list[Change]] = {}
    for change in found:
        kinds.setdefault(spoken(change.address), []).append(change)
    for number, (kind, changes) in enumerate(kinds.items()):
        yield section(
            f"{kind[:1].upper()}{kind[1:]} ({len(changes):,})",
            (_change(change, open_=len(found) <= _OPEN) for change in changes),
            id_=f"{id_}-kind-{number}",
            level=3,
            part=True,
        )


def _change(change: Change, *, open_: bool) -> ET.Element:
    columns = ["Field", "Value"] if change.action is Action.CREATE else ["Field", "Now", "Then"]
    lines = [[code(one.path), *([] if change.action is Action.CREATE else [one.old]), one.new] for one in rows(change)]
    fields = table(f"Fields of {named(change.address)}", columns, lines) if lines else None
    notes = list_element(change.notes) if change.notes else None
    gone = change.action is Action.DELETE
    nothing = element("p", "It would be gone." if gone else "Nothing is said of it.") if not (lines or notes) else None
    summary_: Children = [
        badge(_WORDS[change.action], _BADGES[change.action]),
        " ",
        code(title(change)),
        told_place(change.place),
    ]
    return item(summary_, [fields, notes, nothing], open_=open_)


def _others(plan: Plan, id_: str) -> Iterator[ET.Element]:
    gone = f"{many(len(plan.released), 'object is', 'objects are')} no longer declared, and gone or built in: an apply "
    others = many(len(plan.unmanaged), "object is", "objects are")
    parts: Sequence[tuple[str, str, tuple[Address, ...]]] = (
        ("To own", adoption(plan, plan.owner), plan.adopted),
        ("To forget", f"{gone}forgets that they were owned.", plan.released),
        ("Unmanaged", f"{others} on the server, declared by nobody, and touched by nothing.", plan.unmanaged),
    )
    for number, (heading, told, addresses) in enumerate(parts):
        if addresses:
            every = item([f"{heading}: {len(addresses):,}"], list_element(code(named(one)) for one in addresses))
            yield section(heading, element("p", told), every, id_=f"{id_}-other-{number}", level=3, part=True)
