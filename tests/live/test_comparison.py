"""The comparison of two realms sees every change: one value at a time, what ties objects, and deletions.

A part of the values in every run; REALMCTL_MUTATIONS=all (`make test-comparison`) changes every value of every object.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest

from realmctl.admin import Admin
from realmctl.errors import NotFound, RealmctlError
from tests.conftest import PREFIX, Keycloak
from tests.live.equal import describe_realm, differences
from tests.live.exclusions import EXCLUSIONS, excluded
from tests.live.mutations import Target, mutate, revert
from tests.live.rich_realm import rich_realm
from tests.live.scene import applied, declared
from tests.live.targets import Link, Objects, Step

ALL = os.environ.get("REALMCTL_MUTATIONS") == "all"
PER_OBJECT = 4
"""How many values of an object are changed in a run of the suite."""


@pytest.fixture(scope="module")
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


def _seen(target: Target, path: tuple[str, ...], different: dict[str, object]) -> bool:
    """Say whether a change is among the differences, or among the values that are not compared."""
    start = f"{target.prefix} › {path[0]}" if target.kind != "component" else target.prefix
    if any(key.startswith(start) for key in different):
        return True
    return excluded((*target.prefix.split(" › "), *path)) is not None


def test_every_value_is_compared(admin: Admin, rich: str) -> None:
    """Each object's values become others, are seen one by one, and are seen no more when they are as before."""
    before = describe_realm(admin, rich)
    chosen = random.Random(1)
    targets = list(Objects(admin, rich).targets())

    def change(target: Target) -> None:
        share = 1.0 if ALL or target.kind != "realm" else 0.15
        mutate(admin, rich, target, lambda _kind, _path: chosen.random() < share)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(change, targets))
    different = differences(before, describe_realm(admin, rich))
    unseen = [(one.prefix, path) for one in targets for path in one.changed if not _seen(one, path, different)]
    for target in reversed(targets):
        revert(admin, rich, target)
    assert unseen == []
    assert {one.kind for one in targets if not one.changed} == set()
    assert differences(before, describe_realm(admin, rich)) == {}


def _send(admin: Admin, realm: str, step: Step) -> None:
    admin.send(step.method, (realm, *step.path), step.body)


def test_every_link_is_compared(admin: Admin, rich: str) -> None:
    """What ties objects to each other changes, is seen, and is as before."""
    before = describe_realm(admin, rich)
    links = list(Objects(admin, rich).links())
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


def _starts(link: Link, different: dict[str, object]) -> bool:
    return any(key.startswith(link.prefix) for key in different)


def test_each_exclusion_has_a_reason() -> None:
    assert [one.pattern for one in EXCLUSIONS if len(one.reason) < 5] == []
