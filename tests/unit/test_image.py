"""The container image, made without an engine: the same script, into a folder, and what comes out of it.

What an engine would do beyond that (the base image, the layers) is held by reading the Dockerfile, and is not run here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import realmctl

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SCRIPT = "scripts/install-into.sh"
NOBODY = 65532
EPOCH = 1_700_000_000


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """What `COPY --from=installed` takes: below /tmp, where an account that is nobody's can read it."""
    folder = Path(tempfile.mkdtemp(prefix="realmctl-image-"))
    folder.chmod(0o755)
    install(folder / "realmctl")
    yield folder / "realmctl"
    shutil.rmtree(folder)


def install(into: Path) -> None:
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    done = subprocess.run(
        [str(ROOT / SCRIPT), str(into)], env=environ, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr


def tree(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Every file with its mode, its time and its content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else ""
        if path.is_file() and not path.is_symlink():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[str(path.relative_to(folder))] = (status.st_mode, int(status.st_mtime), content)
    return found


def instructions(word: str) -> list[str]:
    """The Dockerfile's lines that begin with `word`, without it."""
    return re.findall(rf"^{word}\s+(.*)$", DOCKERFILE, re.MULTILINE)


def packages(folder: Path) -> dict[str, str]:
    """The installed distributions and their versions."""
    found = {}
    for path in folder.glob("lib/python3*/site-packages/*.dist-info"):
        name, _, version = path.name.removesuffix(".dist-info").partition("-")
        found[name.replace("_", "-").lower()] = version
    return found


def test_what_is_installed_is_what_is_locked(installed: Path) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))
    assert packages(installed) == {**locked, "realmctl": realmctl.__version__}


def test_nothing_that_installs_or_builds_stays(installed: Path) -> None:
    assert packages(installed).keys().isdisjoint({"pip", "setuptools", "wheel"})
    assert sorted(path.name for path in installed.glob("bin/*") if not path.is_symlink()) == ["realmctl"]
    assert not list(installed.rglob("direct_url.json"))  # would name this machine's folders


def test_the_same_again(installed: Path) -> None:
    first = tree(installed)
    shutil.rmtree(installed)
    install(installed)
    assert tree(installed) == first
    assert {changed for _, changed, _ in first.values()} == {EPOCH}


def test_it_runs_as_nobody_where_nothing_can_be_written(installed: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("NOT TESTED as another account on a read-only file system: that takes root, unshare and setpriv")
    realm = installed.parent / "realms"
    shutil.copytree(ROOT / "realms" / "platform", realm, dirs_exist_ok=True)
    program = installed / "bin" / "realmctl"
    before = tree(installed)
    environ = {
        "PATH": "/usr/bin:/bin",
        "ENTRA_TENANT_ID": "6f1d6d0e-0000-4000-8000-000000000009",
        **dict.fromkeys(("ENTRA_CLIENT_ID", "ENTRA_CLIENT_SECRET", "OAUTH2_PROXY_CLIENT_SECRET"), "x"),
        "ORDERS_BATCH_CLIENT_SECRET": "x",
    }
    confined = (
        "mount --make-rprivate / && mount -o remount,ro,bind / && ! touch /realmctl-was-here 2>/dev/null && "
        f'exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups --no-new-privs --bounding-set=-all "$@"'
    )
    for arguments, expected in ((["--version"], realmctl.__version__), (["validate", str(realm)], "")):
        command = ["unshare", "-m", "sh", "-c", confined, "sh", str(program), *arguments]
        done = subprocess.run(command, env=environ, cwd="/", capture_output=True, text=True, check=False, timeout=120)
        if "unshare failed" in done.stderr or "mount: " in done.stderr:
            pytest.skip(f"NOT TESTED on a read-only file system: {done.stderr}")
        assert done.returncode == 0, done.stdout + done.stderr
        assert expected in done.stdout
    assert tree(installed) == before


def test_the_dockerfile_runs_this_script_and_nothing_else_of_ours() -> None:
    runs = instructions("RUN")
    assert runs[0] == f"PIP_NO_CACHE_DIR=1 {SCRIPT} /opt/realmctl"
    assert [line.split()[0] for line in runs[1:]] == ["rm"]
    assert instructions("COPY")[-1] == "--from=installed /opt/realmctl /opt/realmctl"


def test_the_context_holds_what_the_script_reads_and_no_more() -> None:
    *copied, _from = instructions("COPY")
    needed = {source for line in copied for source in line.split()[:-1]}
    allowed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    assert needed == allowed
    assert all((ROOT / source).exists() for source in needed)


def test_it_is_nobody_s_process_on_a_pinned_base() -> None:
    assert re.findall(r"^ARG BASE.*$", DOCKERFILE, re.MULTILINE) == ["ARG BASE"]
    assert instructions("FROM") == ["${BASE} AS installed", "${BASE}"]
    assert instructions("USER")[-1] == f"{NOBODY}:{NOBODY}"
    assert instructions("ENTRYPOINT") == ['["realmctl"]']


def test_without_an_engine_it_says_so(tmp_path: Path) -> None:
    for name in ("docker", "podman"):
        broken = tmp_path / name
        broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        broken.chmod(0o755)
    (tmp_path / "buildah").symlink_to(tmp_path / "podman")
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    command = ["make", "-C", str(ROOT), "image", f"BASE=python@sha256:{'0' * 64}"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode != 0
    assert "No image was built: no container engine answers here" in done.stderr


@pytest.mark.parametrize(
    ("base", "allow", "built"),
    [
        ("", "", False),
        ("", "1", False),
        ("python:3.13", "", False),
        ("python:3.13", "1", True),
        ("p@sha256:00", "", True),
    ],
)
def test_a_base_is_named_by_its_digest(tmp_path: Path, base: str, allow: str, built: bool) -> None:
    (tmp_path / "docker").write_text('#!/bin/sh\necho "$@" >> "$ASKED"\n', encoding="utf-8")
    (tmp_path / "docker").chmod(0o755)
    asked = tmp_path / "asked"
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "ASKED": str(asked), "ALLOW_TAG": allow}
    command = [str(ROOT / "scripts" / "image.sh"), "realmctl:1", base]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode == 0) == built, done.stderr
    assert (asked.exists() and f"--build-arg BASE={base} " in asked.read_text()) == built
    assert built or "name the base image by its digest" in done.stderr
