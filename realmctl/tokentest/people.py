"""Asks Keycloak what token somebody would get: makes the person for as long as that takes, and asks for an example.

The person is a user without a password that may not log in; it is deleted at the end, whatever happened. Must not know
about: files, how an answer is judged.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from realmctl.admin import Admin
from realmctl.carried import splits
from realmctl.errors import Conflict, NotFound, RealmctlError, Refused, ServerError
from realmctl.kinds.group import group_path
from realmctl.model.address import Address
from realmctl.stop import check, finishing
from realmctl.tokentest.broker import Person, person
from realmctl.tokentest.cases import Answer, Case
from realmctl.view import View

PREFIX = "realmctl-test-"
"""What the user names of made-up people begin with."""
_STALE = 3600.0
"""Seconds after which such a user is what a run that was killed has left behind."""
_KINDS = {"access": "access-token", "id": "id-token", "userinfo": "userinfo"}
_STORAGE = "org.keycloak.storage.UserStorageProvider"


class _CannotBeAskedError(Exception):
    """The test names what the realm has not, or what it does not take."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


def ask(admin: Admin, realm: str, cases: Sequence[Case], *, called: str = "") -> tuple[Answer, ...]:
    """An answer for every case, in their order. Needs view-clients, and manage-users for all but service accounts.

    `called` is the name of the realm that `realm` stands for: the issuer is told as that one's.

    Raises Refused where a new user would be written into a directory, and whatever reading the realm raises.
    """
    view = View(admin, realm)
    if view.get() is None:
        raise NotFound(
            f"there is no realm {realm} on this server, or this account may not see it",
            advice="apply its files first, or test what they will make: realmctl test --planned",
        )
    if any(not case.test.given.serviceAccount for case in cases):
        _refuse_directories(view)
        _sweep(view)
    room = _Room(view, called or realm)
    left = f"Made-up users ({PREFIX}…) of the realm {realm} may be left: a test removes them after an hour."
    with finishing(left):
        found = tuple(view.side_by_side(partial(room.answer, case) for case in cases))
    check()
    return found


class _Room:
    """One realm that is asked, with what several questions need."""

    def __init__(self, view: View, called: str) -> None:
        self._view = view
        self._called = called
        self._providers: dict[str, tuple[Mapping[str, Any], list[Any]]] = {}

    def answer(self, case: Case) -> Answer:
        try:
            client = self._client(case)
            self._scopes_exist(case, client)
            if case.test.given.serviceAccount:
                return Answer(case, self._evaluated(case, client, self._service_account(client, case)))
            made = self._person(case)
            user = self._make(case, made)
            try:
                self._equip(case, user, made)
                return Answer(case, self._evaluated(case, client, user))
            finally:
                with suppress(NotFound):
                    self._view.admin.send("DELETE", (self._view.realm, "users", user))
        except _CannotBeAskedError as problem:
            return Answer(case, problem=str(problem), path=problem.path)

    def _client(self, case: Case) -> Mapping[str, Any]:
        found = self._view.get("clients", query={"clientId": case.client}) or []
        if not found:
            where = ("given", "serviceAccount") if case.test.given.serviceAccount else ("client",)
            raise _CannotBeAskedError(f"there is no client {case.client} in the realm", *where)
        client: Mapping[str, Any] = found[0]
        return client

    def _scopes_exist(self, case: Case, client: Mapping[str, Any]) -> None:
        """Keycloak gives a token without a scope that the client has not, and says nothing (26.7.3)."""
        for scope in case.test.scopes:
            held = (*(client.get("optionalClientScopes") or ()), *(client.get("defaultClientScopes") or ()), "openid")
            # A dynamic scope is asked for with what it is about: organization:acme.
            if scope not in held and scope.partition(":")[0] not in held:
                told = ", ".join(sorted(client.get("optionalClientScopes") or ())) or "none"
                raise _CannotBeAskedError(
                    f"the client {case.client} has no scope {scope}; its optional ones: {told}", "scopes"
                )

    def _service_account(self, client: Mapping[str, Any], case: Case) -> str:
        try:
            return str(self._view.admin.get(self._view.realm, "clients", client["id"], "service-account-user")["id"])
        except (NotFound, ServerError) as error:
            if isinstance(error, NotFound) or error.status == 400:
                message = f"the client {case.client} has no service account"
                raise _CannotBeAskedError(message, "given", "serviceAccount") from error
            raise

    def _person(self, case: Case) -> Person:
        given = case.test.given
        made = Person()
        unique = f"{PREFIX}{uuid.uuid4().hex[:12]}"
        if case.sent:
            provider, mappers = self._provider(case)
            claims = {
                "sub": unique,
                "oid": str(uuid.uuid4()),
                "tid": str(uuid.uuid4()),
                "preferred_username": f"{unique}@example.invalid",
                "email": f"{unique}@example.invalid",
                "given_name": "Test",
                "family_name": "Person",
                "roles": case.sent.appRoles,
                "groups": case.sent.groups,
                **case.sent.claims,
            }
            try:
                # Of claims, null is how a test says that one is missing.
                made = person({key: value for key, value in claims.items() if value is not None}, provider, mappers)
            except RealmctlError as error:
                raise _CannotBeAskedError(f"{error.message}: {error.advice}", "given") from error
        else:
            made.profile = {"email": f"{unique}@example.invalid", "firstName": "Test", "lastName": "Person"}
            made.profile |= {"username": unique, "emailVerified": True}
        for name in ("username", "email", "emailVerified", "firstName", "lastName"):
            if name in given.model_fields_set:
                made.profile[name] = getattr(given, name)
        made.attributes |= {name: values for name, values in given.attributes.items() if values is not None}
        made.groups += given.groups
        return made

    def _provider(self, case: Case) -> tuple[Mapping[str, Any], list[Any]]:
        alias = case.provider
        if alias not in self._providers:
            provider = self._view.get("identity-provider", "instances", alias)
            if provider is None:
                raise _CannotBeAskedError(f"there is no identity provider {alias} in the realm", "given")
            self._providers[alias] = (provider, self._view.get("identity-provider", "instances", alias, "mappers"))
        return self._providers[alias]

    def _make(self, case: Case, made: Person) -> str:
        body = {**made.profile, "attributes": made.attributes, "enabled": False}
        try:
            answer = self._view.admin.send("POST", (self._view.realm, "users"), body)
        except Conflict as error:
            raise _CannotBeAskedError(
                "somebody of that user name or address is there already: leave both out",
                "given",
            ) from error
        except ServerError as error:
            if error.status != 400:
                raise
            raise _CannotBeAskedError(f"the realm takes no such user: {error.message}", "given") from error
        user = str(answer.id)
        if made.attributes:
            kept = (self._view.get("users", user) or {}).get("attributes") or {}
            for name in sorted(made.attributes.keys() - kept.keys()):
                with suppress(NotFound):
                    self._view.admin.send("DELETE", (self._view.realm, "users", user))
                raise _CannotBeAskedError(
                    f"the user profile has no attribute '{name}', and Keycloak drops what it has not",
                    *(("given", "attributes", name) if name in case.test.given.attributes else ("given",)),
                )
        return user

    def _equip(self, case: Case, user: str, made: Person) -> None:
        roles: dict[str, list[Any]] = {}
        for address in (*map(Address.parse, case.test.given.roles), *map(self._meant, made.roles)):
            identity = self._view.id(address)
            if not identity:
                holder = f" of the client {address.names[0]}" if address.kind == "client-role" else ""
                raise _CannotBeAskedError(f"there is no role {address.name}{holder} in the realm", "given", "roles")
            client = self._view.id(Address("client", address.names[:1])) if address.kind == "client-role" else ""
            roles.setdefault(client, []).append({"id": identity, "name": address.name})
        base = (self._view.realm, "users", user)
        for client, those in roles.items():
            where = ("clients", client) if client else ("realm",)
            self._view.admin.send("POST", (*base, "role-mappings", *where), those, repeatable=True)
        for path in made.groups:
            group = self._view.id(Address.parse(group_path(path)))
            if not group:
                raise _CannotBeAskedError(f"there is no group {path} in the realm", "given", "groups")
            self._view.admin.send("PUT", (*base, "groups", group))

    def _meant(self, role: str) -> Address:
        for client, name in splits(role):
            if self._view.id(Address("client", (client,))):
                return Address("client-role", (client, name))
        return Address("role", (role,))

    def _evaluated(self, case: Case, client: Mapping[str, Any], user: str) -> Mapping[str, Any]:
        kind = f"generate-example-{_KINDS[case.test.token]}"
        # A service asks for a token to act with, a person's client for who that is, too.
        usual = () if case.test.given.serviceAccount else ("openid",)
        query = {"userId": user, "scope": " ".join(dict.fromkeys((*usual, *case.test.scopes)))}
        token: dict[str, Any] = self._view.admin.get(
            self._view.realm, "clients", str(client["id"]), "evaluate-scopes", kind, query=query
        )
        own = f"/realms/{self._view.realm}"
        if str(token.get("iss", "")).endswith(own):
            token["iss"] = token["iss"].removesuffix(own) + f"/realms/{self._called}"
        return token


def _refuse_directories(view: View) -> None:
    """A directory that takes new users would get the made-up ones."""
    for found in view.get("components", query={"type": _STORAGE}) or ():
        config = found.get("config") or {}
        if config.get("enabled", ["true"])[0] == "true" and config.get("syncRegistrations", ["false"])[0] == "true":
            raise Refused(
                f"the realm {view.realm} writes new users into {found['name']}, so nobody can be made up in it",
                advice="test the planned realm instead, which has no directories: realmctl test --planned",
            )


def _sweep(view: View) -> None:
    """Removes what a run that was killed left behind."""
    query = {"username": PREFIX, "exact": "false", "briefRepresentation": "true", "max": "100"}
    for user in view.get("users", query=query) or ():
        old = time.time() - float(user.get("createdTimestamp") or 0) / 1000 > _STALE
        if old and user["username"].startswith(PREFIX) and not user.get("enabled"):
            with suppress(NotFound):
                view.admin.send("DELETE", (view.realm, "users", user["id"]))
