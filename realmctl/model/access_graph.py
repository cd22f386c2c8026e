"""Who gets what, as a graph: from what people bring through groups and roles to claims and the rules of services.

Must not know about: how it is found out, how it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from realmctl.errors import Place


class Sort(StrEnum):
    """What a node is. The order is that of the ways: from who somebody is to what is open to them."""

    LOGIN = "login"
    """What an identity provider says of a person: an app role or a group of Entra, another claim."""
    EVERYBODY = "everybody"
    USER = "user"
    CLIENT = "client"
    """An application: what its tokens hold, and what its service account has."""
    GROUP = "group"
    ROLE = "role"
    CLAIM = "claim"
    """One value in a claim of the access token."""
    AUDIENCE = "audience"
    RULE = "rule"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Node:
    """One thing. `caption` says in a few words what it is; `names` are what it may be asked for by."""

    key: str
    """Of its own in the picture, and the same in each picture of the same files."""
    sort: Sort
    name: str
    caption: str
    place: Place | None = None
    names: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    """The names of the nodes that this one stands for, where it stands for several."""


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` leads to `target`, both keys of nodes; `why`, in words, and where a file says so."""

    source: str
    target: str
    why: str
    place: Place | None = None
    needed: bool = False
    """Whether it gives nobody anything and is only asked for as well: a token's audience."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A realm's graph, or the part of it that was asked for. `remarks` say what is not drawn, and why."""

    realm: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    asked: str = ""
    """What was asked for, in words; "" for everything."""
    remarks: tuple[str, ...] = ()

    def of(self, *sorts: Sort) -> Iterator[Node]:
        """The nodes of some sorts."""
        return (node for node in self.nodes if node.sort in sorts)

    @property
    def title(self) -> str:
        """Its heading."""
        return f"Who gets what in realm {self.realm}" + (f": {self.asked}" if self.asked else "")


Ways = Mapping[str, Sequence[str]]
"""By the key of a node: the keys of those one step further."""


def onward(edges: Iterable[Edge]) -> Ways:
    """The ways along the arrows."""
    found: dict[str, list[str]] = {}
    for edge in edges:
        found.setdefault(edge.source, []).append(edge.target)
    return found


def backward(edges: Iterable[Edge]) -> Ways:
    """The ways against the arrows: who gets there. What is only needed gives nobody anything: none leads through it."""
    found: dict[str, list[str]] = {}
    for edge in edges:
        if not edge.needed:
            found.setdefault(edge.target, []).append(edge.source)
    return found


def reachable_keys(ways: Ways, start: Iterable[str]) -> set[str]:
    """The keys of all that the ways lead to from `start`, `start` with it."""
    found = set(start)
    todo = list(found)
    while todo:
        for key in ways.get(todo.pop(), ()):
            if key not in found:
                found.add(key)
                todo.append(key)
    return found
