"""Which maps an object has whose keys Keycloak gives a meaning, and whose keys they are.

Pure. Must not know about: what a key means, how values are converted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.keycloak.catalog import key_types
from realmctl.model.address import Address

Path = tuple[str | int, ...]
Fields = Mapping[str, Any]
Ask = Callable[[Address, str], Any]
"""What is known of a field of an object that the fields at hand don't say; None for nothing."""


@dataclass(frozen=True, slots=True)
class Map:
    """A map at `path` of an object's fields. `place` and `provider` say what its keys mean (`settings.setting`)."""

    path: Path
    place: str
    provider: str
    values: Mapping[str, Any]


def unknown(_address: Address, _field: str) -> Any:
    """Answer that nothing is known beyond the fields at hand."""
    return None


def laid(fields: Any, path: Path, value: Any) -> Any:
    """Return the fields with the value at a path; nothing of what was there is changed in place."""
    if not path:
        return value
    made: Any = list(fields) if isinstance(fields, list) else dict(fields)
    made[path[0]] = laid(made[path[0]], path[1:], value)
    return made


def maps(address: Address, fields: Fields, ask: Ask = unknown) -> Iterator[Map]:
    """Every such map among the fields of an object."""
    find = _FINDERS.get(address.kind)
    if find is not None:
        yield from find(address, fields, ask)


def _at(path: Path, place: str, provider: object, values: object) -> Iterator[Map]:
    if isinstance(values, dict) and values:
        yield Map(path, place, str(provider or ""), values)


def _realm(_address: Address, fields: Fields, _ask: Ask) -> Iterator[Map]:
    yield from _at(("attributes",), key_types.REALM_ATTRIBUTES, "", fields.get("attributes"))
    yield from _at(("smtpServer",), key_types.SMTP, "", fields.get("smtpServer"))


def _attributes(place: str) -> Callable[[Address, Fields, Ask], Iterator[Map]]:
    def find(address: Address, fields: Fields, ask: Ask) -> Iterator[Map]:
        if fields.get("attributes"):
            protocol = fields.get("protocol") or ask(address, "protocol") or "openid-connect"
            yield from _at(("attributes",), place, protocol, fields["attributes"])

    return find


def _config(place: str, field: str) -> Callable[[Address, Fields, Ask], Iterator[Map]]:
    def find(address: Address, fields: Fields, ask: Ask) -> Iterator[Map]:
        if fields.get("config"):
            yield from _at(("config",), place, fields.get(field) or ask(address, field), fields["config"])

    return find


def _component(address: Address, fields: Fields, ask: Ask) -> Iterator[Map]:
    if fields.get("config"):
        above = address.names[-2].partition(":")[0]
        provider = fields.get("providerId") or ask(address, "providerId") or ""
        yield from _at(("config",), key_types.COMPONENT, f"{above}/{provider}", fields["config"])


def _required_action(address: Address, fields: Fields, ask: Ask) -> Iterator[Map]:
    provider = fields.get("providerId") or ask(address, "providerId") or address.name
    yield from _at(("config",), key_types.REQUIRED_ACTION, provider, fields.get("config"))


def _flow(_address: Address, fields: Fields, _ask: Ask) -> Iterator[Map]:
    yield from _steps(fields.get("executions"), ("executions",))


def _steps(steps: Any, path: Path) -> Iterator[Map]:
    for index, step in enumerate(steps or ()):
        yield from _at((*path, index, "config"), key_types.AUTHENTICATOR, step.get("authenticator"), step.get("config"))
        yield from _steps(step.get("executions"), (*path, index, "executions"))


def _parts(field: str, name: str, place: str) -> Callable[[Address, Fields, Ask], Iterator[Map]]:
    def find(_address: Address, fields: Fields, _ask: Ask) -> Iterator[Map]:
        for index, part in enumerate(fields.get(field) or ()):
            yield from _at((field, index, "configuration"), place, part.get(name), part.get("configuration"))

    return find


def _profile(_address: Address, fields: Fields, _ask: Ask) -> Iterator[Map]:
    for attribute, said in (fields.get("attributes") or {}).items():
        for name, values in ((said or {}).get("validations") or {}).items():
            yield from _at(("attributes", attribute, "validations", name), key_types.VALIDATION, name, values)


_FINDERS: Mapping[str, Callable[[Address, Fields, Ask], Iterator[Map]]] = {
    "realm": _realm,
    "client": _attributes(key_types.CLIENT_ATTRIBUTES),
    "client-scope": _attributes(key_types.SCOPE_ATTRIBUTES),
    "protocol-mapper": _config(key_types.PROTOCOL_MAPPER, "protocolMapper"),
    "scope-mapper": _config(key_types.PROTOCOL_MAPPER, "protocolMapper"),
    "identity-provider": _config(key_types.IDENTITY_PROVIDER, "providerId"),
    "identity-provider-mapper": _config(key_types.IDENTITY_PROVIDER_MAPPER, "identityProviderMapper"),
    "component": _component,
    "sub-component": _component,
    "required-action": _required_action,
    "flow": _flow,
    "client-profile": _parts("executors", "executor", key_types.EXECUTOR),
    "client-policy": _parts("conditions", "condition", key_types.CONDITION),
    "user-profile": _profile,
}
