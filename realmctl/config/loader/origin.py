"""Where every value of a merged realm was written: in which file, or by which of the platform's words.

Must not know about: what the values mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from realmctl.config.loader.merge import Part, Path, item_place
from realmctl.config.yaml.document import Document
from realmctl.errors import Place

Sources = Mapping[Path, Path]
"""Path in the sections that a word made → path inside the word."""


@dataclass(slots=True, eq=False)
class Files:
    """An `Origin` over a realm's documents, rooted at the top of the files."""

    documents: Sequence[Document]
    lists: Mapping[Path, Sequence[Part]] = field(default_factory=dict)
    words: dict[str, Sources] = field(default_factory=dict)
    needed: dict[str, frozenset[str]] = field(default_factory=dict)
    """By word: the keys it can't do without. Of several files that say the word, the one with these is its main one."""

    def place(self, *path: str | int) -> Place:
        """The place of the value at `path`; of the nearest thing above it where it has none."""
        return self._find(path, key=False)

    def key_place(self, *path: str | int) -> Place:
        """The place of the key at `path`."""
        return self._find(path, key=True)

    def word(self, *path: str | int) -> Path:
        """The path inside the word that was compiled to the value at `path`; () where the files say it themselves."""
        deepest = max(document.locate(path, key=False)[0] for document in self.documents)
        return self._source(path, deeper_than=deepest) or () if deepest < len(path) else ()

    def _find(self, path: Path, *, key: bool) -> Place:
        for at, step in enumerate(path):
            if isinstance(step, int) and path[:at] in self.lists:
                place: Place = item_place(self.lists[path[:at]], step, path[:at], path[at + 1 :], key=key)
                return place
        found = [(*document.locate(path, key=key), self._weight(document, path)) for document in self._saying(path)]
        depth, place, _ = max(found, key=lambda one: (one[0], one[2]))
        if depth < len(path):
            source = self._source(path, deeper_than=depth)
            if source is not None:
                return self._find(source, key=key)
        return place

    def _saying(self, path: Path) -> Sequence[Document]:
        """The documents that lead into `path` at all; every one where none does. Done for every planned object."""
        top = path[0] if path else None
        return [one for one in self.documents if isinstance(one.data, dict) and top in one.data] or self.documents

    def _weight(self, document: Document, path: Path) -> tuple[int, bool]:
        """How much a file is the main one of what `path` leads into, beside others that lead as far."""
        word = path[0] if path else ""
        said = document.data.get(word)
        if word not in self.needed or not isinstance(said, dict):
            return 0, False
        return len(self.needed[str(word)] & said.keys()), "realm" in document.data

    def _source(self, path: Path, *, deeper_than: int) -> Path | None:
        """The path inside a word that made the value at `path`, where it explains more of it than the files do."""
        for length in range(len(path), deeper_than, -1):
            for word, sources in self.words.items():
                if path[:length] in sources:
                    return (word, *sources[path[:length]])
            for word, sources in self.words.items():
                # An object that nobody wrote comes of the word that put something into it.
                if any(made[:length] == path[:length] for made in sources):
                    return (word,)
        return None
