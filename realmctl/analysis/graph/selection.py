"""The part of a graph that somebody asked for: what something gives, who gets it, or both.

Must not know about: how the graph came about, how it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from realmctl.errors import UsageProblem
from realmctl.model.access_graph import Edge, Node, Picture, Sort, backward, onward, reachable_keys
from realmctl.model.ignore_rule import pattern
from realmctl.model.suggestion import meant

_LISTED = 10


def select_part(
    picture: Picture, *, of: Sequence[str] = (), source: Sequence[str] = (), target: Sequence[str] = ()
) -> Picture:
    """The part around `of` (who gets it, and what it gives), what leads on from `source`, what leads to `target`.

    With both of the latter, the ways from the one to the other. Names are those of nodes; `*` and `?` as in a shell.
    Raises UsageProblem for a name that nothing in the graph has.
    """
    if not (of or source or target):
        return picture
    kept: set[str] | None = None
    for names, ways in ((of, (onward, backward)), (source, (onward,)), (target, (backward,))):
        if not names:
            continue
        start = _named(picture, names)
        found = {key for way in ways for key in reachable_keys(way(picture.edges), start)}
        kept = found if kept is None else kept & found
    kept = kept or set()
    services = {node.key for node in picture.of(Sort.SERVICE)}
    kept |= _needs(picture.edges, kept & services)
    told = [f"{word} {', '.join(names)}" for word, names in (("", of), ("from", source), ("to", target)) if names]
    return replace(
        picture,
        nodes=tuple(node for node in picture.nodes if node.key in kept),
        edges=tuple(edge for edge in picture.edges if edge.source in kept and edge.target in kept),
        asked=" ".join(told).strip(),
        remarks=(*picture.remarks, *(() if kept else ("Nothing leads from the one to the other.",))),
    )


def _named(picture: Picture, names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in names:
        one = pattern(text)
        fits = {node.key for node in picture.nodes if any(map(one.fullmatch, _names(node)))}
        if not fits:
            known = dict.fromkeys(name for node in picture.nodes for name in node.names)
            told = ", ".join(list(known)[:_LISTED]) or "nothing: these files have no roles"
            raise UsageProblem(
                f"there is no '{text}' in the picture of realm {picture.realm}{meant(text, known)}",
                advice="Name a role (client-id.role for a client's), a group (/team), an app role or a group of Entra, "
                f"a client, an audience, a claim or a service. There is: {told}{', …' if len(known) > _LISTED else ''}",
            )
        found |= fits
    return found


def _names(node: Node) -> tuple[str, ...]:
    return (node.key, *node.names)


def _needs(edges: Iterable[Edge], kept: set[str]) -> set[str]:
    """What has to be there as well: the audience of a service."""
    return {edge.source for edge in edges if edge.needed and edge.target in kept and edge.source not in kept}
