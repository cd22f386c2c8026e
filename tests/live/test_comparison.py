"""The comparison of two realms sees every change: one value at a time, what ties objects, and deletions.

A part of the values in every run; REALMCTL_MUTATIONS=all (`make test-comparison`) changes every value of every object.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest

from realmctl.errors import NotFound, RealmctlError
from realmctl.keycloak.admin import Admin
from realmctl.model.secret import MASK
from tests.conftest import PREFIX, Keycloak
from tests.live.equal import describe_realm, differences
from tests.live.exclusions import ANY, EXCLUSIONS, IMPLIED, excluded
from tests.live.mutations import Target, mutate, revert
from tests.live.naming import matches
from tests.live.rich_realm import rich_realm
from tests.live.scene import applied, declared
from tests.live.targets import Link, Objects, Step

ALL = os.environ.get("REALMCTL_MUTATIONS") == "all"
SHARES = {"realm": 0.15, "user profile": 0.3, "client": 0.3}
"""How many of the values of an object are changed in a run of the suite; half of them where nothing is said."""


@pytest.fixture
def rich(keycloak: Keycloak) -> Iterator[str]:
    """A realm with every kind in it."""
    name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
    with closing(keycloak.admin()) as admin:
        try:
            applied(admin, declared(name, rich_realm()))
            yield name
        finally:
            with suppress(NotFound):
                admin.send("DELETE", (name,))


def _seen(key: str, different: Mapping[str, object]) -> bool:
    """Say whether a change is among the differences, or among the values that are not compared.

    A key that follows another one says nothing where both became the same: the other one's change is seen.
    """
    path = tuple(key.split(" › "))
    implied = [one for one in IMPLIED if matches(path, one.pattern)]
    keys = [key, *(" › ".join((*path[:-1], one.follows)) for one in implied if one.follows)]
    made_up = any(one.value is ANY for one in implied)
    return any(found.startswith(tuple(keys)) for found in different) or excluded(path) is not None or made_up


def test_every_value_is_compared(admin: Admin, rich: str) -> None:
    """Each object's values become others, are seen one by one, and are seen no more when they are as before."""
    before = describe_realm(admin, rich)
    targets = list(Objects(admin, rich).targets())

    def change(target: Target) -> None:
        chosen = random.Random(target.prefix)
        share = 1.0 if ALL else SHARES.get(target.kind, 0.5)
        mutate(admin, rich, target, lambda _where: not target.changed or chosen.random() < share)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, targets))
    different = differences(before, describe_realm(admin, rich))
    changed = [target.compared_as(where) for target in targets for where in target.changed]
    unseen = [key for key in changed if not _seen(key, different)]
    # The realm first: what a client may say depends on its settings.
    for target in (*targets[:1], *targets[:0:-1]):
        revert(admin, rich, target)
    assert unseen == []
    assert {one.kind for one in targets} - {one.kind for one in targets if one.changed} == set()
    # But for what Keycloak adds at any write, a mapper's introspection.token.claim for one, and what it masks.
    left = differences(before, describe_realm(admin, rich))
    assert [key for key in changed if key in left and key in before and MASK not in str(before[key])] == []


def _send(admin: Admin, realm: str, steps: tuple[Step, ...]) -> None:
    for step in steps:
        admin.send(step.method, (realm, *step.path), step.body)


def test_every_link_is_compared(admin: Admin, rich: str) -> None:
    """What ties objects to each other changes, is seen, and is as before."""
    before = describe_realm(admin, rich)
    objects = Objects(admin, rich)
    links = [*objects.links(), *objects.orders()]
    for link in links:
        _send(admin, rich, link.there)
    different = differences(before, describe_realm(admin, rich))
    for link in reversed(links):
        _send(admin, rich, link.back)
    assert [link.kind for link in links if not _starts(link, different)] == []
    assert differences(before, describe_realm(admin, rich)) == {}


def test_every_deletion_is_seen(admin: Admin, rich: str) -> None:
    """An object of each kind goes, and what can't be deleted on its own is refused by Keycloak."""
    before = describe_realm(admin, rich)
    removals = list(Objects(admin, rich).removals())
    gone = []
    for removal in removals:
        try:
            _send(admin, rich, removal.there)
        except RealmctlError:
            continue
        gone.append(removal)
    different = differences(before, describe_realm(admin, rich))
    assert [one.kind for one in gone if not _starts(one, different)] == []
    assert {one.kind for one in removals} - {one.kind for one in gone} == set()


def _starts(link: Link, different: Mapping[str, object]) -> bool:
    return any(key.startswith(link.prefix) for key in different)


def test_each_exclusion_has_a_reason() -> None:
    assert [one.pattern for one in EXCLUSIONS if len(one.reason) < 5] == []
