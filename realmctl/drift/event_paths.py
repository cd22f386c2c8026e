"""Where Keycloak's admin events speak of an object: the paths and types that its kind declares, with ids filled in.

Pure. Must not know about: how events are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from realmctl.keycloak.kinds.admin_events import NO_EVENTS
from realmctl.keycloak.kinds.registry import kinds, name_count
from realmctl.model.address import Address

ANY = "*"
"""In a path: one segment, whatever it is. The end of a path as `/**` stands for everything below."""
IMPORTED = "REALM"
"""The type of events of partial imports, whatever the object is."""
_UNKNOWN = "?"
"""Stands in a path for the id of another object that nobody knows: such a path leads to nothing."""


@dataclass(frozen=True, slots=True)
class Trail:
    """`paths` are of the object and of what is told as part of it. Events of `life` and of the type `own` create and
    delete the object itself, as those of imports do; all others do that to something below it, at most.

    Where its id isn't known, a segment of `shapes` is the id of an object if the event's details carry its name as
    `key`. `by_body` are paths at which only the details tell the object, by its name as the key beside the path.
    """

    paths: tuple[str, ...]
    types: frozenset[str]
    life: tuple[str, ...] = ()
    own: str = ""
    shapes: tuple[str, ...] = ()
    key: str = "name"
    by_body: tuple[tuple[str, str], ...] = ()
    name: str = ""
    id: str = ""
    silent: bool = False


Ids = Mapping[Address, str]


def trail(address: Address, ids: Ids) -> Trail:
    """Where to look for the object, or the link, at `address`; `ids` are the server's ids of what is live."""
    kind = kinds().get(address.kind)
    if kind is None or kind.admin_events is None or kind.admin_events == NO_EVENTS:
        return Trail((), frozenset(), silent=True)
    templates, types, (path, key) = kind.admin_events.paths, kind.admin_events.types, kind.admin_events.by_body
    known = ids.get(address) or ""
    segments = {
        "{id}": known or ANY,
        "{name}": address.name,
        "{first}": next(iter(address.names), ""),
        "{above}": ids.get(Address(address.kind, address.names[:-1])) or _UNKNOWN,
    }

    def segment(part: str) -> str:
        holder = kinds().get(part[1:-1]) if part.startswith("{") and part not in segments else None
        if holder is None:
            return segments.get(part, part)
        names = address.names if holder.nests else address.names[: name_count(holder.name)]
        return ids.get(Address(holder.name, names)) or _UNKNOWN

    def filled(found: Iterable[str]) -> Iterator[str]:
        paths = ("/".join(map(segment, one.split("/"))) for one in found)
        return (path for path in paths if _UNKNOWN not in path.split("/"))

    life = [one for one in templates if one.endswith(("{id}", "{name}"))]
    imported = (f"realms/{known}",) if known else ()
    shapes = [] if known else [one for one in life if "{id}" in one]
    return Trail(
        (*filled(one for one in templates if known or "{id}" not in one), *imported),
        frozenset(types),
        (*filled(one for one in life if one not in shapes), *imported),
        types[0],
        tuple(filled(shapes)),
        kind.key,
        tuple((one, key) for one in filled([path] if path else ())),
        address.name,
        known,
    )


def fits(path: str, shape: str) -> bool:
    """Whether an event's path is one of a shape."""
    if shape.endswith("/**"):
        above = shape.removesuffix("/**").split("/")
        parts = path.split("/")
        return len(parts) > len(above) and _same(parts[: len(above)], above)
    return _same(path.split("/"), shape.split("/"))


def _same(parts: list[str], shape: list[str]) -> bool:
    return len(parts) == len(shape) and all(want in (ANY, part) for part, want in zip(parts, shape, strict=True))
