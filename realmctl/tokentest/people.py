"""Asks Keycloak what token somebody would get: makes the person for as long as that takes, and asks for an example.

The person is a user without a password that may not log in; it is deleted at the end, whatever happened. Must not know
about: files, how an answer is judged, how a user is stored.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from realmctl.engine.read.view import View
from realmctl.errors import NotFound, RealmctlError, Refused
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.kinds.service_account import account_of
from realmctl.model.interruption import check, finishing
from realmctl.model.token_test import FromBroker
from realmctl.tokentest.broker import Person, person
from realmctl.tokentest.cases import CannotBeAskedError, Case, TokenAnswer
from realmctl.tokentest.names import PREFIX, PersonNames, made_up, names_for
from realmctl.tokentest.notes import MAPPER, add_notes
from realmctl.tokentest.users import StoredUser, StoredUsers

_STALE = 3600.0
"""Seconds after which a made-up user is what a run that was killed has left behind."""
_KINDS = {"access": "access-token", "id": "id-token", "userinfo": "userinfo"}
_STORAGE = "org.keycloak.storage.UserStorageProvider"


def ask(admin: Admin, realm: str, cases: Sequence[Case], *, called: str = "") -> tuple[TokenAnswer, ...]:
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
        found = room.answers(cases)
    check()
    return found


@dataclass(frozen=True, slots=True)
class _Ready:
    """A case whose person can be stored."""

    case: Case
    client: Mapping[str, Any]
    made: Person
    names: PersonNames


class _Room:
    """One realm that is asked, with what several questions need."""

    def __init__(self, view: View, called: str) -> None:
        self._view = view
        self._called = called
        self._providers: dict[str, tuple[Mapping[str, Any], list[Any]]] = {}
        self._users = StoredUsers(view)
        self._note_mappers = cache(self._read_note_mappers)

    def answers(self, cases: Sequence[Case]) -> tuple[TokenAnswer, ...]:
        ready = self._view.side_by_side(partial(_or_problem, case, partial(self._ready, case)) for case in cases)
        sent = [(one.made, one.names) for one in ready if isinstance(one, _Ready) and one.case.sent]
        with self._users.imported(sent) as stored:
            return tuple(
                self._view.side_by_side(
                    partial(_or_problem, case, partial(self._answer, one, stored))
                    for case, one in zip(cases, ready, strict=True)
                )
            )

    def _ready(self, case: Case) -> _Ready | TokenAnswer:
        client = self._client(case)
        self._scopes_exist(case, client)
        if case.test.token == "userinfo" and _is_light(client):
            raise CannotBeAskedError(
                f"Keycloak refuses user info for {case.client}'s lightweight access tokens", "token"
            )
        if case.test.given.serviceAccount:
            return TokenAnswer(case, self._evaluated(case, client, self._service_account(client, case)))
        made = self._person(case)
        self._users.check(case, made, _scopes(case))
        return _Ready(case, client, made, names_for(made.profile))

    def _answer(self, ready: _Ready | TokenAnswer, stored: Mapping[str, str]) -> TokenAnswer:
        if isinstance(ready, TokenAnswer):
            return ready
        found = stored.get(ready.names.username)
        if found:
            return self._asked(ready, StoredUser(found, ready.names), imported=True)
        with self._users.stored(ready.made) as user:
            return self._asked(ready, user, imported=False)

    def _asked(self, ready: _Ready, user: StoredUser, *, imported: bool) -> TokenAnswer:
        case, made = ready.case, ready.made
        notes = self._users.equip(case, user.id, made, imported=imported)
        token = self._evaluated(case, ready.client, user.id)
        self._add_notes(case, ready.client, made, token)
        return TokenAnswer(case, user.names.restored(token), notes=(*_unread(case, made), *notes))

    def _client(self, case: Case) -> Mapping[str, Any]:
        found = self._view.get("clients", query={"clientId": case.client}) or []
        if not found:
            where = ("given", "serviceAccount") if case.test.given.serviceAccount else ("client",)
            raise CannotBeAskedError(f"there is no client {case.client} in the realm", *where)
        client: Mapping[str, Any] = found[0]
        return client

    def _scopes_exist(self, case: Case, client: Mapping[str, Any]) -> None:
        """Keycloak gives a token without a scope that the client has not, and says nothing (26.7.3)."""
        for scope in case.test.scopes:
            held = (*(client.get("optionalClientScopes") or ()), *(client.get("defaultClientScopes") or ()), "openid")
            # A dynamic scope is asked for with what it is about: organization:acme.
            if scope not in held and scope.partition(":")[0] not in held:
                told = ", ".join(sorted(client.get("optionalClientScopes") or ())) or "none"
                raise CannotBeAskedError(
                    f"the client {case.client} has no scope {scope}; its optional ones: {told}", "scopes"
                )

    def _service_account(self, client: Mapping[str, Any], case: Case) -> str:
        user = account_of(self._view, client["clientId"])
        if user is None:
            raise CannotBeAskedError(f"the client {case.client} has no service account", "given", "serviceAccount")
        return str(user["id"])

    def _person(self, case: Case) -> Person:
        given = case.test.given
        unique = made_up()
        if case.sent:
            made = self._sent(case, case.sent, unique)
        else:
            made = Person()
            made.profile = {"email": f"{unique}@example.invalid", "firstName": "Test", "lastName": "Person"}
            made.profile |= {"username": unique, "emailVerified": True}
        for name in ("username", "email", "emailVerified", "firstName", "lastName"):
            if name in given.model_fields_set:
                made.profile[name] = getattr(given, name)
        made.attributes |= {name: values for name, values in given.attributes.items() if values is not None}
        return made

    def _sent(self, case: Case, sent: FromBroker, unique: str) -> Person:
        provider, mappers = self._provider(case)
        claims = {
            "sub": unique,
            "oid": str(uuid.uuid4()),
            "tid": str(uuid.uuid4()),
            "preferred_username": f"{unique}@example.invalid",
            "email": f"{unique}@example.invalid",
            "given_name": "Test",
            "family_name": "Person",
            **({"roles": sent.appRoles} if sent.appRoles else {}),
            **({"groups": sent.groups} if sent.groups else {}),
            # Of claims, null is how a test says that one is missing.
            **sent.claims,
        }
        realm = self._users.realm()
        try:
            return person(claims, provider, mappers, email_as_username=bool(realm.get("registrationEmailAsUsername")))
        except RealmctlError as error:
            raise CannotBeAskedError(f"{error.message}: {error.advice}", "given") from error

    def _provider(self, case: Case) -> tuple[Mapping[str, Any], list[Any]]:
        alias = case.provider
        if alias not in self._providers:
            provider = self._view.get("identity-provider", "instances", alias)
            if provider is None:
                raise CannotBeAskedError(f"there is no identity provider {alias} in the realm", "given")
            self._providers[alias] = (provider, self._view.get("identity-provider", "instances", alias, "mappers"))
        return self._providers[alias]

    def _evaluated(self, case: Case, client: Mapping[str, Any], user: str) -> dict[str, Any]:
        kind = f"generate-example-{_KINDS[case.test.token]}"
        query = {"userId": user, "scope": " ".join(_scopes(case))}
        token: dict[str, Any] = self._view.admin.get(
            self._view.realm, "clients", str(client["id"]), "evaluate-scopes", kind, query=query
        )
        own = f"/realms/{self._view.realm}"
        if str(token.get("iss", "")).endswith(own):
            token["iss"] = token["iss"].removesuffix(own) + f"/realms/{self._called}"
        return token

    def _add_notes(self, case: Case, client: Mapping[str, Any], made: Person, token: dict[str, Any]) -> None:
        if not made.notes:
            return
        light = _is_light(client)
        mappers = self._note_mappers(str(client["id"]), " ".join(_scopes(case)))
        add_notes(token, made.notes, mappers, case.test.token, light=light)

    def _read_note_mappers(self, client: str, scope: str) -> tuple[Mapping[str, Any], ...]:
        path = ("clients", client, "evaluate-scopes", "protocol-mappers")
        granted = self._view.get(*path, query={"scope": scope}) or ()
        # The list names the mappers without what is in them.
        return tuple(self._mapper(one) for one in granted if one.get("protocolMapper") == MAPPER)

    def _mapper(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        owner = "client-scopes" if told.get("containerType") == "client-scope" else "clients"
        path = (owner, str(told["containerId"]), "protocol-mappers", "models", str(told["mapperId"]))
        found: Mapping[str, Any] = self._view.get(*path) or {}
        return found


def _or_problem(case: Case, find: Callable[[], _Ready | TokenAnswer]) -> _Ready | TokenAnswer:
    try:
        return find()
    except CannotBeAskedError as problem:
        return TokenAnswer(case, problem=str(problem), path=problem.path)


def _is_light(client: Mapping[str, Any]) -> bool:
    return (client.get("attributes") or {}).get("client.use.lightweight.access.token.enabled") == "true"


def _scopes(case: Case) -> tuple[str, ...]:
    # A service asks for a token to act with, a person's client for who that is, too.
    usual = () if case.test.given.serviceAccount else ("openid",)
    return tuple(dict.fromkeys((*usual, *case.test.scopes)))


def _unread(case: Case, made: Person) -> tuple[str, ...]:
    """What a test says of the person that nothing reads."""
    if not case.sent:
        return ()
    said = {*case.sent.claims, *(["roles"] if case.sent.appRoles else []), *(["groups"] if case.sent.groups else [])}
    notes = []
    for claim in sorted(said & made.unread.keys()):
        mapper, escaped = made.unread[claim], claim.replace(".", "\\.")
        told = f"no mapper of {case.provider} reads the claim {claim}, so it changes nothing"
        notes.append(f"{told}; {mapper} reads a nested claim: write {escaped} in the mapper" if mapper else told)
    return tuple(notes)


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
