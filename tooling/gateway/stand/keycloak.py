"""A Keycloak of the stand's own: from the distribution that `realmctl local` runs, with the settings of its pod.

Must not know about: realms, who logs in.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from realmctl.keycloak.local import jvm
from realmctl.keycloak.local.versions import KEYCLOAK
from tooling.gateway.stand.loopback import Program

PORT, MANAGEMENT_PORT = 8080, 9000
ADMIN = "admin"

_NOT_HERE = ("KC_DB", "KC_CACHE", "KC_HTTPS_", "KC_BOOTSTRAP_", "KC_HEALTH", "KC_METRICS", "KC_HTTP_RELATIVE_PATH")
"""Settings of a cluster, and those with which the distribution was built: here a file is the database."""
_PATIENCE = 240.0  # seconds


def program(
    environ: Mapping[str, str], ip: str, folder: Path, trust: Path, progress: Callable[[str], None] = lambda _: None
) -> Program:
    """Keycloak as its pod's environment says, listening on `ip`; it trusts the CA at `trust`, too."""
    said = {name: value for name, value in environ.items() if not name.startswith(_NOT_HERE)}
    wanted = {
        "KC_HTTP_ENABLED": "true",
        "KC_HTTP_PORT": str(PORT),
        **said,
        "KC_HTTP_HOST": ip,
        "KC_HTTP_MANAGEMENT_HOST": ip,
        "KC_HTTP_MANAGEMENT_PORT": str(MANAGEMENT_PORT),
        "KC_TRUSTSTORE_PATHS": str(trust),
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN,
    }
    command = jvm.command(KEYCLOAK, folder / "home", (), progress)
    place = (ip, int(wanted["KC_HTTP_PORT"]))
    return Program("keycloak", command, folder / "keycloak.log", environ=wanted, listens=place)


def wait(running: Program, ip: str) -> None:
    """Returns when it answers requests."""
    address = f"http://{ip}:{MANAGEMENT_PORT}/auth/health/ready"
    deadline = time.monotonic() + _PATIENCE
    running.wait(_PATIENCE)
    while not _ready(address):
        assert time.monotonic() < deadline, f"Keycloak does not get ready:\n{running.last_words()}"
        time.sleep(0.1)


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(json.load(answer).get("status") == "UP")
    except (OSError, ValueError, urllib.error.URLError):
        return False
