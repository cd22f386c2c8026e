"""Realms made to measure: three sizes of one shape, as the sections a realm's files would declare."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SECRET_VARIABLE = "BENCH_BROKER_SECRET"
_CLIENT_ROLES = ("reader", "writer", "approver", "auditor", "owner")


@dataclass(frozen=True, slots=True)
class Shape:
    """How many of each. Each client brings 2 mappers and 5 roles, each client scope 2 mappers, each group 1 role."""

    name: str
    roles: int
    composites: int
    clients: int
    client_scopes: int
    groups: int
    broker_mappers: int

    @property
    def objects(self) -> int:
        """Objects in all: the realm, the broker, and a composite's links counted as one."""
        return (
            2
            + self.roles
            + self.composites
            + self.clients * (1 + 2 + len(_CLIENT_ROLES))
            + self.client_scopes * 3
            + self.groups
            + self.broker_mappers
        )


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("small", roles=10, composites=1, clients=3, client_scopes=2, groups=5, broker_mappers=5),
        Shape("team", roles=100, composites=10, clients=25, client_scopes=5, groups=25, broker_mappers=30),
        Shape("large", roles=1000, composites=100, clients=200, client_scopes=20, groups=100, broker_mappers=100),
    )
}


def sections(shape: Shape) -> dict[str, Any]:
    """What the realm's files declare, apart from the realm's name."""
    return {
        "displayName": f"A realm of {shape.objects} objects",
        "enabled": True,
        "roles": {_role(i): _realm_role(i, shape) for i in range(shape.roles)},
        "clients": {f"service-{i:03}": _client(f"service-{i:03}") for i in range(shape.clients)},
        "clientScopes": {f"scope-{i:02}": _client_scope(i) for i in range(shape.client_scopes)},
        "groups": {f"team-{i:03}": {"realmRoles": [_role(i % shape.roles)]} for i in range(shape.groups)},
        "identityProviders": {"corporate": _broker(shape)},
    }


def write(shape: Shape, realm: str, folder: Path) -> None:
    """Writes the realm's folder, one file per section, as a person would split it."""
    folder.mkdir(parents=True, exist_ok=True)
    declared = sections(shape)
    settings = {"realm": realm, **{key: value for key, value in declared.items() if not isinstance(value, dict)}}
    _dump(settings, folder / "realm.yaml")
    for name, section in declared.items():
        if isinstance(section, dict):
            _dump({name: section}, folder / f"{name}.yaml")


def _dump(value: dict[str, Any], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(value, file, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)


def _role(number: int) -> str:
    return f"role-{number:04}"


def _realm_role(number: int, shape: Shape) -> dict[str, Any]:
    """The last ones are composites of two of the first."""
    role: dict[str, Any] = {"description": f"Does what role {number} does"}
    first = shape.roles - shape.composites
    if number >= first:
        role["composites"] = [_role((number - first) * 2 % first), _role(((number - first) * 2 + 1) % first)]
    return role


def _client(client_id: str) -> dict[str, Any]:
    return {
        "name": client_id.title(),
        "publicClient": True,
        "redirectUris": [f"https://{client_id}.example.com/callback"],
        "webOrigins": [f"https://{client_id}.example.com"],
        "attributes": {"pkce.code.challenge.method": "S256"},
        "protocolMappers": {
            "audience": {
                "protocolMapper": "oidc-audience-mapper",
                "config": {"included.client.audience": client_id, "access.token.claim": True, "id.token.claim": False},
            },
            "department": _attribute_mapper("department"),
        },
        "roles": {name: {"description": f"{name} of {client_id}"} for name in _CLIENT_ROLES},
    }


def _client_scope(number: int) -> dict[str, Any]:
    return {
        "description": f"Claims of area {number}",
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": True},
        "protocolMappers": {name: _attribute_mapper(f"{name}{number}") for name in ("area", "level")},
    }


def _attribute_mapper(attribute: str) -> dict[str, Any]:
    return {
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {
            "user.attribute": attribute,
            "claim.name": attribute,
            "jsonType.label": "String",
            "access.token.claim": True,
            "id.token.claim": False,
        },
    }


def _broker(shape: Shape) -> dict[str, Any]:
    login = "https://login.example.com"
    return {
        "providerId": "oidc",
        "displayName": "Corporate sign-in",
        "enabled": True,
        "config": {
            "clientId": "keycloak",
            "clientSecret": f"$(env:{SECRET_VARIABLE})",
            "clientAuthMethod": "client_secret_post",
            "authorizationUrl": f"{login}/authorize",
            "tokenUrl": f"{login}/token",
            "issuer": login,
            "syncMode": "FORCE",
        },
        "mappers": {
            f"grants-{_role(i)}": {
                "identityProviderMapper": "oidc-role-idp-mapper",
                "config": {"claim": "roles", "claim.value": f"Role.{i}", "role": _role(i % shape.roles)},
            }
            for i in range(shape.broker_mappers)
        },
    }
