"""What changes between two sections `teams`, in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from realmctl.model.sentence import Name, Sentence
from realmctl.model.team import Bounds, Team, changes


def told(sentences: tuple[Sentence, ...]) -> list[str]:
    return ["".join(f"'{part.text}'" if isinstance(part, Name) else part for part in one) for one in sentences]


def team(**fields: Any) -> Team:
    may = {key: fields.pop(key) for key in list(fields) if key in Bounds.model_fields}
    return Team(**{"owners": ["@acme/orders"], "may": Bounds(**may), **fields})


BEFORE = {"orders": team(files=["orders.yaml"], prefixes=["orders"], grants=["shop-reader"])}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, []),
        (
            {"orders": team(files=["orders.yaml"], prefixes=["orders"], grants=["platform-admin"])},
            [
                "The team 'orders' may now grant 'platform-admin'.",
                "The team 'orders' may no longer grant 'shop-reader'.",
            ],
        ),
        (
            {
                "orders": team(
                    files=["orders.yaml", "shop.yaml"], prefixes=["orders"], grants=["shop-reader"], owners=["@x"]
                )
            },
            [
                "The team 'orders' has a new owner: '@x'.",
                "The team 'orders' loses the owner '@acme/orders'.",
                "The team 'orders' now owns the file 'shop.yaml'.",
            ],
        ),
        (
            {"orders": team(files=["orders.yaml"], prefixes=["orders"], grants=["shop-reader"], hosts=["*"])},
            ["The team 'orders''s clients may lead to the hosts '*'."],
        ),
        (
            {**BEFORE, "eu": team(files=["eu/"], prefixes=["eu"], sections=["roles"])},
            [
                "The team 'eu' is new, owned by '@acme/orders'.",
                "The team 'eu' now owns the file 'eu/'.",
                "The team 'eu' may now declare names that begin with 'eu'.",
                "The team 'eu' may now use the section 'roles'.",
            ],
        ),
        ({"eu": BEFORE["orders"]}, None),
        ({}, ["No file is bounded to a team any more: every file may declare everything."]),
    ],
)
def test_a_change_is_told(after: dict[str, Team], expected: list[str] | None) -> None:
    found = told(changes(BEFORE, after))
    if expected is None:
        assert found[0] == "The team 'orders' is removed. Its files: 'orders.yaml'."
    else:
        assert found == expected


@pytest.mark.parametrize("field", [name for name in Bounds.model_fields if name != "sections"])
def test_every_bound_that_grows_is_told(field: str) -> None:
    value = {"names": "role/x", "adopts": "role/x", "paths": "/x", "variables": "env:X"}.get(field, "xx")
    after = {
        "orders": team(**{"files": ["orders.yaml"], "prefixes": ["orders"], "grants": ["shop-reader"], field: [value]})
    }
    assert any(value in one for one in told(changes(BEFORE, after)))


def test_the_first_section_is_told() -> None:
    assert told(changes({}, BEFORE))[0] == "The team 'orders' is new, owned by '@acme/orders'."
