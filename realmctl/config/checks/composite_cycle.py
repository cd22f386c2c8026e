"""Roles that include each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.model.address import Address
from realmctl.model.reference_place import member_place

_OWNER = {"role-composites": "role", "client-role-composites": "client-role"}


def check(subject: Subject) -> Iterator[Finding]:
    """One finding per circle, at the reference that closes it."""
    links = {Address(_OWNER[link.address.kind], link.address.names): link for link in subject.of(*_OWNER)}
    graph = {
        role: [Address.parse(member) for member in link.fields.get("composites") or ()] for role, link in links.items()
    }
    for circle in circles(graph):
        closing = links[circle[-1]]
        place = member_place(closing, "composites", circle[0])
        told = " → ".join(_told(role) for role in (*circle, circle[0]))
        message = f"the role '{_told(circle[0])}' includes itself: {told}"
        if len(circle) == 1:
            message = f"the role '{_told(circle[0])}' includes itself"
        yield Finding("composite-cycle", message, place, "remove one of these references")


def circles(graph: Mapping[Address, list[Address]]) -> Iterator[list[Address]]:
    """The circles that a walk in depth runs into, each as the nodes in order; without recursion, for long chains."""
    done: set[Address] = set()
    for start in graph:
        if start in done:
            continue
        path: dict[Address, Iterator[Address]] = {start: iter(graph[start])}
        while path:
            node = next(reversed(path))
            following = next(path[node], None)
            if following is None:
                path.popitem()
                done.add(node)
            elif following in path:
                order = list(path)
                yield order[order.index(following) :]
            elif following in graph and following not in done:
                path[following] = iter(graph[following])


def _told(role: Address) -> str:
    return ".".join(role.names)
