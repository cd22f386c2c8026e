"""Processes known by their pid and nothing else: is it still the same one, and stop it.

Must not know about: Keycloak.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

_POLL = 0.1  # seconds


def start_time(pid: int) -> str:
    """When the process began, in the kernel's own words; "" where there is none. Tells a pid's reuse."""
    _reap(pid)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
        told = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return told.stdout.strip()
    return "" if fields[0] == "Z" else fields[19]


def alive(pid: int, since: str) -> bool:
    """Whether the process that began at `since` still runs."""
    return bool(pid) and bool(since) and start_time(pid) == since


def stop(pid: int, since: str, *, patience: float = 20) -> None:
    """Asks that one process to end, and insists after `patience` seconds. A process that is gone is no error."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not alive(pid, since):
            return
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while alive(pid, since) and time.monotonic() < deadline:
            time.sleep(_POLL)


def free_port(wanted: int = 0) -> int:
    """`wanted` where nothing listens there yet, else any free loopback port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def _reap(pid: int) -> None:
    """Takes note of a child that has ended, so that it doesn't look alive."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
