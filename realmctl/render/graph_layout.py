"""Where the nodes of a graph go: columns from left to right, and in them an order with few crossings.

The columns are given by what the nodes are, so a layout of our own is enough: the usual one (Sugiyama, Tagawa, Toda
1981), with stand-ins for arrows that pass a column, and medians for the order. Must not know about: what is drawn,
output formats.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_SWEEPS = 12
_SETTLE = 30

Key = Hashable


@dataclass(frozen=True, slots=True)
class Layout:
    """`column` and vertical middle (`y`) of each node and stand-in; `ways` leads each arrow through its stand-ins."""

    column: Mapping[Key, int]
    y: Mapping[Key, float]
    ways: Mapping[tuple[Key, Key], Sequence[Key]]
    height: float


@dataclass(slots=True)
class _Rows:
    """The columns on their way: the order in each, and who is joined with whom."""

    columns: list[list[Key]]
    before: dict[Key, list[Key]] = field(default_factory=lambda: defaultdict(list))
    after: dict[Key, list[Key]] = field(default_factory=lambda: defaultdict(list))


def laid_out(
    groups: Sequence[Sequence[Key]], arrows: Iterable[tuple[Key, Key]], *, tall: float, thin: float, gap: float
) -> Layout:
    """Columns for `groups`, in their order; a group whose nodes lead to each other gets several.

    `tall` is the height of a node, `thin` that of an arrow that passes, `gap` the room between.
    """
    arrows = list(dict.fromkeys(arrows))
    column = _columns(groups, arrows)
    # An arrow back, such as from a client to a role it was told to be left of, is laid out as if it were turned.
    rows = _Rows([[] for _ in range(max(column.values(), default=-1) + 1)])
    for group in groups:
        for key in group:
            rows.columns[column[key]].append(key)
    ways: dict[tuple[Key, Key], Sequence[Key]] = {}
    heights: dict[Key, float] = {key: tall for group in groups for key in group}
    for source, target in arrows:
        left, right = (source, target) if column[source] <= column[target] else (target, source)
        stand_ins: list[Key] = [(left, right, at) for at in range(column[left] + 1, column[right])]
        for at, one in enumerate(stand_ins, column[left] + 1):
            rows.columns[at].append(one)
            column[one] = at
            heights[one] = thin
        way = [left, *stand_ins, right]
        for one, other in pairwise(way):
            rows.after[one].append(other)
            rows.before[other].append(one)
        ways[source, target] = way if left == source else way[::-1]
    _order(rows)
    y = _settled(rows, heights, gap)
    height = max((y[key] + heights[key] / 2 for key in y), default=0.0)
    return Layout(column, y, ways, height)


def _columns(groups: Sequence[Sequence[Key]], arrows: Sequence[tuple[Key, Key]]) -> dict[Key, int]:
    found: dict[Key, int] = {}
    first = 0
    for group in groups:
        if not group:
            continue
        inside = set(group)
        before: dict[Key, list[Key]] = defaultdict(list)
        for source, target in arrows:
            if source in inside and target in inside and source != target:
                before[target].append(source)
        depths = _depths(group, before)
        found |= {key: first + depth for key, depth in depths.items()}
        first += max(depths.values()) + 1
    return found


def _depths(group: Sequence[Key], before: Mapping[Key, Sequence[Key]]) -> dict[Key, int]:
    """The length of the longest way to each node; an arrow that closes a circle does not count."""
    depths: dict[Key, int] = {}
    for start in group:
        todo: list[tuple[Key, bool]] = [(start, False)]
        open_: set[Key] = set()
        while todo:
            key, done = todo.pop()
            if done:
                open_.discard(key)
                depths[key] = 1 + max((depths.get(one, -1) for one in before.get(key, ())), default=-1)
            elif key not in depths and key not in open_:
                open_.add(key)
                todo.append((key, True))
                todo += [(one, False) for one in before.get(key, ()) if one not in depths and one not in open_]
    return depths


def _order(rows: _Rows) -> None:
    """Sorts each column by the middle of what its nodes are joined with, to and fro, and keeps the best order."""
    best = [list(column) for column in rows.columns]
    fewest = _crossings(rows)
    for sweep in range(_SWEEPS):
        onward = sweep % 2 == 0
        joined = rows.before if onward else rows.after
        numbers = range(1, len(rows.columns)) if onward else range(len(rows.columns) - 2, -1, -1)
        for number in numbers:
            beside = rows.columns[number - 1 if onward else number + 1]
            at = {key: index for index, key in enumerate(beside)}
            here = {key: index for index, key in enumerate(rows.columns[number])}
            rows.columns[number].sort(key=lambda key: _middle([at[one] for one in joined[key] if one in at], here[key]))
        count = _crossings(rows)
        if count < fewest:
            best, fewest = [list(column) for column in rows.columns], count
    rows.columns = best


def _middle(places: list[int], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _crossings(rows: _Rows) -> int:
    """How many pairs of arrows cross, counted with a tree of sums."""
    total = 0
    for left, right in pairwise(rows.columns):
        at = {key: index for index, key in enumerate(right)}
        ends = [end for key in left for end in sorted(at[one] for one in rows.after[key] if one in at)]
        tree = [0] * (len(right) + 1)
        for count, end in enumerate(ends):
            index, below = end + 1, 0
            while index:
                below += tree[index]
                index -= index & -index
            total += count - below
            index = end + 1
            while index <= len(right):
                tree[index] += 1
                index += index & -index
    return total


def _settled(rows: _Rows, heights: Mapping[Key, float], gap: float) -> dict[Key, float]:
    """The middles: each node as near to what it is joined with as its neighbours let it."""
    y: dict[Key, float] = {}
    for column in rows.columns:
        top = 0.0
        for key in column:
            y[key] = top + heights[key] / 2
            top += heights[key] + gap
    for turn in range(_SETTLE):
        columns = rows.columns if turn % 2 == 0 else rows.columns[::-1]
        for column in columns:
            wanted = {}
            for key in column:
                joined = [*rows.before[key], *rows.after[key]]
                wanted[key] = sum(y[one] for one in joined) / len(joined) if joined else y[key]
            y |= _apart(column, wanted, heights, gap)
    top = min((y[key] - heights[key] / 2 for key in y), default=0.0)
    return {key: value - top for key, value in y.items()}


def _apart(
    column: Sequence[Key], wanted: Mapping[Key, float], heights: Mapping[Key, float], gap: float
) -> dict[Key, float]:
    """As near to what is wanted as can be in this order: what would overlap is moved together, as one block."""
    blocks: list[tuple[list[Key], float, float]] = []  # nodes, sum of the tops that they want the block to have, height
    for key in column:
        nodes, sum_, height = [key], wanted[key] - heights[key] / 2, heights[key]
        while blocks:
            above, their, tall = blocks[-1]
            if their / len(above) + tall + gap <= sum_ / len(nodes):
                break
            blocks.pop()
            # What is below wants its own place: seen from the top of the joined block, that much higher.
            sum_ = their + sum_ - len(nodes) * (tall + gap)
            nodes, height = [*above, *nodes], tall + gap + height
        blocks.append((nodes, sum_, height))
    placed: dict[Key, float] = {}
    for nodes, sum_, _ in blocks:
        top = sum_ / len(nodes)
        for key in nodes:
            placed[key] = top + heights[key] / 2
            top += heights[key] + gap
    return placed
