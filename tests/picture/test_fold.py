"""Large graphs made small: what is alike is told in one, what is left over is cut, and both are said."""

from __future__ import annotations

import random
from collections.abc import Iterable

from realmctl.model.picture import Edge, Node, Picture, Sort
from realmctl.picture import folded


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
    assert folded(small) is small


def test_what_is_alike_is_one_and_what_satisfies_another_rule_is_not() -> None:
    found = folded(ways(300))
    assert found.remarks == ("894 nodes that are alike are drawn as 3.",)
    assert len(found.nodes) == 2 * 3 + 2 + 3
    several = [one for one in found.nodes if one.folded]
    assert [(one.sort, len(one.folded)) for one in several] == [
        (Sort.LOGIN, 298), (Sort.ROLE, 298), (Sort.CLAIM, 298),
    ]  # fmt: skip
    assert several[1].name == "298 roles: 002, 003, 004, …"
    assert {edge.why for edge in found.edges if "(" in edge.why} == {"because (each its own)"}


def test_all_to_all_is_told_from_each_to_its_own() -> None:
    team, roles = node(Sort.GROUP, "team"), [node(Sort.ROLE, f"{at}") for at in range(200)]
    found = folded(picture([(team, role) for role in roles]))
    assert [edge.why for edge in found.edges] == ["because (each of them)"]


def test_what_has_too_many_arrows_is_cut_too() -> None:
    roles = [node(Sort.ROLE, f"{at:03}") for at in range(60)]
    found = folded(picture((one, other) for at, one in enumerate(roles) for other in roles[at + 1 :]))
    assert 300 < len(found.edges) <= 400
    assert "are not drawn" in found.remarks[-1]


def test_what_is_like_nothing_else_is_cut_from_the_far_end() -> None:
    roles = [node(Sort.ROLE, f"{at:03}") for at in range(400)]
    dice = random.Random(1)
    arrows = [(dice.choice(roles[:at]), roles[at]) for at in range(1, 400)]
    arrows += [(roles[-1], claim := node(Sort.CLAIM, "x")), (claim, node(Sort.RULE, "open"))]
    found = folded(picture(arrows))
    assert len(found.nodes) == 160
    assert "are not drawn" in found.remarks[-1]
    assert {"rule/open", "claim/x", "role/399"} <= {one.key for one in found.nodes}
    keys = {one.key for one in found.nodes}
    assert {edge.source for edge in found.edges} | {edge.target for edge in found.edges} <= keys
