"""What the reader sees in a realm, and which clients it could act as or change with that.

By experiment (26.7.3). Must not know about: terminals, files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realmctl.errors import Forbidden
from realmctl.keycloak.catalog.credentials import shows_credential
from realmctl.keycloak.kinds.service_account import account_query
from realmctl.workflow.bootstrap.accounts import MANAGEMENT, READER, WRITER

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin
    from realmctl.workflow.bootstrap.plan import AccountsPlan

_REGISTRATION = ("registrationAccessToken", "clients/*/registration-access-token")
_GENERATED = ("privateKey", "clients/*/certificates/*/generate")


@dataclass(frozen=True, slots=True)
class Exposure:
    """A client that the reader could act as, and the administrative roles that it would gain by that."""

    client: str
    roles: tuple[str, ...]


def sight(realm: str, *, events: bool, hidden: Collection[str] = ()) -> str:
    """What the reader sees, for the person who hands it out."""
    unseen = f" except {', '.join(sorted(hidden))}" if hidden else ""
    seen = [
        f"the secrets of all clients{unseen}, and the private keys of SAML clients that Keycloak made",
        "people: names, e-mail addresses, attributes, groups, roles and sessions; no passwords",
        "settings, flows and identity providers; not the secrets of identity providers, mail, LDAP and realm keys",
    ]
    if events:
        seen.append("events: who logged in, and which administrator changed what")
    lines = "".join(f"#   - {one}\n" for one in seen)
    return (
        f"# {READER.client} sees in the realm {realm}:\n{lines}"
        f"# Jobs that plan pull requests or detect drift need no more than {READER.client}.\n"
    )


def warnings(admin: Admin, realm: str, accounts: AccountsPlan) -> Iterator[str]:
    """What is wrong with the accounts and the realm around them, after the accounts were made."""
    for exposure in (one for one in exposures(admin, realm) if one.client not in accounts.hidden):
        roles = ", ".join(exposure.roles)
        if exposure.client == WRITER.client:
            yield (
                f"{WRITER.client} logs in by a client secret. Everybody who may view the realm's clients, "
                f"{READER.client} included, can read it and become {WRITER.client} ({roles}). "
                "Use a key: run bootstrap again without --writer-secret."
            )
        else:
            yield (
                f"The client {exposure.client} logs in by a credential that {READER.client} can read, and its service "
                f"account may {roles}. Let it log in by a key of its own, or take these roles away."
            )
    for client in told_in_events(admin, realm) if accounts.events else ():
        yield (
            f"The realm's admin events hold a registration access token or a private key of the client {client}. "
            f"{READER.client} can read it there, and change or become the client. Delete the realm's admin events; "
            f"if {READER.client} may have read them, make {client} anew. "
            "Or bootstrap with --no-events."
        )


def changes(accounts: AccountsPlan) -> Iterator[str]:
    """What a person has to know of the planned logins before agreeing to them."""
    for account in (READER, WRITER):
        before, after = accounts.before.get(account.name, ""), accounts.ways.get(account.name, "")
        if before == "secret" and after != "secret":
            reader = f"{READER.client} and everybody else" if account is WRITER else "Everybody"
            yield (
                f"{account.client} has a client secret. {reader} who may view the realm's clients can read it. "
                "This plan replaces the login: the old secret will no longer log in. "
                "Give the pipeline the new environment."
            )
        elif after == "secret" and account is WRITER:
            yield (
                f"{account.client} will log in by a client secret (--writer-secret): everybody who may view the "
                f"realm's clients, {READER.client} included, can become the writer."
            )


def exposures(admin: Admin, realm: str) -> list[Exposure]:
    """Return the clients whose credential the reader can read and whose service account may do more than the reader.

    Roles that come through composites and groups count. Two requests for each client with a readable credential.
    """
    clients = admin.get(realm, "clients")
    management = next(one["id"] for one in clients if one["clientId"] == MANAGEMENT)
    found = []
    for client in sorted(clients, key=lambda one: str(one["clientId"])):
        if not client.get("enabled", True) or not client.get("serviceAccountsEnabled") or not shows_credential(client):
            continue
        users = admin.get(realm, "users", query=account_query(client["clientId"]))
        if not users:
            continue
        held = admin.get(realm, "users", users[0]["id"], "role-mappings", "clients", management, "composite")
        more = _beyond_the_reader(role["name"] for role in held)
        if more:
            found.append(Exposure(client["clientId"], more))
    return found


def told_in_events(admin: Admin, realm: str) -> list[str]:
    """Return the clients whose registration access token, or private key, stands in the realm's admin events.

    Keycloak writes both into the event in clear text where events have details, and a registration access token never
    expires. [] where the account may not view events.
    """
    names = {one["id"]: str(one["clientId"]) for one in admin.get(realm, "clients")}
    found: set[str] = set()
    for mark, path in (_REGISTRATION, _GENERATED):
        try:
            events = admin.get(realm, "admin-events", query={"resourcePath": path, "max": "1000"})
        except Forbidden:
            return []
        found |= {names[one] for one in _clients(events, mark) if one in names}
    return sorted(found)


def _clients(events: Iterable[Mapping[str, Any]], mark: str) -> Iterator[str]:
    """The ids of the clients of events whose body holds `mark`."""
    for event in events:
        parts = str(event.get("resourcePath") or "").split("/")
        if f'"{mark}"' in (event.get("representation") or "") and len(parts) > 1:
            yield parts[1]


def _beyond_the_reader(roles: Iterable[str]) -> tuple[str, ...]:
    more = sorted(role for role in roles if role not in READER.roles and not role.startswith("query-"))
    return ("realm-admin",) if "realm-admin" in more else tuple(more)
