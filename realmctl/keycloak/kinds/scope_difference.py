"""A client's scopes as the difference from those that the realm gives to new clients: what is added, and removed.

Pure. Must not know about: requests, how scopes are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from realmctl.keycloak.kinds.base import Around
from realmctl.model.address import Address
from realmctl.model.fields import Compare

SERVICE_ACCOUNT = str(Address("client-scope", ("service_account",)))
"""What Keycloak adds to a client whose service account is turned on, also by a PUT that repeats it (26.7.3)."""

OF_REALM = {
    "defaultClientScopes": "defaultDefaultClientScopes",
    "optionalClientScopes": "defaultOptionalClientScopes",
}
"""By the field of a client: the realm's field with the scopes of new clients."""

ADD, REMOVE = "add", "remove"


class AllScopes(list[str]):
    """A list of scopes that leaves nothing to be implied: the client has these, and no others."""


def _scopes(value: Any) -> Any:
    if isinstance(value, list):
        return [_address(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) - {ADD, REMOVE} or not value:
        raise ValueError("write a list of client scopes, or {add: [scope, …], remove: [scope, …]}")
    lists = {key: value[key] or [] for key in (ADD, REMOVE) if key in value}
    if not all(isinstance(one, list) for one in lists.values()):
        raise ValueError("write add and remove as lists of client scopes")
    found = {key: [_address(one) for one in items] for key, items in lists.items()}
    both = sorted(set(found.get(ADD, ())) & set(found.get(REMOVE, ())))
    if both:
        raise ValueError(f"{Address.parse(both[0]).name} is both added and removed")
    return found


def _address(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"write the name {value!r} as text, in quotes if need be")
    return str(Address("client-scope", (str(value),)))


_names: dict[str, Any] = {"type": "array", "items": {"type": "string"}}

ClientScopeRefs = Annotated[
    list[str] | dict[str, list[str]],
    BeforeValidator(_scopes),
    Compare.SET,
    WithJsonSchema(
        {
            "anyOf": [
                _names,
                {
                    "type": "object",
                    "properties": {ADD: _names, REMOVE: _names},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]
"""Client scopes by name, held as addresses: the whole list, or its difference from the realm's."""


def is_difference(value: Any) -> bool:
    """Return whether a declared value of such a field is a difference."""
    return isinstance(value, Mapping)


def applied(value: Any, base: list[str]) -> list[str]:
    """Return the scopes that a declared value means, given those of a new client."""
    if not is_difference(value):
        return list(value or ())
    removed = set(value.get(REMOVE, ()))
    return [*(one for one in base if one not in removed), *(one for one in value.get(ADD, ()) if one not in base)]


def difference(wanted: list[str], base: list[str]) -> dict[str, list[str]]:
    """Return the difference that leads from the scopes of a new client to the wanted ones."""
    found = {ADD: sorted(set(wanted) - set(base)), REMOVE: sorted(set(base) - set(wanted))}
    return {key: items for key, items in found.items() if items}


def of_new_client(client: str, around: Around) -> dict[str, list[str]]:
    """Return the scopes that a new client of that name and type would get, by field."""
    protocol = _field(Address("client", (client,)), "protocol", around) or "openid-connect"
    found: dict[str, list[str]] = {}
    for field, of_realm in OF_REALM.items():
        scopes = _field(Address("realm-client-scopes"), of_realm, around) or []
        found[field] = [one for one in scopes if _protocol(one, around) == protocol]
    if _field(Address("client", (client,)), "serviceAccountsEnabled", around):
        found["defaultClientScopes"] = list(dict.fromkeys([*found["defaultClientScopes"], SERVICE_ACCOUNT]))
        found["optionalClientScopes"] = [one for one in found["optionalClientScopes"] if one != SERVICE_ACCOUNT]
    # A scope is in one list: where the files move it, the other one loses it.
    realm = around.desired.resources.get(Address("realm-client-scopes"))
    only_optional = realm and OF_REALM["defaultClientScopes"] not in realm.fields
    losing, kept = tuple(OF_REALM) if only_optional else reversed(OF_REALM)
    found[losing] = [one for one in found[losing] if one not in found[kept]]
    return found


def _protocol(scope: str, around: Around) -> str:
    return str(_field(Address.parse(scope), "protocol", around) or "openid-connect")


def _field(address: Address, name: str, around: Around) -> Any:
    """The field as it will be: as declared, else as it is."""
    want, live = around.desired.resources.get(address), around.live(address)
    if want and name in want.fields:
        return want.fields[name]
    return live.fields.get(name) if live else None
