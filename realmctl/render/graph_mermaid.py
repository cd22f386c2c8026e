"""A graph of who gets what as a Mermaid flowchart, for wherever markdown is shown.

Every character of a name that could mean something to Mermaid stands there as its number. Must not know about: where
the graph comes from.
"""

from __future__ import annotations

from realmctl.engine.plan.value_text import clean, cut
from realmctl.model.access_graph import Node, Picture, Sort
from realmctl.render.graph_node_types import CLASSES

LONGEST = 60
"""Characters of a name; the whole ones are in the other formats."""

_PLAIN = frozenset(" _-.,/")

_SHAPES = {
    Sort.LOGIN: ("([", "])"),
    Sort.EVERYBODY: ("([", "])"),
    Sort.USER: ("([", "])"),
    Sort.CLIENT: ("[[", "]]"),
    Sort.CLAIM: (">", "]"),
    Sort.AUDIENCE: (">", "]"),
    Sort.RULE: ("{{", "}}"),
}
"""How a node is drawn; a box unless said."""

_COLORS = {
    "who": ("#e8f0fe", "#1a4fa3"),
    "group": ("#fdf3d8", "#8a6100"),
    "role": ("#e6f4ea", "#1b6b36"),
    "token": ("#f3e8fd", "#6b2fb3"),
    "open": ("#fde8e6", "#a3281c"),
}
"""Fill and border. The text is dark on all of them, whatever the page's theme."""


def mermaid(picture: Picture) -> str:
    """The flowchart, from left to right; what is not drawn as comments at its top."""
    ids = {node.key: f"n{at}" for at, node in enumerate(picture.nodes)}
    lines = ["flowchart LR", f"    accTitle: {_text(picture.title)}"]
    lines += [f"    %% {_text(remark)}" for remark in picture.remarks]
    lines += [f"    {ids[node.key]}{_node(node)}" for node in picture.nodes]
    for edge in picture.edges:
        arrow = "-.->" if edge.needed else "-->"
        lines.append(f"    {ids[edge.source]} {arrow} {ids[edge.target]}")
    for name, (fill, border) in _COLORS.items():
        lines.append(f"    classDef {name} fill:{fill},stroke:{border},color:#1b1b1b")
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    left, right = _SHAPES.get(node.sort, ("[", "]"))
    return f'{left}"{_text(node.name)}<br/>{_text(node.caption)}"{right}:::{CLASSES[node.sort]}'


def _text(text: str) -> str:
    """The text with all but letters, digits and a few harmless marks as Mermaid's `#35;`."""
    return "".join(one if one in _PLAIN or one.isalnum() else f"#{ord(one)};" for one in cut(clean(text), LONGEST))
