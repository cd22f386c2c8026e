"""Two applies of one realm at the same time: the lock, and the realm that both would make."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from realmctl.engine.apply.apply import apply
from realmctl.engine.apply.lock import Lock
from realmctl.errors import Locked, Refused
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from tests.conftest import Keycloak
from tests.live.scene import applied, declared, planned


def test_two_applies_do_not_interleave(admin: Admin, realm_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realmctl.engine.apply.lock.BEAT_SECONDS", 0.3)
    applied(admin, declared(realm_name, {}))
    with Lock(admin, realm_name), pytest.raises(Locked, match=r"is running: .* on .*, since 20"):
        applied(admin, declared(realm_name, {"roles": {"r": {}}}))
    applied(admin, declared(realm_name, {"roles": {"r": {}}}))


def test_of_many_who_want_the_lock_at_once_one_has_it(
    admin: Admin, keycloak: Keycloak, realm_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the losers are answered, the mark on the lock says whose it is."""
    monkeypatch.setattr("realmctl.engine.apply.lock.BEAT_SECONDS", 0.3)
    applied(admin, declared(realm_name, {}))
    ready, others = threading.Barrier(4), threading.Semaphore(0)

    def take(_: int) -> str:
        with closing(keycloak.admin()) as own:
            own.log_in()
            ready.wait()
            try:
                with Lock(own, realm_name):
                    for _ in range(3):
                        assert others.acquire(timeout=60)
            except Locked:
                others.release()
                return "told"
        return "had it"

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(take, range(4))) == ["had it", "told", "told", "told"]


def test_of_two_applies_that_make_a_realm_at_once_one_is_told_of_the_other(keycloak: Keycloak, realm_name: str) -> None:
    """Keycloak answers the loser with 400, "Database operation failed" (26.7.3, H2), and with 409 when asked again."""

    def make(admin: Admin, owner: str) -> str:
        desired = declared(realm_name, {"roles": {owner: {}}}, owner=owner)
        plan = planned(admin, desired)
        ready.wait()
        try:
            apply(admin, desired, plan)
        except Refused as error:
            return str(error)
        return "made"

    ready = threading.Barrier(2)
    with closing(keycloak.admin()) as one, closing(keycloak.admin()) as another, ThreadPoolExecutor() as pool:
        told = dict(zip("ab", pool.map(make, (one, another), "ab"), strict=True))
        assert sorted(told.values()) == ["made", f"the realm {realm_name} was created after the plan was made"]
        roles = {role["name"] for role in one.get(realm_name, "roles")}
        assert {owner for owner in told if owner in roles} == {owner for owner in told if told[owner] == "made"}


def test_a_dead_holders_lock_is_taken_over(admin: Admin, realm_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realmctl.engine.apply.lock.LEASE_SECONDS", 1.0)
    applied(admin, declared(realm_name, {}))
    body = {"name": LOCK_ROLE, "attributes": {"holder": ["ghost"], "process": ["elsewhere:1"]}}
    admin.send("POST", (realm_name, "roles"), body)
    report = applied(admin, declared(realm_name, {"roles": {"r": {}}}))
    assert len(report.applied) == 1
