"""What a field's value means: how it is written in YAML, what goes over the wire, and how two of them compare.

A kind annotates a field once with one of the types below; validation, the differ, the renderers and the schema all
read it from there. Must not know about: any single kind, YAML, HTTP.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic.fields import FieldInfo

from realmctl.model.address import Address
from realmctl.model.joined_list import Joined
from realmctl.model.secret import Secret


class Compare(StrEnum):
    """How the declared and the live value of a field are compared."""

    VALUE = "value"
    """Equal or not."""
    LIST = "list"
    """A list whose order matters."""
    FIRST = "first"
    """A list that the live one begins with; what follows there is nobody's affair."""
    SET = "set"
    """A list whose order does not matter; the plan shows what is added and removed."""
    KEYS = "keys"
    """A map: only the declared keys are compared, each by itself; null asks for the key's absence."""
    TREE = "tree"
    """A map or list of maps, compared at every depth by what is declared."""
    SECRET = "secret"
    """Never shown; compared by value where the server tells it, else by fingerprint."""


_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?")
_UNITS_MILLISECONDS = (86_400_000, 3_600_000, 60_000, 1000, 1)
_COUNTED = {"ms": (1, "milliseconds"), "s": (1000, "seconds"), "min": (60_000, "minutes"), "h": (3_600_000, "hours"),
            "d": (86_400_000, "days")}  # fmt: skip
"""The units in which Keycloak counts: milliseconds in one, and the word for many."""


def duration(text: str, unit: str = "s") -> int:
    """`5m`, `12h`, `1d12h`, `90s`, `500ms` → a number in the unit. Raises ValueError with what may be written."""
    size, word = _COUNTED[unit]
    found = _DURATION.fullmatch(text.strip())
    if not text.strip() or not found:
        raise ValueError(f"write a duration such as 90s, 5m, 12h or 30d, or a number of {word}")
    units = zip(found.groups(), _UNITS_MILLISECONDS, strict=True)
    whole, rest = divmod(sum(int(part) * each for part, each in units if part), size)
    if rest:
        raise ValueError(f"Keycloak counts whole {word} here")
    return whole


def as_duration(number: int, unit: str = "s") -> str:
    """A number in the unit as a person writes it: 300 → `5m`; "" where that says no more than the number."""
    rest, text = number * _COUNTED[unit][0], ""
    if rest <= 0:
        return ""
    for size, letters in zip(_UNITS_MILLISECONDS, ("d", "h", "m", "s", "ms"), strict=True):
        count, rest = divmod(rest, size)
        text += f"{count}{letters}" if count else ""
    return text


def seconds(value: Any) -> Any:
    """`5m`, `12h`, `1d12h`, `90s` or a plain number → seconds. Raises ValueError with what may be written."""
    return _counted(value, "s")


def _milliseconds(value: Any) -> Any:
    return _counted(value, "ms")


def _counted(value: Any, unit: str) -> Any:
    if not isinstance(value, str):
        return value
    # What comes of a reference is a text, also where it is a plain number.
    plain = bool(getattr(value, "reference", "")) and value.strip().isdecimal()
    return int(value) if plain else duration(value, unit)


def wire_text(value: Any) -> Any:
    """A config value as the string Keycloak keeps: true → "true", 5 → "5", [a, b] → "a##b", maps → JSON.

    Where the key is known, its own meaning follows (`keycloak/kinds/map_values.py`): another separator, a number
    for `5m`.
    """
    if value is None or isinstance(value, (str, Secret)):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, (str, int, float, bool)) for item in value):
        return Joined.of(str(wire_text(item)) for item in value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _wire_map(value: Any) -> Any:
    return {str(key): wire_text(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _wire_lists(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        str(key): item if item is None else [wire_text(one) for one in (item if isinstance(item, list) else [item])]
        for key, item in value.items()
    }


def as_secret(value: Any) -> Any:
    """A text (with the reference the loader left on it, if nothing of the secret shows in that) → Secret."""
    if isinstance(value, str):
        # A text around a reference is in the files for everybody to read: the loader registers the secret in it.
        reference = getattr(value, "secret_reference", "")
        return Secret(str(value), reference, registered=bool(reference) and getattr(value, "private", False))
    return value


_SECRET_KEY = re.compile(
    r"(secret|password|passwd|passphrase|credential|((private|secret|api|access)[._-]?key)"
    r"|((api|auth|access|bearer|refresh)[._-]?token))$",
    re.IGNORECASE,
)


def holds_secret(key: str) -> bool:
    """Whether a config or attribute key holds a secret, by the names Keycloak's providers use (26.7.3)."""
    return bool(_SECRET_KEY.search(key))


def _config_map(value: Any) -> Any:
    wire = _wire_map(value)
    if not isinstance(wire, dict):
        return wire
    return {
        key: as_secret(item) if holds_secret(key) and str(item).lower() not in ("true", "false") else item
        for key, item in wire.items()
    }


def role_references(value: Any) -> Any:
    """`[a]` or `{realm: [a], client: {c: [b]}}` → addresses as texts (`role/a`, `client-role/c/b`)."""
    if isinstance(value, list):
        value = {"realm": value}
    if not isinstance(value, Mapping) or set(value) - {"realm", "client"}:
        raise ValueError("write a list of realm roles, or {realm: [role, …], client: {client-id: [role, …]}}")
    realm_roles, clients = value.get("realm") or [], value.get("client") or {}
    if not isinstance(realm_roles, list) or not isinstance(clients, Mapping):
        raise ValueError("write {realm: [role, …], client: {client-id: [role, …]}}")
    found = [Address("role", (_name(role),)) for role in realm_roles]
    for client, roles in clients.items():
        if not isinstance(roles, list):
            raise ValueError(f"write the roles of client {client} as a list")
        found += [Address("client-role", (_name(client), _name(role))) for role in roles]
    return [str(address) for address in found]


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"write the name {value!r} as text, in quotes if need be")
    return str(value)


def _addresses(kind: str) -> BeforeValidator:
    def convert(value: Any) -> Any:
        return [str(Address(kind, (_name(one),))) for one in value] if isinstance(value, list) else value

    return BeforeValidator(convert)


_scalar_schema = {"type": ["string", "boolean", "number", "null"]}

SECONDS = object()
"""Marks a field that is a number of seconds."""

_duration_schema = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^(\d+(d|h|ms|m|s))+$"}]}

Duration = Annotated[int, SECONDS, BeforeValidator(seconds), WithJsonSchema(_duration_schema)]
"""Seconds; written as 5m, 12h or a number."""

Milliseconds = Annotated[int, BeforeValidator(_milliseconds), WithJsonSchema(_duration_schema)]
"""Milliseconds; written as 1s, 500ms or a number."""

Names = Annotated[list[str], Compare.SET]
"""A list of names or texts without order."""

Texts = Annotated[list[str], Compare.LIST]
"""A list of texts whose order counts."""

Strings = Annotated[
    dict[str, Any],
    BeforeValidator(_wire_map),
    Compare.KEYS,
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]
"""A map of strings on the wire; booleans and numbers may be written as such."""

ConfigStrings = Annotated[
    dict[str, Any],
    BeforeValidator(_config_map),
    Compare.KEYS,
    WithJsonSchema({"type": "object", "additionalProperties": True}),
]
"""As `Strings`; values under a key that holds a secret become secrets."""

_names_schema: dict[str, Any] = {"type": "array", "items": {"type": "string"}}

RoleRefs = Annotated[
    list[str],
    BeforeValidator(role_references),
    Compare.SET,
    WithJsonSchema(
        {
            "anyOf": [
                _names_schema,
                {
                    "type": "object",
                    "properties": {
                        "realm": _names_schema,
                        "client": {"type": "object", "additionalProperties": _names_schema},
                    },
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""Roles by reference, held as addresses."""

ScopeRefs = Annotated[list[str], _addresses("client-scope"), Compare.SET, WithJsonSchema(_names_schema)]
"""Client scopes by name, held as addresses."""

StringLists = Annotated[
    dict[str, list[str] | None],
    BeforeValidator(_wire_lists),
    Compare.KEYS,
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {"anyOf": [_scalar_schema, {"type": "array", "items": _scalar_schema}]},
        }
    ),
]
"""A map of lists of strings; one string may be written without its brackets."""

SecretText = Annotated[
    Secret,
    BeforeValidator(as_secret),
    Compare.SECRET,
    PlainSerializer(lambda secret: secret),
    WithJsonSchema({"type": "string", "description": "A secret: write $(env:NAME), $(file:PATH) or ${vault.key}."}),
]
"""A secret: never shown, never read back."""


class Child:
    """Marks a field that holds objects of another kind, keyed by name."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Link:
    """Marks a field that is compared and written as an object of its own, of the kind named, with the owner's names.

    Links are what would otherwise make cycles: composites, scope mappings, bindings.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Resource(BaseModel):
    """One object as it is declared. Field names are Keycloak's; unknown ones are errors.

    `refused` are keys that people would write, and that the language will never have: each with why, and what instead.
    """

    refused: ClassVar[Mapping[str, tuple[str, str]]] = {}

    telling_empty: ClassVar[frozenset[str]] = frozenset()
    """Fields that say something by being there, though there is nothing in them."""

    # Built on first use: a model within another one is never validated by itself.
    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True, defer_build=True)

    def declared(self) -> dict[str, Any]:
        """Only what was declared, children and links left out; values in the form the wire wants."""
        plain = plain_fields(type(self))
        # In the model's order: a set's own order differs from run to run, and plans have to be the same.
        return {name: wire_value(getattr(self, name)) for name in plain if name in self.model_fields_set}


_RENAMED = "The name it had: a rename keeps identity and assignments. Of a group that moves, its old path: /team/leads."


class Owned(Resource):
    """A resource with an identity of its own, which realmctl can own, rename and delete."""

    renamedFrom: str | None = Field(None, description=_RENAMED)
    protected: bool | None = Field(None, description="Refuse to delete it, even after its declaration is gone.")
    absent: Literal[True] | None = Field(None, description="It must not be there: delete it, even if Keycloak made it.")

    @model_validator(mode="after")
    def _nothing_else(self) -> Self:
        if self.absent and len(self.model_fields_set) > 1:
            raise ValueError("what is to be absent has nothing else: take absent out, or the rest")
        return self


@cache
def durations(model: type[BaseModel]) -> frozenset[str]:
    """The fields that are numbers of seconds, written as 5m or 12h."""
    return frozenset(name for name, field in model.model_fields.items() if SECONDS in _marks(field.annotation, field))


def _marks(annotation: Any, field: Any) -> tuple[Any, ...]:
    inner = [mark for part in get_args(annotation) for mark in getattr(part, "__metadata__", ())]
    return (*field.metadata, *inner)


NOT_SENT = frozenset({"renamedFrom", "protected", "absent"})


def wire_value(value: Any) -> Any:
    """A validated value as it goes over the wire: of models only what was said."""
    if isinstance(value, BaseModel):
        said = value.model_fields_set
        return {name: wire_value(getattr(value, name)) for name in type(value).model_fields if name in said}
    if isinstance(value, list):
        return [wire_value(item) for item in value]
    if isinstance(value, dict):
        return {key: wire_value(item) for key, item in value.items()}
    return value


@cache
def plain_fields(model: type[BaseModel]) -> Mapping[str, Compare]:
    """The fields that belong to the object itself, and how each compares."""
    found: dict[str, Compare] = {}
    for name, field in model.model_fields.items():
        if name in NOT_SENT or any(isinstance(meta, (Child, Link)) for meta in field.metadata):
            continue
        compare = next((meta for meta in _metadata(field) if isinstance(meta, Compare)), None)
        found[name] = compare or (Compare.SECRET if field.annotation is Secret else Compare.VALUE)
    return found


def _metadata(field: FieldInfo) -> Iterator[Any]:
    """The field's metadata, also that of `Names | None`, which pydantic leaves on the union's member."""
    yield from field.metadata
    for member in get_args(field.annotation):
        yield from getattr(member, "__metadata__", ())


@cache
def marked_fields(model: type[BaseModel], mark: type) -> Mapping[str, Any]:
    """The fields marked `Child` or `Link`, with their mark."""
    return {
        name: meta for name, field in model.model_fields.items() for meta in field.metadata if isinstance(meta, mark)
    }
