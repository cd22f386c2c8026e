"""Who is behind the ids of an admin event: users and clients by name, where they may be looked up.

Must not know about: what was done.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realmctl.drift.field_history import AdminEvent
from realmctl.errors import ServerError
from realmctl.model.objects import Snapshot

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin

_SERVICE = "service-account-"
MOST = 20
"""Accounts that are looked up for one realm: more are told by their id."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user, or the client whose service account it is; `known` says whether `name` is a name or an id."""

    name: str
    service: bool = False
    known: bool = True


class Accounts:
    """The accounts behind events of one realm; each is looked up once."""

    def __init__(self, admin: Admin, realm: str, realm_id: str, live: Snapshot) -> None:
        self._admin = admin
        self._realm, self._realm_id = realm, realm_id
        self._clients = {one.id: address.name for address, one in live.objects.items() if address.kind == "client"}
        self._users: dict[tuple[str, str], Account] = {}
        self._through: dict[tuple[str, str], str] = {}

    def look_up(self, events: Iterable[AdminEvent]) -> None:
        """Looks up who did these, as far as the account may; what can't be found stays an id."""
        for event in events:
            if len(self._users) >= MOST:
                return
            if event.account not in self._users:
                self._users[event.account] = self._user(event)
            key = (event.realm, event.client)
            if key not in self._through:
                self._through[key] = self._client_name(event)

    def of(self, event: AdminEvent) -> Account:
        """Who did it."""
        return self._users.get(event.account) or Account(event.user, known=False)

    def client(self, event: AdminEvent) -> str:
        """The client that it was done with, by its client id; "" where that can't be told."""
        return self._through.get((event.realm, event.client), "")

    def _home(self, event: AdminEvent) -> str:
        """The name of the realm that the account is of: the realm itself, else that of our own login, perhaps."""
        if event.realm == self._realm_id or not self._realm_id:
            return self._realm
        login = self._admin.connection.realm
        return login if login != self._realm else ""

    def _user(self, event: AdminEvent) -> Account:
        found = self._get(event, "users", event.user)
        name = str(found.get("username") or "")
        if not name:
            return Account(event.user, known=False)
        if name.startswith(_SERVICE):
            return Account(name.removeprefix(_SERVICE), service=True)
        return Account(name)

    def _client_name(self, event: AdminEvent) -> str:
        if event.realm == self._realm_id and event.client in self._clients:
            return self._clients[event.client]
        return str(self._get(event, "clients", event.client).get("clientId") or "")

    def _get(self, event: AdminEvent, *path: str) -> dict[str, Any]:
        home = self._home(event)
        if home and path[-1]:
            with suppress(ServerError):
                found: dict[str, Any] = self._admin.get(home, *path)
                return found
        return {}
