"""Stores the person of a test as a user, for as long as a question takes.

Who comes from an identity provider is stored as Keycloak stores them at a first login: the user profile is not asked.
Any other person is stored as an administrator would. Must not know about: clients, tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from realmctl.engine.read.view import View
from realmctl.errors import Conflict, Forbidden, NotFound, ServerError
from realmctl.keycloak.kinds.group import find_by_path, group_path
from realmctl.keycloak.kinds.user_profile import refusal
from realmctl.keycloak.token_contents import splits
from realmctl.model.address import Address
from realmctl.tokentest.broker import Person
from realmctl.tokentest.cases import CannotBeAskedError, Case
from realmctl.tokentest.names import PersonNames, names_for, own_names
from realmctl.tokentest.profile import asked_for

_FORM = "VERIFY_PROFILE"
"""The required action that asks a person for what the profile finds missing or wrong."""


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A stored person."""

    id: str
    names: PersonNames


class StoredUsers:
    """The made-up users of one realm. What several questions need is read once."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.realm = cache(self._realm)
        self._profile = cache(self._read_profile)
        self._has_form = cache(self._read_form)
        self._everyone = cache(self._read_everyone)

    def check(self, case: Case, made: Person, scopes: Sequence[str]) -> None:
        """Raises CannotBeAskedError where the realm takes no such attributes, or stops the login."""
        self._refuse_attributes(case, made)
        if case.sent:
            self._refuse_form(made, scopes)

    @contextmanager
    def imported(self, people: Sequence[tuple[Person, PersonNames]]) -> Iterator[Mapping[str, str]]:
        """Give the ids of people who are stored as at a login, by their made-up names; delete them afterwards.

        Store the others as an administrator would: the account may not import them, or Keycloak refuses them.
        """
        found: dict[str, str] = {}
        try:
            # Side by side, imports get in each other's way (26.7.3: "already exists").
            for some in (people, *([one] for one in people)):
                left = [(made, names) for made, names in some if names.username not in found]
                stored = self._import(left) if left else {}
                if stored is None:
                    break
                found |= stored
            yield found
        finally:
            self._view.side_by_side(partial(self.delete, user) for user in found.values())

    @contextmanager
    def stored(self, made: Person) -> Iterator[StoredUser]:
        """Give a person who is stored as an administrator would, and delete them afterwards.

        Raises CannotBeAskedError where the realm takes no such user.
        """
        user = self._create(made)
        try:
            yield user
        finally:
            self.delete(user.id)

    def delete(self, user: str) -> None:
        """Delete a user, if it is there."""
        with suppress(NotFound):
            self._view.admin.send("DELETE", (self._view.realm, "users", user))

    def _refuse_attributes(self, case: Case, made: Person) -> None:
        given = case.test.given.attributes
        for name in made.attributes if not case.sent else made.attributes.keys() & given.keys():
            refused = refusal(name, len(made.attributes[name]), {}, self._profile())
            if refused:
                raise CannotBeAskedError(refused[0], "given", "attributes", name)

    def _refuse_form(self, made: Person, scopes: Sequence[str]) -> None:
        asked = list(asked_for({"attributes": self._listed()}, made, scopes, self.realm()))
        if asked and self._has_form():
            told = ", ".join(asked)
            raise CannotBeAskedError(
                f"at the login Keycloak asks the person for: {told}; write under given what the person enters", "given"
            )

    def _import(self, people: Sequence[tuple[Person, PersonNames]]) -> Mapping[str, str] | None:
        """Store people in one request, and return their ids by name; none where Keycloak refuses one of them.

        Return None where an import fails for others, too: the account may not import.
        """
        body = {"ifResourceExists": "FAIL", "users": [_body(made, names) for made, names in people]}
        try:
            with self._forgotten([names for _, names in people]):
                answer = self._view.admin.send("POST", (self._view.realm, "partialImport"), body)
        except ServerError as error:
            if error.status is None:
                raise
            return None if isinstance(error, Forbidden) else {}
        return {one["resourceName"]: one["id"] for one in answer.body["results"]}

    def _create(self, made: Person) -> StoredUser:
        names = names_for(made.profile)
        try:
            return StoredUser(self._post(made, names), names)
        except ServerError as error:
            if error.status not in (400, 409):
                raise
        # The profile may want names of another form than the made-up ones have.
        names = own_names(made.profile)
        try:
            return StoredUser(self._post(made, names), names)
        except Conflict as error:
            message = "somebody of that user name or address is there already: leave both out"
            raise CannotBeAskedError(message, "given") from error
        except ServerError as error:
            if error.status != 400:
                raise
            raise CannotBeAskedError(f"the realm takes no such user: {error.message}", "given") from error

    def _post(self, made: Person, names: PersonNames) -> str:
        with self._forgotten([names]):
            return str(self._view.admin.send("POST", (self._view.realm, "users"), _body(made, names)).id)

    @contextmanager
    def _forgotten(self, lost: Sequence[PersonNames]) -> Iterator[None]:
        """Where a creation's answer is lost, delete what may be there by its made-up name."""
        try:
            yield
        except ServerError as error:
            for names in lost if error.status is None else ():
                if names.shown:
                    query = {"username": names.username, "exact": "true", "briefRepresentation": "true"}
                    with suppress(ServerError):
                        for user in self._view.get("users", query=query) or ():
                            self.delete(user["id"])
            raise

    def equip(self, case: Case, user: str, made: Person, *, imported: bool) -> tuple[str, ...]:
        """Give roles and groups. Return notes on what of a mapper the realm lacks, and on what the next login takes."""
        given = case.test.given
        notes: list[str] = []
        held: dict[tuple[str, str], Address] = {}
        wanted = [("role", str(role), Address.parse(role), True) for role in given.roles]
        wanted += [("role", role, self._meant(role), False) for role in made.roles]
        wanted += [("group", path, Address.parse(group_path(path)), True) for path in given.groups]
        wanted += [("group", path, self._group(path), False) for path in made.groups]
        for kind, name, address, is_given in wanted:
            if self._view.id(address):
                held[kind, name] = address
                continue
            of = f" of the client {address.names[0]}" if address.kind == "client-role" else ""
            told = f"there is no {kind} {name if kind == 'group' else address.name}{of} in the realm"
            if is_given:
                raise CannotBeAskedError(told, "given", f"{kind}s")
            notes.append(f"{told}, although a mapper of {case.provider} gives it: the login goes on without")
        default, everyone = self._everyone() if imported or made.taken else (None, [])
        self._give(user, held.values(), default if imported else None, everyone if imported else [])
        return (*notes, *self._lost(case, made, held.values(), everyone))

    def _lost(self, case: Case, made: Person, held: Iterable[Address], everyone: Sequence[str]) -> Iterator[str]:
        """What the next login takes away, although the person has it by something else."""
        has = {self._view.id(address) for address in held} | set(everyone)
        for (kind, name), mapper in made.taken.items():
            address = self._meant(name) if kind == "role" else Address.parse(group_path(name))
            if self._view.id(address) in has:
                yield f"the next login takes the {kind} {name} away: {mapper} of {case.provider} gives it to others"

    def _give(self, user: str, held: Iterable[Address], default: Any, everyone: Iterable[str]) -> None:
        base = (self._view.realm, "users", user)
        roles: dict[str, dict[str, Any]] = {"": {default["id"]: default}} if default else {}
        groups = dict.fromkeys(everyone)
        for address in held:
            identity = self._view.id(address)
            if address.kind == "group":
                groups[identity] = None
                continue
            client = self._view.id(Address("client", address.names[:1])) if address.kind == "client-role" else ""
            roles.setdefault(client, {})[identity] = {"id": identity, "name": address.name}
        for client, those in roles.items():
            where = ("clients", client) if client else ("realm",)
            self._view.admin.send("POST", (*base, "role-mappings", *where), list(those.values()), repeatable=True)
        for group in groups:
            self._view.admin.send("PUT", (*base, "groups", group))

    def _group(self, path: str) -> Address:
        """Return the group that Keycloak finds at the path of a mapper, which knows no `~/`."""
        found = find_by_path(path, lambda names: bool(self._view.id(Address("group", names))))
        return Address("group", found or tuple(path.strip("/").split("/")))

    def _meant(self, role: str) -> Address:
        for client, name in splits(role):
            if self._view.id(Address("client", (client,))):
                return Address("client-role", (client, name))
        return Address("role", (role,))

    def _realm(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._view.get() or {}
        return found

    def _listed(self) -> list[Mapping[str, Any]]:
        return [{**attribute, "name": name} for name, attribute in self._profile().get("attributes", {}).items()]

    def _read_profile(self) -> Mapping[str, Any]:
        """The user profile with its attributes by name; empty where the account may not see it."""
        found: dict[str, Any] = {}
        with suppress(Forbidden):
            found = self._view.get("users", "profile") or {}
        return {**found, "attributes": {one["name"]: one for one in found.get("attributes") or ()}}

    def _read_form(self) -> bool:
        try:
            action = self._view.get("authentication", "required-actions", _FORM)
        except Forbidden:
            return True
        return bool(action and action.get("enabled"))

    def _read_everyone(self) -> tuple[Any, list[str]]:
        """What every new user gets: the default role, and the default groups' ids."""
        default = self.realm()["defaultRole"]
        groups = [group["id"] for group in self._view.get("default-groups") or ()]
        return {"id": default["id"], "name": default["name"]}, groups


def _body(made: Person, names: PersonNames) -> dict[str, Any]:
    named = {"username": names.username, "email": names.email}
    body = {**made.profile, **named, "attributes": made.attributes, "enabled": False}
    return {name: value for name, value in body.items() if value is not None}
