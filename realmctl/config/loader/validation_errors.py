"""What pydantic finds wrong → findings in words for people, at the right place.

Must not know about: YAML, any single model.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Protocol, get_args, get_origin

from pydantic import BaseModel, ValidationError

from realmctl.config.loader.interpolated_text import Text
from realmctl.errors import Finding, Place
from realmctl.model.fields import holds_secret
from realmctl.model.suggestion import did_you_mean
from realmctl.model.text import cut

Path = tuple[str | int, ...]


class Places(Protocol):
    """Where values and keys were written."""

    def place(self, *path: str | int) -> Place:
        """The place of a value."""
        ...

    def key_place(self, *path: str | int) -> Place:
        """The place of a key."""
        ...


_WANTED = {
    "string_type": "text",
    "is_instance_of": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
}


def complaints(
    error: ValidationError, model: type[BaseModel], data: Any, places: Places, root: Path = ()
) -> list[Finding]:
    """A finding for each mistake. `data` is what was validated, standing at `root` in the files."""
    found = []
    groups = list(_groups(error, data))
    misspelt = {
        (*path[:-1], did_you_mean(str(path[-1]), fields_at(model, path[:-1])))
        for ((path, raw), *_) in groups
        if raw["type"] == "extra_forbidden"
    }
    for group in groups:
        path, raw = group[0]
        kinds = list(dict.fromkeys(item["type"] for _, item in group))
        if raw["type"] == "extra_forbidden":
            found.append(_unknown(path, model, places, root))
        elif raw["type"] == "missing" and path in misspelt:
            continue
        elif raw["type"] == "missing":
            what = f"'{path[-1]}' is missing" + (f" in '{_name(path[:-1])}'" if path[:-1] else "")
            found.append(Finding("missing-key", what, places.key_place(*root, *path[:-1]), f"write {path[-1]}: …"))
        elif all(kind in _WANTED for kind in kinds):
            wanted = list(dict.fromkeys(_WANTED[kind] for kind in kinds))
            found.append(_wrong_type(path, wanted, raw["input"], places.place(*root, *path)))
        else:
            found.append(_bad_value(path, raw, places.place(*root, *path)))
    return found


def _groups(error: ValidationError, data: Any) -> Iterator[list[tuple[Path, Any]]]:
    """Errors by place; of a union's branches the ones that come furthest into what was written."""
    by_root: dict[Path, list[tuple[Path, Any]]] = {}
    for item in error.errors(include_url=False):
        path, root = _data_path(item["loc"], data, item["type"])
        by_root.setdefault(root, []).append((path, item))
    for group in by_root.values():
        depth = max(len(path) for path, _ in group)
        deepest = [(path, item) for path, item in group if len(path) == depth]
        by_path: dict[Path, list[tuple[Path, Any]]] = {}
        for path, item in deepest:
            by_path.setdefault(path, []).append((path, item))
        yield from by_path.values()


def _data_path(loc: Iterable[str | int], data: Any, kind: str) -> tuple[Path, Path]:
    """An error's path in the data, without the steps that only name a union's branch; and where the union is."""
    steps = list(loc)
    path: list[str | int] = []
    union: int | None = None
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        if has(data, step):
            data = data[step]
        elif not (last and kind in ("missing", "extra_forbidden")):
            union = len(path) if union is None else union
            continue
        path.append(step)
    return tuple(path), tuple(path if union is None else path[:union])


def has(data: Any, step: str | int) -> bool:
    """Whether a map or list has something at `step`."""
    if isinstance(data, Mapping):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def _unknown(path: Path, model: type[BaseModel], places: Places, root: Path) -> Finding:
    key = str(path[-1])
    here = fields_at(model, path[:-1])
    for one in models_in(model, path[:-1]):
        if key in (refused := getattr(one, "refused", {})):
            return Finding(
                "refused-key", f"'{key}': {refused[key][0]}", places.key_place(*root, *path), refused[key][1]
            )
    guess = did_you_mean(key, here)
    what = f"unknown field '{key}'" + (f" in '{_name(path[:-1])}'" if path[:-1] else "")
    if guess:
        message, advice = f"{what}; did you mean '{guess}'?", ""
    else:
        message, advice = what, f"known here: {', '.join(sorted(here))}" if here else ""
    return Finding("unknown-key", message, places.key_place(*root, *path), advice)


def fields_at(model: type[BaseModel], path: Path) -> list[str]:
    """The fields that may be written at `path` of a model."""
    return list(dict.fromkeys(name for one in models_in(model, path) for name in one.model_fields))


def models_in(model: type[BaseModel], path: Path) -> list[type[BaseModel]]:
    """The models that may stand at `path` of a model."""
    annotations: list[Any] = [model]
    for step in path:
        annotations = [inner for one in annotations for inner in _inside(one, step)]
    options = (option for one in annotations for option in _options(one))
    return [option for option in options if _is_model(option)]


def _is_model(option: Any) -> bool:
    return get_origin(option) is None and isinstance(option, type) and issubclass(option, BaseModel)


def _inside(annotation: Any, step: str | int) -> Iterator[Any]:
    for option in _options(annotation):
        origin, arguments = get_origin(option), get_args(option)
        if origin is dict and len(arguments) == 2:
            yield arguments[1]
        elif origin in (list, tuple) and arguments:
            yield arguments[0]
        elif _is_model(option) and step in option.model_fields:
            yield option.model_fields[str(step)].annotation


def _options(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _options(get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for argument in get_args(annotation):
            yield from _options(argument)
    else:
        yield annotation


def _wrong_type(path: Path, wanted: list[str], value: Any, place: Place) -> Finding:
    told = _told(value, path)
    message = f"{_subject(path)} must be {' or '.join(wanted)}, not {told}"
    return Finding("wrong-type", message, place, _type_advice(path, wanted, value))


def _type_advice(path: Path, wanted: list[str], value: Any) -> str:
    name = path[-1] if path and isinstance(path[-1], str) else "name"
    if value is None:
        return "write a value, or remove the key"
    if "text" in wanted and isinstance(value, (bool, int, float)):
        return "put it in quotes"
    if "true or false" in wanted and isinstance(value, str) and value.lower() in _YES_NO:
        return f"write {name}: {_YES_NO[value.lower()]}"
    if "a list" in wanted and isinstance(value, (str, int, float)):
        return f"write {name}: [{'…' if _private(value, path) else value}]"
    if "a map" in wanted and isinstance(value, list):
        return "write each as `name: {…}`, without '-'"
    return ""


_YES_NO = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def _told(value: Any, path: Path) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if _private(value, path):
        return "a number" if isinstance(value, (int, float)) and not isinstance(value, bool) else "that"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {value}"
    return f"the text '{cut(str(value), 40)}'"


def _private(value: Any, path: Path) -> bool:
    """Whether a value may be a secret: what a reference stands for, and anything under a secret's name."""
    return (isinstance(value, Text) and bool(value.reference)) or any(
        holds_secret(step) for step in path if isinstance(step, str)
    )


def _bad_value(path: Path, item: Any, place: Place) -> Finding:
    context = item.get("ctx") or {}
    kind = item["type"]
    if kind == "literal_error":
        options = [option.strip("'") for option in _literals(context.get("expected", ""))]
        guess = did_you_mean(str(item["input"]), options) if isinstance(item["input"], str) else ""
        message = f"{_subject(path)} cannot be {_told(item['input'], path)}"
        message += f"; did you mean '{guess}'?" if guess else ""
        return Finding("bad-value", message, place, f"write one of {', '.join(options)}")
    if kind == "value_error":
        said = str(context.get("error") or item["msg"])
        if isinstance(item["input"], Text) and item["input"]:
            # What a reference stands for may be a secret.
            said = said.replace(str(item["input"]), item["input"].reference)
        return Finding("bad-value", f"{_subject(path)}: {said}", place)
    if kind == "string_pattern_mismatch":
        advice = f"it has to match {context.get('pattern', '')}"
        return Finding("bad-value", f"{_subject(path)} has characters that are not allowed", place, advice)
    said = str(item["msg"]).removeprefix("Input should ").removeprefix("String should ").removeprefix("List should ")
    return Finding("bad-value", f"{_subject(path)} should {said}", place)


def _literals(expected: str) -> list[str]:
    return [part for half in expected.split(" or ") for part in half.split(", ")]


def _subject(path: Path) -> str:
    if not path:
        return "this"
    if isinstance(path[-1], int):
        names = [step for step in path if isinstance(step, str)]
        return f"item {path[-1] + 1} of '{names[-1]}'" if names else f"item {path[-1] + 1}"
    return f"'{path[-1]}'"


def _name(path: Path) -> str:
    return ".".join(str(step) for step in path)
