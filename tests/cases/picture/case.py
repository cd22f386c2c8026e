"""A case of the graph's tests: a realm's files, what is asked for, and every arrow of the picture as a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from realmctl.analysis.graph import build_picture, select_part
from realmctl.config.loader import load
from realmctl.model.access_graph import Picture
from tests.support.case_file import CaseFile


class Case(CaseFile):
    """One case, read from its file."""

    def picture(self, folder: Path) -> Picture:
        for name, text in self.said["files"].items():
            (folder / name).write_text(text, encoding="utf-8")
        (config,) = load([folder], environ={"SECRET": "canary-of-the-picture"})
        part = self.said.get("asked") or {}
        of, source, target = (part.get(one) or () for one in ("of", "from", "to"))
        return select_part(build_picture(config), of=of, source=source, target=target)


def told(picture: Picture) -> Iterator[str]:
    """Every arrow: `a (realm role) → b (realm role): is composed of it, realm.yaml:3`."""
    names = {node.key: f"{node.name} ({node.caption})" for node in picture.nodes}
    for edge in picture.edges:
        place = f", {Path(edge.place.file).name}:{edge.place.line}" if edge.place else ""
        arrow = "⇢" if edge.needed else "→"
        yield f"{names[edge.source]} {arrow} {names[edge.target]}: {edge.why}{place}"
