"""No command sends anything to a server that can't prove who it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from realmctl.errors import Exit
from tests.conftest import Keycloak
from tests.live.cli.test_on_a_server import environ, realmctl
from tests.live.test_tls import WRONG, Served
from tests.support.faults import FaultProxy
from tests.support.faults.identity import Identity
from tests.unit.cli.test_documented import ALL

__all__ = ["environ", "realmctl"]  # fixtures
Run = Callable[..., CompletedProcess[str]]

FILE = """\
realm: {name}
roles: {{reader: {{}}}}
clients: {{app: {{publicClient: true, fullScopeAllowed: false, redirectUris: ["https://app.example.com/cb"]}}}}
entra:
  authority: {host}
  tenantId: 6f1d6d0e-0000-4000-8000-000000000001
  clientId: realm
  clientSecret: "${{vault.entra}}"
tests: {{ a: {{ client: app, given: {{ roles: [reader] }}, expect: {{ audience: [] }} }} }}
"""
COMMANDS = {
    "plan": "plan FILE",
    "apply": "apply FILE --auto-approve",
    "undo": "undo FILE --auto-approve",
    "history": "history FILE",
    "drift": "drift FILE",
    "test": "test FILE",
    "audit": "audit FILE",
    "bootstrap": "bootstrap REALM --auto-approve -o OUT",
    "export": "export REALM -o OUT",
    "gateway check": "gateway check HOST --timeout 20",
    "entra check": "entra check FILE",
    "entra roles": "entra roles FILE",
}
"""Every command that connects."""
NOT_KEYCLOAK = {"entra endpoints": "the addresses are Microsoft's own, in tests/unit/entra/test_endpoints.py"}
LOGIN = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "CANARY-azure"}


def test_these_are_all_commands_that_connect() -> None:
    connecting = {
        path.removeprefix("realmctl ") for path, one in ALL.items() if any(p.name == "ca" for p in one.params)
    }
    assert connecting == {*COMMANDS, *NOT_KEYCLOAK}


@pytest.fixture
def called(
    realmctl: Run, realm_name: str, tmp_path: Path
) -> Callable[[str, FaultProxy, str | None], CompletedProcess[str]]:
    file = tmp_path / "realm.yaml"

    def call(command: str, proxy: FaultProxy, ca: str | None) -> CompletedProcess[str]:
        host = proxy.url.removesuffix("/auth")
        file.write_text(FILE.format(name=realm_name, host=host))
        words = {"FILE": str(file), "REALM": realm_name, "OUT": str(tmp_path / "out"), "HOST": host}
        arguments = [words.get(word, word) for word in COMMANDS[command].split()]
        trusted = ["--ca", ca] if ca else []
        return realmctl(
            *arguments,
            *trusted,
            expect=None,
            **{**LOGIN, "KEYCLOAK_URL": proxy.url, "REALMCTL_GRAPH_URL": host},
        )

    return call


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_sends_nothing_to_a_server_with_a_wrong_certificate(
    keycloak: Keycloak, called: Callable[..., CompletedProcess[str]], tmp_path: Path, command: str
) -> None:
    for wrong in WRONG:
        folder = tmp_path / wrong.__name__
        folder.mkdir()
        served: Served = wrong(folder)
        with FaultProxy(keycloak.url, tls=served[0].server()) as proxy:
            done = called(command, proxy, served[1])
            assert (wrong.__name__, proxy.seen, proxy.forwarded) == (wrong.__name__, [], [])
            assert done.returncode == Exit.FAILED, done.stdout + done.stderr
            assert "trust" in done.stdout + done.stderr
    # The same call reaches a server that is trusted: nothing else stopped it.
    (tmp_path / "right").mkdir()
    right = Identity.make(tmp_path / "right")
    with FaultProxy(keycloak.url, tls=right.server()) as proxy:
        done = called(command, proxy, str(right.certificate))
        assert proxy.seen, done.stdout + done.stderr
