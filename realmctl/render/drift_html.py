"""Drift as a page: what on a server is not as declared, who did it and when, and what is ignored and why.

Must not know about: how any of it was found, who opens the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from realmctl.engine.plan.value_text import named
from realmctl.model.change import Action, Change
from realmctl.model.drift import Deed, Deviation, RealmDrift, What, has_drift
from realmctl.render.change_lines import many
from realmctl.render.change_rows import rows
from realmctl.render.dangers import danger_line
from realmctl.render.drift_text import LEGEND, NOTHING, deed_line, first_line, state_of, summary
from realmctl.render.html_elements import Children, element
from realmctl.render.html_page import (
    code,
    findings,
    item,
    list_element,
    note,
    page,
    paragraphs,
    section,
    table,
    told_place,
    tools,
)
from realmctl.render.plan_html import badge, footer_text

_BADGES = {
    What.CHANGED: "mind",
    What.DELETED: "add",
    What.MISSING: "add",
    What.UNDECLARED: "gone",
    What.UNMANAGED: "",
}
_HEADINGS = {
    What.CHANGED: "Changed",
    What.DELETED: "Deleted",
    What.MISSING: "Missing",
    What.UNDECLARED: "Not wanted there",
    What.UNMANAGED: "Declared by nobody",
}
_OPEN = 20
"""Objects of a realm up to which all are open at first."""


def html(found: Sequence[RealmDrift], *, at: datetime) -> str:
    """All realms as one page; `at` is when they were looked at."""
    failed = sum(one.error is not None for one in found)
    heading = f"Drift: {summary(found)}" if has_drift(found) else "Drift: nothing"
    heading += f"; {failed:,} of {many(len(found), 'realm')} could not be looked at" if failed else ""
    return page(
        heading,
        [
            element("p", f"What on the server is not as the files declare it. {LEGEND}."),
            note("gone", element("p", first)) if (first := first_line(found)) else None,
            _summary(found),
        ],
        [
            tools("what has drifted") if has_drift(found) else None,
            (_realm(number, one) for number, one in enumerate(found)),
        ],
        footer=footer_text(at),
    )


def _summary(found: Sequence[RealmDrift]) -> ET.Element:
    lines: list[Sequence[Children]] = []
    for number, one in enumerate(found):
        counts = [sum(1 for _ in one.of(what)) for what in What] + [len(one.ignored)]
        cells = ["unknown" if one.error else f"{count:,}" for count in counts]
        lines.append([element("a", code(one.name), href=f"#realm-{number}"), *cells])
    return table("Summary", ["Realm", *_HEADINGS.values(), "Ignored"], lines)


def _realm(number: int, one: RealmDrift) -> ET.Element:
    id_ = f"realm-{number}"
    heading: Children = ["Realm ", code(one.name), f" (Keycloak {one.version})" if one.version else ""]
    if one.error:
        lead = element("p", element("strong", "Could not be looked at:"))
        return section(
            heading, note("gone", lead, paragraphs(one.error.message), paragraphs(one.error.advice)), id_=id_
        )
    return section(
        heading,
        None if one.deviations else element("p", NOTHING),
        (_sort(one, what, f"{id_}-{what.value}") for what in What),
        _ignored(one, id_),
        _adopted(one, id_),
        section("Not seen", list_element(one.unseen), id_=f"{id_}-unseen", level=3) if one.unseen else None,
        findings(one.warnings, f"{id_}-warnings"),
        id_=id_,
    )


def _sort(one: RealmDrift, what: What, id_: str) -> ET.Element | None:
    found = list(one.of(what))
    if not found:
        return None
    states = dict.fromkeys(state for each in found if (state := state_of(each)))
    said = element("p", " ".join(f"{state[:1].upper()}{state[1:]}." for state in states)) if states else None
    items = (_deviation(each, open_=len(one.deviations) <= _OPEN) for each in found)
    return section(f"{_HEADINGS[what]} ({len(found):,})", said, items, id_=id_, level=3, part=True)


def _deviation(one: Deviation, *, open_: bool) -> ET.Element:
    shown = rows(Change(Action.UPDATE, one.address, one.fields))
    lines = [[code(row.path), row.old, row.new] for row in shown]
    fields = table(f"Fields of {named(one.address)}", ["Field", "Live", "Declared"], lines) if lines else None
    summary_: Children = [
        badge(one.what.value, _BADGES[one.what]),
        " ",
        code(named(one.address)),
        told_place(one.place),
    ]
    dangers = note("mind", list_element(danger_line(danger) for danger in one.dangers)) if one.dangers else None
    notes = list_element(one.notes) if one.notes else None
    return item(summary_, [dangers, fields, notes, _trace(one), _commands(one)], open_=open_)


def _commands(one: Deviation) -> ET.Element | None:
    told: list[Children] = [[f"{_upper(command.does)}: ", code(command.text)] for command in one.commands]
    return list_element(told) if told else None


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _trace(one: Deviation) -> Iterator[ET.Element]:
    if one.trace.deeds:
        yield element("p", "Who did it, the newest first:")
        yield list_element(_deed(deed) for deed in one.trace.deeds)
    if one.trace.unknown:
        yield element("p", f"By whom is unknown: {one.trace.unknown}")


def _deed(deed: Deed) -> list[ET.Element | str]:
    told, moment = deed_line(deed), f"{deed.at:%Y-%m-%d %H:%M:%S} UTC"
    before, _, after = told.rpartition(moment)
    return [before, element("time", moment, datetime=deed.at.isoformat()), after]


def _ignored(one: RealmDrift, id_: str) -> ET.Element | None:
    if not one.ignored:
        return None
    lines = []
    for each in one.ignored:
        rule = each.ignored
        fields = ", ".join(field.path for field in each.fields) or each.what.value
        until = f"{rule.until}" if rule and rule.until else "for good"
        why = [rule.reason, told_place(rule.place)] if rule else ""
        lines.append([code(named(each.address)), code(fields), why, until])
    shown = item(
        [f"{many(len(one.ignored), 'object')}, and why each is left as it is"],
        table("Ignored", ["Object", "Fields", "Why", "Until"], lines),
        open_=len(one.ignored) <= _OPEN,
    )
    return section("Ignored", shown, id_=f"{id_}-ignored", level=3, part=True)


def _adopted(one: RealmDrift, id_: str) -> ET.Element | None:
    if not one.adopted:
        return None
    told = [
        [
            code(named(taken.address)),
            f" ({', '.join(taken.fields)})" if taken.fields else "",
            f": not taken over. {taken.why_not}" if taken.why_not else " → ",
            code(taken.file) if taken.file else "",
        ]
        for taken in one.adopted
    ]
    to_set = element("p", f"To be set from now on: {', '.join(one.to_set)}") if one.to_set else None
    return section("Taken over into the files", list_element(told), to_set, id_=f"{id_}-adopted", level=3)
