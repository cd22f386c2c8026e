"""How many applies a realm remembers, and what is left of them where room ends."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from realmctl.engine.undo.record_text import MOST, ROOM, ROOM_OF_ONE, attribute, decode, encode, records
from realmctl.errors import UsageProblem
from realmctl.model.address import Address
from realmctl.model.change import Action
from realmctl.model.record import Entry, Record
from realmctl.workflow.undo import choose_record


def record(name: str, *, size: int = 0, owner: str = "realmctl", undoes: str = "") -> Record:
    noise = random.Random(name).randbytes(size).hex()
    role = Address("role", (name,))
    entry = Entry(Action.UPDATE, role, role, {"description": noise}, {"description": "is"}, owned="")
    return Record(name, "2026-11-25T12:00:00+00:00", "r", owner, undoes=undoes, released={}, entries=(entry,))


def test_what_is_kept_is_told_in_the_same_order_whatever_the_clocks_said() -> None:
    kept = [record("2"), record("9"), record("1")]
    assert records({attribute("realmctl"): encode(kept)}) == tuple(kept)


def test_owners_are_told_apart_and_together() -> None:
    attributes = {attribute("a"): encode([record("1", owner="a")]), attribute("b"): encode([record("2", owner="b")])}
    assert [one.id for one in records(attributes)] == ["2", "1"]
    assert [one.id for one in records(attributes, "a")] == ["1"]


def test_older_applies_lose_what_they_changed_before_the_newest_does() -> None:
    text = encode([record(str(number), size=12_000) for number in range(5)])
    assert len(text) <= ROOM
    assert [one.kept for one in decode(text)] == [True, True, False, False, False]


def test_the_newest_is_kept_alone_where_it_needs_all_the_room_and_not_where_it_needs_more() -> None:
    large, too_large = encode([record("2", size=100_000), record("1")]), encode([record("2", size=400_000)])
    assert [(one.id, one.kept) for one in decode(large)] == [("2", True), ("1", False)]
    assert [(one.id, one.kept) for one in decode(too_large)] == [("2", False)]
    assert max(len(large), len(too_large)) <= ROOM_OF_ONE


def test_no_more_than_some_are_remembered() -> None:
    assert len(decode(encode([record(str(number)) for number in range(MOST + 5)]))) == MOST


@pytest.mark.parametrize("text", ["", "nonsense", encode([])[:-4], "eJyrVipTsjLUUUosKMjJTE1RsoqOrQUANgoFiA=="])
def test_what_is_no_record_is_none(text: str) -> None:
    assert decode(text) == ()


def test_the_last_apply_is_the_last_that_is_no_undo() -> None:
    kept = [record("4", undoes="3"), record("3"), record("2")]
    assert choose_record(kept, None) == kept[1]
    assert choose_record(kept[:1], None) is None


def test_an_apply_is_chosen_by_the_beginning_of_its_id() -> None:
    kept = [record("20261125-2"), record("20261125-1")]
    assert choose_record(kept, "20261125-1") == kept[1]
    with pytest.raises(UsageProblem, match="several applies"):
        choose_record(kept, "2026")
    with pytest.raises(UsageProblem, match="no apply"):
        choose_record([replace(one, kept=False) for one in kept], "2025")
