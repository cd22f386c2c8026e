"""The people of the stand, as Entra knows them. Must not know about: Keycloak, the gateway."""

from __future__ import annotations

from pydantic import SecretStr

from standin import App, AppRole, Group, OptionalClaims, Secret, Tenant, User

APP = "6f1d6d0e-0000-4000-8000-0000000000b1"
SECRET = "canary-of-the-entra-client"
ORDERS = "6f1d6d0e-0000-4000-8000-000000000001"

ADA = "ada@contoso.com"
"""Platform.Admin."""
OTTO = "otto@contoso.com"
"""Of the group of the orders team."""
VERA = "vera@contoso.com"
"""Platform.Admin, until somebody takes it away."""
NINA = "nina@contoso.com"
"""Nobody in particular."""


def contoso(keycloak: str, realm: str) -> Tenant:
    """The tenant; the broker of `realm` at `keycloak` (its public address) may come back to it."""
    endpoint = f"{keycloak}/realms/{realm}/broker/entra/endpoint"
    roles = ("Platform.Admin", "Orders.Approver", "Orders.Refund", "Billing.Clerk")
    tenant = Tenant(
        apps=[
            App(
                appId=APP,
                displayName="Platform login",
                redirectUris=[endpoint, f"{endpoint}/logout_response"],
                secrets=[Secret(value=SecretStr(SECRET))],
                appRoles=[AppRole(value=role) for role in roles],
                groupMembershipClaims="SecurityGroup",
                optionalClaims=OptionalClaims(idToken=["given_name", "family_name"]),
                mappedClaims={"department": "department"},
            )
        ],
        users=[
            _user(ADA, "Ada", "Lovelace"),
            _user(OTTO, "Otto", "Orders"),
            _user(NINA, "Nina", "Nobody"),
            _user(VERA, "Vera", "Volatile"),
        ],
        groups=[Group(id=ORDERS, displayName="sg-orders", members=[OTTO])],
    )
    for login in (ADA, VERA):
        tenant.assign(APP, login, "Platform.Admin")
    return tenant


def _user(login: str, given: str, family: str) -> User:
    return User(
        userPrincipalName=login,
        displayName=f"{given} {family}",
        givenName=given,
        surname=family,
        mail=login,
        attributes={"department": "Engines"},
    )
