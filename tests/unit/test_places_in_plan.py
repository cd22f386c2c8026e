"""The order in which a plan lists kinds: each kind names the one before it."""

from realmctl.keycloak.kinds.registry import kinds, places_in_plan


def test_every_kind_has_a_place_after_the_one_it_names() -> None:
    places = places_in_plan()
    assert places["realm"] == 0
    assert places.keys() == kinds().keys()
    for name, kind in kinds().items():
        if kind.listed_after:
            assert places[kind.listed_after] < places[name]


def test_objects_of_fewer_ties_come_before_those_that_use_them() -> None:
    places = places_in_plan()
    assert places["role"] < places["client-scope"] < places["client"] < places["group"] < places["user"]
    assert places["workflow"] < places["authorization"] < places["authorization-policy"]
    assert max(place for name, place in places.items() if kinds()[name].listed_after) < places["localization"]
