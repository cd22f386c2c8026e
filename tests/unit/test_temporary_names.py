"""The names that an apply gives on the way: the kind that gives them marks them, and nobody else knows their form."""

import pytest

from realmctl.keycloak.kinds.registry import has_temporary_name, left_over_of
from realmctl.model.address import Address


@pytest.mark.parametrize("name", ["sign in realmctl-next", "sign in realmctl-next-2"])
def test_a_flow_that_was_built_aside_is_left_over_of_the_one_it_replaces(name: str) -> None:
    assert has_temporary_name(Address("flow", (name,)))
    assert left_over_of(Address("flow", (name,))) == Address("flow", ("sign in",))


def test_a_group_on_its_way_replaces_nothing() -> None:
    moving = Address("group", ("team", "leads realmctl-next"))
    assert has_temporary_name(moving)
    assert left_over_of(moving) is None


@pytest.mark.parametrize("address", [
    Address("flow", ("sign in",)),
    Address("flow", ("realmctl-next of us",)),
    Address("role", ("reader realmctl-next",)),
    Address("realm"),
])  # fmt: skip
def test_every_other_name_is_somebodys_own(address: Address) -> None:
    assert not has_temporary_name(address)
    assert left_over_of(address) is None
