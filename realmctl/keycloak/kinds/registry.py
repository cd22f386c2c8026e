"""Finds the kinds, one per class in this folder's modules, and puts together the model of a realm's file from them.

Must not know about: any single kind by name, except that the realm is the root.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import GenericAlias
from typing import Annotated, Any, ForwardRef

from pydantic import BaseModel, Field, create_model

import realmctl.keycloak.kinds
from realmctl.keycloak.kinds.base import Kind
from realmctl.keycloak.kinds.maps import Ask, Map, unknown
from realmctl.keycloak.kinds.temporary_name import is_temporary
from realmctl.model.address import Address
from realmctl.model.fields import Child, Link

ROOT = "realm"


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its name."""
    found: dict[str, Kind] = {}
    for module in iter_modules(realmctl.keycloak.kinds.__path__):
        if module.name in ("base", "registry", "expansion"):
            continue
        for value in vars(import_module(f"realmctl.keycloak.kinds.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Kind) and value is not Kind and value.name not in found:
                found[value.name] = value()
    return found


def children(owner: str) -> list[Kind]:
    """The kinds that are declared in a field of `owner`, links included."""
    return [kind for kind in kinds().values() if kind.owner == owner and (kind.field or kind.link_fields())]


def name_count(name: str) -> int:
    """Return how many names an address of a kind has at least."""
    kind = kinds()[name]
    if kind.name == ROOT:
        return 0
    above = name_count(kind.owner)
    return above if kind.is_link or kind.single else above + kind.levels


def maps(address: Address, fields: Mapping[str, Any], ask: Ask = unknown) -> Iterator[Map]:
    """Return the maps among an object's fields whose keys Keycloak gives a meaning."""
    kind = kinds().get(address.kind)
    return kind.maps(address, fields, ask) if kind else iter(())


def is_fixed(address: Address) -> bool:
    """Return whether Keycloak refuses to change the object or what it belongs to (`fixed_objects`)."""
    kind = kinds()[address.kind]
    while kind.owner:
        names = address.names[: name_count(kind.name)]
        if names and names[-1] in kind.fixed_objects:
            return True
        kind = kinds()[kind.owner]
    return False


def left_over_of(address: Address) -> Address | None:
    """Return the object that this one was built to replace, if an apply was cut off before; else None."""
    return kinds()[address.kind].left_over_of(address)


def has_temporary_name(address: Address) -> bool:
    """Return whether an apply that was cut off left the object under a temporary name."""
    return kinds()[address.kind].temporary_names and is_temporary(address.name)


@cache
def places_in_plan() -> Mapping[str, int]:
    """Return the place at which a plan lists the objects of each kind: the realm first, then by `listed_after`."""
    following: dict[str, list[str]] = {}
    for kind in sorted(kinds().values(), key=lambda kind: kind.name):
        if kind.name != ROOT:
            following.setdefault(kind.listed_after, []).append(kind.name)

    def line(name: str) -> Iterator[str]:
        yield name
        for other in following.get(name, ()):
            yield from line(other)

    listed = (*line(ROOT), *(name for first in following.get("", ()) for name in line(first)))
    return {name: place for place, name in enumerate(listed)}


@cache
def model_of(name: str) -> type[BaseModel]:
    """The model of a kind as a file declares it: its own fields, and those of what it owns and links to."""
    kind = kinds()[name]
    fields: dict[str, Any] = {}
    for child in children(name):
        if child.is_link:
            for field, (annotation, default) in child.link_fields().items():
                fields[field] = (Annotated[annotation, Link(child.name)], default)
        else:
            inner: Any = model_of(child.name)
            held: Any = inner if child.single else GenericAlias(dict, (str, inner | None))
            for _ in range(1, child.levels):
                held = GenericAlias(dict, (str, held | None))
            title = f"{child.title.capitalize()}{'' if child.single else 's by name'}."
            fields[child.field] = (Annotated[held | None, Child(child.name)], Field(None, description=title))
    base = kind.model
    if kind.nests:
        nested: Any = GenericAlias(dict, (str, ForwardRef(f"{base.__name__}Tree | None")))
        fields[kind.nests] = (Annotated[nested | None, Child(name)], Field(None, description="The same, one below."))
    return create_model(base.__name__ + ("Tree" if kind.nests else ""), __base__=base, __doc__=base.__doc__, **fields)


def realm_file() -> type[BaseModel]:
    """What the merged files of a realm say in Keycloak's own terms: settings and sections."""
    return model_of(ROOT)
