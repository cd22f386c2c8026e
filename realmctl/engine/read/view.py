"""One realm of a server, as the kinds may look at it: reading only, by paths below the realm.

Must not know about: any single kind, plans, retries (`admin` has them).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from realmctl.errors import NotFound
from realmctl.keycloak.kinds.base import Export
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.interruption import reading

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin

THREADS = 8
"""Requests at a time: more gained nothing on two cores (measured on 26.7.3 with 2,622 writes)."""

PAGE = 50
"""Objects of a list asked for at a time, where the server has them in no cache: it looks through all that a
transaction has loaded whenever it loads one more. 1,000 roles take 0.6 s at once and 0.1 s in pages (26.7.3); from
the cache they come at once in 0.01 s."""

PAGES = 4
"""Pages asked for at a time, once the list has proven long."""

FEW = 4
"""Single look-ups of objects in the same list, before the list itself is asked for."""


class View:
    """A `kinds.base.Look` at one realm; remembers the ids it is told or has looked up.

    `cold`: much of the realm was just written, so that the server has it in no cache.
    """

    def __init__(
        self, admin: Admin, realm: str, ids: Mapping[Address, str] | None = None, *, cold: bool = False
    ) -> None:
        self.admin = admin
        self.cold = cold
        self.realm = realm
        self.ids: dict[Address, str] = dict(ids or {})
        self._misses: dict[tuple[str, ...], int] = {}
        self._listing = threading.RLock()

    def get(self, *path: str, query: Mapping[str, str] | None = None) -> Any:
        """One object below the realm; None where it does not exist."""
        try:
            return self.admin.get(self.realm, *path, query=query)
        except NotFound:
            return None

    def pages(self, *path: str, query: Mapping[str, str] | None = None) -> list[Any]:
        """The whole list."""
        return self.admin.pages(self.realm, *path, query=query)

    def listed(self, *path: str, query: Mapping[str, str] | None = None) -> list[Any]:
        """The whole list; nothing where there is no such list."""
        try:
            return self.pages(*path, query=query)
        except NotFound:
            return []

    def whole(self, *path: str, query: Mapping[str, str] | None = None) -> list[Any]:
        """A list that has no silent limit: in one answer, or in pages where that is quicker."""
        if not self.cold:
            return self.get(*path, query=query) or []
        found: list[Any] = []
        width = 1
        while True:
            page = partial(self.admin.page, self.realm, *path, query=query, size=PAGE)
            pages = self.side_by_side(partial(page, first=len(found) + PAGE * nth) for nth in range(width))
            found += chain.from_iterable(pages)
            if len(pages[-1]) < PAGE:
                return found
            width = min(2 * width, PAGES)

    def side_by_side(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """The answers of independent calls, in their order; the first error among them is raised."""
        todo = list(calls)
        if len(todo) < 2:
            return [call() for call in todo]
        with reading(min(THREADS, len(todo))) as pool:
            return list(pool.map(lambda call: call(), todo))

    def id(self, address: Address) -> str:
        """The id of an object, looked up by name where it isn't known; "" where there is none."""
        known = self.ids.get(address)
        if known is None:
            known = self._look_up(address)
            if known:
                self.ids[address] = known
        return known

    def _look_up(self, address: Address) -> str:
        kind = kinds()[address.kind]
        place = (address.kind, *address.names[:-1])
        with self._listing:
            if address in self.ids:
                return self.ids[address]
            misses = self._misses[place] = self._misses.get(place, 0) + 1
            # One by one while they are few; then all that a list tells, and again after twice as many: what is
            # created meanwhile is in none of them.
            if misses >= FEW and misses & (misses - 1) == 0:
                for found, known in kind.locate_all(self, address).items():
                    self.ids.setdefault(found, known)
        return self.ids.get(address) or kind.locate(self, address)

    def export(self) -> Export:
        """The whole realm in one document. Raises Forbidden for an account that may not export."""
        query = {"exportClients": "true", "exportGroupsAndRoles": "true"}
        found: Export = self.admin.send("POST", (self.realm, "partial-export"), {}, query).body
        return found


def no_realm(realm: str) -> NotFound:
    """The error where there is no such realm, or none that may be seen."""
    return NotFound(
        f"there is no realm {realm} on this server, or this account may not see it",
        advice="Check the name (it is the one in the realm's URLs) and --login-realm.",
    )


def representation(admin: Admin, realm: str) -> Export:
    """The realm's own settings and attributes, as Keycloak has them. Raises NotFound in words for a person."""
    try:
        found: Export = admin.get(realm)
    except NotFound as error:
        raise no_realm(realm) from error
    return found
