"""Which maps an object has whose keys Keycloak gives a meaning, and whose keys they are.

Pure. Must not know about: what a key means, how values are converted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.model.address import Address

Path = tuple[str | int, ...]
Fields = Mapping[str, Any]
Ask = Callable[[Address, str], Any]
"""What is known of a field of an object that the fields at hand don't say; None for nothing."""


@dataclass(frozen=True, slots=True)
class Map:
    """A map at `path` of an object's fields. `place` and `provider` say what its keys mean (`settings.setting`)."""

    path: Path
    place: str
    provider: str
    values: Mapping[str, Any]


def unknown(_address: Address, _field: str) -> Any:
    """Answer that nothing is known beyond the fields at hand."""
    return None


def laid(fields: Any, path: Path, value: Any) -> Any:
    """Return the fields with the value at a path; nothing of what was there is changed in place."""
    if not path:
        return value
    made: Any = list(fields) if isinstance(fields, list) else dict(fields)
    made[path[0]] = laid(made[path[0]], path[1:], value)
    return made


def map_at(path: Path, place: str, provider: object, values: object) -> Iterator[Map]:
    """Yield the map at a path, where it has any keys."""
    if isinstance(values, dict) and values:
        yield Map(path, place, str(provider or ""), values)


def attribute_map(place: str, address: Address, fields: Fields, ask: Ask) -> Iterator[Map]:
    """Yield the attributes of an object whose keys mean what its protocol says."""
    if fields.get("attributes"):
        protocol = fields.get("protocol") or ask(address, "protocol") or "openid-connect"
        yield from map_at(("attributes",), place, protocol, fields["attributes"])


def config_map(place: str, type_field: str, address: Address, fields: Fields, ask: Ask) -> Iterator[Map]:
    """Yield the config of an object whose keys mean what its type says."""
    if fields.get("config"):
        yield from map_at(("config",), place, fields.get(type_field) or ask(address, type_field), fields["config"])


def part_maps(place: str, field: str, type_field: str, fields: Fields) -> Iterator[Map]:
    """Yield the configuration of each part in a list, such as the executors of a profile."""
    for index, part in enumerate(fields.get(field) or ()):
        yield from map_at((field, index, "configuration"), place, part.get(type_field), part.get("configuration"))
