"""A graph that is too large to be looked at, made small: what is alike becomes one node, and what is left over is cut.

Two nodes are alike where they are of one sort and what they lead to, and what leads to them, is alike in turn: three
hundred app roles with a role and a claim each become one way. Must not know about: how a graph is drawn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from realmctl.model.picture import Edge, Node, Picture, Sort, backward, onward

WHOLE = 120
"""Nodes up to which a picture is drawn as it is."""
MOST = 160
"""Nodes up to which one is drawn without what is farthest from the rules."""
ARROWS = 400
"""Arrows up to which one can be looked at; Mermaid refuses more than 500 (`maxEdges`, 12.3.0)."""
_ALIKE = 3
"""Nodes from which on it is worth telling them in one."""
_NAMED = 3

_PLURALS = {
    Sort.LOGIN: "logins", Sort.EVERYBODY: "everybody", Sort.USER: "users", Sort.CLIENT: "applications",
    Sort.GROUP: "groups", Sort.ROLE: "roles", Sort.CLAIM: "values", Sort.AUDIENCE: "audiences", Sort.RULE: "rules",
    Sort.SERVICE: "services",
}  # fmt: skip


def folded(picture: Picture, whole: int = WHOLE, most: int = MOST) -> Picture:
    """The graph as it is up to `whole` nodes, else with at most `most` and `ARROWS`.

    `remarks` say what was done to it.
    """
    if len(picture.nodes) <= whole and len(picture.edges) <= ARROWS:
        return picture
    alike = _alike(picture)
    count = min(most, len(alike.nodes))
    small = _cut(alike, count)
    while len(small.edges) > ARROWS:
        count = count * 9 // 10
        small = _cut(alike, count)
    return small


def _alike(picture: Picture) -> Picture:
    classes = _classes(picture)
    members: dict[int, list[Node]] = defaultdict(list)
    for node in picture.nodes:
        members[classes[node.key]].append(node)
    home: dict[str, Node] = {}
    for alike in members.values():
        several = len(alike) >= _ALIKE
        for node in alike:
            home[node.key] = _one(alike) if several else node
    nodes = tuple(dict.fromkeys(home[node.key] for node in picture.nodes))
    edges = _edges(picture.edges, home)
    count = sum(len(node.folded) for node in nodes)
    if not count:
        return picture
    told = f"{count:,} nodes that are alike are drawn as {sum(bool(node.folded) for node in nodes):,}."
    return replace(picture, nodes=nodes, edges=edges, remarks=(*picture.remarks, told))


def _classes(picture: Picture) -> Mapping[str, int]:
    """A number for each node, the same for those that are alike: refined until nothing more is told apart."""
    # A caption says of which client a role is, and in which claim a value: that is never folded away. What is open to
    # somebody is what the picture is about: no rule and no service is like another.
    found: dict[str, int] = _numbered(
        {
            node.key: node.key if node.sort in (Sort.RULE, Sort.SERVICE) else (node.sort.value, node.caption)
            for node in picture.nodes
        }
    )
    further, back = onward(picture.edges), backward(picture.edges)
    for _ in picture.nodes:
        finer = _numbered(
            {
                key: (
                    number,
                    tuple(sorted(found[one] for one in further.get(key, ()))),
                    # How many of a kind lead to it is no difference: a role of three app roles is like one of two.
                    tuple(sorted({found[one] for one in back.get(key, ())})),
                )
                for key, number in found.items()
            }
        )
        if len(set(finer.values())) == len(set(found.values())):
            break
        found = finer
    return found


def _numbered(colors: Mapping[str, object]) -> dict[str, int]:
    numbers: dict[object, int] = {}
    return {key: numbers.setdefault(color, len(numbers)) for key, color in colors.items()}


def _one(alike: list[Node]) -> Node:
    first = alike[0]
    names = [node.name for node in alike]
    name = f"{len(alike):,} {_PLURALS[first.sort]}: {', '.join(names[:_NAMED])}, …"
    return replace(first, key=f"{first.key} …", name=name, place=None, folded=tuple(names))


def _edges(edges: Iterable[Edge], home: Mapping[str, Node]) -> tuple[Edge, ...]:
    """The edges between what nodes became; each says whether it stands for all of them."""
    several: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in edges:
        several[home[edge.source].key, home[edge.target].key].append(edge)
    known = {node.key: node for node in home.values()}
    found = []
    for (source, target), alike in several.items():
        first = alike[0]
        ends = [max(1, len(known[key].folded)) for key in (source, target)]
        if ends == [1, 1]:
            found.append(first)
            continue
        each = "each of them" if len(alike) == ends[0] * ends[1] else "each its own"
        found.append(replace(first, source=source, target=target, why=f"{first.why} ({each})", place=None))
    return tuple(found)


def _cut(picture: Picture, most: int) -> Picture:
    """The nodes that are the fewest steps away from a rule or a service; of the others, those of the most arrows."""
    if len(picture.nodes) <= most:
        return picture
    steps = {node.key: 0 for node in picture.of(Sort.RULE, Sort.SERVICE)}
    back = backward(picture.edges)
    todo = list(steps)
    for key in todo:
        for source in back.get(key, ()):
            if source not in steps:
                steps[source] = steps[key] + 1
                todo.append(source)
    degree = Counter(key for edge in picture.edges for key in (edge.source, edge.target))
    order = {node.key: at for at, node in enumerate(picture.nodes)}
    ranked = sorted(
        order, key=lambda key: (steps.get(key, len(order)), -degree[key] if key not in steps else 0, order[key])
    )
    kept = set(ranked[:most])
    told = (
        f"{len(picture.nodes) - most:,} of {len(picture.nodes):,} nodes are not drawn, those that are the farthest "
        "from the rules of services: ask for a part."
    )
    return replace(
        picture,
        nodes=tuple(node for node in picture.nodes if node.key in kept),
        edges=tuple(edge for edge in picture.edges if edge.source in kept and edge.target in kept),
        remarks=(*picture.remarks, told),
    )
