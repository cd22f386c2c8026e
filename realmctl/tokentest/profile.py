"""What of a user profile stops a login: the attributes that Keycloak asks a person for before there is a token.

As the required action VERIFY_PROFILE does it (Keycloak 26.7.3: DeclarativeUserProfileProvider and its validators, in
the context UPDATE_PROFILE). A login through a broker stores a user without asking the profile: this is the only check.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from realmctl.tokentest.broker import Person

_DEFAULT_LENGTH = 2048
"""Of a value whose attribute has no validator `length`."""
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+")
_FIELDS = ("username", "email", "firstName", "lastName")


def asked_for(
    profile: Mapping[str, Any], made: Person, scopes: Collection[str], realm: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the attributes that this person has to fill in or mend at the login.

    An attribute that the person may not edit is never asked for.
    """
    for attribute in profile.get("attributes") or ():
        name = str(attribute["name"])
        if not _may_edit(attribute, realm) or not _is_selected(attribute, scopes):
            continue
        values = _values(made, name) or [*filter(None, [attribute.get("defaultValue")])]
        filled = [value for value in values if value.strip()]
        lacks = len(filled) < len(values) or not values
        if (lacks and _is_required(attribute, scopes, realm)) or not _is_valid(attribute, values, filled):
            yield name


def _values(made: Person, name: str) -> list[str]:
    if name in _FIELDS:
        value = made.profile.get(name)
        return [] if value is None else [str(value)]
    return made.attributes.get(name, [])


def _may_edit(attribute: Mapping[str, Any], realm: Mapping[str, Any]) -> bool:
    name, permissions = attribute["name"], attribute.get("permissions") or {}
    if name == "username" and not realm.get("editUsernameAllowed"):
        return False
    if name in _FIELDS[:2] and not permissions:
        return True
    return "user" in (permissions.get("edit") or ())


def _is_selected(attribute: Mapping[str, Any], scopes: Collection[str]) -> bool:
    wanted = (attribute.get("selector") or {}).get("scopes") or ()
    return attribute["name"] in _FIELDS or not wanted or not set(wanted).isdisjoint(scopes)


def _is_required(attribute: Mapping[str, Any], scopes: Collection[str], realm: Mapping[str, Any]) -> bool:
    if attribute["name"] == "username":
        return not realm.get("registrationEmailAsUsername")
    if attribute["name"] == "email" and realm.get("registrationEmailAsUsername"):
        return True
    required = attribute.get("required")
    if required is None:
        return False
    roles, wanted = required.get("roles") or (), required.get("scopes") or ()
    if roles and "user" not in roles and not wanted:
        return False
    return not wanted or not set(wanted).isdisjoint(scopes)


def _is_valid(attribute: Mapping[str, Any], values: list[str], filled: list[str]) -> bool:
    validations = attribute.get("validations") or {}
    if not attribute.get("multivalued") and "multivalued" not in validations and len(filled) > 1:
        return False
    several = validations.get("multivalued")
    if several and not _in_range(len(filled), several):
        return False
    checks = [(_VALIDATORS[name], config or {}) for name, config in validations.items() if name in _VALIDATORS]
    if "length" not in validations:
        checks.append((_length, {"max": _DEFAULT_LENGTH}))
    return all(check(value, config) for value in values if value.strip() for check, config in checks)


def _in_range(number: float, config: Mapping[str, Any]) -> bool:
    low, high = config.get("min"), config.get("max")
    return (low in (None, "") or number >= float(str(low))) and (high in (None, "") or number <= float(str(high)))


def _length(value: str, config: Mapping[str, Any]) -> bool:
    trimmed = value if str(config.get("trim-disabled", "")).lower() == "true" else value.strip()
    return _in_range(len(trimmed), config)


def _pattern(value: str, config: Mapping[str, Any]) -> bool:
    try:
        return re.fullmatch(str(config.get("pattern", ".*")), value) is not None
    except re.error:
        return True


def _number(value: str, config: Mapping[str, Any]) -> bool:
    try:
        return _in_range(float(value), config)
    except ValueError:
        return False


def _integer(value: str, config: Mapping[str, Any]) -> bool:
    return re.fullmatch(r"[+-]?\d+", value) is not None and _in_range(int(value), config)


_VALIDATORS: Mapping[str, Callable[[str, Mapping[str, Any]], bool]] = {
    "length": _length,
    "pattern": _pattern,
    "integer": _integer,
    "double": _number,
    "email": lambda value, _: _EMAIL.fullmatch(value) is not None,
    "options": lambda value, config: value in (config.get("options") or ()),
    "person-name-prohibited-characters": lambda value, _: (
        re.search(r"[<>&\"$%!#?§;*~/\\|^=\[\]{}()\x00-\x1f]", value) is None
    ),
}
"""Validators that are tried here. What another one thinks of a value is not known."""
