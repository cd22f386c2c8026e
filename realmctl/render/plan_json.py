"""Plans as versioned JSON; its published schema is made in `plan_schema`, and both change together.

Must not know about: how the document is written or shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from realmctl.engine.plan.fingerprint import change_head, field_values
from realmctl.engine.plan.nested_diff import NOTHING, Difference, nested_differences
from realmctl.engine.plan.value_text import json_safe, plain
from realmctl.errors import BadConfig, Finding, Place, RealmctlError, Refused
from realmctl.model.change import Change, FieldChange, Plan
from realmctl.render.change_lines import counts, single

if TYPE_CHECKING:
    from realmctl.model.review import Review
    from realmctl.model.test_result import Verdicts

FORMAT = 1
"""Raised when a reader of the old shape would misread the new one; new keys do not raise it."""
_DEPTH = 4
"""The document, its realms, each realm, its changes."""


def json_(
    plans: Sequence[Plan],
    *,
    refusals: Mapping[str, Refused] | None = None,
    reviews: Mapping[str, Review] | None = None,
    verdicts: Sequence[Verdicts] = (),
) -> str:
    """All plans as one JSON document, `{"format": 1, "realms": […]}`; of tests, names and what failed."""
    tested = {one.realm: one for one in verdicts}
    return dump(
        {
            "realms": [
                plan_data(plan, (refusals or {}).get(plan.realm))
                | (review_data(reviews[plan.realm]) if reviews and plan.realm in reviews else {})
                | ({"tests": _tests(tested[plan.realm])} if plan.realm in tested else {})
                for plan in plans
            ]
        }
    )


def _tests(tested: Verdicts) -> list[dict[str, Any]]:
    return [
        {
            "name": verdict.name,
            "passed": verdict.passed,
            "failures": [failure.message for failure in verdict.failures],
            "changes": list(verdict.changed),
        }
        for verdict in tested.verdicts
    ]


def dump(document: Mapping[str, Any]) -> str:
    """A document with its format number first, a change on a line of its own, ending in a line break."""
    return json_safe(_laid_out({"format": FORMAT, **document}, _DEPTH)) + "\n"


def _laid_out(value: Any, depth: int, margin: str = "") -> str:
    """The value as JSON; lists and maps spread over lines down to `depth`. Python's own indenting is many times slower.

    (An apply of 3,000 objects writes a megabyte.)
    """
    inner = margin + "  "
    if value and depth > 0 and isinstance(value, Mapping):
        parts = [f"{json.dumps(key)}: {_laid_out(item, depth - 1, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + "\n" + margin + "}"
    if value and depth > 0 and isinstance(value, list):
        return "[\n" + ",\n".join(inner + _laid_out(item, depth - 1, inner) for item in value) + "\n" + margin + "]"
    return json.dumps(value, ensure_ascii=False)


def plan_data(plan: Plan, refusal: RealmctlError | None = None) -> dict[str, Any]:
    """One plan as plain data. `refused` is null, or says why an apply would be refused as things stand."""
    return {
        "realm": plan.realm,
        "owner": plan.owner,
        "keycloak": plan.version or None,
        "undoes": plan.undoes or None,
        "createsRealm": plan.creates_realm,
        "empty": plan.empty,
        "summary": {action.value: count for action, count in counts([plan]).items()},
        "changes": [change_data(change) for change in plan.changes],
        "adopted": [str(address) for address in plan.adopted],
        "released": [str(address) for address in plan.released],
        "unmanaged": [str(address) for address in plan.unmanaged],
        "unseen": list(plan.unseen),
        "warnings": [finding_data(finding) for finding in plan.warnings],
        "refused": error_data(refusal) if refusal else None,
    }


def review_data(review: Review) -> dict[str, Any]:
    """What of a review a program can use: dangers, and what a comparison with a base found. `base` is null without."""
    from realmctl.render.sentence_groups import plain as spoken

    return {
        "base": review.base or None,
        "dangers": [
            {
                "rule": danger.rule,
                "severity": danger.severity.value,
                "message": spoken(danger.sentence),
                "address": str(danger.address) if danger.address else None,
                "place": place_data(danger.place),
            }
            for danger in review.dangers
        ],
        "policy": [spoken(sentence) for sentence in review.policy],
        "newFindings": [finding_data(finding) for finding in review.new_findings],
    }


def change_data(change: Change) -> dict[str, Any]:
    """Return one change as plain data; `address` can be parsed, `kind` and `names` are its parts."""
    return {
        **change_head(change),
        "place": place_data(change.place),
        "fields": [field_data(field) for field in change.fields],
        "notes": list(change.notes),
    }


def field_data(field: FieldChange) -> dict[str, Any]:
    """Return one field as plain data: its values, and `elements` where both values are nested."""
    data = field_values(field)
    if not data["secret"] and (elements := _elements(field)):
        data["elements"] = elements
    return data


def _elements(field: FieldChange) -> list[dict[str, Any]]:
    """The elements of two nested values that differ; none for single values and for lists of them."""
    if None in (field.old, field.new) or (single(field.old) and single(field.new)):
        return []
    found = nested_differences(field.old, field.new)
    return [_element(one) for one in found] if any(one.path or one.is_order for one in found) else []


def _element(one: Difference) -> dict[str, Any]:
    sides = {name: plain(value) for name, value in (("old", one.old), ("new", one.new)) if value is not NOTHING}
    return {"path": list(one.path), **sides, **({"order": True} if one.is_order else {})}


def finding_data(finding: Finding) -> dict[str, Any]:
    """One finding as plain data."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "advice": finding.advice or None,
        "place": place_data(finding.place),
    }


def place_data(place: Place | None) -> dict[str, Any] | None:
    """A place as plain data, or None."""
    return {"file": place.file, "line": place.line, "column": place.column} if place else None


def error_data(error: RealmctlError) -> dict[str, Any]:
    """An error as plain data, with the exit code that goes with it and every finding where it carries some."""
    findings = error.findings if isinstance(error, BadConfig) else ()
    return {
        "message": error.message,
        "advice": error.advice or None,
        "exit": int(error.exit_code),
        "findings": [finding_data(finding) for finding in findings],
    }


def error_json(error: RealmctlError, plans: Sequence[Plan] = ()) -> str:
    """What stands on stdout where a command failed: the plans known by then, and `error`."""
    return dump({"realms": [plan_data(plan) for plan in plans], "error": error_data(error)})
