"""A real browser without a window: Chromium, driven by its DevTools protocol over a pair of pipes.

Must not know about: what is looked at.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import select
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tooling.gateway.stand.loopback import Program
from tooling.gateway.stand.person import Hosts
from tooling.gateway.tools import tool

_PATIENCE = 120.0  # seconds: a browser's start on a busy machine


class Chromium:
    """One browser with one page; hosts lead to where the stand has them, and its certificates are believed."""

    def __init__(self, folder: Path, hosts: Hosts, certificates: Iterable[Path]) -> None:
        self._to_child, self._write = os.pipe()
        self._read, self._from_child = os.pipe()
        rules = ", ".join(f"MAP {host}:{port} {ip}:{at}" for (host, port), (ip, at) in hosts.items())
        words = [
            str(tool("chromium")),
            "--headless=new",
            "--remote-debugging-pipe",
            "--no-sandbox",  # tests run as root in pipelines
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-first-run",
            "--no-proxy-server",
            f"--user-data-dir={folder / 'profile'}",
            f"--host-resolver-rules={rules}",
            f"--ignore-certificate-errors-spki-list={','.join(map(_pin, certificates))}",
            "about:blank",
        ]
        folder.mkdir(parents=True, exist_ok=True)
        # DevTools wants the pipes to be its third and fourth file.
        shell = ["bash", "-c", f'exec "$@" 3<&{self._to_child} 4>&{self._from_child}', "chromium"]
        self._program = Program(
            "Chromium", [*shell, *words], folder / "log", passing=(self._to_child, self._from_child)
        )
        self._last, self._heard, self._session = 0, b"", ""

    def __enter__(self) -> Self:
        self._program.start()
        os.close(self._to_child)
        os.close(self._from_child)
        (page,) = (one for one in self.send("Target.getTargets")["targetInfos"] if one["type"] == "page")
        attached = self.send("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._program.stop()
        for end in (self._write, self._read):
            with suppress(OSError):
                os.close(end)

    def send(self, method: str, **parameters: Any) -> Any:
        """One command of the protocol → its result. Raises AssertionError where Chromium says no."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self._next(deadline)
            if answer.get("id") == self._last:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._heard:
            ready, _, _ = select.select([self._read], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"Chromium says nothing:\n{self._program.last_words()}"
            more = os.read(self._read, 1 << 20)
            assert more, f"Chromium ended:\n{self._program.last_words()}"
            self._heard += more
        said, _, self._heard = self._heard.partition(b"\0")
        found: dict[str, Any] = json.loads(said)
        return found

    def open(self, address: str) -> None:
        """Begins to go there."""
        self.send("Page.navigate", url=address)

    def run(self, script: str) -> Any:
        """What an expression is in the page; promises are waited for."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, script: str) -> Any:
        """The first value of an expression that is true; the page may change meanwhile."""
        found: list[Any] = []

        def seen() -> bool:
            with suppress(AssertionError):  # between two pages there is nothing to ask
                found[:] = [self.run(script)]
            return bool(found and found[0])

        self.until(seen)
        return found[0]

    def until(self, seen: Callable[[], bool]) -> None:
        """Returns when it comes true. Raises AssertionError with what the page shows where it never does."""
        deadline = time.monotonic() + _PATIENCE
        while not seen():
            shown = "location.href + ' ' + document.body.innerText"
            assert time.monotonic() < deadline, f"not seen: {self.run(shown)}"
            time.sleep(0.2)

    def cookies(self) -> list[dict[str, Any]]:
        """Everything that it holds, whatever the host."""
        found: list[dict[str, Any]] = self.send("Storage.getCookies")["cookies"]
        return found


def _pin(certificate: Path) -> str:
    """A certificate's key, as Chromium is told to believe it."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    said = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(said).digest()).decode()
