"""The JSON Schema of everything that `-o json` prints of plans, applies and validations.

Must not know about: where it is written.
"""

from __future__ import annotations

from typing import Any

from realmctl.errors import Exit
from realmctl.model.change import Action
from realmctl.model.danger import Severity
from realmctl.model.fields import Compare
from realmctl.render.plan_json import FORMAT

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_ADDRESS: Schema = {"type": "string", "description": "kind/name…, each name percent-encoded."}


def plan_schema() -> Schema:
    """The schema, draft 2020-12. It allows further keys: a reader must ignore what it does not know."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "realmctl's JSON output",
        "description": "What plan, apply and validate print with -o json. Keys may be added without a new format.",
        **_object(
            {
                "format": {"const": FORMAT, "description": "The version of this shape."},
                "realms": _list({"$ref": "#/$defs/realm"}),
            },
            optional={
                "error": {
                    "$ref": "#/$defs/error",
                    "description": "Why it failed; `realms` may be empty.",
                },
                "valid": {"type": "boolean", "description": "validate: whether there is no error."},
                "findings": _list({"$ref": "#/$defs/finding"}, "validate: everything found."),
                "journal": _or_null(_TEXT, "apply: the file that says what was done."),
            },
        ),
        "$defs": {
            "realm": _realm(),
            "change": _change(),
            "field": _field(),
            "report": _report(),
            "finding": _finding(),
            "error": _error(),
            "place": _object({"file": _TEXT, "line": _count_from_one(), "column": _count_from_one()}),
        },
    }


def _realm() -> Schema:
    summary = {action.value: _NUMBER for action in Action}
    planned = {
        "owner": _TEXT,
        "keycloak": _or_null(_TEXT, "The server's version, where the account may see it."),
        "undoes": _or_null(_TEXT, "undo: which apply it takes back."),
        "createsRealm": {"type": "boolean"},
        "empty": {"type": "boolean", "description": "Whether nothing has to be changed."},
        "summary": _object(summary),
        "changes": _list({"$ref": "#/$defs/change"}, "In the order in which they are due."),
        "adopted": _list(_ADDRESS, "Declared objects that exist already: an apply notes them as owned."),
        "released": _list(_ADDRESS, "Owned, no longer declared, and gone or built in: an apply forgets them."),
        "unmanaged": _list(_ADDRESS, "Objects that nobody declared; nothing touches them."),
        "unseen": _list(_TEXT, "What the account could not see."),
        "warnings": _list({"$ref": "#/$defs/finding"}),
        "refused": _or_null({"$ref": "#/$defs/error"}, "Why an apply would be refused as things stand."),
    }
    return {
        **_object(
            {"realm": _TEXT},
            optional={
                **planned,
                "report": _or_null({"$ref": "#/$defs/report"}, "apply: what was done."),
                "tests": _list(_test(), "plan --test: the tests of tokens, on the planned realm."),
                "base": _or_null(_TEXT, "plan --against: the base; null where the files were not compared with one."),
                "dangers": _list(_danger(), "plan: what the change puts at risk, the worst first."),
                "policy": _list(_TEXT, "plan --against: what changes outside Keycloak, beside the dangers."),
                "newFindings": _list(
                    {"$ref": "#/$defs/finding"},
                    "plan: what validate finds and did not find in the base; without a base, in what changes.",
                ),
            },
        ),
        "dependentRequired": {"changes": list(planned)},
    }


def _test() -> Schema:
    return _object(
        {
            "name": _TEXT,
            "passed": {"type": "boolean"},
            "failures": _list(_TEXT),
            "changes": _list(_TEXT, "How the token differs from what the same person gets now."),
        }
    )


def _danger() -> Schema:
    return _object(
        {
            "rule": {"type": "string", "description": "A stable name to search for."},
            "severity": {"enum": [severity.value for severity in Severity]},
            "message": _TEXT,
            "address": _or_null(_ADDRESS, "null where no object of the realm is concerned."),
            "place": _or_null({"$ref": "#/$defs/place"}),
        }
    )


def _change() -> Schema:
    return _object(
        {
            "action": {"enum": [action.value for action in Action]},
            "address": _ADDRESS,
            "kind": _TEXT,
            "names": _list(_TEXT, "From the outermost owner to the object."),
            "renamedFrom": _or_null(_ADDRESS),
            "protected": {"type": "boolean"},
            "place": _or_null({"$ref": "#/$defs/place"}),
            "fields": _list({"$ref": "#/$defs/field"}),
            "notes": _list(_TEXT, "What a deletion would cost, and what else the reader should know."),
        }
    )


def _field() -> Schema:
    return _object(
        {
            "path": _TEXT,
            "compare": {"enum": [compare.value for compare in Compare]},
            "secret": {"type": "boolean", "description": "Whether old and new are hidden."},
            "old": {"description": "The live value; null where it is not set."},
            "new": {"description": "The declared value; null where its absence is wanted."},
        },
        optional={
            "added": _list({}, "Of a set."),
            "removed": _list({}, "Of a set."),
            "elements": _list(_element(), "Of two nested values: each element that differs."),
        },
    )


def _element() -> Schema:
    return _object(
        {
            "path": _list(
                _TEXT, "Below the field: keys of maps, names or numbers of list elements; empty without either."
            )
        },
        optional={
            "old": {"description": "The live value; missing where the element is new."},
            "new": {"description": "The declared value; missing where the element goes."},
            "order": {"const": True, "description": "A list is in another order: old and new name its elements."},
        },
    )


def _report() -> Schema:
    return _object(
        {
            "applied": _list(_ADDRESS),
            "failed": _list(_object({"address": _ADDRESS, "message": _TEXT})),
            "skipped": _list(_ADDRESS, "Not tried, because something they need failed."),
            "remaining": _list({"$ref": "#/$defs/change"}, "What did not stick: the server shows something else."),
            "requests": _NUMBER,
            "problem": {
                "type": "string",
                "description": "Why the apply was not finished or checked, or its journal is not complete; else empty.",
            },
        }
    )


def _finding() -> Schema:
    return _object(
        {
            "rule": {"type": "string", "description": "A stable name to search for."},
            "severity": {"enum": ["error", "warning"]},
            "message": _TEXT,
            "advice": _or_null(_TEXT),
            "place": _or_null({"$ref": "#/$defs/place"}),
        }
    )


def _error() -> Schema:
    return _object(
        {
            "message": _TEXT,
            "advice": _or_null(_TEXT),
            "exit": {"enum": [int(code) for code in Exit if code not in (Exit.OK, Exit.DIFFERENT)]},
            "findings": _list({"$ref": "#/$defs/finding"}),
        }
    )


def _object(required: Schema, *, optional: Schema | None = None) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def _list(items: Schema, description: str = "") -> Schema:
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def _or_null(schema: Schema, description: str = "") -> Schema:
    return {"anyOf": [schema, {"type": "null"}], **({"description": description} if description else {})}


def _count_from_one() -> Schema:
    return {"type": "integer", "minimum": 1}
