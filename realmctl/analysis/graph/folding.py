"""Fold a graph that is too large to look at: several nodes become one node that says how many it stands for.

No node and no way is left out: two nodes of a folded graph have an arrow if the whole graph has one between any nodes
that they stand for. Nodes are alike if their kind is the same, and everything before and after them is alike, too. Must
not know about: how a graph is drawn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace

from realmctl.model.access_graph import Edge, Node, Picture, Sort, backward, onward

WHOLE = 120
"""Nodes up to which a picture is drawn as it is."""
MOST = 160
"""The most nodes of a folded picture."""
ARROWS = 400
"""The most arrows of a folded picture; Mermaid refuses more than 500 (`maxEdges`, 12.3.0)."""
_ALIKE = 3
"""Fewer nodes that are alike stay as they are."""
_NAMED = 3
_LAYERS = 4
"""Nodes of one kind that lead to each other, such as composite roles, are folded in at most so many layers."""

_PLURALS = {
    Sort.LOGIN: "logins", Sort.EVERYBODY: "everybody", Sort.USER: "users", Sort.CLIENT: "applications",
    Sort.GROUP: "groups", Sort.ROLE: "roles", Sort.CLAIM: "values", Sort.AUDIENCE: "audiences", Sort.RULE: "rules",
    Sort.SERVICE: "services",
}  # fmt: skip

_Parts = Mapping[str, Hashable]
"""By the key of a node: the part of the graph that it is folded into."""


def fold_picture(picture: Picture, whole: int = WHOLE, most: int = MOST) -> Picture:
    """Return the picture as it is up to `whole` nodes, else folded to at most `most` nodes and `ARROWS` arrows.

    `remarks` say how many nodes were folded. Ways are kept: what the whole picture leads to, the folded one leads to.
    """
    if _fits(picture, whole):
        return picture
    alike = _alike_parts(picture)
    small = _fold(picture, alike)
    if not _fits(small, most):
        small = next(
            found for parts in _coarser(picture, alike, small, most) if _fits(found := _fold(picture, parts), most)
        )
    count = sum(len(node.folded) for node in small.nodes)
    if not count:
        return picture
    drawn = sum(bool(node.folded) for node in small.nodes)
    remark = (
        f"{count:,} nodes are drawn as {drawn:,}, which say how many they stand for. "
        "Use --of, --from and --to to see each of them."
    )
    return replace(small, remarks=(*picture.remarks, remark))


def _fits(picture: Picture, nodes: int) -> bool:
    return len(picture.nodes) <= nodes and len(picture.edges) <= ARROWS


def _alike_parts(picture: Picture) -> _Parts:
    """Return one part for all nodes that are alike, if they are at least `_ALIKE`; else a part for each node."""
    classes = _classes(picture)
    sizes = Counter(classes.values())
    return {key: number if sizes[number] >= _ALIKE else key for key, number in classes.items()}


def _classes(picture: Picture) -> Mapping[str, int]:
    """Return a number for each node, the same for nodes that are alike: refined until nothing changes."""
    # The caption names a role's client and a value's claim: these are never mixed here. Rules and services are what the
    # picture is about: none is like another.
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
                    # The number of nodes before it makes no difference: a role of three app roles is like one of two.
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


def _coarser(picture: Picture, alike: _Parts, small: Picture, most: int) -> Iterator[_Parts]:
    """Yield ever coarser parts: the nodes nearest to rules stay as in `alike`, the others are joined by their kind."""
    part_of = dict(zip((node.key for node in small.nodes), dict.fromkeys(alike.values()), strict=True))
    ranked = [part_of[key] for key in _ranked(small)]
    layers = _layers(picture)
    joins: tuple[Callable[[Node], Hashable], ...] = (
        lambda node: (node.sort, node.caption, layers[node.key]),
        lambda node: (node.sort, layers[node.key]),
        lambda node: node.sort,
    )
    count = min(most, len(ranked))
    while count:
        count = count * 9 // 10
        kept = set(ranked[:count])
        for join in joins:
            yield {node.key: alike[node.key] if alike[node.key] in kept else join(node) for node in picture.nodes}


def _ranked(picture: Picture) -> Sequence[str]:
    """Return the keys of the nodes: first those with the fewest steps to a rule or service, then by their arrows."""
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
    return sorted(
        order, key=lambda key: (steps.get(key, len(order)), -degree[key] if key not in steps else 0, order[key])
    )


def _layers(picture: Picture) -> Mapping[str, int]:
    """Return how many nodes of its own kind lead to each node, one after the other, up to `_LAYERS`."""
    kinds = {node.key: node.sort for node in picture.nodes}
    found = dict.fromkeys(kinds, 0)
    within = [edge for edge in picture.edges if kinds[edge.source] is kinds[edge.target]]
    for _ in range(_LAYERS):
        for edge in within:
            found[edge.target] = max(found[edge.target], min(_LAYERS, found[edge.source] + 1))
    return found


def _fold(picture: Picture, parts: _Parts) -> Picture:
    """Return the picture with one node for each part."""
    members: dict[Hashable, list[Node]] = defaultdict(list)
    for node in picture.nodes:
        members[parts[node.key]].append(node)
    inside = Counter(parts[edge.source] for edge in picture.edges if parts[edge.source] == parts[edge.target])
    home = {part: _join(nodes, inside[part]) for part, nodes in members.items()}
    between: dict[tuple[Hashable, Hashable], list[Edge]] = defaultdict(list)
    for edge in picture.edges:
        source, target = parts[edge.source], parts[edge.target]
        if source != target:
            between[source, target].append(edge)
    edges = (_join_edges(home[one], home[other], edges) for (one, other), edges in between.items())
    return replace(picture, nodes=tuple(home.values()), edges=tuple(edges))


def _join(nodes: Sequence[Node], arrows: int) -> Node:
    """Return the node that stands for several; `arrows` lead from some of them to others of them."""
    first = nodes[0]
    if len(nodes) == 1:
        return first
    names = [node.name for node in nodes]
    name = f"{len(nodes):,} {_PLURALS[first.sort]}: {', '.join(names[:_NAMED])}"
    captions = tuple(dict.fromkeys(node.caption for node in nodes))
    caption = first.caption if len(captions) == 1 else f"{first.caption}, and {len(captions) - 1:,} other kinds"
    if arrows:
        caption += f"; {arrows:,} arrows among them"
    more = ", …" if len(names) > _NAMED else ""
    return replace(
        first, key=f"{first.key} …", name=name + more, caption=caption, place=None, names=(), folded=tuple(names)
    )


def _join_edges(source: Node, target: Node, edges: Sequence[Edge]) -> Edge:
    """Return the arrow between two parts: it says for how many of their nodes it stands."""
    # An arrow that gives something hides no arrow that is only needed; the other way round it would hide a way.
    first = next((edge for edge in edges if not edge.needed), edges[0])
    ends = [max(1, len(node.folded)) for node in (source, target)]
    if ends == [1, 1]:
        return first
    used = [len({edge.source for edge in edges}), len({edge.target for edge in edges})]
    if len(edges) == ends[0] * ends[1]:
        share = "each of them"
    elif used == ends:
        share = "each its own"
    else:
        share = f"{len(edges):,} arrows, from {_share(used[0], ends[0])} to {_share(used[1], ends[1])}"
    why = first.why if len({edge.why for edge in edges}) == 1 else f"{first.why}, and other reasons"
    return replace(first, source=source.key, target=target.key, why=f"{why} ({share})", place=None)


def _share(used: int, total: int) -> str:
    return f"{used:,} of {total:,}"
