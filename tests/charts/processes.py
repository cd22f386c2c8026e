"""Programs of the charts, running on loopback: what a pod would start, with the pod's paths and ports replaced.

Must not know about: what is expected of them.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def running(
    command: Sequence[str | Path], port: int, log: Path, environ: Mapping[str, str] | None = None
) -> Iterator[None]:
    """The program while it listens at `port`; stopped at the end. What it says is in `log`."""
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            list(map(str, command)),
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], **(environ or {})},
        )
    try:
        _wait(process, port, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError(f"{process.args!r} does not listen at {port}:\n{log.read_text(encoding='utf-8')[-3000:]}")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    def header(self, name: str) -> str | None:
        """Its value; several are joined."""
        found = [value for key, value in self.headers if key.lower() == name]
        return ", ".join(found) if found else None


def ask(port: int, path: str, headers: Sequence[tuple[str, str]] = (), method: str = "GET") -> Answer:
    """One request, with path and headers exactly as they are written; follows nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        own_host = any(name.lower() == "host" for name, _ in headers)
        connection.putrequest(method, path, skip_host=own_host, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        found = connection.getresponse()
        return Answer(found.status, found.getheaders(), found.read().decode("utf-8", "replace"))
    finally:
        connection.close()
