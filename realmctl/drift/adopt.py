"""What is live, taken over: which values go to which places of the realm's files.

Pure. Must not know about: YAML texts, writing files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realmctl.engine.plan.comparison import Comparison
from realmctl.export.declaration import Declaration, declare
from realmctl.export.folder import as_written
from realmctl.export.layout import path_of
from realmctl.export.relative_forms import relative_value, shorten_lists
from realmctl.export.secrets import Variable
from realmctl.export.yaml_values import CannotBeSaidError, yaml_value
from realmctl.keycloak.kinds.map_values import as_people_write
from realmctl.keycloak.kinds.model_values import fitted, types
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import FieldChange
from realmctl.model.drift import Deviation, Edit, What
from realmctl.model.fields import Compare
from realmctl.model.ignore_rule import pattern
from realmctl.model.objects import Declared, Desired
from realmctl.model.secret_values import has_secret


@dataclass(frozen=True, slots=True)
class Adoption:
    """What to write; what is not taken over, and why; and the variables that are to be set for it."""

    edits: tuple[Edit, ...]
    left: tuple[tuple[Address, str], ...]
    variables: tuple[Variable, ...]


def adoption(found: Sequence[Deviation], wanted: Sequence[str], comparison: Comparison) -> Adoption:
    """The edits that take over what of `found` is `wanted` (patterns of addresses)."""
    edits: list[Edit] = []
    left: list[tuple[Address, str]] = []
    variables: list[Variable] = []
    whole: Declaration | None = None
    for one in found:
        if not any(pattern(text).fullmatch(str(one.address)) for text in wanted):
            continue
        if one.what is What.UNMANAGED:
            whole = whole or declare(comparison.live, from_server=True)
            edits.append(_object(one.address, whole))
            said = set(_texts(edits[-1].value))
            variables += [one for one in whole.variables.found if one.reference in said]
        elif one.what is What.CHANGED:
            for part, field in _fields(one, comparison.declared):
                if part is None:
                    left.append((one.address, f"{field.path}: write it down by hand"))
                    continue
                try:
                    edits.append(_field(one.address, part, field, comparison))
                except CannotBeSaidError as error:
                    left.append((one.address, f"{field.path}: {error}"))
        else:
            left.append((one.address, "it is declared, and not there: take its declaration out, or apply the files"
                         if one.what in (What.DELETED, What.MISSING)
                         else "the files want it away: declare it again, or apply the files"))  # fmt: skip
    return Adoption(tuple(edits), tuple(left), tuple(variables))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _object(address: Address, whole: Declaration) -> Edit:
    path = path_of(address)
    value: Any = shorten_lists(whole.sections, whole.shorter)
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return Edit(address, "", path, as_written(value or {}), path)


def _fields(one: Deviation, desired: Desired) -> Iterator[tuple[Declared | None, FieldChange]]:
    """Every changed field with the object or link that declares it; None for a new name."""
    for field in one.fields:
        top = field.path.partition(".")[0]
        parts = [desired.resources[part] for part in one.parts if part in desired.resources]
        found = next((part for part in parts if _declares(part, top, field.path)), None)
        known = (kinds()[part.address.kind] for part in parts)
        if found is None and any(top in kind.fields() and top != kind.key for kind in known):
            continue  # It follows from another field, which is taken over.
        yield found, field


def _declares(part: Declared, top: str, path: str) -> bool:
    # Of a flow, a field is named by its step.
    return top in part.fields or (
        part.address.kind == "flow"
        and not part.fields.keys().isdisjoint(("executions", "steps"))
        and path not in part.fields
    )


def _field(address: Address, part: Declared, change: FieldChange, comparison: Comparison) -> Edit:
    if change.compare is Compare.SECRET:
        raise CannotBeSaidError("a secret is not taken over: set the variable that the files name")
    kind = kinds()[part.address.kind]
    top = change.path.partition(".")[0]
    found = comparison.live.objects.get(part.address)
    if found and (difference := relative_value(part, top, found, comparison.declared, comparison.live)):
        keys, value = difference
        home = path_of(part.address)
        return Edit(address, change.path, (*home, *keys), as_written(value), home)
    if top not in part.fields:
        top = "executions"
    value = fitted(types(kind)[top], found.fields.get(top) if found else None)
    if change.compare is Compare.SET and isinstance(value, list):
        value = _in_order(value, part.fields[top])
    keys = tuple(_keys(part.fields[top], change.path.removeprefix(top).removeprefix("."), value))
    if top == "executions":
        keys = ()
        if change.path != top:
            value = _as_said(value, part.fields[top])
    said = value
    if keys:
        said = _only(value, keys)
    if said is None:
        told: Any = None
    else:
        told = _paths(said) or as_people_write(
            part.address, found.fields if found else {}, top, yaml_value(kind, top, said)
        )
    for key in keys:
        told = told.get(key) if isinstance(told, Mapping) else None
    if has_secret(told):
        raise CannotBeSaidError("it holds a secret, which is not taken over")
    home = path_of(part.address)
    return Edit(address, change.path, (*home, top, *keys), as_written(told), home)


def _paths(value: Any) -> list[str]:
    """A list of groups as paths, which is how people write them; nothing for anything else."""
    texts = value if isinstance(value, list) and all(isinstance(one, str) for one in value) else []
    groups = [Address.parse(one) for one in texts if one.startswith("group/")]
    if len(groups) < len(texts):
        return []
    return ["/" + "/".join(name.replace("/", "~/") for name in one.names) for one in groups]


def _as_said(value: Any, declared: Any) -> Any:
    """Of the steps of a flow only what the files say of each."""
    if isinstance(value, list) and isinstance(declared, list) and len(value) == len(declared):
        return [_as_said(one, other) for one, other in zip(value, declared, strict=True)]
    if isinstance(value, Mapping) and isinstance(declared, Mapping):
        return {key: _as_said(value.get(key), item) for key, item in declared.items()}
    return value


def _in_order(value: list[Any], declared: Any) -> list[Any]:
    """A list without order in that of the files; what is new comes last."""
    known = [one for one in declared or () if one in value]
    return [*known, *(one for one in value if one not in known)]


def _keys(declared: Any, path: str, value: Any) -> Iterator[str]:
    """The keys that a field's path leads along, inside a map: keys may hold dots themselves."""
    while path:
        known = {*(declared if isinstance(declared, Mapping) else ()), *(value if isinstance(value, Mapping) else ())}
        key = max((one for one in known if path == one or path.startswith(f"{one}.")), key=len, default=path)
        yield key
        path = path.removeprefix(key).removeprefix(".")
        declared = declared.get(key) if isinstance(declared, Mapping) else None
        value = value.get(key) if isinstance(value, Mapping) else None


def _only(value: Any, keys: Sequence[str]) -> Any:
    """The map with nothing but what the keys lead to."""
    if not keys:
        return value
    inner = value.get(keys[0]) if isinstance(value, Mapping) else None
    return {keys[0]: _only(inner, keys[1:])}
