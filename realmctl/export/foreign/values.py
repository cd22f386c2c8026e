"""Values of a representation in the types that Keycloak reads them as: Jackson turns texts into numbers, and back.

Must not know about: single kinds, files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from realmctl.export.foreign.substitutions import TYPED, Assumptions, has_reference, is_reference, substitute
from realmctl.keycloak.kinds.base import Kind
from realmctl.keycloak.kinds.model_values import types
from realmctl.model.fields import Compare, wire_text
from realmctl.model.secret import Secret

Steps = tuple[str | int, ...]
Complain = Callable[[Steps, str, str], None]

BOOLEAN, NUMBER, TEXT, TEXTS, MAP, LISTS, OTHER = "true or false", "a number", "a text", "texts", "map", "lists", ""
_SHAPES = {
    "component": {"config": LISTS},
    "sub-component": {"config": LISTS},
    "authorization-policy": {"config": OTHER},
}
"""Fields whose type does not tell how the representation holds them."""


@cache
def shape_of(kind: Kind, name: str) -> str:
    """Return how a field of a kind stands in Keycloak's representation."""
    if name in _SHAPES.get(kind.name, {}):
        return _SHAPES[kind.name][name]
    parts = list(_flat(types(kind)[name]))
    if any(isinstance(one, type) and issubclass(one, BaseModel) for one in parts) or Compare.TREE in parts:
        return OTHER
    container = next((one for one in parts if get_origin(one) in (dict, list)), None)
    if get_origin(container) is dict:
        return LISTS if any(get_origin(one) is list for one in _flat(get_args(container)[1])) else MAP
    if container is not None:
        return TEXTS if get_args(container) == (str,) else OTHER
    plain = {bool: BOOLEAN, int: NUMBER, str: TEXT, Secret: TEXT}
    return next((plain[one] for one in parts if one in plain), OTHER)


def _flat(annotation: Any) -> Any:
    yield annotation
    for one in get_args(annotation):
        yield from _flat(one)
    yield from getattr(annotation, "__metadata__", ())


class Values:
    """Reads the values of one realm: marks references, and puts types right. What it cannot read, it complains of."""

    def __init__(self, complain: Complain, *, strict: bool) -> None:
        self._complain = complain
        self._strict = strict
        self.assumptions = Assumptions()
        self._refused: set[Steps] = set()
        """Where a reference was refused: the value gets no further problem."""

    def marked(self, value: Any, path: Steps) -> Any:
        """Return data with its references marked."""
        if isinstance(value, str):
            found = substitute(value, strict=self._strict)
            for message, advice in found.problems:
                self._complain(path, message, advice)
                self._refused.add(path)
            if has_reference(found.text):
                self.assumptions.assume(found.text)
            return found.text
        if isinstance(value, Mapping):
            return {self.marked(str(key), (*path, key)): self.marked(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.marked(item, (*path, index)) for index, item in enumerate(value)]
        return value

    def read(self, kind: Kind, name: str, value: Any, path: Steps) -> Any:
        """Return a field's value in the type that its kind wants; None, and a complaint, where it has another."""
        shape = shape_of(kind, name)
        if shape == MAP:
            return self._map(value, path)
        if shape == LISTS:
            return self._lists(value, path)
        if shape == TEXTS:
            return self._texts(value, path)
        return value if shape == OTHER else self._scalar(value, shape, path)

    def _scalar(self, value: Any, shape: str, path: Steps) -> Any:
        if shape == TEXT and not isinstance(value, (Mapping, list)):
            return wire_text(value)
        if shape == BOOLEAN:
            found: bool | int | None = (
                {"true": True, "false": False}.get(str(value).lower()) if isinstance(value, (str, bool)) else None
            )
        else:
            digits = isinstance(value, str) and value.removeprefix("-").isdecimal()
            whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value)
            found = int(value) if digits or whole else None
        if found is not None and shape != TEXT:
            return found
        if is_reference(value) and shape != TEXT:
            self.assumptions.assume(value, "true" if shape == BOOLEAN else "1")
            return TYPED + value
        return self._refuse(value, shape, path)

    def _map(self, value: Any, path: Steps) -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(value, "a map", path)
        return {key: self._text(item, (*path, key)) for key, item in value.items()}

    def _lists(self, value: Any, path: Steps) -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(value, "a map", path)
        return {
            key: None if item is None else self._texts(item if isinstance(item, list) else [item], (*path, key))
            for key, item in value.items()
        }

    def _texts(self, value: Any, path: Steps) -> Any:
        if not isinstance(value, list):
            return self._refuse(value, "a list", path)
        return [self._text(item, (*path, index)) for index, item in enumerate(value)]

    def _text(self, value: Any, path: Steps) -> Any:
        return self._scalar(value, TEXT, path)

    def _refuse(self, value: Any, wanted: str, path: Steps) -> None:
        kinds = {dict: "a map", list: "a list", str: "a text", bool: "true or false"}
        found = kinds.get(type(value), "a number")
        name = next((str(one) for one in reversed(path) if isinstance(one, str)), "")
        if path not in self._refused:
            self._complain(path, f"'{name}' is {found}; Keycloak wants {wanted}", f"write {wanted}")
