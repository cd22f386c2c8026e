"""A server that can't prove who it is learns nothing, whatever way of logging in is meant for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from realmctl.errors import ServerError, Unreachable
from realmctl.keycloak.admin import Admin, connection, keys
from realmctl.workflow.bootstrap import Wish, by_key, by_secret
from realmctl.workflow.bootstrap.accounts import READER, WRITER
from tests.conftest import PREFIX, Keycloak
from tests.live.accounts import made
from tests.support.faults import FaultProxy
from tests.support.faults.identity import Identity

Served = tuple[Identity, str | None]
"""What a server shows, and the file of certificates that the client trusts."""


def unknown(folder: Path) -> Served:
    return Identity.make(folder), None


def another_authority(folder: Path) -> Served:
    (folder / "other").mkdir()
    return Identity.make(folder), str(Identity.make(folder / "other").certificate)


def another_name(folder: Path) -> Served:
    identity = Identity.make(folder, address="192.0.2.1")
    return identity, str(identity.certificate)


def expired(folder: Path) -> Served:
    identity = Identity.make(folder, ends=datetime.now(UTC) - timedelta(minutes=1))
    return identity, str(identity.certificate)


WRONG = [unknown, another_authority, another_name, expired]


@dataclass(frozen=True)
class Stage:
    """A realm with an account that has a secret, and one that has a key."""

    realm: str
    secret: str
    key: str


@pytest.fixture(scope="module")
def stage(keycloak: Keycloak) -> Iterator[Stage]:
    """Made once: none of these tests changes it."""
    name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
    with closing(keycloak.admin()) as admin:
        accounts = made(admin, name, Wish({"reader": by_secret(), "writer": by_key()}), create_realm=True)
        secret, key = accounts.logins["reader"].secret, accounts.logins["writer"].key
        assert secret
        assert key
        yield Stage(name, secret.reveal(), key.reveal())
        admin.send("DELETE", (name,))


@pytest.fixture
def ways(stage: Stage, keycloak: Keycloak, tmp_path: Path) -> dict[str, dict[str, str]]:
    """The options of every way to log in; each of them works where the server is trusted."""
    file, assertion = tmp_path / "writer.key", tmp_path / "token"
    file.write_text(stage.key)
    assertion.write_text(keys.assertion(str(file), WRITER.client, f"{keycloak.url}/realms/{stage.realm}"))
    return {
        "password": {"user": keycloak.user, "password": keycloak.password},
        "client secret": {"login_realm": stage.realm, "client_id": READER.client, "client_secret": stage.secret},
        "key file": {
            "login_realm": stage.realm,
            "client_id": WRITER.client,
            "key_file": str(file),
            "public_url": keycloak.url,
        },
        "assertion file": {"login_realm": stage.realm, "assertion_file": str(assertion)},
    }


WAYS = ["password", "client secret", "key file", "assertion file"]


def test_these_are_all_ways_to_log_in(ways: dict[str, dict[str, str]]) -> None:
    from realmctl.keycloak.admin.connection_settings import VARIABLES

    used = {name for options in ways.values() for name in options}
    assert used | {"url", "public_url", "ca", "timeout", "client_cert", "client_key"} == set(VARIABLES)
    assert list(ways) == WAYS


def log_in(url: str, ca: str | None, options: dict[str, str]) -> list[tuple[str, str]]:
    """Logs in and asks for the realm; the log of the connection."""
    given = {**options, "url": url, **({"ca": ca} if ca else {})}
    with closing(Admin(connection(given, {}))) as admin:
        try:
            admin.get(options.get("login_realm", "master"))
        finally:
            assert admin.requests == len(admin.log)
        return admin.log


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: one.__name__)
def test_nothing_reaches_a_server_with_a_wrong_certificate(
    keycloak: Keycloak, ways: dict[str, dict[str, str]], tmp_path: Path, wrong: Callable[[Path], Served]
) -> None:
    identity, ca = wrong(tmp_path)
    with FaultProxy(keycloak.url, tls=identity.server()) as proxy:
        for way in WAYS:
            with pytest.raises(Unreachable, match="No trusted connection"):
                log_in(proxy.url, ca, ways[way])
            assert (way, proxy.seen, proxy.forwarded) == (way, [], [])


@pytest.mark.parametrize("way", WAYS)
def test_the_same_is_trusted_by_its_authority_and_every_request_is_counted(
    keycloak: Keycloak, ways: dict[str, dict[str, str]], tmp_path: Path, way: str
) -> None:
    identity = Identity.make(tmp_path)
    path = "/auth" if keycloak.url.endswith("/auth") else ""
    with FaultProxy(keycloak.url, tls=identity.server()) as proxy:
        log = log_in(proxy.url, str(identity.certificate), ways[way])
        assert [(method, f"{path}{part}") for method, part in log] == [seen[:2] for seen in proxy.seen]


def test_what_a_key_signs_is_of_no_use_to_another_server(
    keycloak: Keycloak, ways: dict[str, dict[str, str]], stage: Stage
) -> None:
    """A server that somebody was tricked to passes everything on to the real one, whose name it goes by."""
    tricked = {name: value for name, value in ways["key file"].items() if name != "public_url"}
    with FaultProxy(keycloak.url) as proxy:
        assert log_in(proxy.url, None, ways["key file"])
        with pytest.raises(ServerError, match="Invalid token audience") as refused:
            log_in(proxy.url, None, tricked)
        assert "KEYCLOAK_PUBLIC_URL" in refused.value.advice
        assert keycloak.url not in refused.value.advice
        assert not [path for _, path, _ in proxy.seen if "well-known" in path]
