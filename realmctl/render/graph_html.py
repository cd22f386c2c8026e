"""A graph of who gets what as a page: the picture, and everything in it as text that can be searched.

Must not know about: where the graph comes from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree as ET

from realmctl.model.access_graph import Edge, Node, Picture, Sort, Ways, backward, onward, reachable_keys
from realmctl.render import graph_svg
from realmctl.render.change_lines import many
from realmctl.render.html_elements import Children, element, own_file
from realmctl.render.html_page import code, item, list_element, page, section, told_place, tools

_HEADINGS = {
    Sort.LOGIN: "What people bring",
    Sort.EVERYBODY: "Everybody",
    Sort.USER: "Users",
    Sort.CLIENT: "Applications",
    Sort.GROUP: "Groups",
    Sort.ROLE: "Roles",
    Sort.CLAIM: "Values in claims",
    Sort.AUDIENCE: "Audiences",
    Sort.RULE: "Rules of services",
    Sort.SERVICE: "Services",
}
_OPEN = 12
"""Things up to which all are open at first."""
_NAMED = 40
"""Names in one list of what is far away."""

_STYLE = """
header, main, footer { max-width: 96rem; }
.scroll svg.picture { display: block; }
svg.picture a:focus-visible .box { stroke-width: 4; } svg.picture a:hover .box { stroke-width: 3; }
"""


def html(picture: Picture, small: Picture) -> str:
    """The page: `small` is drawn, and all of `picture` is told."""
    ids = {node.key: f"n{at}" for at, node in enumerate(picture.nodes)}
    drawn = graph_svg.draw_svg(small, alone=False, link=lambda node: _link(ids, node))
    many_ = f"{many(len(picture.nodes), 'thing')} and {many(len(picture.edges), 'arrow')}"
    return page(
        picture.title,
        [
            element(
                "p",
                "An arrow leads from what somebody has to what that gives. A dashed one is only needed as well. Where "
                "several rules of a service fit a request, each of them has to be satisfied.",
            ),
            list_element(picture.remarks) if picture.remarks else None,
        ],
        [
            section(
                "Picture",
                list_element(small.remarks) if small.remarks and small is not picture else None,
                element("div", drawn, class_="scroll", tabindex="0", role="region", aria_label="The picture"),
                id_="picture",
            ),
            section("In words", tools("roles, groups, claims and services"), _told(picture, ids), id_="words"),
        ],
        footer=f"{many_}, made by realmctl from the files of realm {picture.realm}. No server was asked.",
        style=own_file(graph_svg.STYLE) + _STYLE,
    )


def _link(ids: Mapping[str, str], node: Node) -> str | None:
    return f"#{ids[node.key]}" if node.key in ids else None


def _told(picture: Picture, ids: Mapping[str, str]) -> Iterator[ET.Element]:
    nodes = {node.key: node for node in picture.nodes}
    gives: dict[str, list[Edge]] = defaultdict(list)
    comes: dict[str, list[Edge]] = defaultdict(list)
    for edge in picture.edges:
        gives[edge.source].append(edge)
        comes[edge.target].append(edge)
    far = _Far(nodes, onward(edge for edge in picture.edges if not edge.needed), backward(picture.edges))
    for sort, heading in _HEADINGS.items():
        found = [
            item(
                [code(node.name), f" {node.caption}", told_place(node.place)],
                [
                    _near("Gives", [(nodes[one.target], one) for one in gives[node.key]], ids),
                    _near("Comes from", [(nodes[one.source], one) for one in comes[node.key]], ids),
                    far.told(node, ids),
                ],
                id_=ids[node.key],
                open_=len(picture.nodes) <= _OPEN,
            )
            for node in picture.of(sort)
        ]
        if found:
            yield section(heading, found, id_=f"sort-{sort.value}", level=3, part=True)


def _near(heading: str, ends: Sequence[tuple[Node, Edge]], ids: Mapping[str, str]) -> Iterator[Children]:
    if not ends:
        return
    yield element("p", f"{heading}:")
    yield list_element(
        [_named(node, ids), f" ({node.caption}): {edge.why}", told_place(edge.place)] for node, edge in ends
    )


def _named(node: Node, ids: Mapping[str, str]) -> ET.Element:
    return element("a", code(node.name), href=f"#{ids[node.key]}")


class _Far:
    """What is reached in the end, over any number of arrows."""

    def __init__(self, nodes: Mapping[str, Node], onward: Ways, back: Ways) -> None:
        self.nodes, self.onward, self.back = nodes, onward, back

    def told(self, node: Node, ids: Mapping[str, str]) -> Iterator[Children]:
        """For who has something: the rules that it satisfies; for a rule or a role: who has it."""
        if node.sort in (Sort.LOGIN, Sort.USER, Sort.CLIENT, Sort.EVERYBODY, Sort.GROUP, Sort.ROLE):
            yield from self._end("Satisfies in the end", self.onward, node, (Sort.RULE,), ids)
        if node.sort in (Sort.ROLE, Sort.CLAIM, Sort.RULE):
            who = (Sort.LOGIN, Sort.EVERYBODY, Sort.USER, Sort.CLIENT)
            yield from self._end("Who has it in the end", self.back, node, who, ids)

    def _end(
        self, heading: str, ways: Ways, node: Node, sorts: Sequence[Sort], ids: Mapping[str, str]
    ) -> Iterator[Children]:
        keys = reachable_keys(ways, [node.key])
        ends = [one for key, one in self.nodes.items() if key in keys and one.sort in sorts]
        yield element("p", f"{heading}:{'' if ends else ' nothing.' if sorts == (Sort.RULE,) else ' nobody.'}")
        if ends:
            more = [f"… and {len(ends) - _NAMED:,} more"] if len(ends) > _NAMED else []
            yield list_element([*([_named(one, ids), f" ({one.caption})"] for one in ends[:_NAMED]), *more])
