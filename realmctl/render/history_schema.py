"""The JSON Schema of what `history -o json` prints; it changes together with that. Must not know about: realms."""

from __future__ import annotations

from typing import Any

from realmctl.render.plan_json import FORMAT
from realmctl.render.plan_schema import plan_schema

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}


def history_schema() -> Schema:
    """Draft 2020-12. It allows further keys: a reader must ignore what it does not know."""
    run = _object({"since": _MOMENT, "until": _MOMENT, "by": _MAYBE, "writes": _COUNT, "whole": _FLAG})
    run["description"] = "What the realm's admin events tell of it; `whole`: it came to its end."
    apply = {
        "id": {**_TEXT, "description": "What `undo --apply` takes."},
        "at": _MOMENT,
        "owner": _TEXT,
        "by": {**_MAYBE, "description": "The account."},
        "source": {**_MAYBE, "description": "From where it was applied."},
        "summary": _object({"create": _COUNT, "update": _COUNT, "delete": _COUNT}),
        "createsRealm": _FLAG,
        "undoes": {**_MAYBE, "description": "The id of the apply that it took back."},
        "undoneBy": {**_MAYBE, "description": "The id of the apply that took it back."},
        "ended": {**_MAYBE, "description": "Why it ended early."},
        "kept": {**_FLAG, "description": "What it changed is still known, so that it can be taken back."},
        "events": {"anyOf": [run, {"type": "null"}]},
    }
    realm = {
        "realm": _TEXT,
        "applies": {"type": "array", "items": _object(apply), "description": "The newest first."},
        "owners": {
            "type": "array",
            "items": _object({"owner": _TEXT, "objects": _COUNT, "source": _MAYBE}),
            "description": "Who owns how much.",
        },
        "running": {**_MAYBE, "description": "Who is applying just now."},
        "others": {"type": "array", "items": run, "description": "Applies of which there is no record."},
        "unseen": {**_MAYBE, "description": "Why admin events could not be seen."},
    }
    shared = plan_schema()["$defs"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "realmctl's history as JSON",
        "description": "What history prints with -o json. Keys may be added without a new format.",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT, "description": "The version of this shape."},
            "realms": {"type": "array", "items": _object(realm)},
            "error": {"$ref": "#/$defs/error", "description": "Why the command failed; `realms` is empty then."},
        },
        "required": ["format", "realms"],
        "$defs": {name: shared[name] for name in ("error", "finding", "place")},
    }


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}
