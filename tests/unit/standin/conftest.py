"""A running stand-in with a small tenant, changed by each test as it likes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

import standin
from standin import App, AppRole, Group, Secret, Standin, Tenant, User

APP = "11111111-2222-4333-8444-555555555555"
SECRET = "app-secret-of-the-stand-in"
BACK = "http://localhost/back"


def contoso() -> Tenant:
    """Ada has a mailbox and a role through a group; Bob has neither; gus is a guest."""
    app = App(
        appId=APP,
        displayName="Platform login",
        redirectUris=[BACK],
        secrets=[Secret(value=SecretStr(SECRET))],
        isFallbackPublicClient=True,
        appRoles=[AppRole(value="Platform.Admin"), AppRole(value="Orders.Refund")],
        groupMembershipClaims="SecurityGroup",
        graphPermissions=["Application.Read.All", "GroupMember.Read.All"],
    )
    tenant = Tenant(
        apps=[app],
        users=[
            User(
                userPrincipalName="ada@contoso.com",
                displayName="Ada Lovelace",
                givenName="Ada",
                surname="Lovelace",
                mail="ada@contoso.com",
                attributes={"department": "Engines"},
            ),
            User(userPrincipalName="bob@contoso.com", displayName="Bob"),
            User(
                userPrincipalName="gus_fabrikam.com#EXT#@contoso.com",
                signInName="gus@fabrikam.com",
                mail="gus@fabrikam.com",
                userType="Guest",
                identityProvider="https://sts.windows.net/fabrikam/",
            ),
        ],
        groups=[Group(displayName="sg-orders", members=["ada@contoso.com"])],
    )
    tenant.assign(APP, "sg-orders", "Orders.Refund")
    return tenant


@pytest.fixture(autouse=True)
def only_the_given_ca(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests lets these variables win over a session's `verify`, and msal's is one."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


@pytest.fixture
def entra() -> Iterator[Standin]:
    """The stand-in."""
    with standin.running(contoso()) as found:
        yield found
