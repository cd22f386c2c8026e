"""Where an object stands in layer two: the path from the top of the files to it.

Must not know about: any single kind, fields.
"""

from __future__ import annotations

from typing import Any

from realmctl.keycloak.kinds.registry import ROOT, kinds, name_count
from realmctl.model.address import Address


def path_of(address: Address) -> tuple[str, ...]:
    """The keys that lead to an object's declaration; a link's are its owner's."""
    kind = kinds()[address.kind]
    if kind.name == ROOT:
        return ()
    names = address.names
    if kind.is_link:
        return path_of(Address(kind.owner, names))
    if kind.single:
        return (*path_of(Address(kind.owner, names)), kind.field)
    above = name_count(kind.owner)
    own = names[above:]
    path = (*path_of(Address(kind.owner, names[:above])), kind.field, *own[: kind.levels])
    for name in own[kind.levels :]:
        path = (*path, kind.nests, name)
    return path


def declared_somewhere(address: Address) -> bool:
    """Whether a file can declare objects of that kind at all."""
    kind = kinds()[address.kind]
    return kind.name == ROOT or bool(kind.field or kind.link_fields())


def put(sections: dict[str, Any], path: tuple[str, ...], fields: dict[str, Any]) -> None:
    """Adds fields to the map at `path`, which is made where it isn't there yet."""
    here = sections
    for key in path:
        here = here.setdefault(key, {})
    here.update(fields)
