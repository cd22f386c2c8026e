"""A test of a token judges what a login gives: sixty people log in for real, and realmctl is asked about each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

import standin
from realmctl.config.macros.entra import Entra, EntraSaying
from realmctl.config.macros.macro import Context
from realmctl.errors import Place
from realmctl.keycloak.admin import Admin
from realmctl.model.objects import Written
from realmctl.model.token_test import TokenTest
from realmctl.tokentest.cases import TokenAnswer, cases
from realmctl.tokentest.names import PREFIX
from realmctl.tokentest.people import ask
from standin import Standin, Tenant, User
from standin.claims import id_token
from tests.conftest import Keycloak
from tests.live.persons import ENTRA, Door, people, realms
from tests.live.scene import applied, written
from tests.live.test_entra import APP, REDIRECT, SECRET, contoso
from tests.live.test_entra import realm as with_entra
from tooling.gateway.login import Browser, Stopped

KINDS = ("access", "id", "userinfo")
SCOPES = (("openid",), ("openid", "phone", "address"), ("openid", "microprofile-jwt"))

TRIES = 3
SECOND = 4
"""People of a realm who log in twice."""

TIMES = frozenset({"exp", "iat", "auth_time"})
IDS = frozenset({"jti", "sid", "sub", "nonce", "at_hash"})
"""Claims that are another one's in every token: of the token, the session, the user; `nonce` is the app's own, and an
example has no `at_hash`."""
MADE_UP = ("preferred_username", "email", "given_name", "family_name", "oid", "tid", "roles", "groups")
"""Claims that a test makes up where nothing is said: a person who lacks them says null."""


@dataclass
class One:
    """A person: how they log in, what Entra says of them, what came of it."""

    login: str
    door: Door
    claims: Mapping[str, Any]
    scopes: tuple[str, ...]
    tokens: dict[str, Any] = field(default_factory=dict)
    stopped: str = ""


@dataclass
class Realm:
    """A realm with its people."""

    name: str
    address: str
    people: list[One]


@pytest.fixture
def entra() -> Iterator[Standin]:
    with standin.running(contoso()) as running:
        yield running


def _declare(admin: Admin, entra: Standin, name: str, said: dict[str, Any], doors: list[Door], folder: Path) -> None:
    first, *others = doors
    # One of the mappers gives a role that nobody made: Keycloak passes over it.
    said = {
        "accept": ["config-reference"],
        **said,
        "entra": _word(entra, first),
        "identityProviders": {"entra": {"mappers": dict(first.mappers)}},
    }
    for door in others:
        # The word again, under another alias: files can say it once.
        made = Entra().compile(EntraSaying.model_validate({**_word(entra, door), "alias": door.alias}), Context(name))
        provider = made.sections["identityProviders"][door.alias]
        provider["config"]["clientSecret"] = SECRET
        provider["mappers"] |= door.mappers
        said["identityProviders"][door.alias] = provider
        said["authenticationFlows"] = {**said.get("authenticationFlows", {}), **made.sections["authenticationFlows"]}
    for door in doors:
        endpoint = f"{admin.connection.url}/realms/{name}/broker/{door.alias}/endpoint"
        entra.tenant.app(APP).redirectUris += [endpoint, f"{endpoint}/logout_response"]
    assert not applied(admin, written(folder, name, said)).failed


def _word(entra: Standin, door: Door) -> dict[str, Any]:
    found: dict[str, Any] = with_entra(entra)["entra"]
    return {**found, **ENTRA, **door.entra}


def _people(entra: Standin, seed: str, doors: list[Door]) -> list[One]:
    found: list[One] = []
    for door in doors:
        for number, claims in enumerate(people(seed, door)):
            login = f"{seed}-{door.alias}-{number}@contoso.com"
            user = User(userPrincipalName=login, displayName=seed, claims=claims)
            entra.tenant.users.append(user)
            found.append(One(login, door, _said(entra.tenant, user), SCOPES[number % len(SCOPES)]))
    return found


def _said(tenant: Tenant, user: User) -> dict[str, Any]:
    """The claims that Entra sends of somebody, as a test says them."""
    sent = id_token(standin.claims.Place("https://entra.invalid"), tenant, tenant.app(APP), user, ["profile", "email"])
    return {**dict.fromkeys(MADE_UP), **sent}


def _log_in(entra: Standin, place: Realm, one: One) -> None:
    for _ in range(TRIES):
        one.stopped = ""
        _try_to_log_in(entra, place, one)
        # A busy server fails at a transaction now and then.
        if not one.stopped.startswith("500"):
            return


def _try_to_log_in(entra: Standin, place: Realm, one: One) -> None:
    browser = Browser(entra.ca)
    try:
        got = browser.log_in(
            place.address,
            one.door.client,
            REDIRECT,
            one.login,
            broker=one.door.alias,
            scope=" ".join(one.scopes),
        )
    except Stopped as stopped:
        one.stopped = str(stopped)
        return
    answer = requests.get(
        f"{place.address}/protocol/openid-connect/userinfo",
        headers={"Authorization": f"Bearer {got.raw['access_token']}"},
        timeout=60,
    )
    one.tokens = {"access": got.access, "id": got.id}
    if answer.ok:
        one.tokens["userinfo"] = answer.json()
    else:
        assert "Lightweight access token not allowed" in answer.headers["WWW-Authenticate"]


def _asked(admin: Admin, place: Realm) -> Mapping[tuple[str, str], TokenAnswer]:
    tests = {
        f"{kind} {one.login}": TokenTest.model_validate(
            {
                "client": one.door.client,
                "given": {"broker": {"provider": one.door.alias, "claims": one.claims}},
                "scopes": [scope for scope in one.scopes if scope != "openid"],
                "token": kind,
                "expect": {"issuer": "any"},
            }
        )
        for one in place.people
        for kind in KINDS
    }
    answers = ask(admin, place.name, cases(tests, Written(Place("realm.yaml"))))
    found: dict[tuple[str, str], TokenAnswer] = {}
    for answer in answers:
        kind, _, login = answer.case.name.partition(" ")
        found[kind, login] = answer
    return found


def comparable(token: Mapping[str, Any]) -> dict[str, Any]:
    """A token without times and ids. `scope` is a set of names, and so is what a set of Java's fills."""
    kept = {key: value for key, value in token.items() if key not in TIMES | IDS}
    if "scope" in kept:
        kept["scope"] = sorted(kept["scope"].split())
    return {key: _ordered(value) for key, value in kept.items()}


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _ordered(one) for key, one in value.items()}
    return sorted(map(_ordered, value), key=repr) if isinstance(value, list) else value


def _differences(place: Realm, answers: Mapping[tuple[str, str], TokenAnswer]) -> Iterator[str]:
    for one in place.people:
        for kind in KINDS:
            answer = answers[kind, one.login]
            where = f"{one.login} {kind}"
            if (kind in one.tokens) == bool(answer.problem):
                got = one.stopped or sorted(one.tokens)
                yield f"{where}: login: {got}; test: {answer.problem or 'a token'}; {one.claims}"
            elif kind in one.tokens:
                real, judged = comparable(one.tokens[kind]), comparable(answer.token)
                for claim in sorted(real.keys() | judged.keys()):
                    if real.get(claim) != judged.get(claim) or (claim in real) != (claim in judged):
                        yield f"{where}: {claim}: login {real.get(claim)!r}, test {judged.get(claim)!r}; {one.claims}"


def _lost(entra: Standin, realm: Realm, answers: Mapping[tuple[str, str], TokenAnswer]) -> Iterator[str]:
    """Where the next login takes more or less away than the notes say, of a few people for whom they say something."""
    noted = [one for one in realm.people if not one.stopped and _taken(answers["access", one.login])]
    for one in noted[:SECOND]:
        first = _rights(one.tokens["access"])
        _log_in(entra, realm, one)
        taken, gone = _taken(answers["access", one.login]), first - _rights(one.tokens["access"])
        if taken != gone:
            yield f"{one.login}: the next login takes {gone}, the test says {taken}"


def _taken(answer: TokenAnswer) -> set[str]:
    found = (re.search(r"takes the (?:role|group) (\S+) away", note) for note in answer.notes)
    return {match[1] for match in found if match}


def _rights(token: Mapping[str, Any]) -> set[str]:
    clients = {role.replace("o:", "orders-api.", 1) for role in token.get("orders", ())}
    return {*token.get("roles", ()), *token.get("teams", ()), *clients}


def test_a_test_judges_the_token_that_a_login_gives(
    keycloak: Keycloak, entra: Standin, realm_name: str, tmp_path: Path
) -> None:
    wrong: list[str] = []
    noted = False
    with closing(keycloak.admin()) as admin, ExitStack() as stack:
        places: list[Realm] = []
        for seed, (said, doors) in realms().items():
            name = f"{realm_name}-{seed}"
            places.append(Realm(name, f"{keycloak.url}/realms/{name}", _people(entra, seed, doors)))
            _declare(admin, entra, name, said, doors, tmp_path)
            stack.callback(admin.send, "DELETE", (name,))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda both: _log_in(entra, *both), [(p, one) for p in places for one in p.people]))
        for place in places:
            answers = _asked(admin, place)
            noted = noted or any(map(_taken, answers.values()))
            wrong += [*_differences(place, answers), *_lost(entra, place, answers)]
            wrong += [user["username"] for user in admin.get(place.name, "users", query={"username": PREFIX})]
    assert not wrong, "\n".join(wrong)
    assert noted
    assert sum(not one.stopped for place in places for one in place.people) >= 40
    assert any(one.stopped for place in places for one in place.people)
