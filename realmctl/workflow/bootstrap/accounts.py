"""The accounts: their rights, and the piece of a realm that declares them.

The rights are as few as do (tests take each of them away in turn). Must not know about: HTTP, files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from realmctl.engine.plan.inventory import BOOTSTRAP, HIDDEN_CLIENTS
from realmctl.engine.read.scope import Scope, scope_of
from realmctl.errors import Place, UsageProblem
from realmctl.keycloak.fresh_realm import fresh
from realmctl.keycloak.kinds import admin_permission
from realmctl.keycloak.kinds.expansion import desired as desired_realm
from realmctl.keycloak.kinds.expansion import expand
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Snapshot, Written
from realmctl.workflow.bootstrap.login import ISSUER_ALIAS, Login, by_key, by_secret, way_of, without_secret

MANAGEMENT = "realm-management"
"""The client whose roles are the rights to administer a realm."""


VIEW_CLIENTS, VIEW_EVENTS = "view-clients", "view-events"


@dataclass(frozen=True, slots=True)
class BootstrapAccount:
    """A service account: what it is called here, its client, what it is for, and its roles of realm-management."""

    name: str
    client: str
    purpose: str
    roles: tuple[str, ...]


READER = BootstrapAccount(
    "reader",
    "realmctl-reader",
    "plan, drift, export",
    (
        "view-realm",
        VIEW_CLIENTS,
        "view-users",  # groups and service accounts, too
        "view-identity-providers",
        VIEW_EVENTS,  # drift: who did it
        "view-organizations",  # Keycloak 26.7 and later; before it takes manage-realm to see them
    ),
)
WRITER = BootstrapAccount(
    "writer",
    "realmctl-writer",
    "apply, test",
    (
        "manage-realm",  # the lock, the inventory, roles, flows, organizations
        "manage-clients",  # authorization services, too
        "manage-users",  # groups and service accounts, too
        "manage-identity-providers",
    ),
)
ACCOUNTS = (READER, WRITER)


@dataclass(frozen=True, slots=True)
class Wish:
    """How accounts are to log in, by their names, and whose secret or key is to be replaced.

    An account that is not named gets a key where it is new or has a secret; another login of it stays. `events` is
    whether the reader may view the realm's events, `hidden` the clients that it may not see, by client id.
    """

    logins: Mapping[str, Login] = field(default_factory=dict)
    rotate: frozenset[str] = frozenset()
    events: bool = True
    hidden: frozenset[str] = frozenset()


def scope(realm: str) -> Scope:
    """Return what to read to know what to do: everything that the accounts may consist of."""
    clients = {account: _client(account, {"attributes": {}}, account.roles) for account in ACCOUNTS}
    return scope_of(_declared(realm, clients, {"identityProviders": {ISSUER_ALIAS: {}}}))


def desired(snapshot: Snapshot, wish: Wish) -> tuple[Desired, dict[str, Login]]:
    """The accounts as declared objects of the realm that was read, and the login of each as far as it is said anew.

    Raises UsageProblem where something is to be replaced that an account does not have.
    """
    said: dict[str, Login] = {}
    kept: dict[str, Any] = {}
    for account in ACCOUNTS:
        client = snapshot.objects.get(Address("client", (account.client,)))
        way = way_of(client.fields) if client else ""
        login = _login(account, way, wish)
        if login:
            moved = client is not None and login.way not in (way, "secret")
            said[account.name] = without_secret(login) if moved else login
        elif way == "kubernetes" and Address("identity-provider", (ISSUER_ALIAS,)) in snapshot.objects:
            kept[ISSUER_ALIAS] = {}
    providers = {**kept, **{alias: one for login in said.values() for alias, one in login.providers.items()}}
    there = snapshot.objects if snapshot.exists else fresh(snapshot.version)
    more: dict[str, Any] = {"identityProviders": providers} if providers else {}
    clients = {}
    for account in ACCOUNTS:
        # A role that this Keycloak has not got is not needed there.
        roles = [role for role in _roles(account, wish) if Address("client-role", (MANAGEMENT, role)) in there]
        clients[account] = _client(account, said[account.name].fields if account.name in said else {}, roles)
    if wish.hidden:
        if Address("client", (admin_permission.CLIENT,)) not in snapshot.objects:
            raise UsageProblem(
                f"Clients can be hidden only where the realm {snapshot.realm} has fine-grained admin permissions.",
                advice="Declare adminPermissionsEnabled: true in the realm's files, apply them, and try again.",
            )
        more["clients"] = {admin_permission.CLIENT: {"authorizationSettings": {"policies": hiding(wish.hidden)}}}
    hidden = {HIDDEN_CLIENTS: "##".join(sorted(wish.hidden))}
    clients[READER]["attributes"] = {**clients[READER].get("attributes", {}), **hidden}
    return _declared(snapshot.realm, clients, more), said


def _roles(account: BootstrapAccount, wish: Wish) -> list[str]:
    """The roles of an account. Where clients are hidden, permissions say what the reader sees in place of a role."""
    roles = [role for role in account.roles if wish.events or role != VIEW_EVENTS]
    return ["query-clients" if role == VIEW_CLIENTS and wish.hidden else role for role in roles]


def hiding(hidden: Collection[str]) -> dict[str, Any]:
    """Policies of `admin-permissions`: the reader views all clients but these.

    They name the account as a user: with policies that name its client, Keycloak lists no clients at all (26.7.3). The
    permission for the hidden clients never grants anything to anybody: its two policies exclude each other.
    """
    account = {"users": [f"service-account-{READER.client}"]}
    is_reader, is_not = READER.client, f"not {READER.client}"
    on_clients = {"defaultResourceType": "Clients", "scopes": ["view"]}
    return {
        is_reader: {"type": "user", "config": account},
        is_not: {"type": "user", "logic": "NEGATIVE", "config": account},
        f"{READER.client} sees clients": {"type": "scope", "config": {**on_clients, "applyPolicies": [is_reader]}},
        f"{READER.client} does not see": {
            "type": "scope",
            "config": {**on_clients, "resources": sorted(hidden), "applyPolicies": [is_reader, is_not]},
        },
    }


def privates(said: Mapping[str, Login]) -> tuple[str, ...]:
    """The names of the accounts for which something was made up that must be kept."""
    return tuple(name for name, login in said.items() if login.secret or login.key)


def _login(account: BootstrapAccount, way: str, wish: Wish) -> Login | None:
    """What is said of an account's login; None where it stays as it is. `way` is that of the live client."""
    wanted = wish.logins.get(account.name)
    # Viewers of clients, the reader among them, can read a secret: only an explicit wish makes or keeps one.
    kind = wanted.way if wanted else ("key" if way in ("", "secret") else way)
    if account.name in wish.rotate and way:
        if kind not in _MADE_HERE:
            raise UsageProblem(
                f"The account {account.client} has no secret and no key of realmctl's that could be replaced.",
                advice="Leave it out of --rotate: who signs its tokens replaces the keys.",
            )
        return _MADE_HERE[kind]()
    if kind == way and (wanted is None or way in _MADE_HERE):
        # A secret or a key that is there stays: nobody asked for another one.
        return None
    return wanted or by_key()


_MADE_HERE: Mapping[str, Callable[[], Login]] = {"secret": by_secret, "key": by_key}


def _declared(realm: str, clients: Mapping[BootstrapAccount, Mapping[str, Any]], more: Mapping[str, Any]) -> Desired:
    """The realm's part that is the accounts', and `more` sections of it."""
    named = {account.client: fields for account, fields in clients.items()}
    said = {**more, "clients": {**named, **more.get("clients", {})}}
    found = expand(realm_file().model_validate(said), Written(Place("realmctl bootstrap")))
    return replace(desired_realm(realm, found), owner=BOOTSTRAP)


def _client(account: BootstrapAccount, login: Mapping[str, Any], roles: Sequence[str]) -> dict[str, Any]:
    granted = {"client": {MANAGEMENT: list(roles)}}
    return {
        "name": f"realmctl: {account.name}",
        "description": f"For {account.purpose}. Made by realmctl bootstrap.",
        "enabled": True,
        "publicClient": False,
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": True,
        "redirectUris": [],
        "webOrigins": [],
        # Whatever else the account is given some day, its tokens hold these roles and nothing of the realm's own.
        "fullScopeAllowed": False,
        "scopeMappings": granted,
        "serviceAccountRoles": granted,
        "serviceAccountGroups": [],
        "defaultClientScopes": [],
        "optionalClientScopes": [],
        "protocolMappers": _MAPPERS,
        **login,
    }


_MAPPERS: Mapping[str, Any] = {
    "subject": {
        "protocol": "openid-connect",
        "protocolMapper": "oidc-sub-mapper",
        "config": {"access.token.claim": "true"},
    },
    "rights": {
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-client-role-mapper",
        "config": {
            "usermodel.clientRoleMapping.clientId": MANAGEMENT,
            "claim.name": f"resource_access.{MANAGEMENT}.roles",
            "jsonType.label": "String",
            "multivalued": "true",
            "access.token.claim": "true",
        },
    },
}
"""What the Admin API looks for in a token, whatever the realm's own client scopes are."""
