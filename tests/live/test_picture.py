"""What a picture says of tokens against the tokens that a real Keycloak makes, for each role and each client."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realmctl.analysis.graph import build_picture
from realmctl.config.loader import load
from realmctl.keycloak.kinds.group import path_of
from realmctl.model.access_graph import Picture, Sort, onward, reachable_keys
from realmctl.model.address import Address
from realmctl.model.claim import claim_path
from realmctl.workflow import verdicts_of
from tests.conftest import Keycloak

FILE: dict[str, Any] = {
    "roles": {"boss": {"composites": {"realm": ["reader"], "client": {"api": ["write"]}}}, "reader": {}, "other": {}},
    "groups": {"t/x": {"realmRoles": ["other"], "subGroups": {"in": {"clientRoles": {"api": ["write"]}}}}},
    "clients": {
        "api": {"publicClient": False, "standardFlowEnabled": False, "roles": {"write": {}, "x.y": {}}},
        "narrow": {
            "publicClient": True,
            "redirectUris": ["https://a.example/x"],
            "fullScopeAllowed": False,
            "scopeMappings": ["boss"],
            "roles": {"own": {}},
        },
        "full": {"publicClient": True, "redirectUris": ["https://a.example/x"], "fullScopeAllowed": True},
        "a.b": {"publicClient": False, "standardFlowEnabled": False, "roles": {"dotted": {}}},
        "all": {
            "publicClient": True,
            "redirectUris": ["https://a.example/x"],
            "fullScopeAllowed": True,
            "defaultClientScopes": ["basic"],
            "protocolMappers": {
                "paths": {
                    "protocol": "openid-connect",
                    "protocolMapper": "oidc-group-membership-mapper",
                    "config": {"claim.name": "paths", "full.path": True, "access.token.claim": True},
                },
                "names": {
                    "protocol": "openid-connect",
                    "protocolMapper": "oidc-group-membership-mapper",
                    "config": {"claim.name": "names", "access.token.claim": True},
                },
                "every client": {
                    "protocol": "openid-connect",
                    "protocolMapper": "oidc-usermodel-client-role-mapper",
                    "config": {
                        "claim.name": "of.${client_id}.all",
                        "usermodel.clientRoleMapping.rolePrefix": "p-",
                        "access.token.claim": True,
                        "multivalued": True,
                        "jsonType.label": "String",
                    },
                },
            },
        },
        "gateway": {
            "publicClient": True,
            "redirectUris": ["https://a.example/x"],
            "fullScopeAllowed": True,
            "defaultClientScopes": ["basic", "platform"],
        },
    },
    "tokens": {
        "audiences": ["api"],
        "claims": {"roles": {"realmRoles": True, "prefix": "r:"}, "nested.api": {"clientRoles": "api"}},
    },
}
ROLES = (
    ("role", "boss"), ("role", "reader"), ("role", "other"), ("client-role", "api", "write"),
    ("client-role", "api", "x.y"), ("client-role", "narrow", "own"), ("client-role", "a.b", "dotted"),
    ("group", "t/x"), ("group", "t/x", "in"),
)  # fmt: skip
CLIENTS = ("narrow", "full", "gateway", "all")
CLAIMS = (
    "roles", "nested.api", "realm_access.roles", "resource_access.api.roles", "resource_access.narrow.roles",
    "resource_access.a\\.b.roles", "of.api.all", "of.narrow.all", "of.a\\.b.all", "paths", "names",
)  # fmt: skip


def test_a_role_gives_what_the_picture_says(keycloak: Keycloak, realm_name: str, tmp_path: Path) -> None:
    tests = {
        f"{client} {Address(role[0], role[1:])}": {
            "given": _given(role),
            "client": client,
            "expect": {"audience": ["api"]},
        }
        for client in CLIENTS
        for role in ROLES
    }
    (tmp_path / "realm.yaml").write_text(json.dumps({"realm": realm_name, **FILE, "tests": tests}), encoding="utf-8")
    configs = load([tmp_path], environ={})
    with contextlib.closing(keycloak.admin()) as admin:
        (found,) = verdicts_of(admin, configs, planned=True, only=lambda _: True, say=lambda _: None)
    picture = build_picture(configs[0])
    known = {node.name for node in picture.of(Sort.CLAIM)}
    for verdict in found.verdicts:
        client, _, role = verdict.name.partition(" ")
        assert _held(verdict.token, known) == _said(picture, client, role), verdict.name


def _given(role: tuple[str, ...]) -> Any:
    kind, *names = role
    if kind == "group":
        return {"groups": [path_of(tuple(names))]}
    return {"roles": {"client": {names[0]: [names[1]]}} if kind == "client-role" else names}


def _said(picture: Picture, client: str, role: str) -> set[tuple[str, str]]:
    """Claim and value of everything in the client's tokens for whoever has just this role."""
    of_role = reachable_keys(onward(edge for edge in picture.edges if not edge.needed), [role])
    nodes = {node.key: node for node in picture.nodes}
    found = set()
    for edge in picture.edges:
        target = nodes[edge.target]
        clients = edge.why.removeprefix("is in the access tokens of ").split(", ")
        if edge.source in of_role and client in clients:
            if target.sort is Sort.CLAIM:
                found.add((target.names[0], target.name))
            elif target.sort is Sort.AUDIENCE:
                found.add(("aud", target.name))
        elif edge.source == str(Address("client", (client,))) and target.sort is Sort.AUDIENCE:
            found.add(("aud", target.name))
    return found


def _held(token: Mapping[str, Any], known: set[str]) -> set[tuple[str, str]]:
    """The same of a token; of what the files do not declare, such as the shipped default roles, nothing."""
    found = {(claim, value) for claim in CLAIMS for value in _at(token, claim) if value in known}
    return found | {("aud", one) for one in _at(token, "aud") if one in FILE["clients"]}


def _at(token: Mapping[str, Any], claim: str) -> list[str]:
    value: Any = token
    for step in claim_path(claim):
        value = value.get(step, {}) if isinstance(value, Mapping) else {}
    return [value] if isinstance(value, str) else list(value)
