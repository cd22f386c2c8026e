"""What may be written for a value, in words, from its JSON Schema. Must not know about: which field it is of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_PLAIN = {"string": "text", "integer": "number", "number": "number", "boolean": "true or false", "null": "null"}
_MANY = 12
"""Choices that are listed."""


def type_of(schema: Schema, definitions: Schema) -> str:
    """`text`, `list of texts`, `map`, `a, b or c`…"""
    return _told(schema, definitions) or "anything"


def _told(schema: Schema, definitions: Schema) -> str:
    if "$ref" in schema:
        inner = definitions[schema["$ref"].rpartition("/")[2]]
        return "map" if "properties" in inner else str(_told(inner, definitions))
    if "const" in schema:
        return _value(schema["const"])
    if "enum" in schema:
        return _choices(schema["enum"]) if len(schema["enum"]) > 1 else _value(schema["enum"][0])
    if "anyOf" in schema:
        branches = [one for one in schema["anyOf"] if one.get("type") != "null" and not _interpolated(one)]
        return " or ".join(dict.fromkeys(filter(None, (_told(one, definitions) for one in branches))))
    kind = schema.get("type")
    if isinstance(kind, list):
        plain = [str(_PLAIN.get(one, one)) for one in kind if one != "null"]
        return "value" if "text" in plain and len(plain) > 1 else " or ".join(plain)
    if kind == "array":
        return f"list of {_plural(_told(schema.get('items', {}), definitions))}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        told = _told(inner, definitions) if isinstance(inner, Mapping) else ""
        return f"map of {_plural(told)} by name" if told else "map"
    if str(schema.get("pattern", "")).startswith(r"^(\d+(d|h|ms|m|s))+"):
        return "duration (90s, 5m, 12h, 30d)"
    return str(_PLAIN.get(str(kind), ""))


def _interpolated(schema: Schema) -> bool:
    return str(schema.get("pattern", "")).startswith(r"\$\(")


def _choices(values: list[Any]) -> str:
    told = [_value(one) for one in values if one is not None]
    return "one of " + ", ".join(told[:_MANY]) + (f" and {len(told) - _MANY} more" if len(told) > _MANY else "")


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _plural(told: str) -> str:
    return {
        "text": "texts", "number": "numbers", "map": "maps", "value": "values", "": "values",
        "value or list of values": "values or lists of values",
    }.get(told, told)  # fmt: skip
