"""Keycloak as a Java process of ours: started on loopback from the prepared distribution, in the instance's own home.

Java is started directly, not through kc.sh, so that the pid we keep is the server's own. Must not know about:
containers.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from realmctl.keycloak.local import process
from realmctl.keycloak.local.distribution import FILE, POSTGRES, java, prepare, start_options
from realmctl.keycloak.local.state import JAVA, Instance, ServerSpec, ServerState

# What kc.sh passes, by measurement on two cores: 19 s until the server is ready. QUICK makes that 12 s and 200 MB less:
# a server that lives for minutes never earns the optimizing compiler back.
_THREADS = "io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory"
_ALWAYS = (
    f"-Djava.util.concurrent.ForkJoinPool.common.threadFactory={_THREADS}",
    "-XX:MetaspaceSize=96M",
    "-XX:MaxMetaspaceSize=512m",
    "-XX:+ExitOnOutOfMemoryError",
    "-Xms64m",
    "-Xmx1536m",
    "-Dfile.encoding=UTF-8",
    "-Duser.language=en",
    "-Duser.country=US",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Dpicocli.disable.closures=true",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
)
_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def start(
    instance: Instance, spec: ServerSpec, progress: Callable[[str], None], *, quick: bool, postgres: str = ""
) -> ServerState:
    """Start the process and return what to remember of it; it isn't ready yet.

    `quick` trades peak speed for a start in two thirds of the time. `postgres` is the JDBC address of a database to use
    instead of a file.
    """
    home = instance.home(spec.version)
    port, management_port = process.free_port(spec.port), process.free_port()
    options = (
        *((f"--db-url={postgres}",) if postgres else ()),
        "--http-enabled=true",
        "--hostname-strict=false",
        "--http-host=127.0.0.1",
        f"--http-port={port}",
        "--http-management-host=127.0.0.1",
        f"--http-management-port={management_port}",
    )
    words = command(spec.version, home, options, progress, quick=quick, database=POSTGRES if postgres else FILE)
    progress(f"Starting Keycloak {spec.version}")
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("KC_", "KEYCLOAK_", "QUARKUS_"))
    }
    with instance.log.open("wb") as log:
        server = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=instance.folder,
            env={**environ, "KC_BOOTSTRAP_ADMIN_USERNAME": spec.user, "KC_BOOTSTRAP_ADMIN_PASSWORD": spec.password},
            start_new_session=True,  # Ctrl-C at the terminal is for realmctl, not for the server
        )
    return ServerState(
        how=JAVA,
        version=spec.version,
        port=port,
        management_port=management_port,
        user=spec.user,
        password=spec.password,
        pid=server.pid,
        started=process.start_time(server.pid),
    )


def command(
    version: str,
    home: Path,
    options: Sequence[str],
    progress: Callable[[str], None],
    *,
    quick: bool = True,
    database: str = FILE,
) -> list[str]:
    """What starts Keycloak `version` with its data in `home`; makes both where they aren't there yet.

    `options` are Keycloak's own, such as --http-port=8080.
    """
    distribution = prepare(version, progress, database)
    _furnish(home, distribution)
    return [
        java(),
        *_ALWAYS,
        *(_QUICK if quick else ()),
        f"-Dkc.home.dir={home}",
        f"-Djboss.server.config.dir={home}/conf",
        "-cp",
        f"{distribution}/lib/quarkus-run.jar",
        "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
        "start",
        "--optimized",
        *start_options(version),
        *options,
    ]


def running(state: ServerState) -> bool:
    """Whether the process is there; it may not be ready yet."""
    return process.alive(state.pid, state.started)


def stop(state: ServerState) -> None:
    """Ends that process, and no other."""
    process.stop(state.pid, state.started)


def _furnish(home: Path, distribution: Path) -> None:
    """A home of the instance's own: the distribution's folders by link, the data its own."""
    home.mkdir(parents=True, exist_ok=True)
    for name in ("bin", "conf", "lib", "providers", "themes", "version.txt"):
        link = home / name
        link.unlink(missing_ok=True)
        link.symlink_to(distribution / name)
