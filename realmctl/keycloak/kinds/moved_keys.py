"""Keys of maps that became fields of their object: what they say is put there, and a warning names the field.

By experiment (26.7.3): a broker's `hideOnLoginPage` reads back as `hideOnLogin`; most attributes of a realm that are
called like a field set that field, and are not among the attributes afterwards (an unknown `bruteForceStrategy` among
them makes the realm unreadable for good). Pure. Must not know about: files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from realmctl.errors import Finding
from realmctl.keycloak.kinds.identity_provider import IdentityProvider
from realmctl.keycloak.kinds.realm_settings import RealmSettings
from realmctl.model.fields import Resource, wire_value
from realmctl.model.objects import Declared

_APART = frozenset({"attributes", "smtpServer", "browserSecurityHeaders"})
_PASSWORDLESS = re.compile(r"webAuthnPolicy(?!Passwordless)(\w+)Passwordless")
"""How the attribute of a passwordless policy's field is called, whose name has the word elsewhere."""


def with_moved_keys(declared: Declared, findings: list[Finding]) -> Declared:
    """The object with each such key in its field, and an error where that is declared with another value."""
    if declared.address.kind == "realm":
        return _moved(declared, "attributes", RealmSettings, findings)
    if declared.address.kind == "identity-provider":
        return _moved(declared, "config", IdentityProvider, findings)
    return declared


def _moved(declared: Declared, name: str, model: type[Resource], findings: list[Finding]) -> Declared:
    held = declared.fields.get(name)
    moving = {key: field for key in held or () if (field := _field(key, name)) and (held or {})[key] is not None}
    if not held or not moving:
        return declared
    fields = dict(declared.fields)
    for key, field in moving.items():
        place, message = declared.origin.place(name, key), f"'{name}.{key}' is the field '{field}'"
        try:
            value = _read(model, field, str(held[key]))
        except ValueError:
            findings.append(Finding("wrong-value", f"{message}, which can't be '{held[key]}'", place, ""))
            continue
        if declared.fields.get(field, value) != value:
            other = declared.origin.place(field)
            findings.append(
                Finding("wrong-value", f"{message}, which {other} sets to another value", place, "keep one")
            )
            continue
        findings.append(Finding("moved-key", message, place, f"write {field}: {held[key]} instead", "warning"))
        fields[field] = value
    rest = {key: value for key, value in held.items() if key not in moving}
    return replace(
        declared, fields={**{k: v for k, v in fields.items() if k != name}, **({name: rest} if rest else {})}
    )


def _field(key: str, name: str) -> str:
    """The field that a key became; "" for none."""
    if name == "config":
        return "hideOnLogin" if key == "hideOnLoginPage" else ""
    if found := _PASSWORDLESS.fullmatch(key):
        key = f"webAuthnPolicyPasswordless{found[1]}"
    return key if key in RealmSettings.model_fields and key not in _APART else ""


def _read(model: type[Resource], field: str, text: str) -> Any:
    """The text of a map's key as the field's value. Raises ValueError where it can't be one."""
    for way in _ways(text):
        try:
            return wire_value(getattr(model.model_validate({field: way}), field))
        except ValidationError:
            continue
    raise ValueError(text)


def _ways(text: str) -> Iterator[Any]:
    if text.lower() in ("true", "false"):
        yield text.lower() == "true"
    if re.fullmatch(r"-?\d+", text):
        yield int(text)
    yield text
    yield [part.strip() for part in text.replace("##", ",").split(",") if part.strip()]
