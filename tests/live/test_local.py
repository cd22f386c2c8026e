"""The Keycloak that the other live tests stand on is a real one, of the pinned version, and stays on this machine."""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request

import pytest

from realmctl.keycloak import local
from tests.conftest import INSTANCE, Keycloak


def _token(keycloak: Keycloak) -> str:
    form = {
        "grant_type": "password",
        "client_id": "admin-cli",
        "username": keycloak.user,
        "password": keycloak.password,
    }
    with urllib.request.urlopen(
        f"{keycloak.url}/realms/master/protocol/openid-connect/token", data=urllib.parse.urlencode(form).encode()
    ) as answer:
        return str(json.load(answer)["access_token"])


def test_the_administrator_can_log_in_and_sees_the_pinned_version(keycloak: Keycloak) -> None:
    asked = urllib.request.Request(
        f"{keycloak.url}/admin/serverinfo", headers={"Authorization": f"Bearer {_token(keycloak)}"}
    )
    with urllib.request.urlopen(asked) as answer:
        version = json.load(answer)["systemInfo"]["version"]
    assert version == (os.environ.get("KEYCLOAK_VERSION") or local.KEYCLOAK)


@pytest.mark.skipif(bool(os.environ.get("KEYCLOAK_URL")), reason="KEYCLOAK_URL names a server that is not ours")
def test_a_server_that_runs_is_found_again_and_not_started_twice(keycloak: Keycloak) -> None:
    seen = local.status(instance=INSTANCE)
    again = local.up(os.environ.get("KEYCLOAK_VERSION") or local.KEYCLOAK, instance=INSTANCE)
    assert seen
    assert (again.pid, again.url, again.started) == (seen.pid, keycloak.url, False)


@pytest.mark.skipif(bool(os.environ.get("KEYCLOAK_URL")), reason="KEYCLOAK_URL names a server that is not ours")
def test_it_listens_on_loopback_alone(keycloak: Keycloak) -> None:
    assert keycloak.url.startswith("http://127.0.0.1:")
