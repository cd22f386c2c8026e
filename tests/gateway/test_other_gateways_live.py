"""What another team may put beside the gateway: its own Gateway on the same pods lets nobody past the login."""

from __future__ import annotations

import itertools
import socket
import ssl
from typing import Any

from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.person import status
from tooling.gateway.stand.stand import Door, Stand

OTHER = "team.example.com"
PATHS = ("/oauth2/x", "/auth/realms/platform/x", "/auth/resources/x", "/")
ECHOED = b'"headers"'
"""What only the echo answers."""


def another_gateway(documents: list[Document], _: dict[str, Any]) -> None:
    """A Gateway of the echo's namespace for a host of its own; paths that need no login lead to the echo."""
    (own,) = (one for one in documents if one["kind"] == "Gateway")
    # The echo's own policies would still ask for a token: without them the gateway stands alone.
    documents[:] = [
        one
        for one in documents
        if one["metadata"].get("namespace") != "echo"
        or one["kind"] not in {"AuthorizationPolicy", "RequestAuthentication"}
    ]
    tls = next(server["tls"] for server in own["spec"]["servers"] if server["port"]["protocol"] == "HTTPS")
    documents.append(
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "Gateway",
            "metadata": {"name": "team", "namespace": "echo"},
            "spec": {
                "selector": own["spec"]["selector"],
                "servers": [
                    {"port": {"number": 443, "name": "https-team", "protocol": "HTTPS"}, "hosts": [OTHER], "tls": tls}
                ],
            },
        }
    )
    documents.append(
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "team", "namespace": "echo"},
            "spec": {
                "hosts": [OTHER],
                "gateways": ["team"],
                "http": [{"route": [{"destination": {"host": "echo.echo.svc.cluster.local"}}]}],
            },
        }
    )


def another_gateway_and_exemptions_on_every_host(documents: list[Document], mesh: dict[str, Any]) -> None:
    """The same, without what limits the exemptions to the gateway's own hosts."""
    another_gateway(documents, mesh)
    (login,) = (one for one in documents if one.get("spec", {}).get("action") == "CUSTOM")
    before = len(login["spec"]["rules"])
    login["spec"]["rules"] = [one for one in login["spec"]["rules"] if "notHosts" not in one["to"][0]["operation"]]
    assert len(login["spec"]["rules"]) == before - 1


def ask(door: Door, server_name: str, host: str, path: str) -> bytes:
    """Without a session, as somebody who names the host in the handshake and in the request as they like."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = (
        False,
        ssl.CERT_NONE,
    )  # the stand has no certificate for the other host
    found = b""
    with (
        socket.create_connection(door.address, timeout=30) as bare,
        context.wrap_socket(bare, server_hostname=server_name) as connection,
    ):
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        while more := connection.recv(65536):
            found += more
    return found


def test_exempt_paths_are_exempt_on_the_gateway_s_hosts_alone(stand: Stand) -> None:
    own = stand.door.host
    hosts = (OTHER, f"{OTHER}:443", f"{OTHER}:8443", OTHER.upper(), own, f"{own}:1")
    with stand.changed(another_gateway) as door:
        for path, host in itertools.product(PATHS, hosts):
            answer = ask(door, OTHER, host, path)
            assert status(answer) in {302, 401, 403, 404}, (host, answer)
            assert ECHOED not in answer, (host, answer)
        assert status(ask(door, own, own, "/oauth2/ping")) == 200


def test_without_that_they_would_reach_the_service(stand: Stand) -> None:
    with stand.changed(another_gateway_and_exemptions_on_every_host) as door:
        found = {path: ECHOED in ask(door, OTHER, OTHER, path) for path in PATHS}
    assert found == {"/oauth2/x": True, "/auth/realms/platform/x": True, "/auth/resources/x": True, "/": False}
