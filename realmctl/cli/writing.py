"""Writing a command's files, with the file system's refusals in words.

Must not know about: what is in the files.
"""

from __future__ import annotations

from pathlib import Path

from realmctl.errors import RealmctlError


def write(path: Path, text: str, *, private: bool = False) -> None:
    """Writes a text file, making its folder; `private` lets only its owner read it.

    Raises RealmctlError saying why it cannot.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600 if private else 0o666)
        if private:
            path.chmod(0o600)  # One that was there already may be open to others.
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RealmctlError(f"cannot write {path}: {error.strerror}") from error
