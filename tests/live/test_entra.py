"""The word `entra` on a real Keycloak: people log in through the stand-in for Entra, and are what Entra says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import standin
from realmctl.admin import Admin
from standin import App, AppRole, Group, OptionalClaims, Secret, Standin, Tenant, User
from tests.conftest import Keycloak
from tests.live.login import Browser, Stopped, Tokens
from tests.live.scene import applied, planned, written

APP = "6f1d6d0e-0000-4000-8000-0000000000b1"
SECRET = "canary-of-the-stand-in"
ORDERS = "6f1d6d0e-0000-4000-8000-000000000001"
REDIRECT = "http://localhost/app"
ADA = "ada@contoso.com"


def contoso() -> Tenant:
    tenant = Tenant(
        apps=[
            App(
                appId=APP,
                displayName="Platform login",
                secrets=[Secret(value=SecretStr(SECRET))],
                appRoles=[AppRole(value="Platform.Admin"), AppRole(value="Orders.Refund")],
                groupMembershipClaims="SecurityGroup",
                optionalClaims=OptionalClaims(idToken=["given_name", "family_name"]),
                mappedClaims={"department": "department"},
            )
        ],
        users=[
            User(
                userPrincipalName=ADA,
                displayName="Ada Lovelace",
                givenName="Ada",
                surname="Lovelace",
                mail="ada.lovelace@contoso.com",
                attributes={"department": "Engines"},
            ),
            User(userPrincipalName="bob@contoso.com", displayName="Bob"),
        ],
        groups=[Group(id=ORDERS, displayName="sg-orders", members=[ADA])],
    )
    tenant.assign(APP, ADA, "Platform.Admin")
    tenant.assign(APP, "sg-orders", "Orders.Refund")
    return tenant


@dataclass
class Scene:
    """A realm that brokers to a stand-in."""

    admin: Admin
    entra: Standin
    realm: str
    address: str
    folder: Path

    @property
    def tenant(self) -> Tenant:
        return self.entra.tenant

    @property
    def app(self) -> App:
        return self.tenant.app(APP)

    def apply(self, **changed: Any) -> None:
        """The realm as declared, with other fields of `entra`."""
        wanted = written(self.folder, self.realm, realm(self.entra, **changed))
        assert not applied(self.admin, wanted).failed
        assert not planned(self.admin, wanted).changes

    def log_in(self, login: str = ADA, browser: Browser | None = None, **more: str) -> Tokens:
        return (browser or Browser(self.entra.ca)).log_in(self.address, "app", REDIRECT, login, **more)

    def user(self, name: str) -> dict[str, Any]:
        (found,) = self.admin.get(self.realm, "users", query={"username": name, "exact": "true"})
        assert isinstance(found, dict)
        return found

    def roles(self, name: str) -> set[str]:
        found = self.admin.get(self.realm, "users", self.user(name)["id"], "role-mappings", "realm")
        return {role["name"] for role in found} - {f"default-roles-{self.realm}"}

    def groups(self, name: str) -> set[str]:
        return {group["path"] for group in self.admin.get(self.realm, "users", self.user(name)["id"], "groups")}


def realm(entra: Standin, **changed: Any) -> dict[str, Any]:
    back_channel = f"{entra.plain_url}/{entra.tenant.id}"
    return {
        "entra": {
            "tenantId": entra.tenant.id,
            "clientId": APP,
            "clientSecret": SECRET,
            "authority": entra.url,
            # The server does not trust the stand-in's CA: what it fetches itself goes over plain HTTP.
            "endpoints": {
                "token": f"{back_channel}/oauth2/v2.0/token",
                "keys": f"{back_channel}/discovery/v2.0/keys",
            },
            "attributes": {"department": "department"},
            "appRoles": {"Platform.Admin": "platform-admin", "Orders.Refund": "refunder"},
            "groups": {ORDERS: "/orders-team"},
            **changed,
        },
        "roles": {"platform-admin": {}, "refunder": {}, "given-here": {}},
        "groups": {"orders-team": {}},
        "clients": {
            "app": {
                "publicClient": True,
                "redirectUris": [REDIRECT],
                "attributes": {"post.logout.redirect.uris": [REDIRECT]},
            }
        },
    }


@pytest.fixture
def scene(keycloak: Keycloak, realm_name: str, tmp_path: Path) -> Iterator[Scene]:
    with closing(keycloak.admin()) as admin, standin.running(contoso()) as entra:
        address = f"{keycloak.url}/realms/{realm_name}"
        endpoint = f"{address}/broker/entra/endpoint"
        entra.tenant.app(APP).redirectUris = [endpoint, f"{endpoint}/logout_response"]
        found = Scene(admin, entra, realm_name, address, tmp_path)
        found.apply()
        yield found


def test_who_logs_in_is_what_entra_says(scene: Scene) -> None:
    tokens = scene.log_in()
    user = scene.user(ADA)
    assert (user["email"], user["firstName"], user["lastName"]) == ("ada.lovelace@contoso.com", "Ada", "Lovelace")
    assert user["emailVerified"]
    assert user["attributes"] == {"department": ["Engines"], "entra_oid": [scene.tenant.user(ADA).oid]}
    assert scene.roles(ADA) == {"platform-admin", "refunder"}
    assert scene.groups(ADA) == {"/orders-team"}
    assert {"platform-admin", "refunder"} <= set(tokens.access["realm_access"]["roles"])


def test_what_is_withdrawn_in_entra_is_gone_at_the_next_login_and_what_keycloak_gave_stays(scene: Scene) -> None:
    scene.log_in()
    given = scene.admin.get(scene.realm, "roles", "given-here")
    scene.admin.send("POST", (scene.realm, "users", scene.user(ADA)["id"], "role-mappings", "realm"), [given])
    scene.tenant.withdraw(APP, ADA, "Platform.Admin")
    scene.tenant.group("sg-orders").members = []
    scene.log_in()
    assert scene.roles(ADA) == {"given-here"}
    assert scene.groups(ADA) == set()


def test_a_stranger_with_the_same_address_does_not_take_an_account_over(scene: Scene) -> None:
    account = {"username": "root", "email": "ada.lovelace@contoso.com", "emailVerified": True, "enabled": True}
    scene.admin.send("POST", (scene.realm, "users"), account)
    with pytest.raises(Stopped, match="already exists"):
        scene.log_in()
    owner = scene.user("root")
    assert scene.admin.get(scene.realm, "users", owner["id"], "federated-identity") == []
    assert scene.roles("root") == set()


def test_logging_out_ends_the_session_at_entra_too(scene: Scene) -> None:
    browser = Browser(scene.entra.ca)
    tokens = scene.log_in(browser=browser)
    scene.log_in(browser=browser, prompt="login")
    assert browser.asked_for_password == 1  # Entra's session answered
    browser.log_out(scene.address, "app", REDIRECT, tokens)
    assert not scene.entra.state.sessions
    scene.log_in(browser=browser)
    assert browser.asked_for_password == 2
