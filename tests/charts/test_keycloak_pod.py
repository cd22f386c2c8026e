"""The chart's pod, run: its own commands, settings and rights, on the real Keycloak and a PostgreSQL that takes TLS.

`make test-pod`: it takes some minutes of a machine's cores, root, and PostgreSQL's server programs.
"""

from __future__ import annotations

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from realmctl.keycloak.local import KEYCLOAK, distribution, process
from standin.certificates import write_tls
from tests.charts.pod import PROGRAMS, Pod
from tests.charts.rendered import rendered
from tests.live.on_postgres import _program

pytestmark = pytest.mark.skipif(
    not os.environ.get("REALMCTL_TEST_POD"), reason="NOT RUN, for it takes minutes: make test-pod"
)
PASSWORD = "canary-of-the-database"
PATIENCE = 300


@dataclass(frozen=True)
class Database:
    """A PostgreSQL on loopback. `authority` is the folder with the ca.crt that signed its certificate."""

    port: int
    authority: Path
    run: list[str]
    folder: Path

    def asked(self, query: str) -> str:
        command = [
            *self.run,
            "psql",
            "-h",
            str(self.folder),
            "-p",
            str(self.port),
            "-U",
            "keycloak",
            "keycloak",
            "-Atc",
        ]
        return subprocess.run([*command, query], check=True, capture_output=True, text=True).stdout.strip()


def trusting(folder: Path) -> Path:
    """A server's certificate for localhost, and a volume with the authority that signed it, as the chart mounts one."""
    authority, _ = write_tls(folder, ("localhost",))
    volume = folder.with_name(f"{folder.name}-trusted")
    volume.mkdir()
    shutil.copy(authority, volume / "ca.crt")
    return volume


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where accounts that are nobody's can read."""
    if os.geteuid() != 0 or not all(map(shutil.which, PROGRAMS)):
        pytest.fail(f"this takes root, and {', '.join(PROGRAMS)}")
    found = Path(tempfile.mkdtemp(prefix="realmctl-pod-"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found)


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Database]:
    own = folder / "postgres"
    own.mkdir()
    authority = trusting(own / "authority")
    owner = pwd.getpwnam("postgres")
    run = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    (own / "password").write_text(PASSWORD, encoding="ascii")
    for path in (own, *own.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    data = own / "data"
    login = ["-A", "scram-sha-256", f"--pwfile={own / 'password'}", "-U", "keycloak"]
    encoding = ["-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run([*run, _program("initdb"), "-D", str(data), *login, *encoding], check=True, capture_output=True)
    (data / "pg_hba.conf").write_text("hostssl all all all scram-sha-256\nlocal all all trust\n", encoding="ascii")
    port = process.free_port()
    server = own / "authority" / "server.pem"
    tls = f"-c ssl=on -c ssl_cert_file={server} -c ssl_key_file={server}"
    options = f"-p {port} -k {own} -c listen_addresses=127.0.0.1 -c fsync=off {tls}"
    control = [*run, _program("pg_ctl"), "-D", str(data)]
    subprocess.run([*control, "-l", str(own / "log"), "-w", "-o", options, "start"], check=True, capture_output=True)
    try:
        found = Database(port, authority, run, own)
        create = ["createdb", "-h", str(own), "-p", str(port), "-U", "keycloak", "keycloak"]
        subprocess.run([*run, *create], check=True, capture_output=True)
        yield found
    finally:
        subprocess.run([*control, "-w", "-m", "immediate", "stop"], check=True, capture_output=True)


@pytest.fixture(scope="module")
def image(folder: Path) -> Path:
    """What stands in for the image: Keycloak's distribution, as the image has it at /opt/keycloak."""
    home = folder / "image"
    shutil.copytree(distribution.prepare(KEYCLOAK, print), home, symlinks=True)
    (home / "data").mkdir(exist_ok=True)
    return home


@dataclass(frozen=True)
class Ports:
    http: int
    management: int


def peers_port() -> int:
    """A free one, where the port that tells that a pod is gone is free as well: 50,000 above (7800 and 57800)."""
    while True:
        port = random.randint(10_000, 15_000)
        with socket.socket() as one, socket.socket() as other, suppress(OSError):
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + 50_000))
            return port


def pod(folder: Path, image: Path, database: Database, authority: Path) -> tuple[Pod, Ports]:
    """A pod of its own ports and volumes; everything else is as the chart says."""
    folder.mkdir()
    ports = Ports(process.free_port(), process.free_port())
    here = {"KC_HTTP_HOST": "127.0.0.1", "KC_HTTP_PORT": ports.http, "KC_HTTP_MANAGEMENT_PORT": ports.management}
    # Each pod has an address of its own; here they share loopback, perhaps with other Keycloaks.
    peers = {
        "KC_CACHE_EMBEDDED_NETWORK_BIND_ADDRESS": "127.0.0.1",
        "KC_CACHE_EMBEDDED_NETWORK_BIND_PORT": peers_port(),
    }
    own = {"database": {"host": "localhost", "port": database.port}, "extraEnv": {**here, **peers}}
    manifests = rendered("keycloak", own)
    identity = folder / "identity"
    identity.mkdir()
    shutil.copy(database.authority / "ca.crt", identity / "ca.crt")
    (identity / "token").write_text("unused", encoding="ascii")
    login = {("keycloak-database", "username"): "keycloak", ("keycloak-database", "password"): PASSWORD}
    admin = {("keycloak-admin", "username"): "admin", ("keycloak-admin", "password"): "canary-of-the-admin"}
    found = Pod(
        manifests,
        manifests["StatefulSet/keycloak"]["spec"]["template"]["spec"],
        folder,
        "/opt/keycloak",
        image,
        {"database-ca": authority, "identity": identity},
        login | admin,
    )
    return found, ports


def built(one: Pod, folder: Path) -> None:
    """Its init containers, one after the other, to their end."""
    for container in one.spec["initContainers"]:
        log = folder / f"{container['name']}.log"
        assert one.run(container["name"], log).wait(PATIENCE) == 0, log.read_text(encoding="utf-8")


@contextmanager
def served(one: Pod, ports: Ports, log: Path) -> Iterator[None]:
    """The server, from when its own readiness probe is content."""
    (container,) = one.spec["containers"]
    server = one.run(container["name"], log)
    try:
        path = container["readinessProbe"]["httpGet"]["path"]
        until = time.monotonic() + PATIENCE
        while server.poll() is None and time.monotonic() < until:
            with suppress(requests.ConnectionError):
                if requests.get(f"http://127.0.0.1:{ports.management}{path}", timeout=30).ok:
                    break
            time.sleep(0.5)
        else:
            pytest.fail(log.read_text(encoding="utf-8")[-4000:])
        yield
    finally:
        server.terminate()
        server.wait(60)


def test_a_pod_starts_and_another_one_finds_it(folder: Path, image: Path, database: Database) -> None:
    first, ports = pod(folder / "first", image, database, database.authority)
    built(first, folder / "first")
    with served(first, ports, folder / "first.log"):
        # Alive and told, for the kubelet and for Prometheus.
        management = f"http://127.0.0.1:{ports.management}/auth"
        (container,) = first.spec["containers"]
        for probe in ("startupProbe", "livenessProbe"):
            path = container[probe]["httpGet"]["path"]
            assert requests.get(f"http://127.0.0.1:{ports.management}{path}", timeout=30).ok
        assert "jvm_memory_used_bytes" in requests.get(f"{management}/metrics", timeout=30).text

        # One name, whoever asks, and whatever somebody says whom the chart doesn't trust.
        asked = f"http://127.0.0.1:{ports.http}/auth/realms/master/.well-known/openid-configuration"
        forged = {"X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "https"}
        for headers in ({}, forged):
            told = requests.get(asked, headers=headers, timeout=30).json()
            assert told["issuer"] == "https://apps.example.com/auth/realms/master"
            assert "evil" not in str(told)

        # Each connection to the database is encrypted.
        joined = "pg_stat_ssl join pg_stat_activity using (pid) where client_addr is not null"
        count, encrypted = database.asked(f"select count(*), bool_and(ssl) from {joined}").split("|")
        assert int(count) > 0
        assert encrypted == "t"

        second, others = pod(folder / "second", image, database, database.authority)
        second.made["built"] = first.made["built"]
        with served(second, others, folder / "second.log"):
            until = time.monotonic() + PATIENCE
            while "(2) [" not in (folder / "first.log").read_text(encoding="utf-8") and time.monotonic() < until:
                time.sleep(0.5)
            assert "(2) [" in (folder / "first.log").read_text(encoding="utf-8")
    for log in ("first.log", "second.log"):
        said = (folder / log).read_text(encoding="utf-8")
        assert PASSWORD not in said
        assert "canary-of-the-admin" not in said


def test_a_database_that_another_authority_signed_is_refused(folder: Path, image: Path, database: Database) -> None:
    one, _ = pod(folder / "deceived", image, database, trusting(folder / "another"))
    built(one, folder / "deceived")
    log = folder / "deceived.log"
    server = one.run("keycloak", log)
    try:
        assert server.wait(PATIENCE) != 0
    finally:
        server.kill()
    said = log.read_text(encoding="utf-8")
    assert "SSL error: PKIX path" in said, said[-3000:]
