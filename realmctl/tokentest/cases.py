"""Which tests a realm's files say, each with what it leaves unsaid: the client that asks, the provider of a person.

Pure. Must not know about: servers, YAML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.errors import BadConfig, Finding, Place
from realmctl.model.objects import Origin
from realmctl.model.token_test import FromBroker, TokenTest


@dataclass(frozen=True, slots=True)
class Case:
    """One test, ready to be asked. `provider` is the alias of who sends the person, "" where nobody does."""

    name: str
    test: TokenTest
    client: str
    origin: Origin
    provider: str = ""

    @property
    def place(self) -> Place:
        """Where it is written."""
        return self.place_of()

    def place_of(self, *path: str | int) -> Place:
        """Where something of it is written."""
        return self.origin.place("tests", self.name, *path)

    @property
    def sent(self) -> FromBroker | None:
        """What the provider says of the person."""
        return self.test.given.entra or self.test.given.broker


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """The token that was asked for; or, in words, why there is none, and where in the test that stands."""

    case: Case
    token: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    path: tuple[str | int, ...] = ()
    notes: tuple[str, ...] = ()
    """What the author of the test should know, although there is a token."""


class CannotBeAskedError(Exception):
    """The test names what the realm has not, or what it does not take. `path` is where in the test that stands."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


def cases(tests: Mapping[str, TokenTest], origin: Origin, *, gateway: str = "", entra: str = "") -> tuple[Case, ...]:
    """The tests in the order of the files. `gateway` is oauth2Proxy's client, `entra` the alias of its provider.

    Raises BadConfig for tests that leave unsaid what nothing else says.
    """
    found = list(tests.items())
    wrong = [finding for name, test in found for finding in _unsaid(name, test, origin, gateway, entra)]
    if wrong:
        raise BadConfig(wrong)
    return tuple(
        Case(
            name,
            test,
            test.given.serviceAccount or test.client or gateway,
            origin,
            _provider(test, entra),
        )
        for name, test in found
    )


def _provider(test: TokenTest, entra: str) -> str:
    sent = test.given.entra or test.given.broker
    return (sent.provider or entra) if sent else ""


def _unsaid(name: str, test: TokenTest, origin: Origin, gateway: str, entra: str) -> Iterator[Finding]:
    place = origin.place("tests", name)
    if not (test.client or test.given.serviceAccount or gateway):
        advice = "write client: its client id"
        yield Finding(
            "token-test", f"'{name}' does not say which client asks, and there is no oauth2Proxy", place, advice
        )
    if test.client and test.given.serviceAccount and test.client != test.given.serviceAccount:
        advice = "take client out: a service account asks through its own"
        yield Finding("token-test", f"'{name}' says two clients", origin.place("tests", name, "client"), advice)
    if test.given.entra and not _provider(test, entra):
        advice = "declare entra, or write broker: { provider: ALIAS, claims: … }"
        place = origin.place("tests", name, "given", "entra")
        yield Finding("token-test", f"'{name}' comes from Entra, which these files don't declare", place, advice)
