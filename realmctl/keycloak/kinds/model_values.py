"""A live value as the model of its field knows it: without ids and what is only read.

Must not know about: any single kind, files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from realmctl.keycloak.kinds.base import Kind


@cache
def types(kind: Kind) -> Mapping[str, Any]:
    """The annotation of every field that a kind compares."""
    if kind.is_link:
        return {name: annotation for name, (annotation, _) in kind.link_fields().items()}
    fields, compared = kind.model.model_fields, kind.fields()
    return {name: Annotated[(fields[name].annotation, how, *fields[name].metadata)] for name, how in compared.items()}


def fitted(annotation: Any, value: Any, *, empties: bool = False) -> Any:
    """The value without what its model doesn't know (ids, what is only read) and without what is empty in it.

    `empties`: what is empty stays, where the value has it.
    """
    model = _model(annotation)
    if model is not None and isinstance(value, Mapping):
        model.model_rebuild()
        known = {
            name: fitted(field.annotation, value.get(name), empties=empties)
            for name, field in model.model_fields.items()
        }
        telling = model.model_fields if empties else getattr(model, "telling_empty", ())
        return {
            name: item
            for name, item in known.items()
            if item not in (None, "", [], {}) or (name in telling and item is not None)
        }
    inner = get_args(annotation)
    if isinstance(value, Mapping) and _holds(annotation, dict):
        below = next((get_args(one)[1] for one in (annotation, *_flat(inner)) if get_origin(one) is dict), Any)
        return {key: fitted(below, item, empties=empties) for key, item in value.items()}
    if isinstance(value, list) and _holds(annotation, list):
        below = next((get_args(one)[0] for one in (annotation, *_flat(inner)) if get_origin(one) is list), Any)
        return [fitted(below, item, empties=empties) for item in value]
    return value


def _flat(annotations: Any) -> Iterator[Any]:
    for one in annotations:
        yield one
        yield from _flat(get_args(one))


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that a value of that type is, where it is one and not a collection of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (dict, list, tuple, set):
        return None
    return next((found for one in get_args(annotation) if (found := _model(one)) is not None), None)


def model_within(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a value, or of the parts of a list or map."""
    parts = (annotation, *_flat(get_args(annotation)))
    return next((one for one in parts if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _holds(annotation: Any, container: type) -> bool:
    return get_origin(annotation) is container or any(
        get_origin(one) is container for one in _flat(get_args(annotation))
    )
