"""Drift as versioned JSON, and its published schema, which change together.

Must not know about: how the document is written or shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from realmctl.model.change import FieldChange
from realmctl.model.danger import Danger, Severity
from realmctl.model.drift import Deed, Deviation, RealmDrift, What, has_drift, worst_of
from realmctl.model.ignore_rule import IgnoreRule
from realmctl.render.drift_text import first_line
from realmctl.render.plan_json import FORMAT, dump, error_data, field_data, finding_data, place_data
from realmctl.render.plan_schema import plan_schema
from realmctl.render.sentence_groups import plain


def json_(found: Sequence[RealmDrift]) -> str:
    """All realms as one document."""
    worst = worst_of(found)
    severity = worst[1].dangers[0].severity.value if worst else None
    first = first_line(found) or None
    return dump(
        {"drift": has_drift(found), "severity": severity, "worst": first, "realms": [_realm(one) for one in found]}
    )


def _realm(one: RealmDrift) -> dict[str, Any]:
    return {
        "realm": one.realm,
        "server": one.server or None,
        "keycloak": one.version or None,
        "severity": one.severity.value if one.severity else None,
        "summary": {what.value: sum(1 for _ in one.of(what)) for what in What} | {"ignored": len(one.ignored)},
        "deviations": [_deviation(deviation) for deviation in one.deviations],
        "ignored": [
            {**_deviation(deviation), "rule": _rule(deviation.ignored) if deviation.ignored else None}
            for deviation in one.ignored
        ],
        "adopted": [
            {
                "address": str(taken.address),
                "fields": list(taken.fields),
                "file": taken.file or None,
                "whyNot": taken.why_not or None,
            }
            for taken in one.adopted
        ],
        "toSet": list(one.to_set),
        "unseen": list(one.unseen),
        "warnings": [finding_data(finding) for finding in one.warnings],
        "error": error_data(one.error) if one.error else None,
        "seconds": round(one.seconds, 3),
    }


def _deviation(one: Deviation) -> dict[str, Any]:
    return {
        "what": one.what.value,
        "address": str(one.address),
        "kind": one.address.kind,
        "names": list(one.address.names),
        "place": place_data(one.place),
        "severity": one.severity.value if one.severity else None,
        "dangers": [danger_data(danger) for danger in one.dangers],
        "fields": [_field(field) for field in one.fields],
        "notes": list(one.notes),
        "by": [_deed(deed) for deed in one.trace.deeds],
        "unknown": one.trace.unknown or None,
        "commands": {command.key: command.text for command in one.commands},
    }


def danger_data(danger: Danger) -> dict[str, Any]:
    """A danger as data; its sentence as one text with the names in quotes."""
    return {
        "rule": danger.rule,
        "severity": danger.severity.value,
        "sentence": plain(danger.sentence),
        "address": str(danger.address) if danger.address else None,
        "place": place_data(danger.place),
    }


_SIDES = {"new": "declared", "old": "live"}
"""What the two values of a field and of its elements are called here."""


def _field(field: FieldChange) -> dict[str, Any]:
    data = field_data(field)
    for values in (data, *data.get("elements", ())):
        values.update({_SIDES[name]: values.pop(name) for name in _SIDES if name in values})
    return data


def _deed(deed: Deed) -> dict[str, Any]:
    return {
        "at": deed.at.isoformat().replace("+00:00", "Z"),
        "operation": deed.operation,
        "account": deed.who or None,
        "accountKind": "client" if deed.service else "user" if deed.named else "id",
        "client": deed.through or None,
        "ip": deed.address or None,
        "realmctl": deed.own,
        "sure": deed.sure,
    }


def _rule(rule: IgnoreRule) -> dict[str, Any]:
    return {
        "address": rule.address,
        "fields": list(rule.fields) or None,
        "reason": rule.reason,
        "until": rule.until.isoformat() if rule.until else None,
        "place": place_data(rule.place),
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of `json_`, draft 2020-12. It allows further keys: a reader must ignore what it does not know."""
    shared = plan_schema()["$defs"]
    text: dict[str, Any] = {"type": "string"}
    maybe: dict[str, Any] = {"type": ["string", "null"]}
    flag: dict[str, Any] = {"type": "boolean"}
    texts = {"type": "array", "items": text}
    place = {"anyOf": [{"$ref": "#/$defs/place"}, {"type": "null"}]}
    field = {
        "path": text,
        "compare": shared["field"]["properties"]["compare"],
        "secret": {**flag, "description": "Whether declared and live are hidden."},
        "declared": {"description": "What the files say; null where they want its absence."},
        "live": {"description": "What the server has; null where it is not set."},
    }
    sides = {
        "declared": {"description": "What the files say; missing where the server alone has the element."},
        "live": {"description": "What the server has; missing where the files alone have the element."},
        "order": {"const": True, "description": "A list is in another order: declared and live name its elements."},
    }
    elements = {
        "type": "array",
        "items": _object({"path": {**texts, "description": "Below the field, as in a plan."}}, optional=sides),
        "description": "Of two nested values: each element that differs.",
    }
    deed = {
        "at": {**text, "format": "date-time"},
        "operation": {**text, "description": "Keycloak's: CREATE, UPDATE, DELETE, ACTION."},
        "account": {**maybe, "description": "The user's name, or the client's whose service account it was."},
        "accountKind": {"enum": ["user", "client", "id"], "description": "id: it could not be looked up."},
        "client": {**maybe, "description": "The client that it was done with."},
        "ip": maybe,
        "realmctl": {**flag, "description": "Whether an apply of realmctl did it."},
        "sure": {**flag, "description": "Whether the event shows this very change; else the last one to the object."},
    }
    severities = [one.value for one in Severity]
    severity = {"enum": [*severities, None], "description": "The worst danger's; null where no rule found any."}
    danger = {
        "rule": {**text, "description": "Its id, as in docs/dangers.md."},
        "severity": {"enum": severities},
        "sentence": text,
        "address": maybe,
        "place": place,
    }
    command = {
        "type": "object",
        "additionalProperties": text,
        "description": "Commands to paste, by what they do: putBack, adopt, explain.",
    }
    deviation: dict[str, Any] = {
        "what": {"enum": [what.value for what in What]},
        "address": {**text, "description": "kind/name…, each name percent-encoded."},
        "kind": text,
        "names": texts,
        "place": place,
        "severity": severity,
        "dangers": {"type": "array", "items": _object(danger), "description": "The worst first."},
        "fields": {"type": "array", "items": _object(field, optional={"elements": elements})},
        "notes": texts,
        "by": {"type": "array", "items": _object(deed), "description": "The newest first."},
        "unknown": {**maybe, "description": "Why nobody can tell who did it."},
        "commands": command,
    }
    rule = {"address": text, "fields": {"type": ["array", "null"], "items": text}, "reason": text, "until": maybe}
    adopted = {
        "address": text,
        "fields": {**texts, "description": "Empty for a whole object."},
        "file": {**maybe, "description": "Where it went; null where it was not taken over."},
        "whyNot": maybe,
    }
    realm = {
        "realm": text,
        "server": {**maybe, "description": "Its name in the fleet file."},
        "keycloak": maybe,
        "severity": severity,
        "summary": _object({name: {"type": "integer", "minimum": 0} for name in (*What, "ignored")}),
        "deviations": {"type": "array", "items": _object(deviation)},
        "ignored": {"type": "array", "items": _object({**deviation, "rule": _object({**rule, "place": place})})},
        "adopted": {"type": "array", "items": _object(adopted), "description": "--adopt: no deviations any more."},
        "toSet": {**texts, "description": "--adopt: variables that the files refer to since then."},
        "unseen": texts,
        "warnings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
        "error": {"anyOf": [{"$ref": "#/$defs/error"}, {"type": "null"}], "description": "Nothing is known of it."},
        "seconds": {"type": "number", "minimum": 0},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "realmctl's drift as JSON",
        "description": "What drift prints with -o json. Keys may be added without a new format.",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT, "description": "The version of this shape."},
            "drift": {**flag, "description": "Whether anything is not as declared."},
            "severity": severity,
            "worst": {**maybe, "description": "The worst danger of all realms in a line, and who brought it about."},
            "realms": {"type": "array", "items": _object(realm)},
            "error": {"$ref": "#/$defs/error", "description": "Why the command failed before any server was asked."},
        },
        "required": ["format", "realms"],
        "$defs": {name: shared[name] for name in ("error", "finding", "place")},
    }


def _object(required: dict[str, Any], *, optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}
