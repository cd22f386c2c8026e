"""Which of a realm's files a change belongs into, and the files with it.

Must not know about: what is live, why something changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from realmctl.config.loader.realm import RealmConfig
from realmctl.config.yaml.document import Document
from realmctl.config.yaml.edits import CannotEditError, edit_text
from realmctl.model import output
from realmctl.model.drift import Edit


@dataclass(slots=True)
class Rewriting:
    """The texts of a realm's files, before and after."""

    before: dict[str, str]
    after: dict[str, str]

    def write(self) -> None:
        """Writes what differs. Raises OSError."""
        for file, text in self.after.items():
            if text != self.before[file]:
                output.write_exactly(Path(file), text)

    def undo(self) -> None:
        """Writes them as they were. Raises OSError."""
        for file, text in self.before.items():
            if text != self.after[file]:
                output.write_exactly(Path(file), text)

    @property
    def files(self) -> str:
        """Those that differ."""
        return ", ".join(file for file, text in self.after.items() if text != self.before[file])


def rewriting(config: RealmConfig, edits: Iterable[Edit]) -> Rewriting:
    """The files with the edits. Raises CannotEditError with the reason, and OSError."""
    before = {document.file: _read(document.file) for document in config.origin.documents}
    after = dict(before)
    for edit in edits:
        parts = config.origin.lists.get(edit.path, ())
        if len(parts) > 1:
            files = " and ".join(dict.fromkeys(document.file for document, _ in parts))
            raise CannotEditError(f"{'.'.join(edit.path)} is written in several files: {files}")
        file = _home(config, edit).file
        after[file] = edit_text(after[file], edit.path, edit.value)
    return Rewriting(before, after)


def _read(file: str) -> str:
    with Path(file).open(encoding="utf-8", newline="") as stream:
        return stream.read()


def _home(config: RealmConfig, edit: Edit) -> Document:
    """The file that says the value; else its object, else its section; else the realm's own file.

    With teams, an object that no file declares goes into the realm's own file: no team asked for it.
    """
    owning = config.ownership
    found = max(
        config.origin.documents,
        key=lambda document: (document.locate(edit.path, key=True)[0], "realm" in (document.data or {})),
    )
    is_declared = found.locate(edit.home, key=True)[0] == len(edit.home)
    return found if owning is None or is_declared else owning.home
