"""What the accounts for pipelines may: as much as plan and apply need, and no more."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from realmctl.config.loader import load
from realmctl.drift.detection import find
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import Forbidden, RealmctlError, Refused
from realmctl.keycloak.admin import Admin, connection
from realmctl.keycloak.admin.answers import READING_POSTS, Answer
from realmctl.keycloak.admin.api import Query
from realmctl.model.drift import Deviation
from realmctl.workflow import verdicts_of
from realmctl.workflow.bootstrap.accounts import READER, WRITER
from tests.conftest import VERSION, Keycloak
from tests.live.accounts import as_account, made, roles_of, take
from tests.live.every_kind import ADMINISTRATION, COMPONENTS, EVENTS, EVERYTHING, OLDER, ORGANIZATIONS
from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT, applied, declared, example, planned

PEOPLE: dict[str, Any] = {
    "roles": {"boss": None},
    "groups": {"people": {"realmRoles": ["boss"], "subGroups": {"leads": None}}},
    "clients": {
        "job": {
            "publicClient": False,
            "secret": "canary",
            "serviceAccountsEnabled": True,
            "serviceAccountRoles": ["boss"],
        }
    },
    "users": {"break-glass": {"realmRoles": ["boss"], "groups": ["/people"]}},
}


def merged(*said: Mapping[str, Any]) -> dict[str, Any]:
    """Files of one realm, as one."""
    whole: dict[str, Any] = {}
    for key, value in ((key, value) for one in said for key, value in one.items() if key != "workflows"):
        both = isinstance(value, dict) and isinstance(whole.get(key), dict)
        whole[key] = {**whole[key], **value} if both else value
    # Users are made while directories are, and nobody can be where one does not answer.
    whole["components"] = {key: value for key, value in whole["components"].items() if key != "userFederation"}
    return whole


EVERY_KIND = merged(*EVERYTHING, ADMINISTRATION, PEOPLE)
"""Everything but workflows, which take realm-admin even to see (26.7.3)."""
TOLD_TO_VIEWERS = merged(COMPONENTS, EVENTS, PEOPLE, {} if OLDER else ORGANIZATIONS)
"""What who may only view is shown: no authorization services; before 26.7 no organizations."""


def test_the_reader_plans_and_finds_drift_as_an_administrator_does(
    admin: Admin, keycloak: Keycloak, realm_name: str
) -> None:
    desired = example(realm_name)
    applied(admin, desired)
    accounts = made(admin, realm_name)
    (role,) = (one for one in admin.get(realm_name, "roles") if one["name"] == "orders-reader")
    admin.send("PUT", (realm_name, "roles-by-id", role["id"]), {**role, "description": "by hand"})
    admin.send("DELETE", (realm_name, "roles", "billing-clerk"))
    admin.send("POST", (realm_name, "clients"), {"clientId": "by-hand"})
    gateway = admin.get(realm_name, "clients", query={"clientId": "oauth2-proxy"})[0]
    admin.send(
        "PUT", (realm_name, "clients", gateway["id"]), {**gateway, "secret": "other", "webOrigins": ["https://x"]}
    )
    today = datetime.now(UTC).date()
    with closing(as_account(keycloak, realm_name, accounts, "reader")) as reader:
        seen, known = read(reader, scope_of(desired)), read(admin, scope_of(desired))
        mine, theirs = make_plan(compare(desired, seen)), make_plan(compare(desired, known))
        assert len(theirs.changes) >= 3
        assert (mine.changes, mine.unmanaged, mine.adopted) == (theirs.changes, theirs.unmanaged, theirs.adopted)
        assert mine.unseen == ()
        found = find(reader, mine, compare(desired, seen), (), today=today)
        wanted = find(admin, theirs, compare(desired, known), (), today=today)
    # Who is of another realm, as the administrator of this test, is told by id.
    assert [_nameless(one) for one in found.deviations] == [_nameless(one) for one in wanted.deviations]
    assert any(one.trace.deeds for one in found.deviations)


def _nameless(one: Deviation) -> Deviation:
    deeds = tuple(replace(deed, who="", through="", named=False) for deed in one.trace.deeds)
    return replace(one, trace=replace(one.trace, deeds=deeds))


class Tried(Admin):
    """An administrator whose every write the reader tries first, in vain."""

    def __init__(self, keycloak: Keycloak, reader: Admin, judge: Admin, realm: str) -> None:
        super().__init__(connection({}, keycloak.environ()))
        self._reader, self._judge, self._of = reader, judge, realm
        self.kinds: set[tuple[str, ...]] = set()
        self.wrong: list[str] = []
        self._turn = threading.Lock()

    def send(
        self,
        method: str,
        path: Sequence[str],
        body: Any = None,
        query: Query | None = None,
        *,
        repeatable: bool | None = None,
    ) -> Answer:
        if method == "GET" or path[-1] in READING_POSTS:
            return super().send(method, path, body, query, repeatable=repeatable)
        # One write at a time: what changes in between is somebody's whose turn it was not.
        with self._turn:
            shape = (method, *(part for part in path[1:] if len(part) != 36))
            before = self._export() if shape not in self.kinds else None
            self.kinds.add(shape)
            try:
                self._reader.send(method, path, body, query)
                self.wrong.append(f"{method} {path}")
            except Forbidden:
                pass
            if before and self._export() != before:
                self.wrong.append(f"changed by {method} {path}")
            return super().send(method, path, body, query, repeatable=repeatable)

    def _export(self) -> Any:
        asked = {"exportClients": "true", "exportGroupsAndRoles": "true"}
        return in_order(self._judge.send("POST", (self._of, "partial-export"), {}, asked).body)


def in_order(value: Any) -> Any:
    """Without the order of lists, which an export tells in any."""
    if isinstance(value, dict):
        return {key: in_order(item) for key, item in value.items()}
    return (
        sorted(map(in_order, value), key=lambda item: json.dumps(item, sort_keys=True))
        if isinstance(value, list)
        else value
    )


def test_the_reader_can_write_nothing_that_an_apply_writes(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    """Made, changed and deleted again: each request is tried by the reader before the administrator sends it."""
    accounts = made(admin, realm)
    with (
        closing(as_account(keycloak, realm, accounts, "reader")) as reader,
        closing(Tried(keycloak, reader, admin, realm)) as tried,
    ):
        applied(tried, example(realm))
        applied(tried, declared(realm, {**EVERY_KIND, "displayName": "other", "browserFlow": "browser"}))
        applied(tried, declared(realm, {}))
        assert tried.wrong == []
        assert {shape[0] for shape in tried.kinds} == {"POST", "PUT", "DELETE"}
        assert len(tried.kinds) > 30


LACKS = {
    "view-realm": "role",
    "view-clients": "client",
    "view-users": "group",
    "view-identity-providers": "identity-provider",
    "view-organizations": "organization",
}
"""What the reader does not see any more without one of its rights."""


def test_each_right_of_the_reader_is_needed(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    said = merged(TOLD_TO_VIEWERS, {"identityProviders": ORGANIZATIONS["identityProviders"]})
    desired = declared(realm, said)
    applied(admin, desired)
    accounts = made(admin, realm)
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        snapshot = read(reader, scope_of(desired))
        assert (snapshot.unseen, make_plan(compare(desired, snapshot)).changes) == ((), ())
        reader.get(realm, "admin-events")
    for role in sorted(roles_of(admin, realm, READER.client)):
        take(admin, realm, READER.client, role)
        with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
            if role == "view-events":
                with pytest.raises(Forbidden, match="may not read"):
                    reader.get(realm, "admin-events")
            else:
                snapshot = read(reader, scope_of(desired))
                unseen = snapshot.unseen_kinds
                # Without view-realm no realm roles are told of groups and accounts, and no refusal (26.7.3).
                assert role == "view-realm" or make_plan(compare(desired, snapshot)).changes == ()
                expected = "realm" if (role, VERSION[:5]) == ("view-realm", "26.4.") else LACKS[role]
                assert expected in unseen, (role, unseen)
        made(admin, realm)


def test_what_the_reader_does_not_see_is_said_with_what_it_would_take(
    admin: Admin, keycloak: Keycloak, realm: str
) -> None:
    desired = declared(realm, merged(*EVERYTHING, PEOPLE) | {"workflows": {}})
    applied(admin, desired)
    accounts = made(admin, realm)
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        snapshot = read(reader, scope_of(desired))
    kinds = {kind for kind in snapshot.unseen_kinds if any(one.kind == kind for one in desired.resources)}
    authorization = {f"authorization{part}" for part in ("", "-scope", "-resource", "-policy")}
    organizations = {"organization", "organization-identity-providers"} if OLDER else set()
    assert kinds - {"organization-identity-providers"} == (authorization | organizations) - {
        "organization-identity-providers"
    }
    told = " ".join(snapshot.unseen)
    assert "manage-clients (Keycloak tells these settings to nobody who may only view)" in told
    assert make_plan(compare(desired, snapshot)).changes == ()


def test_the_writer_applies_everything_and_takes_it_away_again(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    accounts = made(admin, realm)
    with closing(as_account(keycloak, realm, accounts, "writer")) as writer:
        # What the example binds has to be bound elsewhere before it goes.
        said = {**EVERY_KIND, "browserFlow": "browser"}
        for desired in (example(realm), declared(realm, said), declared(realm, {})):
            applied(writer, desired)
            for eyes in (writer, admin):
                plan = planned(eyes, desired)
                assert (plan.changes, plan.unseen) == ((), ())
                # Before 26.7 authorization services come with objects of Keycloak's own.
                assert {one.kind for one in plan.unmanaged} <= {"authorization-resource", "authorization-policy"}


@pytest.mark.parametrize("role", WRITER.roles)
def test_each_right_of_the_writer_is_needed(admin: Admin, keycloak: Keycloak, realm: str, role: str) -> None:
    accounts = made(admin, realm)
    take(admin, realm, WRITER.client, role)
    desired = declared(realm, EVERY_KIND)
    with closing(as_account(keycloak, realm, accounts, "writer")) as writer:
        try:
            applied(writer, desired)
        except RealmctlError:
            pass
        else:
            # What can't be seen is not written either, and all else is.
            assert planned(writer, desired).unseen
    assert planned(admin, desired).changes


def test_tests_of_tokens_take_the_writer(admin: Admin, keycloak: Keycloak, realm_name: str, tmp_path: Path) -> None:
    for file in EXAMPLE.glob("*.yaml"):
        text = file.read_text(encoding="utf-8").replace("realm: platform", f"realm: {realm_name}", 1)
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    (config,) = load([tmp_path], environ=EXAMPLE_ENVIRONMENT)
    applied(admin, config.desired)
    accounts = made(admin, realm_name)

    def asked(account: Admin, *, planned: bool = False) -> list[bool]:
        (found,) = verdicts_of(account, [config], planned=planned, only=lambda _: True, say=lambda _: None)
        return [one.passed for one in found.verdicts]

    with closing(as_account(keycloak, realm_name, accounts, "writer")) as writer:
        assert set(asked(writer)) == {True}
        with pytest.raises(Refused, match="may not create realms"):
            asked(writer, planned=True)
    with closing(as_account(keycloak, realm_name, accounts, "reader")) as reader:
        with pytest.raises(Forbidden) as refusal:
            asked(reader)
        assert "manage-users" in refusal.value.advice
