"""From the validated file of a realm to declared objects, each with its address and its place.

Must not know about: how the file was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from realmctl.errors import BadConfig, Finding, Place
from realmctl.keycloak.kinds.group import group_of
from realmctl.keycloak.kinds.registry import ROOT, kinds, model_of
from realmctl.model.address import Address
from realmctl.model.fields import Child, Compare, Link, Owned, Resource, marked_fields
from realmctl.model.objects import Declared, Desired, Origin


@dataclass(frozen=True, slots=True)
class Below:
    """The origin of an object at `path` of the whole."""

    whole: Origin
    path: tuple[str | int, ...]

    def place(self, *path: str | int) -> Place:
        """The place of a value below the object."""
        return self.whole.place(*self.path, *path)

    def word(self, *path: str | int) -> tuple[str | int, ...]:
        """The path inside the word that made a value below the object; () where the files say it."""
        return self.whole.word(*self.path, *path)


def desired(realm: str, found: Mapping[Address, Declared], **rest: Any) -> Desired:
    """What was declared as a desired realm: what is to be there, and what is not."""
    there = {address: one for address, one in found.items() if not one.absent}
    absent = {address: one for address, one in found.items() if one.absent}
    return Desired(realm, there, absent=absent, **rest)


def expand(file: BaseModel, origin: Origin) -> dict[Address, Declared]:
    """Every declared object of a realm, and what is declared absent. `file` is an instance of `registry.realm_file()`.

    Raises BadConfig where one is declared twice, under two spellings of the same key.
    """
    found: dict[Address, Declared] = {}
    twice: list[Finding] = []
    for declared in _expand(ROOT, (), file, origin, ()):
        first = found.setdefault(declared.address, declared)
        if first is not declared:
            told = (
                f"{kinds()[declared.address.kind].title} '{declared.address.name}' is already at {first.origin.place()}"
            )
            twice.append(Finding("declared-twice", told, declared.origin.place(), "keep one of them"))
    if twice:
        raise BadConfig(twice)
    return found


def _expand(
    kind: str, names: tuple[str, ...], said: BaseModel, origin: Origin, path: tuple[str | int, ...]
) -> Iterator[Declared]:
    owned = said if isinstance(said, Owned) else None
    renamed = owned.renamedFrom if owned else None
    if owned and owned.absent:
        yield Declared(Address(kind, names), {}, Below(origin, path), absent=True)
        return
    yield Declared(
        Address(kind, names),
        said.declared() if isinstance(said, Resource) else {},
        Below(origin, path),
        renamed_from=_former(kind, names, renamed) if renamed else None,
        protected=bool(owned and owned.protected),
    )
    links: dict[str, dict[str, Any]] = {}
    for field, link in marked_fields(type(said), Link).items():
        if field in said.model_fields_set:
            value, compare = getattr(said, field), kinds()[link.kind].fields()[field]
            if value is None and compare is Compare.TREE:
                continue  # A section with nothing in it.
            # A list of references is taken away by an empty one.
            links.setdefault(link.kind, {})[field] = [] if value is None and compare is Compare.SET else value
    for name, fields in links.items():
        yield Declared(Address(name, names), fields, Below(origin, path))
    for field, child in marked_fields(type(said), Child).items():
        value = getattr(said, field)
        if value is None:
            continue
        if kinds()[child.kind].single:
            yield from _expand(child.kind, names, value, origin, (*path, field))
            continue
        # `name:` with nothing after it declares an object with no more than its name.
        model = _held(type(said), field)
        for keys, one in _members(value, kinds()[child.kind].levels):
            known = (*map(kinds()[child.kind].outer, keys[:-1]), keys[-1])
            yield from _expand(child.kind, (*names, *known), one or model(), origin, (*path, field, *keys))


def _former(kind: str, names: tuple[str, ...], said: str) -> Address:
    """The address that `renamedFrom` names: a name beside the object, or of what nests, a path from the top."""
    path = kinds()[kind].nests and said.startswith("/") and said.strip("/")
    return group_of(said) if path else Address(kind, (*names[:-1], said))


def _members(value: Any, levels: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The objects of a section, each with its keys."""
    for key, one in (value or {}).items():
        if levels == 1:
            yield (key,), one
        else:
            yield from (((key, *rest), inner) for rest, inner in _members(one, levels - 1))


def _held(model: type[BaseModel], field: str) -> type[BaseModel]:
    """The model of the objects in a field that holds them by name."""
    return model_of(marked_fields(model, Child)[field].kind)
