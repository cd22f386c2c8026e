"""A pager and a progress line are for terminals: asked of a real one, a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pytest

from realmctl.cli.pager import pager_command
from tests.conftest import Keycloak

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "realmctl"]
PAGER = "sed 's/^/paged: /'"
LESS = ("LESS", "PAGER", "REALMCTL_PAGER", "LV", "NO_COLOR", "CI")


class Terminal:
    """A command on a terminal of 20 lines."""

    def __init__(
        self,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        *,
        program: Sequence[str] = COMMAND,
        cwd: Path | None = None,
        lines: int = 20,
        columns: int = 100,
    ) -> None:
        self._mine, theirs = pty.openpty()
        ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        plain = {name: value for name, value in os.environ.items() if name not in LESS}
        self.process = subprocess.Popen(
            [*program, *arguments],
            cwd=cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**plain, "TERM": "xterm", **environ},
            start_new_session=True,
        )
        os.close(theirs)
        self.told = ""

    def until(self, words: str, seconds: float = 60) -> None:
        """Reads until the words are there."""
        end = time.monotonic() + seconds
        while words not in self.told:
            assert time.monotonic() < end, self.told
            if not self._more(0.5):
                break
        assert words in self.told, self.told

    def type(self, keys: str) -> None:
        os.write(self._mine, keys.encode())

    def type_until_it_ends(self, keys: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, self.told
            self.type(keys)
            self._more(0.5)

    def ends(self, seconds: float = 60) -> int:
        """Reads all there is; the exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._more(0.2):
            pass
        code = self.process.wait(10)
        os.close(self._mine)
        return code

    def _more(self, seconds: float) -> bool:
        """Reads what is there; False at the end."""
        if not select.select([self._mine], [], [], seconds)[0]:
            return True
        try:
            read = os.read(self._mine, 65536)
        except OSError:  # Linux says so where nobody holds the other end any more.
            return False
        self.told += read.decode(errors="replace")
        return bool(read)


def on_terminal(arguments: Sequence[str], **environ: str) -> str:
    terminal = Terminal(arguments, environ)
    assert terminal.ends() == 0, terminal.told
    return terminal.told


def test_what_is_longer_than_the_terminal_goes_through_the_pager() -> None:
    assert "paged: " in on_terminal(["docs", "client"], REALMCTL_PAGER=PAGER, PAGER="false")
    assert "paged: " in on_terminal(["docs", "client"], PAGER=PAGER)


def test_what_fits_does_not() -> None:
    assert "paged: " not in on_terminal(["docs", "password-grant"], PAGER=PAGER)


def test_a_terminal_without_a_size_has_no_reader() -> None:
    terminal = Terminal(["docs", "client"], {"PAGER": PAGER}, lines=0, columns=0)
    assert terminal.ends() == 0
    assert "paged: " not in terminal.told
    assert "redirectUris" in terminal.told


@pytest.mark.parametrize(
    "environ", [{"PAGER": "cat"}, {"REALMCTL_PAGER": "", "PAGER": PAGER}, {"TERM": "dumb"}, {"CI": "true"}]
)
def test_no_pager_where_nobody_wants_one(environ: dict[str, str]) -> None:
    told = on_terminal(["docs", "client"], **{"PAGER": PAGER, **environ})
    assert "paged: " not in told
    assert "redirectUris" in told


def test_no_pager_says_so_on_the_command_line() -> None:
    assert "paged: " not in on_terminal(["docs", "client", "--no-pager"], PAGER=PAGER)


def test_a_pager_that_is_not_there_hides_nothing() -> None:
    assert "redirectUris" in on_terminal(["docs", "client"], PAGER="no-such-pager-anywhere")


def test_less_is_asked_as_git_does_it() -> None:
    assert "LESS=FRX" in on_terminal(["docs", "client"], PAGER="env")
    assert "LESS=M" in on_terminal(["docs", "client"], PAGER="env", LESS="M")


def test_less_itself_is_left_with_q_and_ctrl_c_is_its_own() -> None:
    terminal = Terminal(["docs", "client"], {"PAGER": "less"})
    terminal.until("kind client")
    os.killpg(terminal.process.pid, signal.SIGINT)
    time.sleep(0.3)
    assert terminal.process.poll() is None
    terminal.type_until_it_ends("q")  # less forgets what was typed while it was interrupted
    assert terminal.ends() == 0
    assert "Interrupted" not in terminal.told


def test_never_in_a_pipe(tmp_path: Path) -> None:
    environ = {**os.environ, "PAGER": PAGER}
    done = subprocess.run([*COMMAND, "docs", "client"], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "paged: " not in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("environ", "program"),
    [
        ({"REALMCTL_PAGER": "most", "PAGER": "more"}, "most"),
        ({"PAGER": "more -d"}, "more -d"),
        ({"PAGER": " "}, ""),
        ({"REALMCTL_PAGER": "cat", "PAGER": "more"}, ""),
    ],
)
def test_which_pager(environ: dict[str, str], program: str) -> None:
    assert pager_command(environ) == program


def test_an_apply_shows_a_bar_and_never_pages_its_question(keycloak: Keycloak, realm_name: str, tmp_path: Path) -> None:
    roles = "\n".join(f"  role-{number:04}: {{ description: One of many }}" for number in range(60))
    (tmp_path / "realm.yaml").write_text(f"realm: {realm_name}\nroles:\n{roles}\n")
    terminal = Terminal(["apply", str(tmp_path)], {**keycloak.environ(), "PAGER": PAGER})
    terminal.until("Apply these changes?")
    terminal.type("y\n")
    assert terminal.ends() == 0, terminal.told
    assert "paged: " not in terminal.told
    assert "[####################] 6" in terminal.told
    # The last that is left of the line is nothing: it is cleared before the result.
    assert "\r\x1b[K" in terminal.told.rsplit("Verified", 1)[0][-200:]
    plan = on_terminal(["plan", str(tmp_path)], **keycloak.environ(), PAGER=PAGER)
    assert "No changes." in plan


def test_timings_are_told_by_phase(keycloak: Keycloak, realm_name: str, tmp_path: Path) -> None:
    (tmp_path / "realm.yaml").write_text(f"realm: {realm_name}\nroles: {{ reader: }}\n")
    environ = {**os.environ, **keycloak.environ()}
    done = subprocess.run(
        [*COMMAND, "apply", str(tmp_path), "--auto-approve", "-v", "-o", "json"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    table = done.stderr[done.stderr.index("\nTook ") :].splitlines()[2:]
    phases = [line[2:9].strip() for line in table]
    assert phases == ["load", "log in", "read", "plan", "lock", "write", "verify"]
    assert "Took" not in done.stdout
