"""How many requests the bench's commands send, on its own generated realms: unlike seconds, the same on any machine."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pytest

from bench.shapes import SECRET_VARIABLE, SHAPES, Shape, write
from realmctl.config.loader import load
from realmctl.engine.apply.apply import apply
from realmctl.engine.apply.request_graph import BATCH, MANY
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import MANY as MANY_WRITTEN
from realmctl.engine.read.snapshot import read
from realmctl.engine.read.view import PAGE
from realmctl.keycloak.admin import Admin
from realmctl.model.objects import Desired

SIZES = [SHAPES["small"], SHAPES["team"]]


def _desired(shape: Shape, realm: str, folder: Path) -> Desired:
    write(shape, realm, folder)
    (config,) = load([folder], environ={SECRET_VARIABLE: "canary-broker"})
    return config.desired


@dataclass(frozen=True)
class Sent:
    """Requests by what they are for. Left out is what depends on how long it took: logins, and the lock's beats."""

    exports: int
    writes: int
    reads: int

    @classmethod
    def since(cls, admin: Admin, start: int) -> Sent:
        timed = ("/protocol/openid-connect/token", "/roles-by-id/", "/roles/realmctl-lock")
        sent = [(method, path) for method, path in admin.log[start:] if not any(part in path for part in timed)]
        exports = sum(path.endswith("/partial-export") for _, path in sent)
        reads = sum(method == "GET" for method, _ in sent)
        return cls(exports, len(sent) - exports - reads, reads)


def _applied(admin: Admin, desired: Desired) -> Sent:
    """Requests of a plan and its apply together."""
    start = len(admin.log)
    apply(admin, desired, make_plan(compare(desired, read(admin, scope_of(desired)))))
    return Sent.since(admin, start)


def _writes(shape: Shape) -> int:
    """One request per object, but for what goes in its owner's body (mappers of clients and scopes, composites), and
    for client roles, which go 25 at a time where they are many.
    """
    mappers = 2 * (shape.clients + shape.client_scopes)
    client_roles = 5 * shape.clients
    together = ceil(client_roles / BATCH) if client_roles >= MANY else client_roles
    group_roles = shape.groups
    return shape.objects - shape.composites - mappers + group_roles - client_roles + together


HEDGES = 2
"""Lists that an export which takes long is helped with: realm roles and clients."""
LOCK = 1


@pytest.mark.parametrize("shape", SIZES, ids=lambda shape: shape.name)
def test_from_empty_each_object_is_one_request(admin: Admin, realm_name: str, tmp_path: Path, shape: Shape) -> None:
    sent = _applied(admin, _desired(shape, realm_name, tmp_path))
    assert sent.writes == _writes(shape) + LOCK
    much = shape.objects >= MANY_WRITTEN
    # For the plan, of the login's realm for the server's version, under the lock, to verify.
    assert sent.exports == (3 if much else 4)
    # Roles that groups refer to are looked up one by one while they are few, then by lists. Who has written much
    # verifies by lists: of each client's roles, of each role's composites, and a few of the realm's, in pages.
    verified = shape.clients + shape.composites + shape.roles // PAGE + shape.clients // PAGE + 12 if much else HEDGES
    assert sent.reads <= 2 * HEDGES + verified + shape.groups


@pytest.mark.parametrize("shape", SIZES, ids=lambda shape: shape.name)
def test_what_a_plan_and_one_more_role_cost_does_not_grow_with_the_realm(
    admin: Admin, realm_name: str, tmp_path: Path, shape: Shape
) -> None:
    desired = _desired(shape, realm_name, tmp_path)
    _applied(admin, desired)

    start = len(admin.log)
    assert make_plan(compare(desired, read(admin, scope_of(desired)))).empty
    sent = Sent.since(admin, start)
    assert (sent.exports, sent.writes) == (1, 0)
    assert sent.reads <= HEDGES

    (tmp_path / "more.yaml").write_text("roles: { one-more: { description: Added later } }\n")
    (config,) = load([tmp_path], environ={SECRET_VARIABLE: "canary-broker"})
    sent = _applied(admin, config.desired)
    inventory = 1  # read, merged and written
    assert (sent.exports, sent.writes) == (3, LOCK + 1 + inventory)
    assert sent.reads <= 3 * HEDGES + inventory
