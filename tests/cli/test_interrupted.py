"""Ctrl-C while an apply runs: what was begun is finished, the rest is told, and the next run goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from realmctl.errors import Forbidden, NotFound
from tests.conftest import Keycloak


def test_ctrl_c_says_what_was_done(keycloak: Keycloak, realm_name: str, tmp_path: Path) -> None:
    roles = "\n".join(f"  role-{number:04}: {{ description: One of many }}" for number in range(1500))
    (tmp_path / "realm.yaml").write_text(f"realm: {realm_name}\nroles:\n{roles}\n")
    command = [sys.executable, "-m", "realmctl", "apply", str(tmp_path), "--auto-approve"]
    environ = {**os.environ, **keycloak.environ()}
    with closing(keycloak.admin()) as admin:
        out, err = tmp_path / "out", tmp_path / "err"
        with out.open("w") as told, err.open("w") as complained:
            process = subprocess.Popen(command, env=environ, stdout=told, stderr=complained)
        while process.poll() is None:
            try:
                admin.get(realm_name, "roles", "role-0020")
                break
            except (NotFound, Forbidden):  # A realm that is being made is not everybody's at once (26.7.3).
                time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130, err.read_text()
        assert "Not tried" in out.read_text()
        assert "were not begun" in err.read_text()
        made = len(admin.get(realm_name, "roles"))
    assert 20 < made < 1500
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Verified: nothing is left to do." in done.stdout
