"""What makes two plans the same: under the lock of an apply, and for a saved plan."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from realmctl.engine.plan.fingerprint import change_values, fingerprint, recorded_fingerprint
from realmctl.errors import Finding, Place
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN

CLIENT, ROLE = Address("client", ("app",)), Address("role", ("reader",))
URIS = FieldChange("redirectUris", ["https://a/", "https://b/"], ["https://c/", "https://a/"], Compare.SET)
EXECUTORS = FieldChange("executors", {"secret": HIDDEN, "limit": 1}, HIDDEN, Compare.SECRET)
SHOWN = Plan(
    "platform",
    (
        Change(Action.UPDATE, CLIENT, (URIS, FieldChange("enabled", True, False), EXECUTORS)),
        Change(Action.DELETE, ROLE),
    ),
)


def other(**changed: Any) -> Plan:
    return replace(SHOWN, changes=(replace(SHOWN.changes[0], **changed), SHOWN.changes[1]))


@pytest.mark.parametrize(
    "same",
    [
        other(place=Place("realm.yaml", 3), notes=("told",)),
        replace(SHOWN, unmanaged=(ROLE,), warnings=(Finding("rule", "told"),), adopted=(CLIENT,)),
        other(fields=(replace(URIS, old=URIS.old[::-1], new=URIS.new[::-1]), *SHOWN.changes[0].fields[1:])),
    ],
    ids=["place and notes", "what is told beside", "the order of a set"],
)
def test_what_does_not_make_another_plan(same: Plan) -> None:
    assert fingerprint(same, around_secrets=True) == fingerprint(SHOWN, around_secrets=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"action": Action.CREATE},
        {"protected": True},
        {"renamed_from": Address("client", ("old",))},
        {"fields": (URIS, FieldChange("enabled", 1, 0), EXECUTORS)},
        {"fields": (replace(URIS, old=["https://by.hand/"]), *SHOWN.changes[0].fields[1:])},
        {"fields": (replace(URIS, compare=Compare.VALUE), *SHOWN.changes[0].fields[1:])},
        {"fields": (URIS, EXECUTORS)},
    ],
    ids=["action", "protected", "renamed", "type", "old value", "compare", "field less"],
)
def test_what_makes_another_plan(changed: dict[str, Any]) -> None:
    now, shown = fingerprint(other(**changed)), fingerprint(SHOWN)
    assert now.beyond(shown) == now.differing(shown) == ["client/app"]


def test_an_apply_knows_what_stands_beside_a_secret_and_a_saved_plan_does_not() -> None:
    by_hand = other(fields=(*SHOWN.changes[0].fields[:2], replace(EXECUTORS, old={"secret": HIDDEN, "limit": 9})))
    assert fingerprint(by_hand) == fingerprint(SHOWN)
    now, shown = (fingerprint(one, around_secrets=True) for one in (by_hand, SHOWN))
    assert now.beyond(shown) == ["client/app"]


def test_a_part_of_a_plan_goes_not_beyond_it() -> None:
    left = fingerprint(replace(SHOWN, changes=SHOWN.changes[1:]))
    assert left.beyond(fingerprint(SHOWN)) == []
    assert fingerprint(SHOWN).beyond(left) == left.differing(fingerprint(SHOWN)) == ["client/app"]


def test_a_kept_plan_has_the_same_fingerprint_unless_it_was_edited() -> None:
    kept = json.loads(json.dumps([change_values(change) for change in SHOWN.changes]))
    assert recorded_fingerprint(False, kept) == fingerprint(SHOWN)
    assert recorded_fingerprint(True, kept) != fingerprint(SHOWN)
    assert recorded_fingerprint(False, kept[::-1]) != fingerprint(SHOWN)
    kept[0]["fields"][0]["added"] = []
    assert recorded_fingerprint(False, kept).differing(fingerprint(SHOWN)) == ["client/app"]
