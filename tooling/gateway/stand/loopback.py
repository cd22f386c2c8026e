"""Addresses and programs of one stand on this machine: a /16 of loopback that nobody else uses, and what runs there.

With an address for each pod, every program keeps the port that its chart gives it. Must not know about: charts, Istio.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_CLAIM = 40999
"""The port on .255.254 that holds a slice for as long as the stand lives."""
_PATIENCE = 120.0  # seconds until a program has to listen: machines at work are slow
_POLL = 0.05


class Slice:
    """A /16 below 127.0.0.0/8: every door has addresses of its own. Linux gives the whole of it to loopback."""

    def __init__(self) -> None:
        for _ in range(100):
            network = f"127.{random.randint(2, 254)}"
            self._claim = socket.socket()
            try:
                self._claim.bind((f"{network}.255.254", _CLAIM))
            except OSError:
                self._claim.close()
                continue
            self._network, self._last = network, 9
            return
        raise OSError("no free addresses below 127.0.0.0/8: the stand of the gateway needs Linux")

    def address(self) -> str:
        """The next unused one."""
        self._last += 1
        return f"{self._network}.{self._last // 256}.{self._last % 256}"

    def release(self) -> None:
        """Leaves the slice to others."""
        self._claim.close()


class Program:
    """A process of ours, known by its pid; its output goes to a file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        environ: Mapping[str, str] | None = None,
        listens: tuple[str, int] | None = None,
        passing: Sequence[int] = (),
    ) -> None:
        """`passing` are open files that it gets, too."""
        self.name, self.log, self.listens, self._passing = name, log, listens, tuple(passing)
        # Who is killed outright takes its programs along.
        tied = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        self._command, self._environ = [*tied, *command], dict(environ if environ is not None else os.environ)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Program:
        """Starts it, without waiting."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environ,
                cwd=self.log.parent,
                pass_fds=self._passing,
                start_new_session=True,  # Ctrl-C is for who started the stand, and it stops us
            )
        return self

    def wait(self, patience: float = _PATIENCE) -> Program:
        """Returns when it listens. Raises AssertionError with the end of its log when it ends or never does."""
        deadline = time.monotonic() + patience
        while self.listens and not listening(self.listens):
            assert self._process is not None, f"{self.name} was not started"
            assert self._process.poll() is None, f"{self.name} ended:\n{self.last_words()}"
            assert time.monotonic() < deadline, f"{self.name} does not listen:\n{self.last_words()}"
            time.sleep(_POLL)
        return self

    def stop(self) -> None:
        """Ends it, and waits until it is gone."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It is there, and does nothing: connections are accepted, and nobody answers."""
        assert self._process is not None, f"{self.name} was not started"
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        """Ends it and starts it anew."""
        self.stop()
        self.start().wait()

    def last_words(self) -> str:
        """The end of its log."""
        said = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(said.splitlines()[-25:])


def listening(where: tuple[str, int]) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(where) == 0
