"""The same realms as Keycloak's own representations, for the raw writers. Must not know about: how they are sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from bench.shapes import SECRET_VARIABLE, Shape, sections

_NAMES = uuid.UUID("00000000-0000-4000-8000-000000000000")


def realm(shape: Shape, name: str, secret: str) -> dict[str, Any]:
    """One RealmRepresentation with everything in it."""
    declared = sections(shape)
    return {
        **{key: value for key, value in declared.items() if not isinstance(value, dict)},
        "realm": name,
        "roles": {"realm": list(roles(declared)), "client": client_roles(declared)},
        "clients": list(clients(declared, name)),
        "clientScopes": list(client_scopes(declared)),
        "groups": list(groups(declared)),
        "identityProviders": [broker(declared, secret)],
        "identityProviderMappers": list(broker_mappers(declared)),
    }


def roles(declared: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Realm roles, composites inside."""
    for name, role in declared["roles"].items():
        links = role.get("composites")
        linked = {"composite": True, "composites": {"realm": links}} if links else {}
        yield {"name": name, "description": role["description"], **linked}


def clients(declared: Mapping[str, Any], realm_name: str) -> Iterator[dict[str, Any]]:
    """Clients with their mappers, and ids of our own, so that their roles need no look-up."""
    for client_id, client in declared["clients"].items():
        yield {
            **{key: value for key, value in client.items() if key not in ("roles", "protocolMappers")},
            "id": id_of(realm_name, client_id),
            "clientId": client_id,
            "protocol": "openid-connect",
            "protocolMappers": _mappers(client),
        }


def id_of(realm_name: str, client_id: str) -> str:
    """The id that a client is created with."""
    return str(uuid.uuid5(_NAMES, f"{realm_name}/{client_id}"))


def client_roles(declared: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Client roles by client id."""
    return {
        client_id: [{"name": name, "description": role["description"]} for name, role in client["roles"].items()]
        for client_id, client in declared["clients"].items()
    }


def client_scopes(declared: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Client scopes with their mappers."""
    for name, scope in declared["clientScopes"].items():
        yield {
            **scope,
            "name": name,
            "attributes": _strings(scope["attributes"]),
            "protocolMappers": _mappers(scope),
        }


def groups(declared: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Groups with their roles (which only an import takes)."""
    for name, group in declared["groups"].items():
        yield {"name": name, "path": f"/{name}", "realmRoles": group["realmRoles"]}


def broker(declared: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """The identity provider, its secret filled in."""
    (alias, provider) = next(iter(declared["identityProviders"].items()))
    config = _strings(provider["config"])
    return {
        **{key: value for key, value in provider.items() if key != "mappers"},
        "alias": alias,
        "config": {key: secret if value == f"$(env:{SECRET_VARIABLE})" else value for key, value in config.items()},
    }


def broker_mappers(declared: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The identity provider's mappers."""
    for alias, provider in declared["identityProviders"].items():
        for name, mapper in provider["mappers"].items():
            yield {"name": name, "identityProviderAlias": alias, **mapper, "config": _strings(mapper["config"])}


def _mappers(owner: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "protocol": "openid-connect", **mapper, "config": _strings(mapper["config"])}
        for name, mapper in owner["protocolMappers"].items()
    ]


def _strings(config: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in config.items()}
