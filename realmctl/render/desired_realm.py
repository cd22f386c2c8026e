"""The expanded realm as YAML or JSON, with the schema of the latter; secrets as the references that the files hold.

Must not know about: which sections there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from realmctl.config.yaml.text import lines
from realmctl.engine.plan.value_text import plain
from realmctl.model.fields import holds_secret
from realmctl.model.redaction import is_vault
from realmctl.model.secret import HIDDEN, Secret
from realmctl.render.plan_json import FORMAT, dump
from realmctl.render.plan_schema import plan_schema


def show_yaml(realms: Sequence[Mapping[str, Any]]) -> str:
    """Realms as YAML documents."""
    return "---\n".join("\n".join(lines(_scalars_first(without_secrets(realm)))) + "\n" for realm in realms)


def show_json(realms: Sequence[Mapping[str, Any]]) -> str:
    """Realms as one JSON document, `{"format": 1, "realms": […]}`."""
    return dump({"realms": [plain(without_secrets(realm)) for realm in realms]})


def show_schema() -> dict[str, Any]:
    """Return the JSON Schema of what `show` prints with -o json; its realms are those of realm.schema.json."""
    plans = plan_schema()
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",  # as realm.schema.json, which it refers to
        "title": "realmctl's expanded realms as JSON",
        "description": "What show prints with -o json. Keys may be added without a new format.",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT, "description": "The version of this shape."},
            "realms": {"type": "array", "items": {"$ref": "realm.schema.json"}},
            "error": {"$ref": "#/$defs/error", "description": "Why it failed; `realms` is empty then."},
        },
        "required": ["format", "realms"],
        "$defs": {name: plans["$defs"][name] for name in ("error", "finding", "place")},
    }


def _scalars_first(realm: dict[str, Any]) -> dict[str, Any]:
    """The realm's own settings before its sections, each in their order."""
    return dict(sorted(realm.items(), key=lambda item: isinstance(item[1], (dict, list))))


def without_secrets(value: Any, key: str = "") -> Any:
    """The same data with every interpolated text as the files hold it, and secrets in clear text as `(secret)`."""
    if isinstance(value, Mapping):
        return {_literal(str(name)): without_secrets(item, str(name)) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secrets(item, key) for item in value]
    if isinstance(value, Secret):
        return value.reference or (value.reveal() if value.vault else HIDDEN)
    if isinstance(value, str):
        reference = str(getattr(value, "reference", ""))
        if reference:
            return reference
        if holds_secret(key) and value.lower() not in ("true", "false", "") and not is_vault(value):
            return HIDDEN
        return _literal(value)
    return value


def _literal(text: str) -> str:
    """As it has to be written for none of it to be a reference."""
    return text.replace("$(", "$$(")
