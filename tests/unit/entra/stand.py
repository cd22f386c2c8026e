"""A stand-in for Entra and Graph, a realm that brokers to it, and the command line in between.

Must not know about: single faults.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from realmctl.cli.main import run
from standin import App, AppRole, Assignment, Group, OptionalClaims, Secret, Standin, Tenant, User

PUBLIC = "https://apps.example.com/auth"
BROKER = f"{PUBLIC}/realms/platform/broker/entra/endpoint"
APP = "11111111-0000-4000-8000-000000000001"
CHECKER = "11111111-0000-4000-8000-000000000002"
GROUP = "6f1d6d0e-0000-4000-8000-000000000001"
CANARY = "abcCANARYofTheBroker"
OWN_CANARY = "CANARYofTheChecker"

REALM = f"""\
realm: platform
entra:
  tenantId: $(env:ENTRA_TENANT_ID)
  clientId: {APP}
  clientSecret: $(env:ENTRA_CLIENT_SECRET)
  authority: $(env:ENTRA_AUTHORITY)
  attributes: {{ department: department }}
  appRoles:
    Platform.Admin: admin
  groups:
    {GROUP}: /orders-team
roles: {{ admin: {{}} }}
groups: {{ orders-team: {{}} }}
"""


def good() -> Tenant:
    """A tenant in which nothing is amiss."""
    broker = App(
        appId=APP,
        displayName="Keycloak",
        redirectUris=[BROKER, f"{BROKER}/logout_response"],
        secrets=[Secret(value=CANARY, displayName="keycloak")],
        appRoles=[AppRole(value="Platform.Admin")],
        groupMembershipClaims="ApplicationGroup",
        optionalClaims=OptionalClaims(idToken=["given_name", "family_name"]),
        mappedClaims={"department": "department"},
        appRoleAssignmentRequired=True,
    )
    permissions = ["Application.Read.All", "Directory.Read.All"]
    checker = App(
        appId=CHECKER, displayName="checker", secrets=[Secret(value=OWN_CANARY)], graphPermissions=permissions
    )
    return Tenant(
        apps=[broker, checker],
        users=[User(userPrincipalName="ada@contoso.onmicrosoft.com")],
        groups=[Group(displayName="sg-orders", id=GROUP, members=["ada@contoso.onmicrosoft.com"])],
        assignments=[Assignment(app=APP, principal="sg-orders", role="Platform.Admin")],
    )


@dataclass(frozen=True)
class Done:
    """What a command line did."""

    code: int
    out: str
    err: str


@dataclass
class Entra:
    """A stand-in and a realm that brokers to it."""

    standin: Standin
    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch
    canaries: list[str] = field(default_factory=lambda: [CANARY, OWN_CANARY])

    @property
    def app(self) -> App:
        """The broker's registration."""
        return self.standin.tenant.app(APP)

    @property
    def checker(self) -> App:
        """The registration that realmctl signs in as."""
        return self.standin.tenant.app(CHECKER)

    def run(self, *arguments: str, **environ: str | None) -> Done:
        """`realmctl entra ARGUMENTS realm.yaml`; of the variables, those that are None are left out."""
        variables = {
            "ENTRA_TENANT_ID": self.standin.tenant.id,
            "ENTRA_CLIENT_SECRET": CANARY,
            "ENTRA_AUTHORITY": self.standin.url,
            "REALMCTL_GRAPH_URL": self.standin.graph,
            "KEYCLOAK_PUBLIC_URL": PUBLIC,
            "KEYCLOAK_CA_FILE": str(self.standin.ca),
            "AZURE_TENANT_ID": self.standin.tenant.id,
            "AZURE_CLIENT_ID": CHECKER,
            "AZURE_CLIENT_SECRET": OWN_CANARY,
            **environ,
        }
        with self.patch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("AZURE_", "KEYCLOAK_", "IDENTITY_", "MSI_"))]:
                patch.delenv(name)
            for name, value in variables.items():
                if value is not None:
                    patch.setenv(name, value)
            self.capture.readouterr()
            code = run(["entra", *arguments, str(self.folder / "realm.yaml")])
        told = self.capture.readouterr()
        for canary in self.canaries:
            assert canary not in told.out + told.err
        return Done(code, told.out, told.err)


Fault = Callable[[Entra], None]
