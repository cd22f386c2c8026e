"""What was found of a gateway, as text for a person and as JSON. Must not know about: how it was found, terminals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from realmctl.engine.plan.value_text import clean, json_text
from realmctl.integrations.gateway.probe.checks import CheckedPoint, PointState
from realmctl.render.change_lines import many
from realmctl.render.colors import paint
from realmctl.render.plan_schema import plan_schema

FORMAT = 1
_MARKS = {PointState.CLOSED: ("✓", "good"), PointState.OPEN: ("✗", "error"), PointState.UNKNOWN: ("?", "dim")}
_FEW = 5
"""Pieces of evidence that are told of an open point, unless all are asked for."""


def text(url: str, checked: Sequence[CheckedPoint], *, color: bool = False, verbose: bool = False) -> str:
    """Each point, why it is open and how to close it; what is closed in one line each."""
    return "".join(f"{line}\n" for line in _lines(url, checked, color=color, verbose=verbose))


def _lines(url: str, checked: Sequence[CheckedPoint], *, color: bool, verbose: bool) -> Iterator[str]:
    yield paint(f"Gateway {clean(url)}", "bold", color)
    for one in checked:
        mark, style = _MARKS[one.state]
        yield f"  {paint(mark, style, color)} {one.point.title} [{one.point.id}]"
        evidence = [each for each in one.evidence if verbose or each.state is one.state is not PointState.CLOSED]
        shown = evidence if verbose else evidence[:_FEW]
        for each in shown:
            asked = f"{clean(each.asked)}: " if each.asked else ""
            state = f"{each.state.value}: " if verbose else ""
            yield f"      {state}{asked}{clean(each.message)}"
        if len(evidence) > len(shown):
            yield f"      and {len(evidence) - len(shown)} more (-v)"
        if one.state is PointState.OPEN:
            yield f"      {paint('To close it:', 'bold', color)} {one.point.close}"
    count = {state: sum(one.state is state for one in checked) for state in PointState}
    open_, closed, unknown = (count[state] for state in (PointState.OPEN, PointState.CLOSED, PointState.UNKNOWN))
    told = f"{many(open_, 'point')} open, {closed} closed, {unknown} not seen."
    yield paint(told, "error" if open_ else "good", color)


def json_(url: str, checked: Sequence[CheckedPoint]) -> str:
    """The same as one document."""
    return json_text(data(url, checked))


def data(url: str, checked: Sequence[CheckedPoint]) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "format": FORMAT,
        "url": url,
        "open": [one.point.id for one in checked if one.state is PointState.OPEN],
        "points": [
            {
                "id": one.point.id,
                "title": one.point.title,
                "state": one.state.value,
                "close": one.point.close,
                "evidence": [
                    {"state": each.state.value, "message": each.message, "asked": each.asked or None}
                    for each in one.evidence
                ],
            }
            for one in checked
        ],
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of that document."""
    state = {"enum": [one.value for one in PointState]}
    evidence = {"state": state, "message": {"type": "string"}, "asked": {"type": ["string", "null"]}}
    point = {
        "id": {"type": "string"},
        "title": {"type": "string"},
        "state": state,
        "close": {"type": "string", "description": "How to close it."},
        "evidence": {"type": "array", "items": _closed_object(evidence)},
    }
    whole = {
        "format": {"const": FORMAT},
        "url": {"type": "string"},
        "open": {"type": "array", "items": {"type": "string"}, "description": "Ids of the points that are open."},
        "points": {"type": "array", "items": _closed_object(point)},
    }
    shared = plan_schema()["$defs"]
    failed = {
        "format": {"const": FORMAT},
        "realms": {"type": "array", "maxItems": 0},
        "error": {"$ref": "#/$defs/error", "description": "Why the command failed."},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What realmctl gateway check -o json writes",
        "anyOf": [_closed_object(whole), _closed_object(failed)],
        "$defs": {name: shared[name] for name in ("error", "finding", "place")},
    }


def _closed_object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
