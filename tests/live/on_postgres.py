"""The live tests on a Keycloak whose database is PostgreSQL: `make test-postgres`.

Starts a PostgreSQL of its own on a free loopback port, in a temporary folder, and a Keycloak on it; runs pytest with
what the command line says; stops both. Needs PostgreSQL's server programs (Debian and Ubuntu: apt-get install
postgresql).
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realmctl.keycloak import local
from realmctl.keycloak.local import process

INSTANCE = "tests-postgres"
_USER = "keycloak"


def main(arguments: list[str]) -> int:
    """Runs pytest with these arguments, and answers its exit code."""
    version = os.environ.get("KEYCLOAK_VERSION") or local.KEYCLOAK
    with database() as address:
        try:
            # What an earlier run left may know a PostgreSQL that is no more.
            local.down(instance=INSTANCE, forget_data=True)
            server = local.up(
                version, instance=INSTANCE, progress=print, runtime=local.Runtime(engine="java", postgres=address)
            )
            environ = {**os.environ, **server.exports(), "KEYCLOAK_VERSION": version}
            return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environ, check=False).returncode
        finally:
            local.down(instance=INSTANCE, forget_data=True)


@contextmanager
def database() -> Iterator[str]:
    """The JDBC address of an empty database; its server is stopped, and its files are removed, at the end."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    with tempfile.TemporaryDirectory(prefix="realmctl-postgres-") as folder:
        as_user: list[str] = []
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            owner = pwd.getpwnam("postgres" if _exists("postgres") else "nobody")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            as_user = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        data, port = Path(folder, "data"), process.free_port()

        def run(*command: str) -> None:
            subprocess.run([*as_user, *command], check=True, stdout=subprocess.DEVNULL, cwd=folder)

        # Durability is not what is tested.
        run(initdb, "-D", str(data), "-A", "trust", "-U", _USER, "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run(pg_ctl, "-D", str(data), "-l", f"{folder}/log", "-w", "-o", options, "start")
        try:
            yield f"jdbc:postgresql://127.0.0.1:{port}/postgres?user={_USER}&password=none"
        finally:
            run(pg_ctl, "-D", str(data), "-w", "-m", "immediate", "stop")


def _program(name: str) -> str:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    if not found:
        sys.exit(f"{name} is missing: install PostgreSQL's server (Debian and Ubuntu: apt-get install postgresql).")
    return found


def _exists(user: str) -> bool:
    return any(entry.pw_name == user for entry in pwd.getpwall())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
