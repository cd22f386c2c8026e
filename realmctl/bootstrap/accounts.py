"""The accounts: their rights, and the piece of a realm that declares them.

The rights are as few as do (tests take each of them away in turn). Must not know about: HTTP, files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from realmctl.bootstrap.login import ISSUER_ALIAS, Login, by_key, by_secret, way_of
from realmctl.errors import Place, UsageProblem
from realmctl.inventory import BOOTSTRAP
from realmctl.kinds.expand import desired as desired_realm
from realmctl.kinds.expand import expand
from realmctl.kinds.registry import realm_file
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Snapshot, Written
from realmctl.plan import seen

MANAGEMENT = "realm-management"
"""The client whose roles are the rights to administer a realm."""


@dataclass(frozen=True, slots=True)
class Account:
    """A service account: what it is called here, its client, what it is for, and its roles of realm-management."""

    name: str
    client: str
    purpose: str
    roles: tuple[str, ...]


READER = Account(
    "reader",
    "realmctl-reader",
    "plan, drift, export",
    (
        "view-realm",
        "view-clients",
        "view-users",  # groups and service accounts, too
        "view-identity-providers",
        "view-events",  # drift: who did it
        "view-organizations",  # Keycloak 26.7 and later; before it takes manage-realm to see them
    ),
)
WRITER = Account(
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
    """How accounts are to log in, by their names (those that are not named stay as they are; new ones get a secret),
    and whose secret or key is to be replaced.
    """

    logins: Mapping[str, Login] = field(default_factory=dict)
    rotate: frozenset[str] = frozenset()


def looked_at(realm: str) -> Desired:
    """What has to be read to know what to do: everything that the accounts may consist of."""
    return _declared(realm, {account: {"attributes": {}} for account in ACCOUNTS}, lambda _: True, {ISSUER_ALIAS: {}})


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
            said[account.name] = login
        elif way == "kubernetes" and Address("identity-provider", (ISSUER_ALIAS,)) in snapshot.objects:
            kept[ISSUER_ALIAS] = {}
    providers = {**kept, **{alias: one for login in said.values() for alias, one in login.providers.items()}}
    there = seen(looked_at(snapshot.realm), snapshot).objects
    clients = {account: said[account.name].fields if account.name in said else {} for account in ACCOUNTS}
    # A role that this Keycloak has not got is not needed there.
    return _declared(
        snapshot.realm, clients, lambda role: Address("client-role", (MANAGEMENT, role)) in there, providers
    ), said


def privates(said: Mapping[str, Login]) -> tuple[str, ...]:
    """The names of the accounts for which something was made up that must be kept."""
    return tuple(name for name, login in said.items() if login.secret or login.key)


def _login(account: Account, way: str, wish: Wish) -> Login | None:
    """What is said of an account's login; None where it stays as it is. `way` is that of the live client."""
    wanted = wish.logins.get(account.name)
    if account.name in wish.rotate and way:
        kind = wanted.way if wanted else way
        if kind not in _MADE_HERE:
            raise UsageProblem(
                f"The account {account.client} has no secret and no key of realmctl's that could be replaced.",
                advice="Leave it out of --rotate: who signs its tokens replaces the keys.",
            )
        return _MADE_HERE[kind]()
    if wanted is None:
        return None if way else by_secret()
    # A secret or a key that is there stays: nobody asked for another one.
    return None if wanted.way == way and way in _MADE_HERE else wanted


_MADE_HERE: Mapping[str, Callable[[], Login]] = {"secret": by_secret, "key": by_key}


def _declared(
    realm: str,
    clients: Mapping[Account, Mapping[str, Any]],
    known: Callable[[str], bool],
    providers: Mapping[str, Any],
) -> Desired:
    said: dict[str, Any] = {"clients": {a.client: _client(a, fields, known) for a, fields in clients.items()}}
    if providers:
        said["identityProviders"] = dict(providers)
    found = expand(realm_file().model_validate(said), Written(Place("realmctl bootstrap")))
    return replace(desired_realm(realm, found), owner=BOOTSTRAP)


def _client(account: Account, login: Mapping[str, Any], known: Callable[[str], bool]) -> dict[str, Any]:
    roles = {"client": {MANAGEMENT: [role for role in account.roles if known(role)]}}
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
        "scopeMappings": roles,
        "serviceAccountRoles": roles,
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
