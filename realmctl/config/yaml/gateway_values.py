"""A values file of the gateway as plain data that knows where everything stands. References in it are plain text.

Must not know about: what the values mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from realmctl.config.inputs.file_access import read_named
from realmctl.config.yaml.document import Document
from realmctl.config.yaml.syntax import literally, read
from realmctl.errors import BadConfig, Place


class ValuesFile:
    """A YAML or JSON file, read. Raises BadConfig naming what is wrong with it, and where."""

    def __init__(self, path: Path) -> None:
        self._document: Document = read(path, literally, read_named)
        if self._document.findings:
            raise BadConfig(self._document.findings)

    @property
    def data(self) -> Any:
        """What is in it."""
        return self._document.data

    def place(self, path: tuple[str | int, ...]) -> Place:
        """Where the value at `path` stands; the nearest thing above it where it has none."""
        return self._document.locate(path)[1]
