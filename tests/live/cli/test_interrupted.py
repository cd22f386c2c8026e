"""Ctrl-C and SIGTERM at every stage: what was done and what was not is said, and the next run goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from realmctl.errors import Forbidden, NotFound
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from tests.conftest import Keycloak
from tests.support.faults.proxy import FaultProxy

_HEARD = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"
COMMAND = [sys.executable, "-c", _HEARD, sys.executable, "-m", "realmctl"]
"""What a shell runs in the background is started with SIGINT ignored, and stays so."""
FILE = """\
realm: {}
roles:
  orders-reader: {{ description: Reads orders }}
"""


@dataclass
class Running:
    """A command under way, its output in files."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def ends(self, code: int, seconds: float = 60) -> None:
        assert self.process.wait(seconds) == code, self.err.read_text()

    def stop(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def says(self, words: str) -> None:
        wait_for(lambda: words in self.err.read_text())


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


@contextmanager
def running(tmp_path: Path, keycloak: Keycloak, url: str, arguments: Sequence[str]) -> Iterator[Running]:
    environ = {**os.environ, **keycloak.environ(), "KEYCLOAK_URL": url}
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("w") as told, err.open("w") as complained:
        process = subprocess.Popen([*COMMAND, *arguments], env=environ, stdout=told, stderr=complained)
    try:
        yield Running(process, out, err)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def folder(keycloak: Keycloak, realm_name: str, tmp_path: Path) -> Path:
    """Files that declare one role more than there is in the live realm."""
    with closing(keycloak.admin()) as admin:
        admin.send("POST", (), {"realm": realm_name, "enabled": True})
    made = tmp_path / "realm"
    made.mkdir()
    (made / "realm.yaml").write_text(FILE.format(realm_name))
    return made


@pytest.fixture
def proxy(keycloak: Keycloak) -> Iterator[FaultProxy]:
    with FaultProxy(keycloak.url) as between:
        yield between


def asked(proxy: FaultProxy, method: str, end: str) -> int:
    return sum(1 for how, path, _ in list(proxy.seen) if how == method and path.endswith(end))


def there(admin: Admin, realm: str, role: str) -> bool:
    try:
        return bool(admin.get(realm, "roles", role))
    except NotFound:
        return False


def test_ctrl_c_says_what_was_done(keycloak: Keycloak, realm_name: str, tmp_path: Path, admin: Admin) -> None:
    roles = "\n".join(f"  role-{number:04}: {{ description: One of many }}" for number in range(1500))
    folder = tmp_path / "realm"
    folder.mkdir()
    (folder / "realm.yaml").write_text(f"realm: {realm_name}\nroles:\n{roles}\n")
    apply = ["apply", str(folder), "--auto-approve"]
    with running(tmp_path, keycloak, keycloak.url, apply) as run:
        while run.process.poll() is None:
            try:
                admin.get(realm_name, "roles", "role-0020")
                break
            except (NotFound, Forbidden):  # A realm that is being made is not everybody's at once (26.7.3).
                time.sleep(0.02)
        run.stop()
        run.ends(130)
    assert "Not tried, because the apply was stopped" in run.out.read_text()
    told = run.err.read_text()
    assert "Stopping: what was begun is finished first." in told
    assert "were not begun" in told
    assert "The realm's lock was given back." in told
    assert not there(admin, realm_name, LOCK_ROLE)
    assert 20 < len(admin.get(realm_name, "roles")) < 1500
    environ = {**os.environ, **keycloak.environ()}
    done = subprocess.run([*COMMAND, *apply], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Verified: nothing is left to do." in done.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_while_the_result_is_verified(
    keycloak: Keycloak,
    realm_name: str,
    tmp_path: Path,
    folder: Path,
    proxy: FaultProxy,
    admin: Admin,
    number: int,
    code: int,
) -> None:
    proxy.fail("committed-then-silence", nth=3, path_contains="/partial-export")
    with running(tmp_path, keycloak, proxy.url, ["apply", str(folder), "--auto-approve"]) as run:
        wait_for(lambda: asked(proxy, "POST", "/partial-export") == 3)
        run.stop(number)
        run.ends(code, seconds=20)
    assert "Done (1):" in run.out.read_text()
    assert "Not checked, because the apply was stopped" in run.out.read_text()
    assert "everything was written, but it was not checked" in run.err.read_text()
    assert "The realm's lock was given back." in run.err.read_text()
    assert there(admin, realm_name, "orders-reader")
    assert not there(admin, realm_name, LOCK_ROLE)


def test_while_the_lock_is_being_taken(
    keycloak: Keycloak, realm_name: str, tmp_path: Path, folder: Path, proxy: FaultProxy, admin: Admin
) -> None:
    proxy.fail("committed-then-silence", nth=1, method="POST", path_contains=f"/{realm_name}/roles")
    with running(tmp_path, keycloak, proxy.url, ["apply", str(folder), "--auto-approve", "--timeout", "3"]) as run:
        wait_for(lambda: asked(proxy, "POST", "/roles") == 1)
        run.stop()
        run.ends(130)
    assert "no changes were made, 1 was not begun" in run.err.read_text()
    assert "The realm's lock was given back." in run.err.read_text()
    assert not there(admin, realm_name, "orders-reader")
    assert not there(admin, realm_name, LOCK_ROLE)


def test_while_somebody_else_has_the_lock(
    keycloak: Keycloak, realm_name: str, tmp_path: Path, folder: Path, admin: Admin
) -> None:
    held = {"name": LOCK_ROLE, "attributes": {"mark": ["theirs"], "holder": ["anna"], "since": ["noon"]}}
    admin.send("POST", (realm_name, "roles"), held)
    with running(tmp_path, keycloak, keycloak.url, ["apply", str(folder), "--auto-approve", "-v"]) as run:
        run.says("waiting for a sign of life")
        run.stop()
        run.ends(130, seconds=10)
    assert "The realm's lock had not been taken." in run.err.read_text()
    assert there(admin, realm_name, LOCK_ROLE)
    assert not there(admin, realm_name, "orders-reader")


def test_asked_twice_it_stops_at_once_and_says_what_is_left(
    keycloak: Keycloak, realm_name: str, tmp_path: Path, folder: Path, proxy: FaultProxy
) -> None:
    proxy.fail("committed-then-silence", nth=2, method="POST", path_contains=f"/{realm_name}/roles")
    with running(tmp_path, keycloak, proxy.url, ["apply", str(folder), "--auto-approve"]) as run:
        wait_for(lambda: asked(proxy, "POST", "/roles") == 2)
        run.stop()
        run.stop()  # As `timeout` does it: one wish.
        run.says("Once more (Ctrl-C) stops at once.")
        time.sleep(0.7)
        assert run.process.poll() is None
        run.stop()
        run.ends(130, seconds=10)
    told = run.err.read_text()
    assert f"Stopped at once. What was being written to the realm {realm_name} may or may not be there" in told
    assert "its lock is not given back" in told


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")]
)
def test_while_a_plan_is_read(
    keycloak: Keycloak, tmp_path: Path, folder: Path, proxy: FaultProxy, number: int, code: int, word: str
) -> None:
    proxy.fail("committed-then-silence", path_contains="/partial-export")
    with running(tmp_path, keycloak, proxy.url, ["plan", str(folder)]) as run:
        wait_for(lambda: asked(proxy, "POST", "/partial-export") == 1)
        run.stop(number)
        run.ends(code, seconds=10)
    assert run.err.read_text().strip() == f"{word}. Nothing was written to the server."
    assert run.out.read_text() == ""


def test_while_a_planned_realm_is_tested(
    keycloak: Keycloak, realm_name: str, tmp_path: Path, folder: Path, proxy: FaultProxy
) -> None:
    """The throw-away realm goes, whenever the stop comes."""
    (folder / "tests.yaml").write_text(
        "clients:\n  web: { publicClient: true, redirectUris: [https://a.example.com/cb] }\n"
        "tests:\n  reads:\n    given: { roles: [orders-reader] }\n    client: web\n"
        "    expect: { audience: [account] }\n"
    )
    with running(tmp_path, keycloak, proxy.url, ["test", "--planned", str(folder)]) as run:
        wait_for(lambda: any(how == "POST" and path.endswith("/admin/realms") for how, path, _ in list(proxy.seen)))
        run.stop()
        run.ends(130)
    assert run.err.read_text().strip().endswith("Interrupted. What the tests made up was removed again.")
    gone = {path.rpartition("/")[2] for how, path, status in proxy.seen if how == "DELETE" and status == 204}
    assert any(name.startswith("realmctl-planned-") for name in gone)
