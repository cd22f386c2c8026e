"""Keycloak's official distribution: fetched once by Maven, unpacked once, and built once for quick starts.

A start in development mode augments the server every time its options change; here that work is done once per version
(`kc.sh build`) and each start is an optimized one. Must not know about: running servers.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from realmctl.errors import Lines, RealmctlError
from realmctl.keycloak.local.state import cache_folder, lock_file

CACHE = "--cache=local"
OLDEST_JAVA = 17
FILE, POSTGRES = "dev-file", "postgres"
"""The databases a local server may have: a file of its own, or a PostgreSQL that runs already."""


def java() -> str:
    """The Java to run Keycloak with: `JAVA_HOME`'s, else the one on the PATH.

    Raises RealmctlError with what to install where there is none, or an old one.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which(str(Path(home, "bin", "java"))) if home else None
    program = found or shutil.which("java")
    advice = f"Install Java {OLDEST_JAVA} or later (Debian and Ubuntu: apt-get install default-jre-headless)."
    if not program:
        raise RealmctlError("Java is missing: Keycloak runs on it where no container engine answers", advice=advice)
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if not version or int(version[1]) < OLDEST_JAVA:
        raise RealmctlError(f"{program} is too old for Keycloak: {said.partition(chr(10))[0].strip()}", advice=advice)
    return program


def prepare(version: str, progress: Callable[[str], None], database: str = FILE) -> Path:
    """The folder of Keycloak `version`, built for `database` and ready to start; makes it where it isn't there yet."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise RealmctlError(f"{version!r} is no Keycloak version", advice="Write it in full, such as 26.7.3.")
    program = java()
    digest = hashlib.sha256(" ".join(build_options(version, database)).encode()).hexdigest()[:8]
    folder = cache_folder() / "keycloak" / f"{version}-{digest}"
    with lock_file(folder.with_name(f"{folder.name}.lock")):
        if not folder.is_dir():
            _prepare(version, folder, program, database, progress)
    return folder


def build_options(version: str, database: str = FILE) -> tuple[str, ...]:
    """What is decided when that version is built for quick starts; `database` as Keycloak's --db calls it."""
    cache = () if start_options(version) else (CACHE,)
    return (f"--db={database}", *cache, "--health-enabled=true", "--http-relative-path=/auth")


def start_options(version: str) -> tuple[str, ...]:
    """What is decided at every start: of versions before 26.5, how it caches."""
    older = tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (26, 5)
    return (CACHE,) if older else ()


def _prepare(version: str, folder: Path, program: str, database: str, progress: Callable[[str], None]) -> None:
    archive = _archive(version, progress)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as beside:
        progress(f"Unpacking Keycloak {version}")
        try:
            with tarfile.open(archive) as tar:
                tar.extraction_filter = getattr(tarfile, "tar_filter", lambda member, _: member)  # Python 3.11.0 to 3
                tar.extractall(beside)
        except (tarfile.TarError, EOFError, OSError) as problem:
            raise RealmctlError(
                f"{archive} cannot be unpacked: {problem}", advice="Delete that file and run the command again."
            ) from problem
        home = Path(beside, f"keycloak-{version}")
        progress("Building it for quick starts (once, about 20 seconds)")
        _run(
            [str(home / "bin" / "kc.sh"), "build", *build_options(version, database)],
            f"Keycloak {version} could not be built",
            environ={"JAVA": program},
        )
        home.rename(folder)


def _archive(version: str, progress: Callable[[str], None]) -> Path:
    downloads = cache_folder() / "dl"
    archive = downloads / f"keycloak-quarkus-dist-{version}.tar.gz"
    if archive.is_file():
        return archive
    if not shutil.which("mvn"):
        raise RealmctlError(
            "Maven is missing: it fetches Keycloak where no container engine answers",
            advice="Install Maven (Debian and Ubuntu: apt-get install maven), or start Docker or Podman.",
        )
    progress(f"Fetching Keycloak {version} by Maven (176 MB, once)")
    downloads.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=downloads) as beside:
        artifact = f"org.keycloak:keycloak-quarkus-dist:{version}:tar.gz"
        _run(
            ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={beside}"],
            f"Maven could not fetch {artifact}",
        )
        Path(beside, archive.name).rename(archive)
    return archive


def _run(command: list[str], failure: str, environ: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(environ or {})},
    )
    if done.returncode:
        raise RealmctlError(failure, advice=Lines("It said:\n" + _essence(done.stdout + done.stderr)))


def _essence(said: str) -> str:
    """What a program gave as its reason: Maven's first error and not the help after it, else the last lines."""
    lines = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", said).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("[ERROR]")]
    return "\n".join(f"    {line}" for line in errors[:1] or lines[-8:])
