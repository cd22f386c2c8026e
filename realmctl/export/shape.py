"""Whether data from a file has the shape of a realm's export, as far as reading one relies on it.

Pure. Must not know about: files, kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class _Items:
    """A list of maps. Each has these `keys`, with a text; `may` are those that may be missing."""

    keys: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    below: Mapping[str, _Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Fields:
    """A map with such fields; `only` such ones, or others, too."""

    below: Mapping[str, _Shape]
    only: bool = False


@dataclass(frozen=True, slots=True)
class _Each:
    """A map from whatever to this."""

    item: _Shape


_Shape = _Items | _Fields | _Each

_NAMED = _Items(("name",))
_WITH_MAPPERS: Mapping[str, _Shape] = {"protocolMappers": _NAMED}
_SUBGROUPS: dict[str, _Shape] = {}
_GROUPS = _Items(("name",), below=_SUBGROUPS)
_SUBGROUPS["subGroups"] = _GROUPS
_AUTHORIZATION = _Fields({"scopes": _NAMED, "resources": _NAMED, "policies": _NAMED})
_REALM = _Fields(
    {
        "authenticationFlows": _Items(("alias",), below={"authenticationExecutions": _Items()}),
        "authenticatorConfig": _Items(("alias",)),
        "clientPolicies": _Fields({"policies": _NAMED}),
        "clientProfiles": _Fields({"profiles": _NAMED}),
        "clientScopeMappings": _Each(_Items()),
        "clientScopes": _Items(("name",), below=_WITH_MAPPERS),
        # A file may mean a client by its name alone.
        "clients": _Items(may=("clientId",), below={**_WITH_MAPPERS, "authorizationSettings": _AUTHORIZATION}),
        # That of the user profile has no name.
        "components": _Each(_Items(may=("name",))),
        "defaultRole": _Fields({}),
        "groups": _GROUPS,
        "identityProviderMappers": _Items(("name", "identityProviderAlias")),
        "identityProviders": _Items(("alias",)),
        "organizations": _Items(("alias",)),
        "requiredActions": _Items(("alias",)),
        "roles": _Fields({"realm": _NAMED, "client": _Each(_NAMED)}, only=True),
        "scopeMappings": _Items(),
        "users": _Items(),
        "workflows": _NAMED,
    }
)


def shape_problem(realm: Mapping[str, Any]) -> str:
    """What of it no export has, in a sentence, with what was found; "" where nothing is wrong."""
    return next(_wrong(realm, _REALM, ""), "")


def _wrong(value: Any, shape: _Shape, where: str) -> Iterator[str]:
    if value is None:
        return
    if isinstance(shape, _Items):
        yield from _wrong_items(value, shape, where)
    elif not isinstance(value, Mapping):
        yield f"{where} is {_found(value)}, not a map"
    elif isinstance(shape, _Each):
        for key, item in value.items():
            yield from _wrong(item, shape.item, f"{where}.{key}")
    else:
        other = next((key for key in value if shape.only and key not in shape.below), None)
        if other is not None:
            yield f"{where} holds {other!r}: there is nothing but {' and '.join(shape.below)}"
        for key, inner in shape.below.items():
            yield from _wrong(value.get(key), inner, f"{where}.{key}".removeprefix("."))


def _wrong_items(value: Any, shape: _Items, where: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where} is {_found(value)}, not a list"
        return
    for at, item in enumerate(value):
        here = f"{where}[{at}]"
        if not isinstance(item, Mapping):
            yield f"{here} is {_found(item)}, not a map"
            continue
        for key in (*shape.keys, *shape.may):
            said = item.get(key)
            if said is None and key not in shape.may:
                yield f"{here} has no {key}"
            elif said is not None and not isinstance(said, str):
                yield f"{here}.{key} is {_found(said)}, not a text"
        for key, inner in shape.below.items():
            yield from _wrong(item.get(key), inner, f"{here}.{key}")


def _found(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list):
        return "a list"
    return "a text" if isinstance(value, str) else f"{value!r}"
