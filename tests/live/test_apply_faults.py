"""An apply of the example realm while every one of its requests fails once, in every way; and the kill switch.

Between realmctl and the real Keycloak stands a proxy that loses requests before Keycloak got them, and answers after
it carried them out.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from realmctl.engine.apply.apply import Report, apply
from realmctl.engine.apply.writer import Writer
from realmctl.errors import ApplyFailed, Conflict, RealmctlError, Refused, UsageProblem
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from realmctl.model.objects import Desired
from realmctl.model.secret import Secret
from tests.conftest import Keycloak
from tests.live.scene import applied, declared, example, planned, through
from tests.support.faults.proxy import BEFORE, CONFLICT, KILL, MEANWHILE, FaultProxy

WAYS = (*BEFORE, "committed-then-reset", "committed-then-504")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no request is still under way, the pauses between tries make a test long, and not true."""
    monkeypatch.setattr("realmctl.engine.apply.creation.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("realmctl.engine.apply.lock.LEASE_SECONDS", 1.0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("how", WAYS)
def test_every_request_fails_once(keycloak: Keycloak, realm_name: str, how: str) -> None:
    desired = example(realm_name)
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        proxy.fail(how, each_once=True, path_contains="/admin/realms" if how == "401" else None)
        applied(admin, desired)
        struck = [seen for seen in proxy.seen if seen[2] in (0, 504) or str(seen[2]) == how]
        assert len(struck) > 50
    _is_as_declared(keycloak, desired)


def test_every_request_is_sent_again_while_it_is_under_way(keycloak: Keycloak, realm_name: str) -> None:
    desired = example(realm_name)
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        proxy.fail(MEANWHILE, each_once=True)
        applied(admin, desired)
        assert len([seen for seen in proxy.seen if not seen[2]]) > 50
    _is_as_declared(keycloak, desired)


def test_every_request_of_a_change_is_sent_again_while_it_is_under_way(keycloak: Keycloak, realm_name: str) -> None:
    before, after = declared(realm_name, _BEFORE), declared(realm_name, _AFTER)
    with through(keycloak.url, keycloak.environ()) as admin:
        applied(admin, before)
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        proxy.fail(MEANWHILE, each_once=True)
        applied(admin, after)
    _is_as_declared(keycloak, after)


@pytest.mark.usefixtures("impatient")
def test_every_write_times_out_after_it_was_carried_out(keycloak: Keycloak, realm_name: str) -> None:
    desired = declared(realm_name, _SMALL)
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ(), timeout=2.5) as admin:
        for method in ("POST", "PUT"):
            proxy.fail("committed-then-silence", each_once=True, method=method, path_contains="/admin/realms/")
        applied(admin, desired)
    _is_as_declared(keycloak, desired)


@pytest.mark.usefixtures("impatient")
def test_a_creation_that_loses_against_other_transactions_is_tried_again(keycloak: Keycloak, realm_name: str) -> None:
    """409, although nothing of that name is there: seen of a SAML client's, beside others on a busy server (26.7.3)."""
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        applied(admin, declared(realm_name, {}))
        proxy.fail(CONFLICT, each_once=True, method="POST", path_contains="/authentication/")
        applied(admin, declared(realm_name, _SMALL))
        assert len([seen for seen in proxy.seen if seen[0] == "POST" and seen[2] == 409]) > 3
    _is_as_declared(keycloak, declared(realm_name, _SMALL))


@pytest.mark.usefixtures("impatient")
def test_a_deletion_that_loses_against_other_transactions_is_tried_again(keycloak: Keycloak, realm_name: str) -> None:
    """Keycloak answers 409 to a DELETE now and then, beside others on a busy server (26.7.3): a mapper's provider."""
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        applied(admin, declared(realm_name, _SMALL))
        proxy.fail(CONFLICT, each_once=True, method="DELETE", path_contains=f"{realm_name}/")
        applied(admin, declared(realm_name, {"browserFlow": "browser"}))
        assert len([seen for seen in proxy.seen if seen[0] == "DELETE" and seen[2] == 409]) > 3
    _is_as_declared(keycloak, declared(realm_name, {"browserFlow": "browser"}))


def test_a_realm_that_is_still_being_made_is_waited_for_and_known_as_ones_own(
    keycloak: Keycloak, realm_name: str
) -> None:
    desired = declared(realm_name, {"smtpServer": _MAIL})
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        plan = planned(admin, desired)
        proxy.fail(MEANWHILE, nth=1, method="POST", path_contains="/admin/realms")
        apply(admin, desired, plan)
        assert ("POST", "/auth/admin/realms", 0) in proxy.seen
        proxy.fail(MEANWHILE, nth=1, method="POST", path_contains="/admin/realms")
        theirs = {"realm": realm_name, "attributes": {"realmctl.inventory.other": "theirs"}}
        with pytest.raises(Conflict):
            Writer(admin, realm_name, {}).create_realm(theirs)
    _is_as_declared(keycloak, desired)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("part", range(4))
def test_killed_after_any_request_the_next_run_converges(
    keycloak: Keycloak, realm_name: str, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = declared(realm_name, _BEFORE), declared(realm_name, _AFTER)
    count = _requests_of(keycloak, before, after)
    for number in range(1 + part, count, 4):
        _reset(keycloak, before)
        with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
            plan = planned(admin, after)
            proxy.kill(number)
            _die(admin, after, plan, monkeypatch)
        with through(keycloak.url, keycloak.environ()) as admin:
            snapshot_says = admin.get(realm_name)["browserFlow"]
            flows = {flow["alias"]: flow for flow in admin.get(realm_name, "authentication", "flows")}
            assert flows[snapshot_says]["authenticationExecutions"], "the bound flow is whole at any moment"
            applied(admin, after)
        _is_as_declared(keycloak, after)


@pytest.mark.parametrize("part", range(2))
def test_killed_while_a_realm_is_made_the_next_run_converges(
    keycloak: Keycloak, realm_name: str, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keycloak goes on with the request of a process that is gone, while the next run plans and writes already."""
    monkeypatch.setattr("realmctl.engine.apply.lock.LEASE_SECONDS", 1.0)
    wanted = declared(realm_name, _SMALL)
    for number in range(1 + part, 12, 2):
        with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
            plan = planned(admin, wanted)
            proxy.fail(MEANWHILE, nth=number)
            proxy.kill(number)
            _die(admin, wanted, plan, monkeypatch)
        with through(keycloak.url, keycloak.environ()) as admin:
            applied(admin, wanted)
        _is_as_declared(keycloak, wanted)
        with through(keycloak.url, keycloak.environ()) as admin:
            admin.send("DELETE", (realm_name,))


def test_a_realm_that_somebody_else_made_meanwhile_is_refused(keycloak: Keycloak, realm_name: str) -> None:
    wanted = declared(realm_name, _SMALL)
    with through(keycloak.url, keycloak.environ()) as admin:
        plan = planned(admin, wanted)
        admin.send("POST", (), {"realm": realm_name})
        with pytest.raises(Refused, match="was created after the plan was made"):
            apply(admin, wanted, plan)


def test_an_apply_with_nothing_to_write_takes_a_dead_lock_away(keycloak: Keycloak, realm_name: str) -> None:
    wanted = declared(realm_name, _SMALL)
    with through(keycloak.url, keycloak.environ()) as admin:
        applied(admin, wanted)
        dead = {"name": LOCK_ROLE, "attributes": {"mark": ["x"], "holder": ["gone"], "process": ["elsewhere:1"]}}
        admin.send("POST", (realm_name, "roles"), dead)
        plan = planned(admin, wanted)
        assert (plan.writes, plan.has_work) == (False, True)
        apply(admin, wanted, plan)
        assert not planned(admin, wanted).locked


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_lost_after_the_writes_leaves_the_list_of_what_was_done(
    keycloak: Keycloak, realm_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realmctl.keycloak.admin.retries.ATTEMPTS", 1)
    before, after = declared(realm_name, {}), declared(realm_name, {"roles": {"a": {}}, "displayName": "new"})
    with through(keycloak.url, keycloak.environ()) as admin:
        applied(admin, before)
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        plan = planned(admin, after)
        proxy.fail(KILL, nth=2, path_contains="partial-export")  # The second reading checks the result.
        proxy.fail(KILL, nth=1, method="DELETE")
        with pytest.raises(ApplyFailed, match="2 changes were made, and the apply could not be finished") as failed:
            apply(admin, after, plan)
    report = failed.value.report
    assert isinstance(report, Report)
    assert {str(change.address) for change in report.applied} == {"realm", "role/a"}
    assert "lock could not be given back" in report.problem
    _is_as_declared(keycloak, after)


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_lost_after_the_realm_was_made_leaves_the_list_of_what_was_done(
    keycloak: Keycloak, realm_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realmctl.keycloak.admin.retries.ATTEMPTS", 1)
    wanted = declared(realm_name, {"roles": {"a": {}}})
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        plan = planned(admin, wanted)
        proxy.fail(KILL, nth=1, method="GET", path_contains="realmctl-lock")
        with pytest.raises(ApplyFailed, match="the apply could not be finished") as failed:
            apply(admin, wanted, plan)
    report = failed.value.report
    assert isinstance(report, Report)
    assert [str(change.address) for change in report.applied] == ["realm"]
    assert [str(change.address) for change in report.skipped] == ["role/a"]


def test_a_full_disk_for_the_journal_does_not_lose_the_list_of_what_was_done(
    keycloak: Keycloak, realm_name: str
) -> None:
    wanted = declared(realm_name, {"roles": {"a": {}}})
    with through(keycloak.url, keycloak.environ()) as admin:
        plan = planned(admin, wanted)
        with pytest.raises(UsageProblem, match="cannot write the journal /dev/full: No space left on device"):
            apply(admin, wanted, plan, journal=Path("/dev/full"))
        assert planned(admin, wanted).creates_realm


@pytest.mark.usefixtures("impatient")
def test_a_token_that_expires_midway_is_renewed(keycloak: Keycloak, realm_name: str) -> None:
    desired = declared(realm_name, _SMALL)
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        applied(admin, declared(realm_name, {}))
        proxy.fail("401", nth=6)
        proxy.fail("401", nth=12)
        applied(admin, desired)
    _is_as_declared(keycloak, desired)


def _is_as_declared(keycloak: Keycloak, desired: Desired) -> None:
    with through(keycloak.url, keycloak.environ()) as admin:
        plan = planned(admin, desired)
        assert (plan.changes, plan.unmanaged, plan.adopted) == ((), (), ())
        flows = admin.send("POST", (desired.realm, "partial-export"), {}, {"exportClients": "true"}).body
        aliases = [flow["alias"] for flow in flows["authenticationFlows"]]
        assert len(aliases) == len(set(aliases))
        assert not [alias for alias in aliases if "realmctl-next" in alias]


def _requests_of(keycloak: Keycloak, before: Desired, after: Desired) -> int:
    with FaultProxy(keycloak.url) as proxy, through(proxy.url, keycloak.environ()) as admin:
        applied(admin, before)
        plan = planned(admin, after)
        proxy.forget()
        apply(admin, after, plan)
        return len(proxy.seen)


def _reset(keycloak: Keycloak, before: Desired) -> None:
    with through(keycloak.url, keycloak.environ()) as admin:
        admin.send("DELETE", (before.realm,))
        applied(admin, before)


def _die(admin: Admin, desired: Desired, plan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An apply whose every request from some point on is lost, the lock's release included."""
    with monkeypatch.context() as gone:
        gone.setattr("realmctl.keycloak.admin.retries.ATTEMPTS", 1)  # The server is gone for good.
        with suppress(RealmctlError):
            apply(admin, desired, plan)


_COOKIE = {"authenticator": "auth-cookie", "requirement": "ALTERNATIVE"}
_FORM = {"authenticator": "auth-username-password-form", "requirement": "REQUIRED"}
_SUB = {"flow": "my forms", "requirement": "ALTERNATIVE", "executions": [_FORM]}
_MAIL = {"host": "mail.example.com", "from": "sso@example.com", "auth": True, "user": "sso"} | {
    "password": Secret("canary-mail")
}
_SMALL: dict[str, Any] = {
    "browserFlow": "mine",
    "roles": {"a": {}, "b": {"composites": ["a"]}},
    "clients": {"app": {"roles": {"r": {}}, "scopeMappings": ["a"]}},
    "groups": {"g": {"realmRoles": ["a"]}},
    "authenticationFlows": {"mine": {"executions": [_COOKIE, _SUB]}},
}
_BEFORE: dict[str, Any] = {
    **_SMALL,
    "roles": {"a": {}, "b": {"composites": ["a"]}, "old": {}},
    "clients": {"app": {"roles": {"r": {}}, "scopeMappings": ["a"], "defaultClientScopes": ["basic"]}},
}
_AFTER: dict[str, Any] = {
    "browserFlow": "mine",
    "displayName": "new",
    "roles": {"a": {"description": "new"}, "c": {"renamedFrom": "b", "composites": ["d"]}, "d": {}},
    "clients": {"app": {"roles": {"s": {}}, "scopeMappings": ["d"], "defaultClientScopes": ["email"]}},
    "groups": {"g": {"realmRoles": ["c"]}},
    "authenticationFlows": {
        "mine": {
            "executions": [
                {"authenticator": "auth-spnego", "requirement": "DISABLED"},
                {**_SUB, "executions": [_FORM, {"authenticator": "auth-otp-form", "requirement": "DISABLED"}]},
                _COOKIE,
            ]
        }
    },
}
