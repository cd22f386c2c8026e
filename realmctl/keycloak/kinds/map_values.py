"""Gives the values of maps the form that Keycloak wants of each key, and finds those that it would misread.

What a key means is in `keycloak/catalog/key_types.py`; keys that it doesn't know pass as they are. Pure. Must not know
about: files, single kinds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from realmctl.errors import Finding
from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.catalog.key_types import KeyInfo, of_another_type, setting
from realmctl.keycloak.kinds.conversion import WrongValueError, as_person, data_for_wire, stored_for_wire, text_for_wire
from realmctl.keycloak.kinds.maps import Ask, Map, laid
from realmctl.keycloak.kinds.moved_keys import with_moved_keys
from realmctl.keycloak.kinds.registry import maps
from realmctl.model.address import Address
from realmctl.model.fields import as_secret, holds_secret, wire_text
from realmctl.model.objects import Declared
from realmctl.model.secret import Secret

_DATA = (key_types.EXECUTOR, key_types.CONDITION, key_types.VALIDATION)
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
                fields = laid(fields or dict(declared.fields), found.path, converted)
        if fields is not None:
            declared = replace(declared, fields=fields)
        made[address] = with_moved_keys(declared, findings)
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
        if known is None and (elsewhere := of_another_type(found.place, found.provider, key)):
            known = elsewhere
            findings.append(_idle(declared, found, key))
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


def _one(value: Any, known: KeyInfo, place: str) -> Any:
    if isinstance(value, Secret):
        return value
    if place in _DATA:
        value = data_for_wire(value, known)
    elif place == key_types.COMPONENT:
        value = stored_for_wire(value, known)
        if known.secret and isinstance(value, list) and len(value) == 1:
            value = value[0]
    else:
        value = text_for_wire(value, known)
    return as_secret(value) if known.secret and isinstance(value, str) and value else value


def _wrong(declared: Declared, found: Map, key: str, error: WrongValueError) -> Finding:
    at = () if error.at is None else (error.at,)
    place = declared.origin.place(*found.path, key, *at)
    return Finding(error.rule, f"'{key}' of {title(declared.address)} {error.wrong}", place, error.advice)


def _useless(declared: Declared, found: Map, key: str, known: KeyInfo) -> Finding:
    place = declared.origin.place(*found.path, key)
    if known.state:
        message = f"'{key}' of {title(declared.address)} is written by Keycloak alone"
        return Finding("server-state", message, place, "take it out of the files")
    return Finding(
        "obsolete-key", f"'{key}' of {title(declared.address)} does nothing: {known.obsolete}", place, known.instead
    )


def _idle(declared: Declared, found: Map, key: str) -> Finding:
    message = f"'{key}' of {title(declared.address)} does nothing: its protocol is {found.provider}"
    return Finding("other-protocol", message, declared.origin.place(*found.path, key), "take it out", "warning")


def title(address: Address) -> str:
    """The object in words."""
    return f"{address.kind} '{' / '.join(address.names)}'" if address.names else f"the {address.kind}"


def without_state(address: Address, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The live fields of an object without the keys of maps that say nothing: Keycloak's own, and obsolete ones."""
    for found in maps(address, fields):
        gone = [key for key in found.values if (known := _setting(found, key)) and (known.state or known.obsolete)]
        if gone:
            kept = {key: value for key, value in found.values.items() if key not in gone}
            fields = laid(dict(fields), found.path, kept)
    return fields


def as_people_write(address: Address, live: Mapping[str, Any], name: str, said: Any) -> Any:
    """The value of a field with those of its maps as a person writes them: `5m`, lists. They read back as the same."""
    fields: dict[str, Any] = {**live, name: said}
    for found in maps(address, fields):
        if found.path[0] != name or found.place in _DATA:
            continue
        for key, value in found.values.items():
            known = _setting(found, key)
            written = _written(value, known) if known else value
            if written != value:
                fields = laid(fields, (*found.path, key), written)
    return fields[name]


def _written(value: Any, known: KeyInfo) -> Any:
    text = wire_text(value)
    if not isinstance(text, str) or isinstance(value, (bool, dict, list)):
        return value
    person = as_person(text, known)
    if isinstance(person, str) and not isinstance(value, str):
        return value  # A number reads better without quotes.
    try:
        return person if text_for_wire(wire_text(person), known) == text else value
    except WrongValueError:
        return value


def _setting(found: Map, key: str) -> KeyInfo | None:
    return setting(found.place, found.provider, key)
