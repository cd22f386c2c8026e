"""Realms from files: what has not the shape of an export is refused with what was found, never left out silently."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from realmctl.errors import UsageProblem
from realmctl.export.foreign.documents import read_sources
from realmctl.keycloak.catalog import fresh_realm
from realmctl.model.address import Address
from tests.support.realm_snapshot import snapshot

MISSHAPEN: list[tuple[dict[str, Any], str]] = [
    ({"clients": ["a"]}, "clients[0] is a text, not a map"),
    ({"clients": {"a": {}}}, "clients is a map, not a list"),
    ({"clients": [{"clientId": 5}]}, "clients[0].clientId is 5, not a text"),
    ({"clients": [{"clientId": "a", "protocolMappers": [{}]}]}, "clients[0].protocolMappers[0] has no name"),
    ({"roles": ["a"]}, "roles is a list, not a map"),
    ({"roles": {"a": {}}}, "roles holds 'a': there is nothing but realm and client"),
    ({"roles": {"realm": {"a": {}}}}, "roles.realm is a map, not a list"),
    ({"roles": {"client": {"api": ["a"]}}}, "roles.client.api[0] is a text, not a map"),
    ({"groups": [{"path": "/a"}]}, "groups[0] has no name"),
    ({"groups": [{"name": "a", "subGroups": [{"name": 1}]}]}, "groups[0].subGroups[0].name is 1, not a text"),
    ({"identityProviders": [{}]}, "identityProviders[0] has no alias"),
    ({"identityProviderMappers": [{"name": "m"}]}, "identityProviderMappers[0] has no identityProviderAlias"),
    ({"authenticationFlows": {"a": {}}}, "authenticationFlows is a map, not a list"),
    ({"components": {"keys": [{"name": ["a"]}]}}, "components.keys[0].name is a list, not a text"),
    ({"defaultRole": "a"}, "defaultRole is a text, not a map"),
    ({"users": ["anna"]}, "users[0] is a text, not a map"),
    ({"organizations": [{"name": "a"}]}, "organizations[0] has no alias"),
]


def written(folder: Path, said: dict[str, Any]) -> Path:
    path = folder / "import.json"
    path.write_text(json.dumps({"realm": "x", **said}), encoding="utf-8")
    return path


@pytest.mark.parametrize(("said", "told"), MISSHAPEN, ids=[told for _, told in MISSHAPEN])
def test_what_no_export_has_is_refused(said: dict[str, Any], told: str, tmp_path: Path) -> None:
    path = written(tmp_path, said)
    with pytest.raises(UsageProblem) as raised:
        read_sources([path])
    assert told in raised.value.message


def test_what_an_export_may_leave_out_is_no_fault(tmp_path: Path) -> None:
    profile = {"org.keycloak.userprofile.UserProfileProvider": [{"providerId": "declarative-user-profile"}]}
    clients = [{"name": "by name alone"}, {"clientId": "a"}]
    said = {"clients": clients, "groups": None, "roles": {"realm": None}, "components": profile}
    (found,) = read_sources([written(tmp_path, said)]).values()
    assert Address("client", ("a",)) in snapshot(found.data).objects
    assert read_sources([written(tmp_path, dict(fresh_realm()))])
