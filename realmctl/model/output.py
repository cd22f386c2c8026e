"""The edge: everything that leaves the process passes here, without secrets and without commands for a log.

Only these functions write to streams, files and other servers; `tests/unit/test_one_edge.py` holds it.
Renderers clean each value before they wrap, cut or encode it (`model/text.py`); the edge looks through the whole text
once more. Must not know about: what a text is about, output formats, the command line.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO, cast
from urllib.parse import unquote, urlsplit

from realmctl.model.redaction import SHORTEST, redact, register
from realmctl.model.unsafe_characters import visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

OWN = frozenset(
    {
        "KEYCLOAK_CLIENT_SECRET",
        "KEYCLOAK_PASSWORD",
        "AZURE_CLIENT_SECRET",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD",
        "REALMCTL_WEBHOOK",
    }
)
"""realmctl's own variables that hold a secret."""
_COINCIDENCE = 8
"""Characters from which on a value of another program's variable is hidden: a shorter one may be any word."""
_TELLING = re.compile(
    r"secret|passw(or)?d|passphrase|_pwd|credential|token|(api|access|private|account|signing)_?key|_pat$|webhook|_auth$",
    re.IGNORECASE,
)
"""What the name of an environment variable that holds a secret has in it."""
_POINTING = re.compile(r"(_|^)(file|path|dir|uri|url|host|name|id|issuer|audience|ttl|type|lifespan)$", re.IGNORECASE)
"""How the name ends where the variable only tells where a secret is, or whose."""


_CLEAR = "\r\x1b[K"


def safe(text: str, *, starts: bool = True) -> str:
    """The text as it may leave for a terminal or a log; `starts`: whether it begins at the start of a line."""
    return visible_lines(redact(text), starts=starts)


def register_environment(environ: Mapping[str, str]) -> None:
    """Registers what the environment keeps secret: variables that are named so, and passwords inside addresses."""
    for name, value in environ.items():
        own = name in OWN
        if len(value) < (SHORTEST if own else _COINCIDENCE):
            continue
        if own or (_TELLING.search(name) and not _POINTING.search(name) and not _is_path(value)):
            register(value)
        if "@" in value and "://" in value:
            register_password(value)


def _is_path(value: str) -> bool:
    return value.startswith("/") and Path(value).exists()


def register_password(address: str) -> None:
    """Registers the password inside an address (`https://user:password@host`), if there is one."""
    try:
        password = urlsplit(address.strip()).password or ""
    except ValueError:
        return
    for one in (password, unquote(password)):
        if len(one) >= SHORTEST:
            register(one)


class _Guarded:
    """A text stream that lets nothing through unseen. It has no `buffer`: no bytes get past it."""

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind
        self._starts = True

    def write(self, text: str | bytes) -> int:
        if isinstance(text, bytes):
            text = _decoded(text)
        self.behind.write(safe(text, starts=self._starts))
        last = re.split(r"[\n\r]", text)[-1]
        self._starts = not last.strip() if last != text else self._starts and not text.strip()
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self.behind, name)


def _decoded(octets: bytes) -> str:
    """Bytes as text: click writes completions so. With no bytes it asks for a binary stream, which this is not."""
    if not octets:
        raise TypeError("a text stream takes no bytes")
    return octets.decode(errors="replace")


def guard(stream: TextIO) -> TextIO:
    """The stream behind the edge; one that is already there stays as it is."""
    return stream if isinstance(stream, _Guarded) else cast(TextIO, _Guarded(stream))


@contextmanager
def redacting_output() -> Iterator[None]:
    """Puts this process's stdout and stderr behind the edge for a while."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = guard(sys.stdout), guard(sys.stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def write_secrets(stream: TextIO, text: str) -> None:
    """Writes a text that shows secrets because the user asked for them, to a stream of this process."""
    behind = stream.behind if isinstance(stream, _Guarded) else stream
    behind.write(text)


def rewrite(stream: TextIO, line: str) -> None:
    """Puts a line in place of the one that the terminal's cursor is on."""
    behind = stream.behind if isinstance(stream, _Guarded) else stream
    behind.write(f"{_CLEAR}{safe(line)}")
    behind.flush()


def write_error(text: str, *, clear: bool = False) -> None:
    """Writes a line to stderr past its buffer, which may be in use at this very moment (in a signal handler).

    `clear` clears the line that the terminal's cursor is on.
    """
    os.write(2, f"{_CLEAR if clear else ''}{safe(text)}\n".encode(errors="backslashreplace"))


def write(path: Path, text: str, *, private: bool = False, newline: str | None = None) -> None:
    """Writes a file. A `private` one holds secrets on purpose: only its owner may read it, and nothing is hidden.

    Raises OSError.
    """
    if not private:
        path.write_text(redact(text), encoding="utf-8", newline=newline)
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline=newline) as file:
        os.fchmod(descriptor, 0o600)  # One that was there already may be open to others.
        file.write(text)


def write_exactly(path: Path, text: str) -> None:
    """Writes a file that somebody will read back as it is, such as a user's own file after an edit. Raises OSError.

    The caller answers for it that no secret is in it.
    """
    path.write_text(text, encoding="utf-8", newline="")


class LineFile:
    """A file that lines are added to, each without secrets, and each on the disk before the next. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("a", encoding="utf-8")

    def add(self, line: str) -> None:
        """Adds a line."""
        self._file.write(f"{redact(line)}\n")
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
