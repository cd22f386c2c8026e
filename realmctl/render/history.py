"""A realm's history as text, JSON and markdown: which applies there were, by whom, from where, and what became of them.

Must not know about: where it was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from realmctl.engine.plan.value_text import clean
from realmctl.model.history import History, Run
from realmctl.model.record import Record
from realmctl.render.change_lines import many
from realmctl.render.colors import paint
from realmctl.render.plan_json import dump

_OTHERS = 20
"""Runs without a record that a text names."""


def text(found: Sequence[History], *, color: bool = False) -> str:
    """All realms, the newest apply first."""
    return "\n\n".join("\n".join(_realm(one, color)) for one in found) + "\n"


def _realm(one: History, color: bool) -> Iterator[str]:
    yield paint(f"Realm {clean(one.realm)}", "bold", color)
    if one.running:
        yield f"  {clean(one.running)}"
    for record in one.applies:
        yield ""
        yield from (f"  {line}" for line in _apply(one, record))
    if not one.applies:
        yield "  No apply is known."
    if one.holdings or one.others or one.unseen:
        yield ""
    for held in one.holdings:
        where = f", last applied from {clean(held.source)}" if held.source else ""
        yield f"  {clean(held.owner)} owns {many(held.objects, 'object')}{where}."
    for run in one.others[:_OTHERS]:
        yield f"  Admin events tell of an apply without a record: {_run(run)}."
    if len(one.others) > _OTHERS:
        yield f"  … and of {len(one.others) - _OTHERS:,} more."
    if one.unseen:
        yield f"  Admin events: {clean(one.unseen)}."


def _apply(one: History, record: Record) -> Iterator[str]:
    by = f"  {clean(record.by)}" if record.by else ""
    where = f" from {clean(record.source)}" if record.source else ""
    yield f"{clean(record.id)}  {moment(record.at)}{by}{where}"
    what = f"undo of {clean(record.undoes)}" if record.undoes else "made the realm" if record.creates else ""
    yield f"    {what + ': ' if what else ''}{_counts(record)}" + (f" ({clean(record.owner)})" if record.owner else "")
    if record.ended:
        yield f"    {clean(record.ended)}"
    if run := one.runs.get(record.id):
        yield f"    admin events: {_run(run)}"
    if undone := one.undone_by(record):
        yield f"    taken back by {clean(undone)}"
    elif not record.kept:
        yield "    can't be taken back without its journal: what it changed is no longer kept"


def _counts(record: Record) -> str:
    added, changed, deleted = record.counts
    return f"{added:,} to add, {changed:,} to change, {deleted:,} to destroy"


def _run(run: Run) -> str:
    end = "" if run.whole else ", and did not come to its end"
    return f"{run.since:%Y-%m-%d %H:%M:%S} UTC by {clean(run.by)}, {many(run.writes, 'write')}{end}"


def moment(text: str) -> str:
    """An ISO moment as a person reads it."""
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return clean(text)


def json_(found: Sequence[History]) -> str:
    """All realms as one JSON document."""
    return dump({"realms": [_data(one) for one in found]})


def _data(one: History) -> dict[str, Any]:
    return {
        "realm": one.realm,
        "applies": [_record_data(one, record) for record in one.applies],
        "owners": [{"owner": held.owner, "objects": held.objects, "source": held.source} for held in one.holdings],
        "running": one.running or None,
        "others": [_run_data(run) for run in one.others],
        "unseen": one.unseen or None,
    }


def _record_data(one: History, record: Record) -> dict[str, Any]:
    added, changed, deleted = record.counts
    run = one.runs.get(record.id)
    return {
        "id": record.id,
        "at": record.at,
        "owner": record.owner,
        "by": record.by or None,
        "source": record.source or None,
        "summary": {"create": added, "update": changed, "delete": deleted},
        "createsRealm": record.creates,
        "undoes": record.undoes or None,
        "undoneBy": one.undone_by(record) or None,
        "ended": record.ended or None,
        "kept": record.kept,
        "events": _run_data(run) if run else None,
    }


def _run_data(run: Run) -> dict[str, Any]:
    return {
        "since": run.since.isoformat(),
        "until": run.until.isoformat(),
        "by": run.by,
        "writes": run.writes,
        "whole": run.whole,
    }


def markdown(found: Sequence[History]) -> str:
    """All realms as a comment: the same text, in a block that nothing in it can leave."""
    from realmctl.render.markdown_page import MarkdownPage

    page = MarkdownPage(["<!-- realmctl:history -->", "## realmctl history", ""], "realmctl history")
    page.fence("text", text(found).splitlines())
    return page.text()
