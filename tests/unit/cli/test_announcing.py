"""What is told elsewhere never hides the command's own word; the memory and the gauges are files of the user's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from realmctl.cli.notifications import Announcing, replace_file, run_url
from realmctl.errors import Exit, RealmctlError
from standin.certificates import write_tls
from tests.support.command_line import run_realmctl
from tests.support.listener import Listener, listening


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as heard:
        yield heard


def drift(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Of a server that does not answer: that is told, too."""
    (folder / "realm.yaml").write_text("realm: shop\n")
    base = {"KEYCLOAK_URL": "http://127.0.0.1:1", "KEYCLOAK_CLIENT_ID": "x", "KEYCLOAK_CLIENT_SECRET": "canary"}
    return run_realmctl(
        ["drift", str(folder / "realm.yaml"), *arguments], {**base, "KEYCLOAK_CLIENT_TIMEOUT": "1", **environ}
    )


def test_a_webhook_of_the_environment_is_told_once(listener: Listener, tmp_path: Path) -> None:
    memory = tmp_path / "told.json"
    hook = {"REALMCTL_WEBHOOK": f"{listener.url}/CANARY", "REALMCTL_PUSH_GATEWAY": listener.url}
    for _ in range(2):
        done = drift(tmp_path, "--webhook-memory", str(memory), "-v", **hook)
        assert done.returncode == Exit.FAILED
        assert "CANARY" not in done.stdout + done.stderr
    paths = [path for _, path, _, _ in listener.got]
    assert paths == ["/metrics/job/realmctl_drift/realm/shop", "/CANARY", "/metrics/job/realmctl_drift/realm/shop"]
    assert json.loads(listener.bodies[1])["realms"][0]["error"]["exit"] == Exit.FAILED
    assert list(json.loads(memory.read_text())["told"]) == ["shop"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["realm.yaml", "told.json"]


def test_one_that_fails_is_told_beside_the_result(listener: Listener, tmp_path: Path) -> None:
    listener.answers = [410]
    memory = tmp_path / "told.json"
    flags = ["--webhook", "$(env:CHAT)", "--webhook-memory", str(memory), "--webhook-form", "slack", "--debug"]
    done = drift(tmp_path, *flags, CHAT=f"{listener.url}/CANARY")
    assert (done.returncode, memory.exists()) == (Exit.FAILED, False)
    assert "Could not be looked at:" in done.stdout
    assert f"The webhook at {listener.url} refused what it was told (410: ok)" in done.stderr
    assert "CANARY" not in done.stdout + done.stderr
    assert json.loads(listener.bodies[0])["blocks"]


def test_a_webhook_with_a_certificate_of_ones_own_is_trusted_where_the_system_is_told(tmp_path: Path) -> None:
    ca, context = write_tls(tmp_path, ("localhost",))
    with listening(context) as listener:
        hook = {"REALMCTL_WEBHOOK": f"{listener.url}/CANARY"}
        done = drift(tmp_path, **hook)
        assert (done.returncode, listener.got) == (Exit.FAILED, [])
        assert f"No trusted connection to {listener.url}: its certificate" in done.stderr
        assert "in SSL_CERT_FILE" in done.stderr
        assert "CANARY" not in done.stderr
        drift(tmp_path, **hook, SSL_CERT_FILE=str(ca))
        assert [path for _, path, _, _ in listener.got] == ["/CANARY"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--webhook", "$(env:NONE)"], "NONE is not set"),
        (["--webhook", "CANARY"], "is not an address"),
        (["--push-gateway", "CANARY"], "is not an address"),
        (["--webhook-every", "soon"], "that is no time"),
    ],
)
def test_what_is_wrong_with_them_is_said_before_any_server_is_asked(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    done = drift(tmp_path, *arguments)
    assert told in done.stderr
    assert "CANARY" not in done.stdout + done.stderr
    assert "127.0.0.1" not in done.stderr


def refuse() -> None:
    raise RealmctlError("no")


def test_the_commands_own_exit_code_wins() -> None:
    announcing = Announcing()
    with announcing.trying():
        pass
    assert [announcing.exit(code) for code in (0, 2, 1, 4)] == [0, 2, 1, 4]
    with announcing.trying():
        refuse()
    assert [announcing.exit(code) for code in (0, 2, 1, 4)] == [1, 2, 1, 4]


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "drift.prom"
    replace_file(path, "one")
    before = path.stat().st_ino
    replace_file(path, "two")
    assert (path.read_text(), path.stat().st_ino != before) == ("two", True)
    (tmp_path / "folder.prom").mkdir()
    with pytest.raises(RealmctlError, match="cannot write"):
        replace_file(tmp_path / "folder.prom", "x")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["drift.prom", "folder.prom"]


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        (
            {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"},
            "https://github.com/a/b/actions/runs/7",
        ),
        ({"CI_JOB_URL": "https://gitlab.example.com/a/-/jobs/7"}, "https://gitlab.example.com/a/-/jobs/7"),
        (
            {"SYSTEM_COLLECTIONURI": "https://dev.azure.com/o/", "SYSTEM_TEAMPROJECT": "a b", "BUILD_BUILDID": "7"},
            "https://dev.azure.com/o/a%20b/_build/results?buildId=7",
        ),
        ({"CI_JOB_URL": "javascript:x"}, ""),
        ({"GITHUB_SERVER_URL": "https://github.com"}, ""),
        ({}, ""),
    ],
)
def test_the_page_of_a_run(environ: dict[str, str], url: str) -> None:
    assert run_url(environ) == url
