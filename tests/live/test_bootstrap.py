"""The accounts for pipelines on a real Keycloak: what they may, and no more, and that nothing takes them away."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from realmctl.admin import Admin, connection
from realmctl.admin.answers import Answer
from realmctl.admin.api import READING_POSTS, Query
from realmctl.apply import apply
from realmctl.bootstrap import ACCOUNTS, Login, Wish, by_key, by_key_set, by_kubernetes
from realmctl.bootstrap.accounts import READER, WRITER
from realmctl.drift.find import find
from realmctl.errors import BadConfig, Forbidden, NotFound, RealmctlError, Refused, ServerError, UsageProblem
from realmctl.export import export
from realmctl.export.read import whole
from realmctl.live import read
from realmctl.model.address import Address
from realmctl.model.drift import Deviation
from realmctl.model.objects import Desired
from realmctl.plan import make_plan
from realmctl.workflow import Accounts, plan_accounts
from tests.conftest import VERSION, Keycloak
from tests.faults.identity import Identity
from tests.live.every_kind import ADMINISTRATION, COMPONENTS, EVENTS, EVERYTHING, OLDER, ORGANIZATIONS
from tests.live.scene import addresses, applied, declared, example, planned

CLIENTS = [account.client for account in ACCOUNTS]
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
    return whole


EVERY_KIND = merged(*EVERYTHING, ADMINISTRATION, PEOPLE)
"""Everything but workflows, which take realm-admin even to see (26.7.3)."""
TOLD_TO_VIEWERS = merged(COMPONENTS, EVENTS, PEOPLE, {} if OLDER else ORGANIZATIONS)
"""What who may only view is shown: no authorization services; before 26.7 no organizations."""


@pytest.fixture
def admin(keycloak: Keycloak) -> Iterator[Admin]:
    with closing(keycloak.admin()) as admin:
        yield admin


@pytest.fixture
def realm(admin: Admin, realm_name: str) -> str:
    """A new realm."""
    admin.send("POST", (), {"realm": realm_name, "enabled": True})
    admin.renew()
    return realm_name


def made(admin: Admin, realm: str, wish: Wish | None = None, *, create_realm: bool = False) -> Accounts:
    """The accounts, planned and applied."""
    found = plan_accounts(admin, realm, wish or Wish(), create_realm=create_realm, say=lambda _: None)
    apply(admin, found.planned.desired, found.planned.plan)
    return found


def as_account(keycloak: Keycloak, realm: str, accounts: Accounts, name: str) -> Admin:
    """A login by the secret that was made for an account."""
    secret = accounts.logins[name].secret
    assert secret
    return logged_in(keycloak, realm, client_id=f"realmctl-{name}", client_secret=secret.reveal())


def logged_in(keycloak: Keycloak, realm: str, **options: str) -> Admin:
    return Admin(connection({"url": keycloak.url, "login_realm": realm, **options}, {}))


def take(admin: Admin, realm: str, client: str, *roles: str) -> None:
    """Takes rights away from an account."""
    ids = {one["clientId"]: one["id"] for one in admin.get(realm, "clients")}
    user = admin.get(realm, "clients", ids[client], "service-account-user")["id"]
    gone = [admin.get(realm, "clients", ids["realm-management"], "roles", role) for role in roles]
    admin.send("DELETE", (realm, "users", user, "role-mappings", "clients", ids["realm-management"]), gone)


def roles_of(admin: Admin, realm: str, client: str) -> set[str]:
    """All that an account may, by the names of the rights given to it."""
    ids = {one["clientId"]: one["id"] for one in admin.get(realm, "clients")}
    user = admin.get(realm, "clients", ids[client], "service-account-user")["id"]
    held = admin.get(realm, "users", user, "role-mappings")["clientMappings"]
    assert set(held) == {"realm-management"}
    return {role["name"] for role in held["realm-management"]["mappings"]}


def known(admin: Admin, realm: str) -> set[str]:
    """The rights that this Keycloak knows."""
    (management,) = admin.get(realm, "clients", query={"clientId": "realm-management"})
    return {role["name"] for role in admin.get(realm, "clients", management["id"], "roles")}


def test_they_are_made_once_and_a_second_run_finds_nothing(admin: Admin, realm: str) -> None:
    first = made(admin, realm)
    assert set(first.logins) == {"reader", "writer"}
    assert roles_of(admin, realm, READER.client) == set(READER.roles) & known(admin, realm)
    assert roles_of(admin, realm, WRITER.client) == set(WRITER.roles)
    again = plan_accounts(admin, realm, Wish(), create_realm=False, say=lambda _: None)
    plan = again.planned.plan
    assert (plan.changes, plan.adopted, plan.released, again.logins) == ((), (), (), {})
    assert again.ways == {"reader": "secret", "writer": "secret"}


def test_what_somebody_adds_to_them_is_taken_away_again(admin: Admin, realm: str) -> None:
    made(admin, realm)
    take(admin, realm, WRITER.client, "manage-users")
    ids = {one["clientId"]: one["id"] for one in admin.get(realm, "clients")}
    user = admin.get(realm, "clients", ids[READER.client], "service-account-user")["id"]
    more = [admin.get(realm, "clients", ids["realm-management"], "roles", "realm-admin")]
    admin.send("POST", (realm, "users", user, "role-mappings", "clients", ids["realm-management"]), more)
    again = made(admin, realm)
    assert addresses(again.planned.plan) == [
        f"update service-account-roles/{READER.client}",
        f"update service-account-roles/{WRITER.client}",
    ]
    assert again.logins == {}


def test_a_right_that_is_added_by_hand_enters_no_token(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    """Neither given to the account itself, nor by what every new user gets."""
    admin.send("POST", (realm, "groups"), {"name": "everybody"})
    (group,) = admin.get(realm, "groups")
    ids = {one["clientId"]: one["id"] for one in admin.get(realm, "clients")}
    strong = [admin.get(realm, "clients", ids["realm-management"], "roles", "manage-realm")]
    admin.send("POST", (realm, "groups", group["id"], "role-mappings", "clients", ids["realm-management"]), strong)
    admin.send("PUT", (realm, "default-groups", group["id"]))
    accounts = made(admin, realm)
    (reader,) = admin.get(realm, "clients", query={"clientId": READER.client})
    user = admin.get(realm, "clients", reader["id"], "service-account-user")["id"]
    assert admin.get(realm, "users", user, "groups") == []
    admin.send("POST", (realm, "users", user, "role-mappings", "clients", ids["realm-management"]), strong)
    with (
        closing(as_account(keycloak, realm, accounts, "reader")) as reading,
        pytest.raises(Forbidden, match="may not change roles"),
    ):
        reading.send("POST", (realm, "roles"), {"name": "x"})


def test_the_realms_own_files_neither_delete_nor_report_them(admin: Admin, realm: str) -> None:
    applied(admin, declared(realm, {"roles": {"a": {}}}))
    made(admin, realm)
    desired = declared(realm, {"roles": {"a": {}}})
    everything = Desired(realm, desired.resources, prune=frozenset({"client", "protocol-mapper", "identity-provider"}))
    for one in (desired, everything):
        plan = planned(admin, one)
        assert (plan.changes, plan.unmanaged) == ((), ())
    told = find(admin, plan, desired, read(admin, desired), (), today=datetime.now(UTC).date())
    assert told.deviations == ()
    with pytest.raises(Refused, match=r"realmctl-reader belongs to the owner realmctl-bootstrap"):
        planned(admin, declared(realm, {"clients": {READER.client: {"enabled": False}}}))


def test_an_export_leaves_them_out_and_says_so(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    applied(admin, declared(realm, PEOPLE | {"users": {}}))
    before = export(whole(admin, realm))
    accounts = made(admin, realm)
    after = export(whole(admin, realm))
    head, _, rest = after.files["realm.yaml"].partition("\nrealm:")
    assert "realmctl-reader, realmctl-writer" in head
    assert rest == before.files["realm.yaml"].partition("\nrealm:")[2]
    assert {name: text for name, text in after.files.items() if name != "realm.yaml"} == {
        name: text for name, text in before.files.items() if name != "realm.yaml"
    }
    assert (after.changes, after.findings) == ((), ())
    # Who may only view writes down the same.
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        seen = export(whole(reader, realm))
    assert {name: text for name, text in seen.files.items() if name != "realm.yaml"} == {
        name: text for name, text in after.files.items() if name != "realm.yaml"
    }
    assert seen.files["realm.yaml"].partition("\nrealm:")[2] == rest


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
        seen, known = read(reader, desired), read(admin, desired)
        mine, theirs = make_plan(desired, seen), make_plan(desired, known)
        assert len(theirs.changes) >= 3
        assert (mine.changes, mine.unmanaged, mine.adopted) == (theirs.changes, theirs.unmanaged, theirs.adopted)
        assert mine.unseen == ()
        found = find(reader, mine, desired, seen, (), today=today)
        wanted = find(admin, theirs, desired, known, (), today=today)
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
        snapshot = read(reader, desired)
        assert (snapshot.unseen, make_plan(desired, snapshot).changes) == ((), ())
        reader.get(realm, "admin-events")
    for role in sorted(roles_of(admin, realm, READER.client)):
        take(admin, realm, READER.client, role)
        with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
            if role == "view-events":
                with pytest.raises(Forbidden, match="may not read"):
                    reader.get(realm, "admin-events")
            else:
                unseen = read(reader, desired).unseen_kinds
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
        snapshot = read(reader, desired)
    kinds = {kind for kind in snapshot.unseen_kinds if any(one.kind == kind for one in desired.resources)}
    authorization = {f"authorization{part}" for part in ("", "-scope", "-resource", "-policy")}
    organizations = {"organization", "organization-identity-providers"} if OLDER else set()
    assert kinds - {"organization-identity-providers"} == (authorization | organizations) - {
        "organization-identity-providers"
    }
    told = " ".join(snapshot.unseen)
    assert "manage-clients (Keycloak tells these settings to nobody who may only view)" in told
    assert make_plan(desired, snapshot).changes == ()


def test_the_writer_applies_everything_and_takes_it_away_again(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    accounts = made(admin, realm)
    with closing(as_account(keycloak, realm, accounts, "writer")) as writer:
        # What the example binds has to be bound elsewhere before it goes.
        said = {**EVERY_KIND, "browserFlow": "browser"}
        for desired in (example(realm), declared(realm, said), declared(realm, {})):
            applied(writer, desired)
            for eyes in (writer, admin):
                plan = planned(eyes, desired)
                assert (plan.changes, plan.unmanaged, plan.unseen) == ((), (), ())


@pytest.mark.parametrize("role", WRITER.roles)
def test_each_right_of_the_writer_is_needed(admin: Admin, keycloak: Keycloak, realm: str, role: str) -> None:
    accounts = made(admin, realm)
    take(admin, realm, WRITER.client, role)
    desired = declared(realm, EVERY_KIND)
    with closing(as_account(keycloak, realm, accounts, "writer")) as writer, pytest.raises(RealmctlError):
        applied(writer, desired)
    assert planned(admin, desired).changes


def test_an_administrator_of_the_realm_alone_can_make_them(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    client = {"clientId": "root", "secret": "canary", "serviceAccountsEnabled": True}
    client_id = admin.send("POST", (realm, "clients"), client).id
    user = admin.get(realm, "clients", client_id, "service-account-user")["id"]
    (management,) = admin.get(realm, "clients", query={"clientId": "realm-management"})
    strong = [admin.get(realm, "clients", management["id"], "roles", "realm-admin")]
    admin.send("POST", (realm, "users", user, "role-mappings", "clients", management["id"]), strong)
    with closing(logged_in(keycloak, realm, client_id="root", client_secret="canary")) as root:
        accounts = made(root, realm)
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        assert reader.get(realm, "clients")


def test_who_may_too_little_is_told_so(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    accounts = made(admin, realm)
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader:
        assert plan_accounts(reader, realm, Wish(), create_realm=False, say=lambda _: None).planned.plan.empty
    take(admin, realm, READER.client, "view-clients")
    with closing(as_account(keycloak, realm, accounts, "reader")) as reader, pytest.raises(Forbidden) as refusal:
        plan_accounts(reader, realm, Wish(), create_realm=False, say=lambda _: None)
    assert "realm-admin" in refusal.value.advice


def test_the_realm_is_made_only_where_that_is_asked_for(admin: Admin, keycloak: Keycloak, realm_name: str) -> None:
    with pytest.raises(NotFound, match=realm_name):
        made(admin, realm_name)
    accounts = made(admin, realm_name, create_realm=True)
    with closing(as_account(keycloak, realm_name, accounts, "writer")) as writer:
        applied(writer, example(realm_name))
    assert plan_accounts(admin, realm_name, Wish(), create_realm=True, say=lambda _: None).planned.plan.empty
    with pytest.raises(Refused, match="master"):
        made(admin, "master")


def test_a_secret_is_replaced_only_where_that_is_asked_for(admin: Admin, keycloak: Keycloak, realm: str) -> None:
    first = made(admin, realm)
    second = made(admin, realm, Wish(rotate=frozenset({"reader"})))
    assert addresses(second.planned.plan) == [f"update client/{READER.client}"]
    assert set(second.logins) == {"reader"}
    with closing(as_account(keycloak, realm, second, "reader")) as reader:
        reader.log_in()
    with closing(as_account(keycloak, realm, first, "writer")) as writer:
        writer.log_in()
    with (
        closing(as_account(keycloak, realm, first, "reader")) as old,
        pytest.raises(ServerError, match="did not accept"),
    ):
        old.log_in()


def test_a_key_in_place_of_a_secret(admin: Admin, keycloak: Keycloak, realm: str, tmp_path: Path) -> None:
    first = made(admin, realm)
    keys = {"reader": by_key(), "writer": by_key()}
    second = made(admin, realm, Wish(keys))
    assert second.ways == {"reader": "key", "writer": "key"}
    for name in ("reader", "writer"):
        with pytest.raises(ServerError), closing(as_account(keycloak, realm, first, name)) as old:
            old.log_in()
        with closing(by_key_file(keycloak, realm, name, second.logins[name], tmp_path)) as new:
            new.get(realm)
            new.renew()
            new.get(realm)
    # Asked for again, keys that are there stay; said nothing of, too.
    for wish in (Wish({"reader": by_key(), "writer": by_key()}), Wish()):
        assert plan_accounts(admin, realm, wish, create_realm=False, say=lambda _: None).planned.plan.empty
    third = made(admin, realm, Wish(rotate=frozenset({"reader"})))
    with closing(by_key_file(keycloak, realm, "reader", third.logins["reader"], tmp_path)) as new:
        new.get(realm)
    # The wrong one of two keys: as the writer with the reader's.
    file = str(tmp_path / "reader.key")
    other = logged_in(keycloak, realm, client_id=WRITER.client, key_file=file)
    with closing(other), pytest.raises(ServerError, match="with the key") as refusal:
        other.log_in()
    assert "--rotate" in refusal.value.advice


def by_key_file(keycloak: Keycloak, realm: str, name: str, login: Login, folder: Path) -> Admin:
    assert login.key
    file = folder / f"{name}.key"
    file.write_text(login.key.reveal())
    return logged_in(keycloak, realm, client_id=f"realmctl-{name}", key_file=str(file))


@contextmanager
def issuer(identity: Identity) -> Iterator[str]:
    """An issuer of tokens on this machine, as a cluster is one: its discovery document and its keys."""
    told: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(told.get(self.path, {})).encode()
            self.send_response(200 if self.path in told else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}"
    told["/openid/v1/jwks"] = {"keys": [identity.jwk()]}
    told["/.well-known/openid-configuration"] = {"issuer": url, "jwks_uri": f"{url}/openid/v1/jwks"}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def token(keycloak: Keycloak, realm: str, identity: Identity, folder: Path, **claims: str) -> str:
    """A file with a signed JWT for the realm."""
    now = int(time.time())
    said = {"aud": f"{keycloak.url}/realms/{realm}", "jti": uuid.uuid4().hex, "iat": now, "exp": now + 30, **claims}
    file = folder / uuid.uuid4().hex
    file.write_text(identity.jwt(said))
    return str(file)


def test_keys_of_ones_own_by_the_address_of_their_key_set(
    admin: Admin, keycloak: Keycloak, realm: str, tmp_path: Path
) -> None:
    identity = Identity.make(tmp_path)
    with issuer(identity) as url:
        wish = Wish({"reader": by_key_set(f"{url}/openid/v1/jwks")})
        accounts = made(admin, realm, wish)
        assert accounts.ways == {"reader": "jwks", "writer": "secret"}
        signed = token(keycloak, realm, identity, tmp_path, iss=READER.client, sub=READER.client)
        with closing(logged_in(keycloak, realm, assertion_file=signed)) as reader:
            assert reader.get(realm, "clients")
        assert plan_accounts(admin, realm, wish, create_realm=False, say=lambda _: None).planned.plan.empty
    with pytest.raises(UsageProblem, match="realmctl-reader has no secret"):
        made(admin, realm, Wish(rotate=frozenset({"reader"})))


def test_a_clusters_token(admin: Admin, keycloak: Keycloak, realm: str, tmp_path: Path) -> None:
    identity = Identity.make(tmp_path)
    with issuer(identity) as url:
        pods = {"reader": by_kubernetes(url, "ci", "plan"), "writer": by_kubernetes(url, "ci", "apply")}
        if OLDER:
            with pytest.raises(BadConfig, match=r"needs Keycloak 26\.7"):
                made(admin, realm, Wish(pods))
            return
        accounts = made(admin, realm, Wish(pods))
        assert accounts.ways == {"reader": "kubernetes", "writer": "kubernetes"}

        def by(pod: str) -> Callable[[], Admin]:
            subject = f"system:serviceaccount:ci:{pod}"
            return lambda: logged_in(
                keycloak, realm, assertion_file=token(keycloak, realm, identity, tmp_path, iss=url, sub=subject)
            )

        with closing(by("plan")()) as reader:
            assert reader.whoami() == f"service-account-{READER.client}"
            assert reader.get(realm, "clients")
            with pytest.raises(Forbidden):
                reader.send("POST", (realm, "roles"), {"name": "x"})
        with closing(by("apply")()) as writer:
            applied(writer, declared(realm, {"roles": {"a": {}}}))
        with closing(by("other")()) as stranger, pytest.raises(ServerError, match="did not accept"):
            stranger.log_in()
        # Said nothing of, the cluster stays; and it is no business of the realm's own files.
        assert plan_accounts(admin, realm, Wish(), create_realm=False, say=lambda _: None).planned.plan.empty
        assert planned(admin, declared(realm, {"roles": {"a": {}}})).unmanaged == ()
        assert Address("identity-provider", ("realmctl-kubernetes",)) in read(admin, accounts.planned.desired).objects
        back = made(admin, realm, Wish({"reader": by_key(), "writer": by_key()}))
        assert "delete identity-provider/realmctl-kubernetes" in addresses(back.planned.plan)
