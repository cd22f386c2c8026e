"""Drift on a real Keycloak: hand edits by a user and a client, told by name by an account that may only look."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from realmctl.drift.event_paths import trail
from realmctl.drift.missing_events import SETTING
from realmctl.errors import Exit
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.drift import Deviation, RealmDrift, What
from realmctl.render.drift_json import schema
from realmctl.render.drift_text import text, trace_lines
from realmctl.workflow import Watched, drift_of, plan_realms
from tests.conftest import Keycloak
from tests.live.drifting import EVENTS, FILE, Scene
from tests.live.every_kind import OLDER

WATCHES = ("view-realm", "view-clients", "view-users", "view-identity-providers", "view-events")


@pytest.fixture
def scene(admin: Admin, keycloak: Keycloak, realm_name: str, tmp_path: Path) -> Scene:
    return Scene(admin, keycloak, realm_name, tmp_path)


def told(found: RealmDrift) -> dict[str, Deviation]:
    assert found.error is None, found.error
    return {f"{one.what.value} {one.address}": one for one in found.deviations}


def who(one: Deviation) -> tuple[str, bool, str, bool]:
    (deed,) = one.trace.deeds
    return deed.who, deed.service, deed.operation, deed.sure


def test_hand_edits_are_told_with_who_made_them(scene: Scene) -> None:
    config = scene.apply(EVENTS + FILE)
    watcher = scene.robot("robot-watcher", *WATCHES)
    begun = datetime.now(UTC) - timedelta(seconds=2)
    with closing(Admin(scene.robot("robot-terraform", "manage-realm", "manage-clients", "view-clients"))) as robot:
        # As the console does: the event names the id alone. Which id it was, older ones (26.4.7) never told.
        known = scene.admin.get(scene.realm, "roles", "reader")["id"]
        robot.send("DELETE", (scene.realm, "roles", "reader") if OLDER else (scene.realm, "roles-by-id", known))
        robot.send("POST", (scene.realm, "clients"), {"clientId": "grafana", "redirectUris": ["*"]})
    with closing(Admin(scene.person("anna", "realm-admin"))) as anna:
        anna.send("PUT", (scene.realm,), {"displayName": "Sale"})
        [client] = anna.get(scene.realm, "clients", query={"clientId": "api"})
        client["redirectUris"].append("https://two.example.com/cb")
        client["attributes"]["tier"] = "lead"
        anna.send("PUT", (scene.realm, "clients", client["id"]), client)

    found = scene.drift(config, watcher, since=begun)
    by = told(found)

    assert sorted(by) == [
        "changed client/api",
        "changed realm",
        "changed role/writer",
        "deleted role/reader",
        "unmanaged client/grafana",
    ]
    assert (found.deviations[0].address.name, found.severity) == ("grafana", Severity.CRITICAL)
    first = text([found]).splitlines()[0]
    assert first.startswith('CRITICAL: Logins to client "grafana" may end at "*": any address. [redirect-opened]')
    assert "Created by the client " in first
    assert who(by["changed realm"]) == ("anna", False, "UPDATE", True)
    assert who(by["changed client/api"]) == ("anna", False, "UPDATE", True)
    assert who(by["deleted role/reader"]) == ("robot-terraform", True, "DELETE", True)
    assert who(by["changed role/writer"]) == ("robot-terraform", True, "DELETE", True)
    assert who(by["unmanaged client/grafana"]) == ("robot-terraform", True, "CREATE", True)
    (deed,) = by["changed realm"].trace.deeds
    assert (deed.through, deed.own, bool(deed.address)) == ("admin-cli", False, True)
    assert begun <= deed.at <= datetime.now(UTC)
    (field,) = by["changed client/api"].fields
    assert (field.path, sorted(field.old)) == (
        "redirectUris", ["https://one.example.com/cb", "https://two.example.com/cb"],
    )  # fmt: skip
    ignored = {str(one.address): one.ignored.reason for one in found.ignored if one.ignored}
    assert ignored == {
        "client/api": "tried out",
        "client/robot-terraform": "the accounts of these tests",
        "client/robot-watcher": "the accounts of these tests",
    }
    assert [warning.rule for warning in found.warnings] == ["unused-ignore"]
    assert 'displayName: "Sale" → "Shop"' in text([found])


def test_one_query_for_events_where_there_is_drift_and_none_where_there_is_not(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = scene.apply(EVENTS + FILE)

    def asked() -> list[str]:
        with closing(scene.keycloak.admin()) as admin:
            monkeypatch.setattr(admin, "close", lambda: None)
            drift_of([Watched("", lambda: admin, [config])], now=datetime.now(UTC), say=lambda _: None)
            return [path.rsplit("/", 1)[-1] for _, path in admin.log if "admin-events" in path]

    assert asked() == []
    for name in ("one", "two", "three"):
        scene.admin.send("POST", (scene.realm, "roles"), {"name": name})
    assert len(asked()) == 1


def test_what_an_apply_did_is_told_apart(scene: Scene) -> None:
    scene.apply(EVENTS + FILE)
    config = scene.write((EVENTS + FILE).replace("Reads", "Reads all").replace("  writer", "  other"))

    by = told(scene.drift(config))

    assert set(by) == {"changed role/reader", "missing role/other", "undeclared role/writer"}
    for name in ("changed role/reader", "undeclared role/writer"):
        assert [(deed.own, deed.operation) for deed in by[name].trace.deeds] == [(True, "CREATE")]
    assert "by an apply of realmctl, " in "".join(trace_lines(by["changed role/reader"]))


def test_a_realm_that_keeps_no_events_says_so_and_plan_warns(scene: Scene) -> None:
    config = scene.apply(FILE)
    scene.admin.send("PUT", (scene.realm,), {"displayName": "Sale"})

    (changed,) = scene.drift(config).deviations
    assert SETTING in changed.trace.unknown

    (planned,) = plan_realms(scene.admin, [config.desired], say=lambda _: None)
    (warning,) = planned.plan.warnings
    assert (warning.rule, warning.severity) == ("no-admin-events", "warning")
    assert SETTING in warning.advice
    for said in (EVENTS, "adminEventsEnabled: false\n"):
        (planned,) = plan_realms(scene.admin, [scene.write(said + FILE).desired], say=lambda _: None)
        assert planned.plan.warnings == ()


def test_an_account_without_view_events_is_told_what_it_lacks(scene: Scene) -> None:
    config = scene.apply(EVENTS + FILE)
    watcher = scene.robot("robot-watcher", *(role for role in WATCHES if role != "view-events"))
    scene.admin.send("PUT", (scene.realm,), {"displayName": "Sale"})

    (changed,) = scene.drift(config, watcher).deviations

    assert changed.what is What.CHANGED
    assert "view-events" in changed.trace.unknown


def test_an_account_of_another_realm_is_told_by_its_id_where_it_cannot_be_looked_up(scene: Scene) -> None:
    config = scene.apply(EVENTS + FILE)
    watcher = scene.robot("robot-watcher", *WATCHES)
    scene.admin.send("PUT", (scene.realm,), {"displayName": "Sale"})

    (by_watcher,) = scene.drift(config, watcher).deviations
    (by_admin,) = scene.drift(config).deviations

    (deed,) = by_watcher.trace.deeds
    assert (deed.named, len(deed.who)) == (False, 36)
    (deed,) = by_admin.trace.deeds
    assert (deed.named, deed.who) == (True, scene.keycloak.user)


def test_events_that_are_gone_or_too_old_are_said_to_be(scene: Scene) -> None:
    config = scene.apply(EVENTS + FILE)
    scene.admin.send("PUT", (scene.realm,), {"displayName": "Sale"})

    (changed,) = scene.drift(config, since=datetime.now(UTC) + timedelta(minutes=5)).deviations
    assert changed.trace.unknown.startswith("no admin event since ")

    scene.admin.send("DELETE", (scene.realm, "admin-events"))
    (changed,) = scene.drift(config).deviations
    assert changed.trace.unknown == "no admin event that is kept tells of it"


def test_a_realm_that_is_gone_is_one_deviation(scene: Scene) -> None:
    config = scene.write(EVENTS + FILE)
    (missing,) = scene.drift(config).deviations
    assert (missing.what, missing.address) == (What.MISSING, Address("realm"))


def test_keycloak_knows_every_resource_type(scene: Scene) -> None:
    scene.apply(FILE)
    types = sorted({one for name in kinds() for one in trail(Address(name, ("a", "b")), {}).types})
    assert scene.admin.get(scene.realm, "admin-events", query={"max": "1", "resourceTypes": types}) == []


def test_a_fleet_side_by_side_with_a_server_that_fails(scene: Scene, tmp_path: Path) -> None:
    scene.apply(EVENTS + FILE)
    scene.admin.send("PUT", (scene.realm,), {"displayName": "Sale"})
    fleet = {
        "servers": {
            "here": {
                "url": scene.keycloak.url,
                "user": scene.keycloak.user,
                "passwordEnv": "HERE_PASSWORD",
                "paths": ["realm.yaml"],
            },
            "gone": {
                "url": "http://127.0.0.1:1/auth",
                "clientId": "drift",
                "clientSecretEnv": "GONE_SECRET",
                "timeout": 1,
                "paths": ["realm.yaml"],
            },
        }
    }
    (tmp_path / "fleet.yaml").write_text(json.dumps(fleet))
    gauges = tmp_path / "drift.prom"
    before = f'realmctl_drift_last_success_timestamp_seconds{{server="gone",realm="{scene.realm}"}} 17'
    gauges.write_text(f"{before}\n")

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": "/usr/bin:/bin", "GONE_SECRET": "CANARY-gone", **more}
        command = [sys.executable, "-m", "realmctl", "drift", "--fleet", str(tmp_path / "fleet.yaml"), *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)

    unset = run()
    assert (unset.returncode, "HERE_PASSWORD is not set" in unset.stderr) == (Exit.BAD_CONFIG, True)

    done = run("-o", "json", "--metrics", str(gauges), HERE_PASSWORD=scene.keycloak.password)

    assert done.returncode == Exit.FAILED, done.stderr
    document = json.loads(done.stdout)
    assert [error.message for error in Draft202012Validator(schema()).iter_errors(document)] == []
    here, gone = document["realms"]
    assert (here["server"], here["error"], here["summary"]["changed"]) == ("here", None, 1)
    assert (gone["server"], gone["deviations"]) == ("gone", [])
    assert "connected" in gone["error"]["message"]
    assert "CANARY" not in done.stdout + done.stderr + gauges.read_text()
    labels = f'server="here",realm="{scene.realm}"'
    lines = gauges.read_text().splitlines()
    assert f'realmctl_drift_objects{{{labels},kind="realm",what="changed"}} 1' in lines
    assert f"realmctl_drift_up{{{labels}}} 1" in lines
    assert f'realmctl_drift_up{{server="gone",realm="{scene.realm}"}} 0' in lines
    assert before in lines
    assert not [line for line in lines if line.startswith("realmctl_drift_objects") and "gone" in line]
    assert [path.name for path in tmp_path.glob("*.new")] == []
