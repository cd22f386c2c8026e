"""Large graphs are folded: first alike nodes, then nodes of a kind. No way is lost, and every node is counted."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis.strategies import DataObject, data, integers

from realmctl.analysis.graph import fold_picture
from realmctl.model.access_graph import Edge, Node, Picture, Sort, onward, reachable_keys
from tests.support.examples import examples


def node(sort: Sort, name: str, caption: str = "") -> Node:
    return Node(f"{sort.value}/{name}", sort, name, caption or sort.value)


def picture(arrows: Iterable[tuple[Node, Node]]) -> Picture:
    arrows = list(arrows)
    nodes = dict.fromkeys(one for arrow in arrows for one in arrow)
    return Picture("r", tuple(nodes), tuple(Edge(one.key, other.key, "because") for one, other in arrows))


def ways(count: int) -> Picture:
    """App roles with a role and a value each; the first two roles satisfy a rule each."""
    arrows = []
    for at in range(count):
        login, role, claim = (node(sort, f"{at:03}") for sort in (Sort.LOGIN, Sort.ROLE, Sort.CLAIM))
        arrows += [(login, role), (role, claim)]
        if at < 2:
            arrows.append((claim, node(Sort.RULE, f"rule {at}")))
    return picture(arrows)


def test_a_small_picture_is_drawn_as_it_is() -> None:
    small = ways(30)
    assert fold_picture(small) is small


def test_what_is_alike_is_one_and_what_satisfies_another_rule_is_not() -> None:
    found = fold_picture(ways(300))
    assert found.remarks == (
        "894 nodes are drawn as 3, which say how many they stand for. Use --of, --from and --to to see each of them.",
    )
    assert len(found.nodes) == 2 * 3 + 2 + 3
    several = [one for one in found.nodes if one.folded]
    assert [(one.sort, len(one.folded)) for one in several] == [
        (Sort.LOGIN, 298), (Sort.ROLE, 298), (Sort.CLAIM, 298),
    ]  # fmt: skip
    assert several[1].name == "298 roles: 002, 003, 004, …"
    assert {edge.why for edge in found.edges if "(" in edge.why} == {"because (each its own)"}


def test_all_to_all_is_told_from_each_to_its_own() -> None:
    team, roles = node(Sort.GROUP, "team"), [node(Sort.ROLE, f"{at}") for at in range(200)]
    found = fold_picture(picture([(team, role) for role in roles]))
    assert [edge.why for edge in found.edges] == ["because (each of them)"]


def test_too_many_arrows_are_folded_and_counted() -> None:
    roles = [node(Sort.ROLE, f"{at:03}") for at in range(60)]
    found = fold_picture(picture((one, other) for at, one in enumerate(roles) for other in roles[at + 1 :]))
    assert 300 < len(found.edges) <= 400
    several = [one for one in found.nodes if one.folded]
    within = sum(range(len(several[0].folded)))
    assert several[0].caption == f"role; {within:,} arrows among them"


def test_nodes_that_are_like_no_other_are_folded_from_the_far_end() -> None:
    roles = [node(Sort.ROLE, f"{at:03}") for at in range(400)]
    dice = random.Random(1)
    arrows = [(dice.choice(roles[:at]), roles[at]) for at in range(1, 400)]
    arrows += [(roles[-1], claim := node(Sort.CLAIM, "x")), (claim, node(Sort.RULE, "open"))]
    found = fold_picture(picture(arrows))
    assert len(found.nodes) <= 160
    assert {"rule/open", "claim/x", "role/399"} <= {one.key for one in found.nodes}


def test_an_arrow_that_gives_something_is_not_hidden_by_one_that_is_only_needed() -> None:
    many = picture(
        (node(Sort.CLIENT, f"{at:03}"), node(Sort.AUDIENCE, f"{one:03}")) for at in range(150) for one in range(3)
    )
    needed = tuple(replace(edge, needed=not at) for at, edge in enumerate(many.edges))
    found = fold_picture(replace(many, edges=tuple(reversed(needed))))
    assert [edge for edge in found.edges if edge.needed] == []
    assert all(edge.why.startswith("because") for edge in found.edges)


@given(data())
@settings(max_examples=examples(40), deadline=None)
def test_no_way_is_lost_and_every_node_is_counted(draw: DataObject) -> None:
    """Whatever leads somewhere in the whole graph leads there in the folded one, also from role to role."""
    sorts = [Sort.LOGIN, Sort.GROUP, Sort.ROLE, Sort.CLAIM, Sort.RULE, Sort.SERVICE]
    size = draw.draw(integers(12, 60))
    dice = random.Random(draw.draw(integers(0, 10_000)))
    nodes = [node(dice.choice(sorts), f"{at:03}", dice.choice(["a", "b", "c"])) for at in range(size)]
    nodes.sort(key=lambda one: sorts.index(one.sort))
    arrows = [
        (nodes[one], nodes[other]) for one in range(size) for other in range(one + 1, size) if dice.random() < 0.1
    ]
    whole = picture(arrows or [(nodes[0], nodes[-1])])
    most = draw.draw(integers(10, 20))
    small = fold_picture(whole, whole=8, most=most)
    assert len(small.nodes) <= max(most, 8)
    home = {name: one.key for one in small.nodes for name in one.folded or (one.name,)}
    assert sum(max(1, len(one.folded)) for one in small.nodes) == len(whole.nodes)
    before, after = onward(whole.edges), onward(small.edges)
    for one in whole.nodes:
        found = reachable_keys(after, [home[one.name]])
        assert {home[key.partition("/")[2]] for key in reachable_keys(before, [one.key])} <= found
