"""Signing in by hand: what the login page, the consent, the errors and the logout are like; and what tokens hold."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from pydantic import SecretStr

from standin import App, Group, OptionalClaims, Secret, Standin, Tenant, User
from standin.claims import Place, id_token
from standin.tenant import Membership
from tests.unit.standin.browser import came_back, sign_in
from tests.unit.standin.conftest import APP, BACK, SECRET, contoso

VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
HERE = Place("https://localhost:1")


@pytest.fixture
def browser(entra: Standin) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.verify = str(entra.ca)
        yield session


def address(entra: Standin, tenant: str = "", **said: str) -> str:
    asked = {"client_id": APP, "redirect_uri": BACK, "response_type": "code", "scope": "openid profile", **said}
    return f"{entra.url}/{tenant or entra.tenant.domain}/oauth2/v2.0/authorize?{urlencode(asked)}"


def redeem(entra: Standin, browser: requests.Session, code: str, **said: str) -> Any:
    values = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": APP,
        "client_secret": SECRET,
        **said,
    }
    return browser.post(f"{entra.authority}/oauth2/v2.0/token", data=values).json()


def test_a_code_is_bound_to_its_verifier(entra: Standin, browser: requests.Session) -> None:
    start = address(entra, code_challenge=CHALLENGE, code_challenge_method="S256", state="s")
    back = came_back(sign_in(browser, start, "ada@contoso.com"))
    assert back["state"] == "s"
    assert redeem(entra, browser, back["code"], code_verifier="w" * 50)["error_codes"] == [501481]
    back = came_back(browser.get(start, allow_redirects=False))  # the session answers
    assert "id_token" in redeem(entra, browser, back["code"], code_verifier=VERIFIER)


def test_a_wrong_password(entra: Standin, browser: requests.Session) -> None:
    assert "AADSTS50126" in sign_in(browser, address(entra), "ada@contoso.com", "wrong").text


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ({"redirect_uri": "http://localhost/elsewhere"}, 50011),
        ({"client_id": "00000000-0000-4000-8000-00000000dead"}, 700016),
        ({"tenant": "nobody.example.com"}, 90002),
        ({"tenant": "common"}, 50194),
    ],
)
def test_what_can_not_be_told_to_the_app_is_told_on_a_page(
    entra: Standin, browser: requests.Session, said: dict[str, str], number: int
) -> None:
    answer = browser.get(address(entra, **said), allow_redirects=False)
    assert answer.status_code == 400
    assert f"AADSTS{number}:" in answer.text


def test_prompt_none_is_answered_to_the_app(entra: Standin, browser: requests.Session) -> None:
    back = came_back(browser.get(address(entra, prompt="none"), allow_redirects=False))
    assert back["error"] == "login_required"
    assert back["error_description"].startswith("AADSTS50058")


def test_consent_is_asked_for_once(entra: Standin, browser: requests.Session) -> None:
    start = address(entra, scope="openid Mail.Read")
    asked = sign_in(browser, start, "ada@contoso.com")
    assert "Permissions requested by Platform login" in asked.text
    accepted = browser.post(start, data={"action": "accept"}, allow_redirects=False)
    assert "code" in came_back(accepted)
    assert "code" in came_back(browser.get(start, allow_redirects=False))


def test_consent_that_only_an_administrator_may_give(entra: Standin, browser: requests.Session) -> None:
    entra.tenant.userConsent = False
    refused = came_back(sign_in(browser, address(entra, scope="openid Mail.Read"), "ada@contoso.com"))
    assert refused["error"] == "access_denied"
    assert refused["error_description"].startswith("AADSTS90094")


def test_form_post(entra: Standin, browser: requests.Session) -> None:
    answer = sign_in(browser, address(entra, response_mode="form_post"), "ada@contoso.com")
    assert f'<form method="post" action="{BACK}">' in answer.text
    assert 'name="code"' in answer.text


def test_other_apps_are_told_of_a_logout(entra: Standin, browser: requests.Session) -> None:
    entra.tenant.app(APP).logoutUrl = "http://localhost/logged-out"
    sign_in(browser, address(entra), "ada@contoso.com")
    logout = f"{entra.authority}/oauth2/v2.0/logout?{urlencode({'post_logout_redirect_uri': BACK})}"
    answer = browser.get(logout, allow_redirects=False)
    assert '<iframe hidden src="http://localhost/logged-out?iss=' in answer.text
    assert f'href="{BACK}"' in answer.text
    assert browser.get(logout, allow_redirects=False).headers["Location"] == BACK  # nobody is left to be told


def test_common_signs_in_whoever_has_an_account_somewhere(entra: Standin, browser: requests.Session) -> None:
    entra.tenant.app(APP).signInAudience = "AzureADMultipleOrgs"
    fabrikam = Tenant(id="6f1d6d0e-0000-4000-8000-00000000cccc", domain="fabrikam.com", displayName="Fabrikam")
    fabrikam.users = [User(userPrincipalName="eve@fabrikam.com")]
    entra.state.directory.tenants.append(fabrikam)
    back = came_back(sign_in(browser, address(entra, "common"), "eve@fabrikam.com"))
    token = redeem(entra, browser, back["code"])
    said = entra.state.keys.read(token["id_token"])
    assert said
    assert said["iss"] == f"{entra.url}/{fabrikam.id}/v2.0"
    discovery = browser.get(f"{entra.url}/common/v2.0/.well-known/openid-configuration").json()
    assert discovery["issuer"] == f"{entra.url}/{{tenantid}}/v2.0"


def test_a_code_is_for_the_app_that_asked(entra: Standin, browser: requests.Session) -> None:
    entra.tenant.apps.append(App(appId="other", redirectUris=[BACK], secrets=[Secret(value=SecretStr("other"))]))
    back = came_back(sign_in(browser, address(entra), "ada@contoso.com"))
    refused = redeem(entra, browser, back["code"], client_id="other", client_secret="other")
    assert refused["error_codes"] == [70000]


# What is in an ID token; no server needed.


def token_of(tenant: Tenant, name: str, *scopes: str, **said: Any) -> dict[str, Any]:
    app = tenant.app(APP)
    return id_token(HERE, tenant, app, tenant.user(name), scopes or ("openid", "profile", "email"), **said)


def test_what_an_id_token_holds() -> None:
    tenant = contoso()
    said = token_of(tenant, "ada@contoso.com")
    assert said["iss"] == f"https://localhost:1/{tenant.id}/v2.0"
    assert said["preferred_username"] == "ada@contoso.com"
    assert said["roles"] == ["Orders.Refund"]
    assert said["groups"] == [tenant.groups[0].oid]
    absent = {"email_verified", "upn", "given_name", "at_hash", "auth_time", "sid", "idp", "xms_edov", "department"}
    assert not absent & said.keys()


def test_optional_claims_are_only_there_when_asked_for() -> None:
    tenant = contoso()
    app = tenant.app(APP)
    app.optionalClaims = OptionalClaims(idToken=["upn", "given_name", "xms_edov", "acct"])
    app.mappedClaims = {"dept": "department"}
    said = token_of(tenant, "ada@contoso.com")
    assert (said["upn"], said["given_name"], said["xms_edov"], said["acct"]) == ("ada@contoso.com", "Ada", True, 0)
    assert said["dept"] == "Engines"


def test_an_address_only_for_who_has_a_mailbox_and_asked() -> None:
    tenant = contoso()
    assert "email" not in token_of(tenant, "bob@contoso.com")
    assert "email" not in token_of(tenant, "ada@contoso.com", "openid", "profile")
    guest = token_of(tenant, "gus@fabrikam.com", "openid", "profile")
    assert (guest["email"], guest["idp"]) == ("gus@fabrikam.com", "https://sts.windows.net/fabrikam/")


def test_a_subject_is_another_one_for_another_app() -> None:
    tenant = contoso()
    tenant.apps.append(App(appId="other"))
    ada = tenant.user("ada@contoso.com")
    other = id_token(HERE, tenant, tenant.app("other"), ada, ["openid", "profile"])
    mine = token_of(tenant, "ada@contoso.com")
    assert mine["sub"] != other["sub"]
    assert mine["oid"] == other["oid"]


def test_groups_by_membership_claims_and_the_overage() -> None:
    tenant = contoso()
    tenant.groups += [
        Group(displayName="nested", members=["sg-orders"]),
        Group(displayName="team", securityEnabled=False, unified=True, members=["ada@contoso.com"]),
    ]
    ids = {group.displayName: group.oid for group in tenant.groups}
    app = tenant.app(APP)
    found = {}
    kinds: list[Membership | None] = ["SecurityGroup", "All", "ApplicationGroup", "None", None]
    for kind in kinds:
        app.groupMembershipClaims = kind
        found[kind] = set(token_of(tenant, "ada@contoso.com").get("groups", ()))
    assert found["SecurityGroup"] == {ids["sg-orders"], ids["nested"]}
    assert found["All"] == set(ids.values())
    assert found["ApplicationGroup"] == {ids["sg-orders"]}
    assert found["None"] == found[None] == set()
    app.groupMembershipClaims = "SecurityGroup"
    tenant.groups += [Group(displayName=f"g{number}", members=["ada@contoso.com"]) for number in range(198)]
    assert len(token_of(tenant, "ada@contoso.com")["groups"]) == 200
    tenant.groups.append(Group(displayName="one more", members=["ada@contoso.com"]))
    said = token_of(tenant, "ada@contoso.com")
    assert "groups" not in said
    assert said["_claim_names"] == {"groups": "src1"}
    assert said["_claim_sources"]["src1"]["endpoint"].endswith("/getMemberObjects")
    assert token_of(tenant, "ada@contoso.com", implicit=True)["hasgroups"] is True
