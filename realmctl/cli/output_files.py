"""Writing a command's files, with the file system's refusals in words.

Must not know about: what is in the files.
"""

from __future__ import annotations

from pathlib import Path

from realmctl.errors import RealmctlError
from realmctl.model import output


def write(path: Path, text: str, *, private: bool = False) -> None:
    """Writes a text file, making its folder; a `private` one holds secrets, and only its owner can read it.

    Raises RealmctlError saying why it cannot.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        output.write(path, text, private=private)
    except OSError as error:
        raise RealmctlError(f"cannot write {path}: {error.strerror}") from error
