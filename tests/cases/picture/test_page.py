"""The page about pictures shows the example's picture as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from realmctl.analysis.graph import build_picture, select_part
from realmctl.config.loader import load
from realmctl.errors import Place
from realmctl.model.access_graph import Picture
from realmctl.render.graph_mermaid import mermaid
from realmctl.render.graph_svg import svg
from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "pictures.md"


def example() -> Picture:
    """The example's graph, with places as they are from the top of the repository, wherever that is."""
    (config,) = load([EXAMPLE], environ=EXAMPLE_ENVIRONMENT)
    found = build_picture(config)
    nodes = tuple(replace(node, place=_near(node.place)) for node in found.nodes)
    return replace(found, nodes=nodes, edges=tuple(replace(edge, place=_near(edge.place)) for edge in found.edges))


def _near(place: Place | None) -> Place | None:
    return replace(place, file=str(Path(place.file).relative_to(ROOT))) if place else None


def test_the_picture_of_the_example_is_true() -> None:
    shown = re.findall(r"^```mermaid\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert shown == [mermaid(example())]


def test_the_drawing_of_a_part_is_true() -> None:
    shown = (PAGE.parent / "orders-approver.svg").read_text(encoding="utf-8")
    assert shown == svg(select_part(example(), of=["orders-approver"]))
