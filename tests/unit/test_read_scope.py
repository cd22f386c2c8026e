"""What a read looks at: what is declared, what it refers to, the former names; and client secrets where they count."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from realmctl.engine.read.scope import Scope, scope_of, scope_to
from realmctl.engine.read.snapshot import read
from realmctl.errors import Forbidden, NotFound, Place
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.kinds.expansion import desired, expand
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.model.address import Address
from realmctl.model.objects import Limits, Written
from realmctl.model.secret import Secret
from tests.cases.kinds.case import merged

CLIENT = Address("client", ("app",))


def scope(said: Any) -> Scope:
    file = realm_file().model_validate(said)
    return scope_of(desired("fresh", expand(file, Written(Place("realm.yaml"))), limits=Limits()))


class Fake:
    """An administrator of one realm, which may export; remembers what it was asked for."""

    def __init__(self, **more: Any) -> None:
        self.export = merged(fresh_realm(), {"realm": "fresh", **more})
        self.asked: list[tuple[str, ...]] = []

    def send(self, _method: str, path: tuple[str, ...], *_: Any, **__: Any) -> Any:
        self.asked.append(path)
        return SimpleNamespace(body=self.export)

    def get(self, *path: str, **_: Any) -> Any:
        self.asked.append(path)
        if path == ("fresh", "clients"):
            return [{"id": "1", "clientId": "app", "secret": "CANARY-of-the-list"}]
        raise NotFound("not there")

    def whoami(self) -> str:
        return "service-account-reader"


def test_a_scope_has_what_is_declared_absent_referred_to_and_renamed() -> None:
    found = scope(
        {
            "roles": {"lead": {"renamedFrom": "boss", "composites": ["reader"]}, "gone": {"absent": True}},
            "clients": {"app": {}},
        }
    )
    assert {CLIENT, Address("role", ("lead",)), Address("role-composites", ("lead",))} <= found.objects
    assert found.absent == {Address("role", ("gone",))}
    assert found.former >= {Address("role", ("boss",))}
    assert Address("role", ("reader",)) in found.referred
    assert {"role", "client", "role-composites"} <= found.kinds
    assert not found.client_secrets


def test_a_scope_of_addresses_has_no_declarations() -> None:
    found = scope_to("fresh", [CLIENT], owner="me")
    assert (found.realm, found.owner, *found.objects) == ("fresh", "me", CLIENT)
    assert Address("realm-client-scopes") in found.referred
    assert (found.absent, found.former, found.client_secrets) == (frozenset(), frozenset(), False)


@pytest.mark.parametrize("is_declared", [True, False])
def test_the_secrets_of_clients_are_asked_for_where_one_is_declared(is_declared: bool) -> None:
    fields = {"secret": Secret("CANARY-declared")} if is_declared else {}
    admin = Fake(clients=[{"id": "1", "clientId": "app", "secret": "**********"}])
    found = read(cast("Admin", admin), scope({"clients": {"app": fields}}))
    assert (("fresh", "clients") in admin.asked) is is_declared
    secret = found.objects[CLIENT].fields["secret"]
    assert (secret == "CANARY-of-the-list") is is_declared


def test_a_declared_client_that_is_hidden_from_the_account_is_refused() -> None:
    mine = {"id": "2", "clientId": "reader", "attributes": {"realmctl.hidden-clients": "app##other"}}
    with pytest.raises(Forbidden, match="declare the client app, and it is hidden from the account reader"):
        read(cast("Admin", Fake(clients=[mine])), scope({"clients": {"app": {}}}))
    assert CLIENT not in read(cast("Admin", Fake(clients=[mine])), scope({})).objects
