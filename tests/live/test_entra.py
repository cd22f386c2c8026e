"""The word `entra` on a real Keycloak: people log in through the stand-in for Entra, and are what Entra says."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import standin
from realmctl.keycloak.admin import Admin
from realmctl.workflow import PlanOptions, plan_realms
from standin import App, AppRole, Group, OptionalClaims, Secret, Standin, Tenant, User
from tests.conftest import Keycloak
from tests.live.scene import applied, planned, written
from tooling.gateway.login import Browser, Stopped, Tokens

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

    def log_in(self, login: str = ADA, browser: Browser | None = None, **more: Any) -> Tokens:
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


def test_what_a_former_mapping_gave_stays_until_it_is_retired(scene: Scene) -> None:
    """Keycloak takes away only what a mapper still names. `retired` names it, and gives it to no person."""
    scene.log_in()
    moved: dict[str, Any] = {
        "appRoles": {"Platform.Admin": "given-here", "Orders.Refund": "refunder"},
        "groups": {},
        "attributes": {},
    }
    wanted = written(scene.folder, scene.realm, realm(scene.entra, **moved))
    [plan] = plan_realms(scene.admin, [wanted], say=lambda _: None, options=PlanOptions(people=True))
    assert plan.review
    assert ["".join(str(getattr(part, "text", part)) for part in told) for told in plan.review.people] == [
        "1 person from entra has the role platform-admin and keeps it.",
        "1 person from entra is in the group /orders-team and stays in it.",
    ]
    assert sorted(danger.rule for danger in plan.review.dangers) == ["mapping-left"] * 3
    scene.apply(**moved)
    scene.log_in()
    assert scene.roles(ADA) == {"platform-admin", "refunder", "given-here"}
    assert scene.groups(ADA) == {"/orders-team"}
    assert scene.user(ADA)["attributes"]["department"] == ["Engines"]
    retired = {"roles": ["platform-admin"], "groups": ["/orders-team"], "attributes": ["department"]}
    scene.apply(**moved, retired=retired)
    scene.log_in()
    assert scene.roles(ADA) == {"refunder", "given-here"}
    assert scene.groups(ADA) == set()
    assert "department" not in scene.user(ADA)["attributes"]


def test_a_stranger_with_the_same_address_does_not_take_an_account_over(scene: Scene) -> None:
    account = {"username": "root", "email": "ada.lovelace@contoso.com", "emailVerified": True, "enabled": True}
    scene.admin.send("POST", (scene.realm, "users"), account)
    with pytest.raises(Stopped, match="already exists"):
        scene.log_in()
    owner = scene.user("root")
    assert scene.admin.get(scene.realm, "users", owner["id"], "federated-identity") == []
    assert scene.roles("root") == set()


def test_entras_session_answers_until_the_logout_ends_it(scene: Scene) -> None:
    browser = Browser(scene.entra.ca)
    scene.log_in(browser=browser)
    browser.forget(scene.address)
    tokens = scene.log_in(browser=browser)
    assert browser.asked_for_password == 1
    browser.log_out(scene.address, "app", REDIRECT, tokens)
    assert not scene.entra.state.sessions
    scene.log_in(browser=browser)
    assert browser.asked_for_password == 2


def test_prompt_login_asks_for_the_password_at_entra_again(scene: Scene) -> None:
    browser = Browser(scene.entra.ca)
    scene.log_in(browser=browser)
    scene.log_in(browser=browser, prompt="login")
    assert browser.asked_for_password == 2


def test_a_logout_address_that_is_not_registered_strands_the_user_at_entra(scene: Scene) -> None:
    scene.app.redirectUris = scene.app.redirectUris[:1]
    browser = Browser(scene.entra.ca)
    tokens = scene.log_in(browser=browser)
    with pytest.raises(Stopped, match="You signed out of your account"):
        browser.log_out(scene.address, "app", REDIRECT, tokens)


def test_a_redirect_address_that_is_not_registered(scene: Scene) -> None:
    scene.app.redirectUris = []
    with pytest.raises(Stopped, match="AADSTS50011: The redirect URI"):
        scene.log_in()


def test_a_secret_that_expired(scene: Scene) -> None:
    scene.log_in()
    scene.app.secrets[0].endDateTime = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(Stopped) as stopped:
        scene.log_in()
    assert "Unexpected error when authenticating with identity provider" in stopped.value.text


def test_who_is_not_assigned_does_not_get_in(scene: Scene) -> None:
    scene.app.appRoleAssignmentRequired = True
    scene.log_in()
    with pytest.raises(Stopped, match="AADSTS50105"):
        scene.log_in("bob@contoso.com")


def test_no_mailbox_no_address(scene: Scene) -> None:
    scene.log_in("bob@contoso.com")
    assert "email" not in scene.user("bob@contoso.com")


def test_more_groups_than_a_token_holds_take_the_groups_away(scene: Scene) -> None:
    """The overage: no `groups` at all, so every group mapper withdraws; app roles are not concerned."""
    scene.log_in()
    scene.tenant.groups += [Group(displayName=f"sg-{number}", members=[ADA]) for number in range(200)]
    scene.log_in()
    assert scene.groups(ADA) == set()
    assert scene.roles(ADA) == {"platform-admin", "refunder"}
    scene.app.groupMembershipClaims = "ApplicationGroup"
    scene.log_in()
    assert scene.groups(ADA) == {"/orders-team"}


def test_new_signing_keys_are_fetched(scene: Scene) -> None:
    """Keycloak asks for keys at most every ten seconds; until then a login with a new key fails (502)."""
    scene.log_in()
    scene.entra.rotate_keys(withdraw_old=True)
    for _ in range(15):
        with contextlib.suppress(Stopped):
            scene.log_in()
            return
        time.sleep(1)
    pytest.fail("the new key was not fetched within 15 seconds")


def test_tokens_of_another_tenant_are_refused(scene: Scene) -> None:
    """`common` as authority: Entra signs in whoever has an account anywhere; Keycloak looks at the issuer."""
    scene.app.signInAudience = "AzureADMultipleOrgs"
    fabrikam = Tenant(id="6f1d6d0e-0000-4000-8000-00000000cccc", domain="fabrikam.com", displayName="Fabrikam")
    fabrikam.users = [User(userPrincipalName="eve@fabrikam.com", displayName="Eve", mail="ada.lovelace@contoso.com")]
    scene.entra.state.directory.tenants.append(fabrikam)
    common = f"{scene.entra.url}/common/oauth2/v2.0/authorize"
    token = f"{scene.entra.plain_url}/common/oauth2/v2.0/token"
    keys = f"{scene.entra.plain_url}/common/discovery/v2.0/keys"
    scene.apply(endpoints={"authorization": common, "token": token, "keys": keys})
    scene.log_in()
    with pytest.raises(Stopped) as stopped:
        scene.log_in("eve@fabrikam.com")
    assert "Unexpected error when authenticating with identity provider" in stopped.value.text
    assert not scene.admin.get(scene.realm, "users", query={"username": "eve"})
