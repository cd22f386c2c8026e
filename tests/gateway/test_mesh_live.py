"""Past the gateway, straight to a service's pod: encrypted, from the mesh, and with a token, or not at all."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from tests.gateway.changes import replaced
from tooling.gateway.stand.certificates import Authority
from tooling.gateway.stand.manifests import Pod
from tooling.gateway.stand.person import status
from tooling.gateway.stand.stand import Door, Stand

NEIGHBOUR = "spiffe://cluster.local/ns/elsewhere/sa/neighbour"


def echo(door: Door) -> Pod:
    """The echo's pod."""
    return next(pod for pod in door.cluster.pods if pod.workload == "echo")


def asked(door: Door, context: ssl.SSLContext | None, *lines: str) -> int:
    """The status that the pod answers; 0 where it talks to nobody like that."""
    said = "\r\n".join(["GET /echo HTTP/1.1", "Host: echo.echo", "Connection: close", *lines, "", ""]).encode()
    pod = echo(door)
    with socket.create_connection((pod.ip, 8080), timeout=30) as bare:
        try:
            connection = context.wrap_socket(bare) if context else bare
            connection.sendall(said)
            return status(connection.recv(65536))
        except (ssl.SSLError, ConnectionResetError, BrokenPipeError):
            return 0


def belonging(authority: Authority) -> ssl.SSLContext:
    """A pod's side of mutual TLS; what it is answered with is not looked at."""
    pair = authority.pair("neighbour", identity=NEIGHBOUR)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(pair.chain, pair.key)
    return context


@pytest.fixture(scope="module")
def bearer(stand: Stand) -> str:
    return f"Authorization: Bearer {stand.token('echo-caller', 'ECHO_CALLER_SECRET')}"


def test_a_neighbour_with_a_token_is_answered(stand: Stand, bearer: str) -> None:
    assert asked(stand.door, belonging(stand.mesh), bearer) == 200


@pytest.mark.parametrize(
    "line",
    ["X-Nothing: x", "X-Auth-Request-User: ada", "X-Auth-Request-Groups: orders-team", "Authorization: Basic YTpi"],
)
def test_a_neighbour_without_a_token_is_not(stand: Stand, line: str) -> None:
    """Whatever identity it claims."""
    assert asked(stand.door, belonging(stand.mesh), line) in {401, 403}


def test_nobody_outside_the_mesh_is(stand: Stand, bearer: str, tmp_path: Path) -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    bare.verify_mode = ssl.CERT_NONE
    assert asked(stand.door, None, bearer) == 0, "in clear text"
    assert asked(stand.door, bare, bearer) == 0, "without a certificate"
    assert asked(stand.door, belonging(Authority(tmp_path, "other")), bearer) == 0, "with another mesh's certificate"


def test_with_a_permissive_mesh_clear_text_would_do(stand: Stand, bearer: str) -> None:
    with stand.changed(replaced("STRICT", "PERMISSIVE", "PeerAuthentication", "istio-system")) as door:
        assert asked(door, None, bearer) == 200
        assert asked(door, None) == 403, "the token is still demanded"
