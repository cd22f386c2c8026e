"""The JSON Schemas of what `entra check` and `entra roles` print with -o json; they change together with that.

Must not know about: how anything was found.
"""

from __future__ import annotations

from typing import Any

from realmctl.integrations.entra.finding import SEVERITIES
from realmctl.integrations.entra.rules import RULES
from realmctl.render.plan_json import FORMAT
from realmctl.render.plan_schema import plan_schema

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}


def check_schema() -> Schema:
    """Of `entra check`, draft 2020-12. It allows further keys: a reader must ignore what it does not know."""
    request = _object({"method": {"enum": ["PATCH", "POST"]}, "url": _TEXT, "body": {"type": "object"}})
    finding = {
        "rule": {"enum": sorted(RULES), "description": "docs/entra.md tells of each."},
        "severity": {"enum": list(SEVERITIES)},
        "message": _TEXT,
        "advice": _MAYBE,
        "place": _or_null({"$ref": "#/$defs/place"}),
        "patch": {**_or_null(request), "description": "The request to Graph that would put it right."},
        "az": {**_MAYBE, "description": "The Azure CLI's command that would."},
    }
    credential = {
        "kind": {"enum": ["secret", "certificate"]},
        "keyId": _TEXT,
        "displayName": _MAYBE,
        "endDateTime": {**_MAYBE, "format": "date-time"},
        "secondsLeft": {"type": ["integer", "null"], "description": "As of the check; negative when it has expired."},
    }
    realm = {
        "realm": _TEXT,
        "clientId": _TEXT,
        "tenantId": _TEXT,
        "application": _or_null(_object({"id": _MAYBE, "displayName": _TEXT})),
        "redirectUri": {**_TEXT, "description": "The one that the realm needs."},
        "summary": _object(dict.fromkeys(SEVERITIES, _COUNT)),
        "findings": _list(_object(finding)),
        "requests": {**_list(request), "description": "What puts right all that fails or warns, one for each object."},
        "credentials": {**_list(_object(credential)), "description": "The soonest to end first."},
        "assigned": _or_null(_object({"users": _COUNT, "groups": _COUNT})),
        "unseen": _list(_object({"what": _TEXT, "right": {**_TEXT, "description": "The permission it takes."}})),
    }
    return _document("realmctl's check of an app registration as JSON", "entra check", realm)


def roles_schema() -> Schema:
    """Of `entra roles`, draft 2020-12."""
    target = {"description": "What the realm maps it to: a text, a list of texts, or null."}
    role = {"value": _TEXT, "displayName": _TEXT, "id": _TEXT, "usable": _FLAG, "mappedTo": target}
    group = {"id": _TEXT, "displayName": _MAYBE, "assigned": _FLAG, "mappedTo": target}
    realm = {"realm": _TEXT, "clientId": _TEXT, "appRoles": _list(_object(role)), "groups": _list(_object(group))}
    return _document("realmctl's list of app roles and groups as JSON", "entra roles", realm)


def _document(title: str, command: str, realm: Schema) -> Schema:
    shared = plan_schema()["$defs"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": f"What {command} prints with -o json. Keys may be added without a new format.",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT, "description": "The version of this shape."},
            "realms": _list(_object(realm)),
            "error": {"$ref": "#/$defs/error", "description": "Why the command failed; `realms` is empty then."},
        },
        "required": ["format", "realms"],
        "$defs": {name: shared[name] for name in ("error", "finding", "place")},
    }


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
