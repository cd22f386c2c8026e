"""The layout: nothing overlaps, arrows lead to the right, and few of them cross."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from realmctl.render.graph_layout import Layout, laid_out

TALL, THIN, GAP = 40.0, 8.0, 10.0


def layout(groups: list[list[str]], arrows: list[tuple[str, str]]) -> Layout:
    return laid_out(groups, arrows, tall=TALL, thin=THIN, gap=GAP)


def overlaps(found: Layout, nodes: set[str]) -> list[object]:
    """Those that stand too near to the next one in their column."""
    near: list[object] = []
    for column in set(found.column.values()):
        here = sorted((key for key in found.column if found.column[key] == column), key=lambda key: found.y[key])
        for one, other in pairwise(here):
            room = sum((TALL if key in nodes else THIN) / 2 for key in (one, other)) + GAP
            if found.y[other] - found.y[one] < room - 0.001:
                near.append((one, other))
    return near


@pytest.mark.parametrize("seed", range(20))
def test_nothing_overlaps(seed: int) -> None:
    dice = random.Random(seed)
    groups = [[f"{at}-{number}" for number in range(dice.randint(0, 12))] for at in range(5)]
    nodes = [one for group in groups for one in group]
    arrows = [tuple(sorted(dice.sample(nodes, 2))) for _ in range(dice.randint(0, 60))] if len(nodes) > 1 else []
    pairs = [(one, other) for one, other in arrows]
    found = layout(groups, pairs)
    assert overlaps(found, set(nodes)) == []
    assert all(found.y[key] >= 0 for key in found.y)
    for one, other in pairs:
        columns = [found.column[key] for key in found.ways[one, other]]
        assert columns == list(range(found.column[one], found.column[other] + 1))


def test_a_group_whose_nodes_lead_to_each_other_has_columns_by_depth() -> None:
    found = layout([["a"], ["b", "c", "d"]], [("a", "b"), ("b", "c"), ("c", "d"), ("b", "d")])
    assert [found.column[key] for key in "abcd"] == [0, 1, 2, 3]


def test_a_circle_ends() -> None:
    found = layout([["a", "b"]], [("a", "b"), ("b", "a")])
    assert sorted(found.column[key] for key in "ab") == [0, 1]


def test_what_need_not_cross_does_not() -> None:
    left, right = [f"l{at}" for at in range(8)], [f"r{at}" for at in range(8)]
    found = layout([left, right], [(f"l{at}", f"r{7 - at}") for at in range(8)])
    order = sorted(left, key=lambda key: found.y[key])
    across = sorted(right, key=lambda key: found.y[key])
    assert [7 - int(one[1:]) for one in order] == [int(one[1:]) for one in across]


def test_a_row_of_single_ways_is_straight() -> None:
    found = layout([["a", "b"], ["c", "d"]], [("a", "c"), ("b", "d")])
    assert found.y["a"] == found.y["c"]
    assert found.y["b"] == found.y["d"]
