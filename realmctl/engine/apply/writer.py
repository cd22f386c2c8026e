"""Sends the requests of a step: fills in ids and secrets, reads before it merges, and looks before it repeats.

Must not know about: plans, the order of steps, single kinds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from realmctl.engine.apply.creation import PAUSES, SECOND_TRIES, appears, created, pause
from realmctl.engine.read.view import View
from realmctl.engine.undo.record_text import PREFIX as RECORDS
from realmctl.errors import Broken, Conflict, Forbidden, NotFound, ServerError, Unreachable
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import CLEAR, MERGE, Fingerprint, Id, Named, Request, merged_with

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin, Answer

OWN = "realmctl."
"""How the names of the attributes begin in which realmctl keeps what it has to know of a realm."""
BUSY_SECONDS = 90.0
"""How long a realm is created again while the database refuses it: an earlier attempt may be under way.

On a machine with ten times the load that it can carry, Keycloak took up to 23 s to create a realm (26.7.3)."""
REPEATS = 5
"""How often a write to the realm itself is sent again after a spurious 409."""
GONE = 404

Note = Callable[[str, str, str], None]
"""Told of every request that has succeeded: method, path, and what became of it."""


class Writer(View):
    """A view of one realm that can write. Safe to use from several threads."""

    def __init__(self, admin: Admin, realm: str, ids: Mapping[Address, str], note: Note = lambda *_: None) -> None:
        super().__init__(admin, realm, ids, cold=True)
        self._note = note

    def carry_out(self, request: Request) -> None:
        """Sends one request. Raises ServerError and its kin; the realm is then as before, or as asked for."""
        try:
            path = tuple(self._known(part.address) if isinstance(part, Id) else part for part in request.path)
        except NotFound:
            if request.method != "DELETE" or GONE not in request.fine:
                raise
            # What held it went first, and took it along.
            told = (str(part.address) if isinstance(part, Id) else part for part in request.path)
            self._note(request.method, "/".join(told), "so already")
            return
        try:
            outcome = self._send(request, path)
        except ServerError as error:
            # After an attempt whose fate nobody knows, the refusal of the next one comes as the cause.
            refusal = error.__cause__ if isinstance(error, Unreachable) else error
            if not isinstance(refusal, ServerError) or refusal.status not in request.fine:
                raise
            outcome = "so already"
        if request.renames:
            old, new = request.renames
            if old in self.ids:
                self.ids[new] = self.ids.pop(old)
        self._note(request.method, "/".join(path), outcome)

    def create_realm(self, body: Mapping[str, Any]) -> None:
        """Creates the realm itself. Raises Conflict where it exists, Forbidden where the account may not."""
        try:
            created(
                lambda: self.admin.send("POST", (), self._filled(body)),
                lambda: self._is_ours(body) is True,
                tries=len(PAUSES),
                busy=BUSY_SECONDS,
            )
        except Conflict:
            # The transaction that won may be visible, and its rights may be granted, a moment after this answer.
            appears(lambda: self._is_ours(body) is not None)
            if not self._is_ours(body):
                raise
        self._note("POST", "", "done")

    def _is_ours(self, body: Mapping[str, Any]) -> bool | None:
        """Return whether the realm has the inventory that this apply gives it; None while it can't be seen.

        An apply of the same files that was killed may have created it: Keycloak finishes what a client has given up.
        """
        # The rights on a realm just created are in a new token only.
        self.admin.renew()
        try:
            found = self.get()
        except Forbidden:
            return None
        if found is None:
            return None
        has, gave = found.get("attributes") or {}, body.get("attributes") or {}
        # A fingerprint is salted anew each time it is made.
        own = {
            key: value
            for key, value in gave.items()
            if key.startswith(OWN) and not key.startswith(RECORDS) and isinstance(value, str)
        }
        return all(has.get(key) == value for key, value in own.items())

    def _send(self, request: Request, path: tuple[str, ...]) -> str:
        body = self._filled(request.body)
        if request.method == MERGE:
            self._merge(request, path, body)
        elif request.method == CLEAR:
            for one in self.get(*path, query=body) or ():
                self._write("DELETE", (*path, one["id"]), None)
        elif request.creates:
            return self._create(request, path, body, request.creates)
        else:
            self._write(request.method, path, body)
        return "done"

    def _write(self, method: str, path: tuple[str, ...], body: Any) -> Answer:
        """A write that may be repeated: it sets, or adds what is there once at most."""
        for repeat in range(REPEATS):
            try:
                return self.admin.send(method, (self.realm, *path), body, repeatable=True)
            except Conflict:
                # Of writes to the realm at the same time one answers 409 now and then (26.7.3): an admin console's.
                if path or repeat == REPEATS - 1:
                    raise
                pause()
            except Broken:
                # Two transactions got into each other's way in the database, and this one lost; or it will fail again.
                if repeat >= SECOND_TRIES:
                    raise
                pause()
        raise AssertionError("the last repeat returns or raises")

    def _merge(self, request: Request, path: tuple[str, ...], patch: Mapping[str, Any]) -> None:
        current = self.admin.get(self.realm, *path)
        merged = merged_with(current, patch)
        if request.only:
            merged = {key: merged[key] for key in request.only if key in merged}
        self._write("PUT", path, merged)

    def _create(self, request: Request, path: tuple[str, ...], body: Any, address: Address) -> str:
        def create() -> Answer:
            try:
                return self.admin.send(request.method, (self.realm, *path), body)
            except Conflict as error:
                if self._found(address):
                    raise
                # Nothing of that name is there: another transaction was in the way.
                raise Broken(error.message, advice=error.advice, status=error.status) from error

        answer = created(create, lambda: self._found(address))
        if answer is None:
            return "done, although no answer said so"
        if answer.id and kinds()[address.kind].located_by_id:
            self.ids[address] = answer.id
        return "done"

    def _found(self, address: Address) -> bool:
        self.ids.pop(address, None)
        return bool(self.id(address))

    def _known(self, address: Address) -> str:
        found = self.id(address)
        if not found:
            raise NotFound(
                f"{kinds()[address.kind].title} {' / '.join(address.names)} is not on the server (any more)."
            )
        return found

    def _filled(self, value: Any) -> Any:
        if isinstance(value, Id):
            return self._known(value.address)
        if isinstance(value, Fingerprint):
            return value.secret.fingerprint()
        if isinstance(value, Named):
            return Named(value.key, self._filled(value.items))
        if isinstance(value, Mapping):
            return {key: self._filled(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._filled(item) for item in value]
        return value
