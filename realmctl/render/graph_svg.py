"""A graph of who gets what as SVG: for a wiki, a browser, a printer; light and dark, and with words for who hears it.

Must not know about: where the graph comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from unicodedata import combining, east_asian_width
from xml.etree import ElementTree as ET

from realmctl.engine.plan.value_text import clean
from realmctl.errors import Place
from realmctl.model.access_graph import Edge, Node, Picture
from realmctl.render.change_lines import many
from realmctl.render.graph_layout import Layout, laid_out
from realmctl.render.graph_node_types import CLASSES, COLUMNS
from realmctl.render.html_elements import element, own_file, raw, svg_text

STYLE = "picture.css"
LONGEST = 38
"""Characters of a name in a box; a longer one is whole in the box's title."""

_TALL, _THIN, _GAP = 44.0, 8.0, 12.0
_PAD, _BETWEEN, _MARGIN, _HEAD, _LINE = 10.0, 64.0, 16.0, 40.0, 18.0
_NAME, _SMALL = 13.0, 11.0
_WIDE = 0.62
"""Width of a character of a font of fixed width, in heights: fonts differ, and this is more than any of them."""


def svg(picture: Picture) -> str:
    """The picture as a file of its own."""
    return svg_text(draw_svg(picture))


def draw_svg(
    picture: Picture, *, alone: bool = True, link: Callable[[Node], str | None] = lambda _: None
) -> ET.Element:
    """The picture as an element; `alone` with its style, else the page has it. `link` says where a box leads to."""
    groups = [[node.key for node in picture.of(*sorts)] for sorts in COLUMNS]
    arrows = [(edge.source, edge.target) for edge in picture.edges]
    layout = laid_out(groups, arrows, tall=_TALL, thin=_THIN, gap=_GAP)
    left, widths = _lefts(picture, layout)
    head = _head(picture)
    top = _MARGIN + _LINE * len(head) + _GAP
    far = max((left[at] + widths[at] for at in left), default=0.0)
    width = max([far + _MARGIN, *(_width(line, 15.0) + 2 * _MARGIN for line in head)])
    height = top + layout.height + _MARGIN
    by_key = {node.key: node for node in picture.nodes}
    at = _At(layout, left, widths, top)
    return element(
        "svg",
        element("title", picture.title, id="picture-title"),
        element("desc", _described(picture), id="picture-desc"),
        raw("style", own_file(STYLE)) if alone else None,
        element("rect", class_="paper", width=_number(width), height=_number(height)),
        _heading(head),
        element("g", (_way(edge, by_key, at) for edge in picture.edges)),
        element("g", (_box(node, at, link(node)) for node in picture.nodes)),
        xmlns="http://www.w3.org/2000/svg",
        class_="picture",
        role="img" if alone else "group",
        aria_labelledby="picture-title picture-desc",
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        width=_number(width),
        height=_number(height),
    )


class _At:
    """Where everything is."""

    def __init__(self, layout: Layout, left: Mapping[int, float], widths: Mapping[int, float], top: float) -> None:
        self.layout, self.left, self.widths, self.top = layout, left, widths, top

    def box(self, key: object) -> tuple[float, float, float]:
        """Left, middle and width of a node, or of the room in its column that an arrow passes."""
        column = self.layout.column[key]
        return self.left[column], self.layout.y[key] + self.top, self.widths[column]


def _lefts(picture: Picture, layout: Layout) -> tuple[dict[int, float], dict[int, float]]:
    widths: dict[int, float] = {}
    for node in picture.nodes:
        column = layout.column[node.key]
        need = 2 * _PAD + max(_width(_short(node.name), _NAME), _width(_short(node.caption), _SMALL))
        widths[column] = max(widths.get(column, 0.0), need)
    left, x = {}, _MARGIN
    for column in sorted(widths):
        left[column] = x
        x += widths[column] + _BETWEEN
    return left, widths


def _head(picture: Picture) -> list[str]:
    return [clean(line) for line in (picture.title, *picture.remarks)]


def _heading(lines: list[str]) -> ET.Element:
    made = [
        element(
            "text", line, class_="said" if at else "title", x=_number(_MARGIN), y=_number(_MARGIN + 14 + _LINE * at)
        )
        for at, line in enumerate(lines)
    ]
    return element("g", made)


def _described(picture: Picture) -> str:
    """The whole picture in a sentence."""
    counts = [
        many(sum(1 for _ in picture.of(*sorts)), one, several)
        for sorts, one, several in (
            (COLUMNS[0], "login or account", "logins and accounts"),
            (COLUMNS[1], "group", "groups"),
            (COLUMNS[2], "role", "roles"),
            (COLUMNS[3], "content of tokens", "contents of tokens"),
            (COLUMNS[4], "rule", "rules"),
            (COLUMNS[5], "service", "services"),
        )
    ]
    told = ", ".join(counts[:-1]) + f" and {counts[-1]}"
    return f"From left to right: {told}. An arrow leads from what somebody has to what that gives. " + " ".join(
        picture.remarks
    )


def _box(node: Node, at: _At, link: str | None) -> ET.Element:
    x, y, width = at.box(node.key)
    said = element(
        "g",
        element("title", _whole(node)),
        element(
            "rect",
            class_="box",
            x=_number(x),
            y=_number(y - _TALL / 2),
            width=_number(width),
            height=_number(_TALL),
            rx="6",
        ),
        element("text", _short(node.name), x=_number(x + _PAD), y=_number(y - 3)),
        element("text", _short(node.caption), class_="small", x=_number(x + _PAD), y=_number(y + 13)),
        class_=CLASSES[node.sort],
    )
    return element("a", said, href=link, aria_label=_whole(node)) if link else said


def _whole(node: Node) -> str:
    return f"{node.name}: {node.caption}{_where(node.place)}"


def _where(place: Place | None) -> str:
    return f" ({place.file}:{place.line})" if place else ""


def _way(edge: Edge, nodes: Mapping[str, Node], at: _At) -> ET.Element:
    way = at.layout.ways[edge.source, edge.target]
    points: list[tuple[float, float]] = []
    for number, key in enumerate(way):
        x, y, width = at.box(key)
        if number:
            points.append((x, y))
        if number < len(way) - 1:
            points.append((x + width, y))
    ends = f"{nodes[edge.source].name} → {nodes[edge.target].name}"
    tip_x, tip_y = points[-1]
    return element(
        "g",
        element("title", f"{ends}: {edge.why}{_where(edge.place)}"),
        element("path", class_="way needed" if edge.needed else "way", d=_curve(points)),
        element("path", class_="tip", d=f"M{_number(tip_x)} {_number(tip_y)}l-8 -4v8z"),
    )


def _curve(points: list[tuple[float, float]]) -> str:
    """Straight through columns, bent between them."""
    (x, y), *rest = points
    parts = [f"M{_number(x)} {_number(y)}"]
    for number, (to_x, to_y) in enumerate(rest):
        if number % 2:
            parts.append(f"H{_number(to_x)}")
        else:
            middle = _number((x + to_x) / 2)
            parts.append(f"C{middle} {_number(y)} {middle} {_number(to_y)} {_number(to_x)} {_number(to_y)}")
        x, y = to_x, to_y
    return "".join(parts)


def _short(text: str) -> str:
    """The text, cut where it would take more room than LONGEST plain characters."""
    shown, room = clean(text), float(LONGEST)
    for at, one in enumerate(shown):
        room -= _cells(one)
        if room < 0:
            return shown[: max(1, at - 1)] + "…"
    return shown


def _width(text: str, size: float) -> float:
    """An upper bound of a text's width in pixels, whatever the font of fixed width."""
    return sum(map(_cells, text)) * size * _WIDE


def _cells(one: str) -> float:
    if one.isascii():
        return 1.0
    if combining(one):
        return 0.0
    # What a font of fixed width lacks comes from another, which keeps to no width.
    return 2.3 if east_asian_width(one) in ("W", "F") else 1.6


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
