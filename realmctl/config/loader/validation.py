"""Plain data → a validated model, or findings; and the small repairs that strictness would otherwise cost.

Must not know about: YAML, any single model.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from realmctl.config.loader.interpolated_text import Text
from realmctl.config.loader.validation_errors import Path, Places, complaints, has
from realmctl.config.yaml.document import plain
from realmctl.errors import Finding

M = TypeVar("M", bound=BaseModel)

_TYPED: dict[str, type | tuple[type, ...]] = {
    "bool_type": bool,
    "int_type": int,
    "float_type": (int, float),
}


def validate_model(
    model: type[M], data: dict[str, Any], places: Places, root: Path = ()
) -> tuple[M | None, list[Finding]]:
    """`data`, which stands at `root` in the files, as `model`; None and what is wrong where it does not fit.

    Two things are put right in `data` itself: an interpolation that has to become a number or a boolean, and an
    object declared by its bare name (`orders-reader:`).
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        # Branches of a union complain by themselves: one repair may show the next mistake, hence the second look.
        if not _repaired(error, data):
            return None, complaints(error, model, data, places, root)
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, complaints(error, model, data, places, root)


def _repaired(error: ValidationError, data: Any) -> bool:
    done = False
    for item in error.errors(include_url=False):
        holder: Any = data
        key: Any = None
        for step in item["loc"]:
            if isinstance(holder, (dict, list)) and key is not None:
                holder = holder[key]
            if not has(holder, step):
                break
            key = step
        else:
            if key is not None and isinstance(holder, (dict, list)):
                done = _repair(holder, key, item["type"]) or done
    return done


def _repair(holder: Any, key: Any, kind: str) -> bool:
    value = holder[key]
    if kind == "model_type" and value is None:
        holder[key] = {}
        return True
    if kind in _TYPED and isinstance(value, Text):
        meant = plain(str(value))
        # bool is an int to Python, and not to us.
        if isinstance(meant, _TYPED[kind]) and isinstance(meant, bool) == (kind == "bool_type"):
            holder[key] = meant
            return True
    return False
