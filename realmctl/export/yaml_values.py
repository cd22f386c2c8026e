"""How a value that the server tells is written in a file, so that reading the file gives exactly that value again.

Nothing is assumed of a field but its type: of several ways to write a value the first is taken that its own model
reads back as the same. Must not know about: any single kind, defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from realmctl.keycloak.kinds.base import Kind
from realmctl.keycloak.kinds.model_values import types
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.fields import as_duration, wire_value
from realmctl.model.json_text import is_same_json, structure_of
from realmctl.model.secret import Secret

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,14})")


class CannotBeSaidError(ValueError):
    """A value that the field's model refuses in every way of writing it."""


@cache
def _adapter(kind: Kind, name: str) -> TypeAdapter[Any]:
    return TypeAdapter(types(kind)[name], config=ConfigDict(strict=True, arbitrary_types_allowed=True))


def yaml_value(kind: Kind, name: str, wire: Any) -> Any:
    """The value as a file says it, with a `Secret` wherever the model makes one. Raises CannotBeSaidError."""
    adapter = _adapter(kind, name)
    why = ""
    for way in _ways(wire, unit="ms" if "Milli" in name else "s"):
        try:
            read = wire_value(adapter.validate_python(way))
        except ValidationError as error:
            why = why or str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
            continue
        if _same(read, wire):
            return _with_secrets(way, read)
    raise CannotBeSaidError(why or "it reads back as something else")


def _ways(wire: Any, *, unit: str) -> Iterator[Any]:
    if isinstance(wire, Mapping):
        yield {key: _structured(_single(item)) for key, item in wire.items()}
        yield {key: _easy(_single(item)) for key, item in wire.items()}
        yield {key: _easy(item) for key, item in wire.items()}
    elif isinstance(wire, int) and not isinstance(wire, bool):
        yield from filter(None, (as_duration(wire, unit),))
    if isinstance(wire, list) and wire and all(isinstance(item, str) for item in wire):
        addresses = [Address.parse(item) for item in wire if item.partition("/")[0] in kinds()]
        if len(addresses) == len(wire):
            yield from _references(addresses)
    yield wire


def _references(addresses: list[Address]) -> Iterator[Any]:
    yield [address.name for address in addresses]
    clients: dict[str, list[str]] = {}
    for address in addresses:
        if len(address.names) == 2:
            clients.setdefault(address.names[0], []).append(address.name)
    realm = [address.name for address in addresses if len(address.names) == 1]
    yield {"realm": realm, "client": clients} if realm else {"client": clients}
    yield clients
    yield ["/" + "/".join(name.replace("/", "~/") for name in address.names) for address in addresses]


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _structured(value: Any) -> Any:
    """As `_easy`, and JSON inside a text as what it holds. A list of texts would be joined: that stays a text."""
    if isinstance(value, list):
        return [_structured(item) for item in value]
    found = structure_of(value)
    if isinstance(found, dict) or (isinstance(found, list) and any(isinstance(one, (dict, list)) for one in found)):
        return found
    return _easy(value)


def _easy(value: Any) -> Any:
    """`"true"` as true, `"5"` as 5, `"a##b"` as a list: how a person writes what the server keeps as texts."""
    if isinstance(value, list):
        return [_easy(item) for item in value]
    if not isinstance(value, str):
        return value
    if value in ("true", "false"):
        return value == "true"
    if _INTEGER.fullmatch(value) and value != "-0":
        return int(value)
    parts = value.split("##")
    return parts if len(parts) > 1 and all(parts) else value


def _same(read: Any, wire: Any) -> bool:
    if isinstance(read, Secret):
        return [read.reveal()] == (wire if isinstance(wire, list) else [wire])
    if isinstance(read, Mapping) and isinstance(wire, Mapping):
        return set(read) == set(wire) and all(_same(read[key], wire[key]) for key in read)
    if isinstance(read, list) and isinstance(wire, list):
        if all(isinstance(item, str) for item in (*read, *wire)):
            return sorted(read) == sorted(wire)
        return len(read) == len(wire) and all(_same(a, b) for a, b in zip(read, wire, strict=True))
    return type(read) is type(wire) and bool(read == wire or is_same_json(read, wire))


def _with_secrets(way: Any, read: Any) -> Any:
    if isinstance(read, Secret):
        return read
    if isinstance(way, Mapping) and isinstance(read, Mapping):
        return {key: _with_secrets(item, read[key]) for key, item in way.items()}
    if isinstance(way, list) and isinstance(read, list) and len(way) == len(read):
        return [_with_secrets(item, inner) for item, inner in zip(way, read, strict=True)]
    return way
