"""The pipelines' two shell scripts: what is installed, by which hash, and where the account's key lies meanwhile."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.pipelines.runner import PIPELINES

pytestmark = pytest.mark.slow

KEY = "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----"


def wheel(folder: Path) -> Path:
    """A package of realmctl's name that is none of ours."""
    path = folder / "realmctl-9.9.9-py3-none-any.whl"
    info = "realmctl-9.9.9.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("realmctl/__init__.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: realmctl\nVersion: 9.9.9\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(
            f"{info}/RECORD", f"realmctl/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    return path


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "ci").mkdir()
    shutil.copy(PIPELINES / "install.sh", tmp_path / "ci")
    shutil.copy(PIPELINES / "realmctl.sh", tmp_path / "ci")
    (tmp_path / "ci" / "requirements.lock").write_text("# no dependency\n")
    return tmp_path


def install(checkout: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Installs into a new environment of its own."""
    python = checkout / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(python)], check=True)
        (packages,) = (python / "lib").glob("python3*/site-packages")
        (libraries,) = Path(sys.prefix, "lib").glob("python3*/site-packages")
        for name in ("pip",):
            (packages / name).symlink_to(libraries / name)
    base = {"PATH": f"{python / 'bin'}:{os.environ['PATH']}", "HOME": str(checkout), "PIP_NO_INDEX": "1"}
    command = ["sh", "ci/install.sh"]
    return subprocess.run(command, cwd=checkout, env={**base, **environ}, capture_output=True, text=True, check=False)


def installed(checkout: Path) -> bool:
    return bool(list((checkout / "python" / "lib").glob("python3*/site-packages/realmctl-9.9.9.dist-info")))


def given(checkout: Path) -> dict[str, str]:
    path = wheel(checkout)
    return {"REALMCTL_URL": path.as_uri(), "REALMCTL_SHA256": hashlib.sha256(path.read_bytes()).hexdigest()}


def test_the_wheel_is_installed_whose_hash_was_given(checkout: Path) -> None:
    done = install(checkout, **given(checkout))
    assert (done.returncode, installed(checkout)) == (0, True), done.stderr


def test_another_wheel_is_not_installed(checkout: Path) -> None:
    done = install(checkout, **{**given(checkout), "REALMCTL_SHA256": "0" * 64})
    assert (done.returncode != 0, installed(checkout)) == (True, False)
    assert "HASH" in done.stderr


def test_a_dependency_without_a_hash_is_not_installed(checkout: Path) -> None:
    (checkout / "ci" / "requirements.lock").write_text("realmctl==9.9.9\n")
    done = install(checkout, PIP_FIND_LINKS=str(checkout), **given(checkout))
    assert (done.returncode != 0, installed(checkout)) == (True, False)


WRONG: dict[str, tuple[Mapping[str, str], str]] = {
    "no address": ({"REALMCTL_URL": ""}, "REALMCTL_URL is not set"),
    "no hash": ({"REALMCTL_SHA256": ""}, "REALMCTL_SHA256 is not set"),
    "a name": ({"REALMCTL_URL": "realmctl"}, "is not the https:// address of a wheel"),
    "a requirement": ({"REALMCTL_URL": "realmctl==0.1.0"}, "is not the https:// address of a wheel"),
    "clear text": ({"REALMCTL_URL": "http://example.com/realmctl.whl"}, "is not the https:// address of a wheel"),
    "an option": ({"REALMCTL_URL": "https://example.com/a.whl --index-url=x.whl"}, "a blank"),
    "a fragment": ({"REALMCTL_URL": "https://example.com/a.whl#sha256=0.whl"}, "a #"),
    "a second line": ({"REALMCTL_URL": "https://example.com/a.whl\nevil.whl"}, "a blank"),
    "half a hash": ({"REALMCTL_SHA256": "abc"}, "is not a SHA-256"),
    "a hash in capitals": ({"REALMCTL_SHA256": "A" * 64}, "is not a SHA-256"),
    "a hash and a line break": ({"REALMCTL_SHA256": f"{'0' * 64}\n"}, "is not a SHA-256"),
    "two hashes": ({"REALMCTL_SHA256": f"{'0' * 64} --hash=sha256:{'1' * 64}"}, "is not a SHA-256"),
    "an image by a tag": ({"CI_JOB_IMAGE": "python:3.13"}, "not pinned by a digest"),
}


@pytest.mark.parametrize(("environ", "told"), WRONG.values(), ids=WRONG)
def test_nothing_is_installed_without_an_address_and_a_hash(
    checkout: Path, environ: Mapping[str, str], told: str
) -> None:
    done = install(checkout, **{**given(checkout), **environ})
    assert (done.returncode, installed(checkout)) == (1, False)
    assert told in done.stderr


def test_without_a_lock_nothing_is_installed(checkout: Path) -> None:
    (checkout / "ci" / "requirements.lock").unlink()
    done = install(checkout, **given(checkout))
    assert (done.returncode, "requirements.lock is missing" in done.stderr) == (1, True)


PROBE = """#!/bin/sh
env > "$SEEN.env"
printf '%s\\n' "$@" > "$SEEN.arguments"
[ -z "${KEYCLOAK_CLIENT_KEY_FILE:-}" ] || {
    cp "$KEYCLOAK_CLIENT_KEY_FILE" "$SEEN.key"
    stat -c '%a %n' "$KEYCLOAK_CLIENT_KEY_FILE" > "$SEEN.stat"
}
exit 7
"""


def probed(checkout: Path, *arguments: str, **environ: str) -> dict[str, str]:
    """What realmctl was given; its exit code is the script's."""
    (checkout / "bin").mkdir()
    (checkout / "bin" / "realmctl").write_text(PROBE)
    (checkout / "bin" / "realmctl").chmod(0o755)
    (checkout / "temporary").mkdir()
    base = {"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}", "SEEN": str(checkout / "seen")}
    base |= {"TMPDIR": str(checkout / "temporary"), **environ}
    command = ["sh", "ci/realmctl.sh", *(arguments or ("apply", "a b", "--files", "realms"))]
    done = subprocess.run(command, cwd=checkout, env=base, capture_output=True, text=True, check=False)
    assert done.returncode == 7, done.stderr
    assert list((checkout / "temporary").iterdir()) == []
    return {path.suffix[1:]: path.read_text() for path in checkout.glob("seen.*")}


@pytest.mark.parametrize("value", [KEY, base64.b64encode(KEY.encode()).decode()], ids=["PEM", "base64"])
def test_the_key_is_in_a_file_of_its_own_while_realmctl_runs(checkout: Path, value: str) -> None:
    seen = probed(checkout, KEYCLOAK_SIGNING_KEY=value, KEYCLOAK_CLIENT_SECRET="CANARY-old")
    assert seen["key"].strip() == KEY
    mode, _, name = seen["stat"].strip().partition(" ")
    assert (mode, Path(name).is_relative_to(checkout / "temporary")) == ("600", True)
    assert "CANARY" not in seen["env"]
    assert seen["arguments"].splitlines() == ["apply", "a b", "--files", "realms"]


@pytest.mark.parametrize("value", ["", "$(KEYCLOAK_SIGNING_KEY)"], ids=["none", "a variable that Azure does not know"])
def test_without_a_key_nothing_is_set(checkout: Path, value: str) -> None:
    seen = probed(checkout, KEYCLOAK_SIGNING_KEY=value)
    assert set(seen) == {"env", "arguments"}
    assert "KEYCLOAK_" not in seen["env"]


SHA = "0a" * 20


@pytest.mark.parametrize(
    ("against", "command", "added"),
    [
        (SHA, "apply", True),
        (SHA, "plan", True),
        ("refs/remotes/origin/a;b $(c)", "plan", True),
        (SHA, "test", False),
        (SHA, "drift", False),
        ("", "apply", False),
        ("0" * 40, "apply", False),
        ("0" * 64, "plan", False),
    ],
)
def test_the_base_is_given_to_what_compares(checkout: Path, against: str, command: str, added: bool) -> None:
    seen = probed(checkout, command, "realms", REALMCTL_AGAINST=against)
    assert seen["arguments"].splitlines() == [command, "realms", *(["--against", against] if added else [])]


def test_the_first_commit_has_no_state_before_it(checkout: Path) -> None:
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "First\n\nparent of all"]):
        subprocess.run([*git, *arguments], cwd=checkout, env=environ, check=True)
    assert "--against" not in probed(checkout, "plan", REALMCTL_AGAINST="HEAD^1")["arguments"]
    shutil.rmtree(checkout / "bin")
    shutil.rmtree(checkout / "temporary")
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Second"], cwd=checkout, env=environ, check=True)
    # Of a shallow clone, which has no more than the name of what was before.
    id_ = subprocess.run([*git, "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True, check=True).stdout
    (checkout / ".git" / "shallow").write_text(id_)
    assert "--against\nHEAD^1" in probed(checkout, "plan", REALMCTL_AGAINST="HEAD^1")["arguments"]


@pytest.mark.parametrize("name", ["pip.py", "pip/__init__.py", "pip/__main__.py"])
def test_no_file_of_the_checkout_is_taken_for_pip(checkout: Path, name: str) -> None:
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("raise SystemExit('a file of the checkout was run')\n")
    done = install(checkout, **given(checkout))
    assert (done.returncode, installed(checkout)) == (0, True), done.stderr
