"""How the accounts for pipelines log in: by secrets, by keys, by a cluster's tokens."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import BadConfig, Forbidden, ServerError, UsageProblem
from realmctl.keycloak.admin import Admin
from realmctl.model.address import Address
from realmctl.workflow.bootstrap import Login, Wish, by_key, by_key_set, by_kubernetes, by_secret, plan_accounts
from realmctl.workflow.bootstrap.accounts import READER, WRITER
from tests.conftest import Keycloak
from tests.live.accounts import as_account, logged_in, made
from tests.live.every_kind import OLDER
from tests.live.scene import addresses, applied, declared, planned
from tests.support.faults.identity import KEY_ID, Identity


def secrets() -> dict[str, Login]:
    return {"reader": by_secret(), "writer": by_secret()}


@pytest.mark.parametrize("logins", [secrets, dict], ids=["secrets", "keys"])
def test_a_secret_or_key_is_replaced_only_where_that_is_asked_for(
    admin: Admin, keycloak: Keycloak, realm: str, logins: Callable[[], dict[str, Login]]
) -> None:
    first = made(admin, realm, Wish(logins()))
    assert plan_accounts(admin, realm, Wish(logins())).plan.empty
    second = made(admin, realm, Wish(logins(), rotate=frozenset({"reader"})))
    assert addresses(second.plan) == [f"update client/{READER.client}"]
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
    first = made(admin, realm, Wish(secrets()))
    assert first.ways == {"reader": "secret", "writer": "secret"}
    second = made(admin, realm)
    assert second.before == first.ways
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
        assert plan_accounts(admin, realm, wish).plan.empty
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
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
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
    file.write_text(identity.jwt(said, kid=KEY_ID))
    return str(file)


def test_keys_of_ones_own_by_the_address_of_their_key_set(
    admin: Admin, keycloak: Keycloak, realm: str, tmp_path: Path
) -> None:
    identity = Identity.make(tmp_path)
    with issuer(identity) as url:
        # Before, a key of another algorithm: it must not be the only one that is taken any more.
        made(admin, realm)
        wish = Wish({"reader": by_key_set(f"{url}/openid/v1/jwks")})
        accounts = made(admin, realm, wish)
        assert accounts.ways == {"reader": "jwks", "writer": "key"}
        signed = token(keycloak, realm, identity, tmp_path, iss=READER.client, sub=READER.client)
        with closing(logged_in(keycloak, realm, assertion_file=signed)) as reader:
            assert reader.get(realm, "clients")
        assert plan_accounts(admin, realm, wish).plan.empty
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
        assert plan_accounts(admin, realm, Wish()).plan.empty
        assert planned(admin, declared(realm, {"roles": {"a": {}}})).unmanaged == ()
        assert Address("identity-provider", ("realmctl-kubernetes",)) in read(admin, scope_of(accounts.desired)).objects
        back = made(admin, realm, Wish({"reader": by_key(), "writer": by_key()}))
        assert "delete identity-provider/realmctl-kubernetes" in addresses(back.plan)
