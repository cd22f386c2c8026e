"""A registration, read from Graph: what the rules need of it, and what the account could not see.

Permissions are the least that Graph's reference names for each request (application permissions).
Must not know about: HTTP, what a realm wants beyond the ids of its groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from realmctl.errors import Forbidden, NotFound, ServerError
from realmctl.integrations.entra.registration import Registration, Unseen
from realmctl.model.interruption import reading

APPLICATION = (
    "id,appId,displayName,signInAudience,isFallbackPublicClient,groupMembershipClaims,optionalClaims,api,web,spa,"
    "publicClient,appRoles,passwordCredentials,keyCredentials,disabledByMicrosoftStatus"
)
PRINCIPAL = "id,appId,displayName,accountEnabled,appRoleAssignmentRequired,disabledByMicrosoftStatus"
GROUP = "id,displayName,securityEnabled,mailEnabled,groupTypes"

READ_APPLICATIONS = "Application.Read.All"
READ_GROUPS = "GroupMember.Read.All"
READ_GRANTS = "Directory.Read.All"

Value = TypeVar("Value")


class GraphReader(Protocol):
    """What is asked here of Graph."""

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """One object."""
        ...

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """A whole list."""
        ...


def read(graph: GraphReader, client_id: str, groups: Iterable[str], *, policies: bool, address: str) -> Registration:
    """The registration with that client id, its claims-mapping `policies` only if asked for; `groups` by their ids.

    `address` is Graph's.

    Raises Forbidden where not even the application may be read, and whatever else Graph answers.
    """
    unseen: list[Unseen] = []

    def seen(what: str, right: str, ask: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        try:
            return ask()
        except Forbidden:
            unseen.append(Unseen(what, right))
            return []

    application = _by_client_id(graph, "applications", client_id, APPLICATION)
    if application is None:
        return Registration(graph=address)
    principal = _by_client_id(graph, "servicePrincipals", client_id, PRINCIPAL)
    app = f"applications/{application['id']}"
    federated = seen("federated", READ_APPLICATIONS, lambda: graph.pages(f"{app}/federatedIdentityCredentials"))
    assignments: list[dict[str, Any]] = []
    grants: list[dict[str, Any]] = []
    mapping: list[dict[str, Any]] = []
    if principal is not None:
        own = f"servicePrincipals/{principal['id']}"
        assignments = seen("assignments", READ_APPLICATIONS, lambda: graph.pages(f"{own}/appRoleAssignedTo"))
        grants = seen("grants", READ_GRANTS, lambda: graph.pages(f"{own}/oauth2PermissionGrants"))
        if policies:
            mapping = _policies(graph, own)
    found = _groups(graph, groups)
    if found is None:
        unseen.append(Unseen("groups", READ_GROUPS))
    return Registration(
        application,
        principal,
        assignments,
        grants,
        federated,
        mapping,
        found or {},
        unseen,
        address,
    )


def _policies(graph: GraphReader, principal: str) -> list[dict[str, Any]]:
    """None where they can't be read: Graph wants a right to write for that, which nobody should give a checker."""
    try:
        return graph.pages(f"{principal}/claimsMappingPolicies")
    except ServerError as error:
        if error.status not in (400, 403, 404):
            raise
        return []


def _by_client_id(graph: GraphReader, kind: str, client_id: str, select: str) -> dict[str, Any] | None:
    name = client_id.replace("'", "''")
    found = graph.pages(kind, {"$filter": f"appId eq '{name}'", "$select": select})
    return found[0] if found else None


def _groups(graph: GraphReader, groups: Iterable[str]) -> dict[str, dict[str, Any] | None] | None:
    """Return groups by id in lower case, read side by side, since Graph has no list of just these.

    None where the account may not read them.
    """

    def one(group: str) -> dict[str, Any] | None:
        try:
            return graph.get(f"groups/{group}", {"$select": GROUP})
        except NotFound:
            return None

    ids = sorted({group.lower() for group in groups})
    try:
        with reading(8) as pool:
            return dict(zip(ids, pool.map(one, ids), strict=True))
    except Forbidden:
        return None
