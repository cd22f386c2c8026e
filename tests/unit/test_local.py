"""realmctl.keycloak.local where no server is needed: state, processes, ports, missing prerequisites."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from realmctl.errors import RealmctlError, UsageProblem
from realmctl.keycloak import local
from realmctl.keycloak.local import distribution, process
from realmctl.keycloak.local.state import JAVA, Instance, ServerState


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REALMCTL_CACHE", str(tmp_path))
    return tmp_path


def _program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_state_survives_and_is_readable_by_its_user_alone(cache: Path) -> None:
    instance = Instance("local")
    state = ServerState(JAVA, "26.7.3", 8080, 9000, "admin", "admin", pid=1, started="2")
    instance.write(state)
    assert instance.read() == state
    assert stat.S_IMODE((cache / "local" / "local" / "state.json").stat().st_mode) == 0o600


def test_a_cache_folder_is_the_same_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REALMCTL_CACHE", "here")
    assert Instance("local").folder == tmp_path / "here" / "local" / "local"


def test_a_cache_folder_that_cannot_be_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REALMCTL_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(RealmctlError, match="can't be written to") as problem:
        local.down(instance="local")
    assert "REALMCTL_CACHE" in problem.value.advice


@pytest.mark.parametrize("content", ["", "{", '{"how": "java"}', "[]", '"text"'])
def test_a_state_file_that_makes_no_sense_counts_as_none(cache: Path, content: str) -> None:
    instance = Instance("local")
    instance.folder.mkdir(parents=True)
    (instance.folder / "state.json").write_text(content)
    assert instance.read() is None


@pytest.mark.parametrize("name", ["", "../x", "A", "a/b", "-a"])
def test_an_instance_cannot_escape_its_folder(name: str) -> None:
    with pytest.raises(UsageProblem, match="cannot name a local server"):
        Instance(name)


def test_a_pid_that_another_process_took_over_is_not_ours(cache: Path) -> None:
    me = os.getpid()
    assert process.alive(me, process.start_time(me))
    assert not process.alive(me, "another time")
    Instance("local").write(ServerState(JAVA, "26.7.3", 1, 2, "admin", "admin", pid=me, started="another time"))
    assert local.status() is None
    assert local.down() is None


def test_stop_ends_that_process_even_if_it_does_not_listen(tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(99)"
    )
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        since = process.start_time(child.pid)
        process.stop(child.pid, since, patience=0.3)
        assert not process.alive(child.pid, since)


def test_a_taken_port_is_not_given_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert process.free_port(port) != port
    assert process.free_port(port) == port


def test_missing_java_is_one_sentence_that_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(RealmctlError, match="Java is missing") as caught:
        distribution.java()
    assert "Install Java 17 or later" in caught.value.advice


def test_old_java_is_told_by_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, "java", """echo 'openjdk version "11.0.2" 2019-01-15' >&2""")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(RealmctlError, match=r'too old for Keycloak: openjdk version "11\.0\.2"'):
        distribution.java()


def test_java_home_wins_over_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    chosen = _program(tmp_path / "bin", "java", """echo 'openjdk version "21.0.1" 2023-10-17' >&2""")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert distribution.java() == str(chosen)


def test_missing_maven_is_one_sentence_that_says_what_to_install(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, "java", """echo 'openjdk version "17.0.1"' >&2""")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(RealmctlError, match="Maven is missing") as caught:
        local.up(runtime=local.Runtime(engine="java"))
    assert "Install Maven" in caught.value.advice


def test_what_maven_said_reaches_the_reader(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path, "java", """echo 'openjdk version "17.0.1"' >&2""")
    _program(tmp_path, "mvn", "echo '[ERROR] Could not find artifact'; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(RealmctlError, match=re.escape("org.keycloak:keycloak-quarkus-dist:26.7.3:tar.gz")) as caught:
        local.up("26.7.3", runtime=local.Runtime(engine="java"))
    assert "Could not find artifact" in caught.value.advice


def test_a_broken_archive_names_the_file_to_delete(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, "java", """echo 'openjdk version "17.0.1"' >&2""")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    archive = cache / "dl" / "keycloak-quarkus-dist-26.7.3.tar.gz"
    archive.parent.mkdir()
    archive.write_bytes(b"half a download")
    with pytest.raises(RealmctlError, match=re.escape(str(archive))) as caught:
        local.up("26.7.3", runtime=local.Runtime(engine="java"))
    assert "Delete that file" in caught.value.advice


@pytest.mark.parametrize("version", ["26", "latest", "26.7.3; rm -rf /", "../26.7.3"])
def test_a_version_is_written_in_full(cache: Path, version: str) -> None:
    with pytest.raises(RealmctlError, match="no Keycloak version"):
        local.up(version, runtime=local.Runtime(engine="java"))


def test_an_engine_without_compose_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from realmctl.keycloak.local import container

    _program(tmp_path, "docker", '[ "$1" = info ]')
    monkeypatch.setenv("PATH", str(tmp_path))
    assert container.engine() is None
    _program(tmp_path, "podman", "exit 0")
    assert container.engine() == "podman"


def test_compose_and_code_share_one_pin() -> None:
    folder = Path(local.__file__).parent
    compose = (folder / "compose.yml").read_text()
    assert "${KEYCLOAK_VERSION}" in compose
    assert local.KEYCLOAK not in compose
    root = (folder.parents[2] / "docker-compose.yml").read_text()
    assert "realmctl/keycloak/local/compose.yml" in root
    assert "realmctl/keycloak/local/versions.env" in root


def test_a_version_that_cannot_be_had_does_not_cost_the_server_that_runs(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    _program(tools, "java", """echo 'openjdk version "21.0.1"' >&2""")
    _program(
        tools,
        "mvn",
        r"""printf '\033[0m[ERROR] No such artifact: 99.9.9\n[ERROR] Re-run with -X\n[ERROR] [Help 1]\n'; exit 1""",
    )
    monkeypatch.setenv("PATH", f"{tools}:/bin:/usr/bin")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with subprocess.Popen(["sleep", "60"]) as running:
        mine = ServerState(JAVA, "26.7.3", 8080, 9000, "admin", "admin", running.pid, process.start_time(running.pid))
        Instance("local").write(mine)
        with pytest.raises(RealmctlError) as caught:
            local.up("99.9.9", runtime=local.Runtime(engine=JAVA))
        assert running.poll() is None
        running.kill()
    assert caught.value.advice == "It said:\n    [ERROR] No such artifact: 99.9.9"


def test_a_port_that_was_asked_for_and_is_taken_is_told(cache: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(RealmctlError, match="something else listens on port"):
            local.up(port=other.getsockname()[1], runtime=local.Runtime(engine=JAVA))


def test_forgetting_is_told_even_where_nothing_ran(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from realmctl.cli.main import run

    data = Instance("local").home("26.7.3") / "data"
    data.mkdir(parents=True)
    assert run(["local", "down"]) == 0
    assert capsys.readouterr().out == "No Keycloak of realmctl's was running.\n"
    assert data.is_dir()
    assert run(["local", "down", "--forget-data"]) == 0
    assert capsys.readouterr().out == "No Keycloak of realmctl's was running. Its realms are deleted.\n"
    assert not data.exists()
