"""An app registration as Microsoft Graph returns it, with its service principal, assignments, consents and groups.

Shapes: Microsoft Graph v1.0 reference (learn.microsoft.com/graph/api/resources/…: application, servicePrincipal,
appRole, appRoleAssignment, oAuth2PermissionGrant, federatedIdentityCredential, passwordCredential, keyCredential,
optionalClaims, group). Must not know about: how it is read, what a realm wants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Object = Mapping[str, Any]

NO_ROLE = "00000000-0000-0000-0000-000000000000"
"""`appRoleId` of somebody who is assigned to the application without any role (appRoleAssignment)."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part that the account may not read: `what` it is, and the `right` (an application permission) for it."""

    what: str
    right: str


@dataclass(frozen=True)
class Registration:
    """What is in the tenant. `application` and `principal` are None where there is none.

    `groups` holds those that were looked up, by their id in lower case; None where the tenant has none of that id.
    """

    application: Object | None = None
    principal: Object | None = None
    assignments: Sequence[Object] = ()
    grants: Sequence[Object] = ()
    federated: Sequence[Object] = ()
    policies: Sequence[Object] = ()
    groups: Mapping[str, Object | None] = field(default_factory=dict)
    unseen: Sequence[Unseen] = ()
    graph: str = "https://graph.microsoft.com"

    def saw(self, what: str) -> bool:
        """Whether the account could read the part named `what`."""
        return all(one.what != what for one in self.unseen)

    @property
    def app(self) -> Object:
        """The application; empty where there is none."""
        return self.application or {}

    @property
    def web(self) -> Object:
        """Settings of the platform Web."""
        return self.app.get("web") or {}

    @property
    def app_roles(self) -> list[Object]:
        """The application's roles."""
        return list(self.app.get("appRoles") or ())

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.app.get("displayName") or "")

    @property
    def address(self) -> str:
        """The application's address in Graph, by its object id."""
        return f"{self.graph}/v1.0/applications/{self.app.get('id')}"

    @property
    def principal_address(self) -> str:
        """The service principal's address in Graph."""
        return f"{self.graph}/v1.0/servicePrincipals/{(self.principal or {}).get('id')}"


def moment(text: Any) -> datetime | None:
    """A DateTimeOffset of Graph (`2027-01-01T00:00:00Z`, up to seven decimals of a second); None where it is none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
