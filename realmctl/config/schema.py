"""The JSON Schema of the language, for editors: made from the kinds' models, the words and the catalogue.

It is as lenient as the loader where one file is a part of a realm, and as strict where a key is misspelt.
Must not know about: YAML, where the schema is written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from realmctl.keycloak.catalog import Keys, catalogue

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The dialect that the YAML language server speaks best."""

_INTERPOLATED: dict[str, Any] = {"type": "string", "pattern": r"\$\((env|file|var):"}
_SCALAR = ["string", "boolean", "number", "null"]
_NAMED = frozenset({"properties", "$defs", "patternProperties"})

_PRUNE: list[dict[str, Any]] = [
    {"type": "array", "items": {"type": "string"}},
    {"type": "object", "additionalProperties": {"const": "all"}},
]
_SHARE: list[dict[str, Any]] = [
    {"type": "number", "minimum": 0, "maximum": 1},
    {"type": "string", "pattern": r"^\d{1,3}(\.\d+)? ?%$"},
]
"""What may be written for a value that the model knows only in its converted form."""


def realm_schema() -> dict[str, Any]:
    """What may stand in a file of a realm's folder."""
    from realmctl.config.loader.management_keys import Frame
    from realmctl.config.macros import WORDS
    from realmctl.keycloak.kinds.registry import realm_file

    file = realm_file().model_json_schema()
    frame = Frame.model_json_schema()
    definitions = {**frame.get("$defs", {}), **file.get("$defs", {})}
    _say_otherwise(definitions["Deletions"]["properties"], "share", _SHARE)
    own = frame["properties"]
    _say_otherwise(own, "prune", _PRUNE)
    words: dict[str, Any] = {}
    for name, word in WORDS.items():
        schema = word.model.model_json_schema()
        definitions.update(schema.pop("$defs", {}))
        # Each file of a folder may say a part of a word: what one leaves out, another has.
        schema.pop("required", None)
        words[name] = schema
    _complete(definitions)
    whole: dict[str, Any] = {
        "type": "object",
        "properties": {**own, **words, **file["properties"]},
        "additionalProperties": False,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }
    _complete_required_actions(whole["properties"])
    return {
        "$schema": DIALECT,
        "title": "A file of a realm's folder (realmctl)",
        "description": "All files of a folder together are one realm. See docs/language.md.",
        **_tidy(whole),
    }


def _say_otherwise(properties: dict[str, Any], key: str, branches: list[dict[str, Any]]) -> None:
    properties[key] = {"description": properties[key]["description"], "anyOf": branches}


def _complete(definitions: dict[str, Any]) -> None:
    """Types by name, and for each type the keys of its config."""
    known = catalogue()
    _types(
        definitions["ProtocolMapper"],
        "protocolMapper",
        {
            mapper: known.protocol_mapper(protocol, mapper)
            for protocol, mappers in known.protocol_mappers.items()
            for mapper in mappers
        },
    )
    _types(
        definitions["IdentityProvider"],
        "providerId",
        {name: known.identity_provider(name) for name in known.identity_providers},
    )
    _types(
        definitions["IdentityProviderMapper"],
        "identityProviderMapper",
        {name: known.identity_provider_mapper(name) for name in known.identity_provider_mappers},
    )
    _types(
        definitions["Execution"],
        "authenticator",
        {name: known.authenticator(name) for name in known.authenticators},
    )
    definitions["Execution"]["properties"]["requirement"] |= {
        "enum": ["REQUIRED", "ALTERNATIVE", "CONDITIONAL", "DISABLED"]
    }


def _types(definition: dict[str, Any], key: str, types: Mapping[str, Keys]) -> None:
    """`key` is completed with the types' names; a type that is not shipped may have any config."""
    told = definition["properties"][key].get("description", "")
    definition["properties"][key] = {
        "description": told,
        "anyOf": [{"enum": sorted(types)}, {"type": ["string", "null"]}],
    }
    definition["allOf"] = [
        {
            "if": {"properties": {key: {"const": name}}, "required": [key]},
            "then": {"properties": {"config": _config(types[name])}},
        }
        for name in sorted(types)
    ]


def _config(keys: Keys) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "properties": {key: _value(known) for key, known in sorted(keys.items())},
        "additionalProperties": False,
    }


def _value(known: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of one config key, as a hint: Keycloak keeps any text, so any is accepted."""
    value: dict[str, Any] = {}
    if known.get("help"):
        value["description"] = known["help"]
    choices = [True, False] if known.get("boolean") else known.get("options")
    if choices:
        value["anyOf"] = [{"enum": choices}, {"type": [*_SCALAR, "array"]}]
    return value


def _complete_required_actions(properties: dict[str, Any]) -> None:
    actions = next(branch for branch in properties["requiredActions"]["anyOf"] if branch.get("type") == "object")
    actions["properties"] = dict.fromkeys(catalogue().required_actions, actions["additionalProperties"])


def _tidy(schema: Any, *, names: bool = False) -> Any:
    """Without what says nothing to a reader, and with room for `$(env:NAME)` wherever a value is not any text.

    `names` says that the keys of `schema` are names someone chose (properties), not keywords.
    """
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {
        key: _tidy(value, names=key in _NAMED and not names)
        for key, value in schema.items()
        if names or not _says_nothing(key, value)
    }
    return kept if names else _open(kept)


def _says_nothing(key: str, value: Any) -> bool:
    return key == "title" or (key == "default" and (value is None or isinstance(value, (dict, list))))


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """Room for an interpolation, which is text until it is looked up: one more branch, told once."""
    branches = schema.get("anyOf", [])
    if any(_INTERPOLATED in branch.get("anyOf", ()) for branch in branches):
        flat = [one for branch in branches for one in branch.get("anyOf", [branch]) if one != _INTERPOLATED]
        return {**schema, "anyOf": flat if {"type": "string"} in flat else [*flat, _INTERPOLATED]}
    if schema == _INTERPOLATED or not _narrow(schema):
        return schema
    told: dict[str, Any] = {key: schema[key] for key in ("description", "default") if key in schema}
    narrow = {key: value for key, value in schema.items() if key not in told}
    return {**told, "anyOf": [narrow, _INTERPOLATED]}


def _narrow(schema: Mapping[str, Any]) -> bool:
    """Whether a text such as `$(env:NAME)` would not do."""
    kinds: Iterable[str] = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", ())
    if "string" in kinds:
        return bool({"pattern", "enum"} & set(schema))
    return bool({"integer", "number", "boolean"} & set(kinds))
