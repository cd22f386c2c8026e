"""The inventory remembers where secrets were, also in what nobody owns."""

from __future__ import annotations

from realmctl.engine.plan.inventory import attribute, encode, hidden_marks, hidden_places, inventory, mark
from realmctl.errors import Place
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Written
from realmctl.model.secret import Secret

REALM, ROLE = Address("realm"), Address("role", ("a",))
ORIGIN = Written(Place("realm.yaml"))


def test_marks_are_kept_and_grow() -> None:
    first = hidden_marks([Declared(REALM, {"displayName": Secret("canary")}, ORIGIN)], {})
    assert hidden_places(first[REALM]) == {mark(("displayName",))}
    later = hidden_marks([Declared(REALM, {"attributes": {"a": Secret("canary")}}, ORIGIN)], first)
    assert hidden_places(later[REALM]) == {mark(("displayName",)), mark(("attributes", "a"))}
    assert hidden_marks([], later) == later
    assert hidden_marks([Declared(REALM, {"displayName": "open"}, ORIGIN)], {}) == {}


def test_they_are_in_the_attribute() -> None:
    marks = {REALM: mark(("displayName",))}
    found = inventory({attribute("me"): encode({ROLE: "p"}, "here", marks)}, "me")
    assert (found.owned, found.source, found.hidden) == ({ROLE: "p"}, "here", marks)
    assert found.marks(REALM) == marks[REALM]
    assert found.marks(ROLE) == "p"
    assert inventory({attribute("me"): encode({ROLE: ""})}, "me").hidden == {}
