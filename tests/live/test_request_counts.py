"""How many requests the bench's commands send, on its own generated realms: unlike seconds, the same on any machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.shapes import SECRET_VARIABLE, SHAPES, Shape, write
from realmctl.admin import Admin
from realmctl.apply import apply
from realmctl.live import read
from realmctl.load import load
from realmctl.model.objects import Desired
from realmctl.plan import make_plan
from tests.conftest import Keycloak

SIZES = [SHAPES["small"], SHAPES["team"]]


@pytest.fixture
def admin(keycloak: Keycloak) -> Iterator[Admin]:
    with closing(keycloak.admin()) as admin:
        yield admin


def _desired(shape: Shape, realm: str, folder: Path) -> Desired:
    write(shape, realm, folder)
    (config,) = load([folder], environ={SECRET_VARIABLE: "canary-broker"})
    return config.desired


def _sent(admin: Admin, since: int) -> int:
    """Requests since then, without those that depend on how long it took: logins, and the beats of the lock."""
    timed = ("/protocol/openid-connect/token", "/roles-by-id/", "/roles/realmctl-lock")
    return sum(not any(part in path for part in timed) for _, path in admin.log[since:])


def _applied(admin: Admin, desired: Desired) -> int:
    """Requests of a plan and its apply together."""
    since = len(admin.log)
    apply(admin, desired, make_plan(desired, read(admin, desired)))
    return _sent(admin, since)


def _writes(shape: Shape) -> int:
    """One request per object, but for what goes in its owner's body: mappers of clients and scopes, composites."""
    mappers = 2 * (shape.clients + shape.client_scopes)
    group_roles = shape.groups
    return shape.objects - shape.composites - mappers + group_roles


def _look_ups(shape: Shape) -> int:
    """One per role that a group refers to: the answer to a role's POST tells its name and not its id (26.7.3)."""
    return min(shape.groups, shape.roles)


FIXED = 3 + 1
"""Whatever the size: the realm is read for the plan, under the lock and to verify; and the lock is taken."""


@pytest.mark.parametrize("shape", SIZES, ids=lambda shape: shape.name)
def test_from_empty_each_object_is_one_request(admin: Admin, realm_name: str, tmp_path: Path, shape: Shape) -> None:
    assert _applied(admin, _desired(shape, realm_name, tmp_path)) == _writes(shape) + _look_ups(shape) + FIXED


@pytest.mark.parametrize("shape", SIZES, ids=lambda shape: shape.name)
def test_what_a_plan_and_one_more_role_cost_does_not_grow_with_the_realm(
    admin: Admin, realm_name: str, tmp_path: Path, shape: Shape
) -> None:
    desired = _desired(shape, realm_name, tmp_path)
    _applied(admin, desired)

    since = len(admin.log)
    assert make_plan(desired, read(admin, desired)).empty
    assert _sent(admin, since) == 1

    (tmp_path / "more.yaml").write_text("roles: { one-more: { description: Added later } }\n")
    (config,) = load([tmp_path], environ={SECRET_VARIABLE: "canary-broker"})
    role_and_inventory = 1 + 2  # the inventory is read, merged and written
    assert _applied(admin, config.desired) == FIXED + role_and_inventory
