"""Order that is wished for and not needed: kept wherever it closes no circle. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def with_acyclic(after: Sequence[set[int]], wished: Sequence[set[int]]) -> list[set[int]]:
    """Return `after` (for each node those before it) with what is wished for of nodes that do not wait for each other.

    Of nodes that would wait for each other in a circle, none gets what it wishes for from another one of them.
    """
    if not any(wished):
        return [*after]
    part = _parts([needed | wish for needed, wish in zip(after, wished, strict=True)])
    return [
        needed | {other for other in wish if part[other] != part[node]}
        for node, (needed, wish) in enumerate(zip(after, wished, strict=True))
    ]


def _parts(edges: Sequence[set[int]]) -> list[int]:
    """Return for each node the number of its strongly connected component (Tarjan, without recursion)."""
    order, low, part = [-1] * len(edges), [0] * len(edges), [-1] * len(edges)
    stack: list[int] = []
    seen = parts = 0
    for start in range(len(edges)):
        if order[start] >= 0:
            continue
        walk: list[tuple[int, Iterator[int]]] = []
        node = start
        while True:
            if order[node] < 0:
                order[node] = low[node] = seen
                seen += 1
                stack.append(node)
                walk.append((node, iter(edges[node])))
            node, targets = walk[-1]
            following = next((one for one in targets if _is_open(one, order, part, low, node)), None)
            if following is not None:
                node = following
                continue
            walk.pop()
            if low[node] == order[node]:
                while part[node] < 0:
                    part[stack.pop()] = parts
                parts += 1
            if not walk:
                break
            above = walk[-1][0]
            low[above] = min(low[above], low[node])
            node = above
    return part


def _is_open(target: int, order: list[int], part: list[int], low: list[int], node: int) -> bool:
    """Return whether a node was not visited yet; note on `node` where it was, and is on the stack."""
    if order[target] < 0:
        return True
    if part[target] < 0:
        low[node] = min(low[node], order[target])
    return False
