"""A real plan and apply through a server that demands a client certificate for every connection."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from realmctl.errors import Exit, Unreachable
from realmctl.keycloak.admin import Admin, connection
from tests.conftest import Keycloak
from tests.live.cli.test_on_a_server import environ, realmctl
from tests.live.test_admin_errors import serving
from tests.support.faults import FaultProxy
from tests.support.faults.identity import Identity

__all__ = ["environ", "realmctl"]  # fixtures
Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def mine(tmp_path: Path) -> Identity:
    (tmp_path / "mine").mkdir()
    return Identity.make(tmp_path / "mine")


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def demanding(
    request: pytest.FixtureRequest, keycloak: Keycloak, mine: Identity, tmp_path: Path
) -> Iterator[tuple[FaultProxy, str]]:
    """A server before Keycloak that wants to see the certificate of `mine`, and the file to trust it by."""
    served = Identity.make(tmp_path)
    context = served.server()
    context.maximum_version = request.param
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(mine.certificate)
    with FaultProxy(keycloak.url, tls=context) as proxy:
        yield proxy, str(served.certificate)


def test_a_plan_and_an_apply_show_the_certificate(
    realmctl: Run, realm_name: str, mine: Identity, demanding: tuple[FaultProxy, str], tmp_path: Path
) -> None:
    proxy, ca = demanding
    file = tmp_path / "realm.yaml"
    file.write_text(f"realm: {realm_name}\nroles: {{reader: {{}}}}\n")
    there = {"KEYCLOAK_URL": proxy.url, "KEYCLOAK_CA_FILE": ca}
    shown = {"KEYCLOAK_CLIENT_CERT": str(mine.certificate), "KEYCLOAK_CLIENT_KEY": str(mine.key)}
    assert "+ realm role reader" in realmctl("plan", file, **there, **shown).stdout
    flags = ["--client-cert", mine.certificate, "--client-key", mine.key]
    assert "Verified" in realmctl("apply", file, "--auto-approve", *flags, **there).stdout
    assert proxy.seen
    proxy.forget()
    without = realmctl("plan", file, expect=Exit.FAILED, **there)
    # With TLS 1.3 the refusal may come after the client's first words, as an end of the connection.
    assert "demands a client certificate" in without.stderr
    assert "set KEYCLOAK_CLIENT_CERT and KEYCLOAK_CLIENT_KEY" in without.stderr
    assert proxy.seen == []


def test_a_certificate_that_the_server_does_not_know(
    keycloak: Keycloak, demanding: tuple[FaultProxy, str], tmp_path: Path
) -> None:
    proxy, ca = demanding
    (tmp_path / "stranger").mkdir()
    stranger = Identity.make(tmp_path / "stranger")
    given = {"url": proxy.url, "ca": ca, "client_cert": str(stranger.certificate), "client_key": str(stranger.key)}
    with closing(Admin(connection(given, keycloak.environ()))) as admin:
        with pytest.raises(Unreachable, match=r"did not accept the client cert|ended the TLS conn") as refusal:
            admin.get("master")
        assert "authority of the client certificate" in refusal.value.advice
    assert proxy.seen == []


def test_a_gateway_that_asks_for_one_in_a_page_of_its_own(keycloak: Keycloak) -> None:
    """As nginx does."""
    page = b"<html><h1>400 Bad Request</h1>No required SSL certificate was sent</html>"
    with (
        serving(status=400, body=page) as url,
        closing(Admin(connection({"url": url}, keycloak.environ()))) as admin,
        pytest.raises(Unreachable, match="demands a client certificate"),
    ):
        admin.get("master")
