"""Gives the values of maps the form that Keycloak wants of each key, and finds those that it would misread.

What a key means is in `catalogue/settings.py`; keys that it doesn't know pass as they are. Pure. Must not know about:
files, single kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from realmctl.catalogue import settings
from realmctl.catalogue.settings import Setting, setting
from realmctl.errors import Finding
from realmctl.kinds.conversion import WrongValueError, data_for_wire, stored_for_wire, text_for_wire
from realmctl.kinds.maps import Ask, Map, maps
from realmctl.model.address import Address
from realmctl.model.fields import as_secret, holds_secret
from realmctl.model.objects import Declared
from realmctl.model.secret import Secret

_DATA = (settings.EXECUTOR, settings.CONDITION, settings.VALIDATION)
"""Places whose maps are JSON, with numbers and lists of their own."""


def give_meaning(
    resources: Mapping[Address, Declared], ask: Ask, custom: Collection[str] = ()
) -> tuple[dict[Address, Declared], list[Finding]]:
    """The objects with converted values, and what is wrong with those that can't be.

    `custom` are names of deployed providers, which closed choices don't list.
    """
    findings: list[Finding] = []
    made: dict[Address, Declared] = {}
    for address, declared in resources.items():
        fields: dict[str, Any] | None = None
        for found in maps(address, declared.fields, ask):
            converted = _converted(declared, found, custom, findings)
            if converted is not None:
                fields = _laid(fields or dict(declared.fields), found.path, converted)
        if fields is not None:
            declared = replace(declared, fields=fields)
        made[address] = _moved(declared, findings)
    return made, findings


def _converted(
    declared: Declared, found: Map, custom: Collection[str], findings: list[Finding]
) -> dict[str, Any] | None:
    """The map with converted values; None where nothing changes."""
    made: dict[str, Any] = {}
    for key, value in found.values.items():
        known = setting(found.place, found.provider, key)
        made[key] = value
        if value is None:
            continue
        if known is None:
            if found.place in _DATA and holds_secret(key) and isinstance(value, str):
                made[key] = as_secret(value)
            continue
        if known.state or known.obsolete:
            if not known.moved:
                findings.append(_useless(declared, found, key, known))
            continue
        try:
            made[key] = _one(value, known, found.place)
        except WrongValueError as error:
            if error.rule != "unknown-choice" or str(value) not in custom:
                findings.append(_wrong(declared, found, key, error))
    return made if any(made[key] is not value for key, value in found.values.items()) else None


def _one(value: Any, known: Setting, place: str) -> Any:
    if isinstance(value, Secret):
        return value
    if place in _DATA:
        value = data_for_wire(value, known)
    elif place == settings.COMPONENT:
        value = stored_for_wire(value, known)
        if known.secret and isinstance(value, list) and len(value) == 1:
            value = value[0]
    else:
        value = text_for_wire(value, known)
    return as_secret(value) if known.secret and isinstance(value, str) and value else value


def _moved(declared: Declared, findings: list[Finding]) -> Declared:
    """The object with what became a field of its own in that field; a warning names the new one."""
    place = settings.IDENTITY_PROVIDER
    moved = _MOVED.get(declared.address.kind)
    config = declared.fields.get("config") if moved else None
    if not moved or not config or moved.isdisjoint(config):
        return declared
    fields, rest = dict(declared.fields), dict(config)
    for key in moved & config.keys():
        known = setting(place, "", key)
        if known is None or str(rest[key]).lower() not in ("true", "false"):
            continue
        at = declared.origin.place("config", key)
        message = f"'config.{key}' of {_title(declared)} became the field '{known.moved}'"
        findings.append(Finding("moved-key", message, at, f"write {known.moved}: {rest[key]} there", "warning"))
        value = rest.pop(key)
        fields.setdefault(known.moved, str(value).lower() == "true")
    return replace(declared, fields={**fields, "config": rest})


_MOVED = {"identity-provider": frozenset({"hideOnLoginPage"})}
"""Kinds whose config has keys that became fields of the object."""


def _wrong(declared: Declared, found: Map, key: str, error: WrongValueError) -> Finding:
    at = () if error.at is None else (error.at,)
    place = declared.origin.place(*found.path, key, *at)
    return Finding(error.rule, f"'{key}' of {_title(declared)} {error.wrong}", place, error.advice)


def _useless(declared: Declared, found: Map, key: str, known: Setting) -> Finding:
    place = declared.origin.place(*found.path, key)
    if known.state:
        message = f"'{key}' of {_title(declared)} is written by Keycloak alone"
        return Finding("server-state", message, place, "take it out of the files")
    return Finding(
        "obsolete-key", f"'{key}' of {_title(declared)} does nothing: {known.obsolete}", place, known.instead
    )


def _title(declared: Declared) -> str:
    address = declared.address
    return f"{address.kind} '{' / '.join(address.names)}'" if address.names else f"the {address.kind}"


def _laid(fields: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The fields with the value at a path; nothing of what was there is changed in place."""

    def put(holder: Any, rest: tuple[str | int, ...]) -> Any:
        if not rest:
            return value
        made: Any = list(holder) if isinstance(holder, list) else dict(holder)
        made[rest[0]] = put(made[rest[0]], rest[1:])
        return made

    laid: dict[str, Any] = put(fields, path)
    return laid
