"""The values that the comparison of two realms leaves out, each with its reason; docs/round-trips.md has this table.

Must not know about: how a realm is read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.live.naming import ORDERED, Path, matches


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A pattern of paths that are not compared, and why."""

    pattern: str
    reason: str


EXCLUSIONS = (
    Exclusion("** › createdTimestamp", "A time of creation."),
    Exclusion("** › client.secret.creation.time", "A time of creation."),
    Exclusion("** › client.secret.expiration.time", "A time."),
    Exclusion("** › access › *", "What the account that reads may do; not a part of the object."),
    Exclusion("components › * (*-generated*) › keys › * › kid", "Keycloak generates the key."),
    Exclusion("components › * (*-generated*) › keys › * › publicKey", "Keycloak generates the key."),
    Exclusion("components › * (*-generated*) › keys › * › certificate", "Keycloak generates the key."),
    Exclusion("components › * › keys › * › validTo", "A time."),
    Exclusion("components › ** › lastSync › **", "State: when the federation was last synchronised."),
    Exclusion("flows › ** › priority", "The order of the executions is compared; the numbers that make it are free."),
    Exclusion("clients › broker › secret", "Keycloak's own client, bearer-only: no login takes this secret."),
    Exclusion("clients › realm-management › secret", "Keycloak's own client, bearer-only: no login takes this secret."),
    Exclusion("clients › realm-management › attributes › **", "Keycloak refuses every change of this client."),
    Exclusion("realm › attributes › realmctl*", "realmctl's own inventory and records."),
)


def excluded(path: Path) -> Exclusion | None:
    """Return the exclusion that a path falls under."""
    return next((one for one in EXCLUSIONS if matches(path, one.pattern)), None)


def compared(values: Iterator[tuple[Path, Any]]) -> Iterator[tuple[Path, Any]]:
    """Yield the values that no exclusion leaves out."""
    return ((path, value) for path, value in values if not excluded(path))


READ_AS_EQUAL = (
    ("An id, and the name of the object that has it", "Ids differ between two realms; a reference stays visible."),
    ("A text of JSON, and what it says", "Keycloak writes such a text with its keys in any order."),
    ("An empty text, list or object, and none", 'Keycloak stores most values of "" as none; an import keeps them.'),
    ("An attribute of the realm that repeats a field, and none", "An import writes the copy, a PUT does not."),
    ("Two orders of a list", "Keycloak stores the list as a set. The lists below are compared in order."),
)
"""What the comparison reads as equal, and why: `naming.py` does it."""

NOT_READ = (
    ("Users, but for service accounts", "realmctl manages a user only by name; an import leaves people out."),
    ("Sessions, consents, events, brute-force states", "They are state."),
    ("Initial access tokens, registration access tokens", "They are credentials that Keycloak hands out once."),
    ("Secrets that Keycloak masks", "No request shows them: a provider's secret, a password, a private key."),
    ("A sub-flow and a config that no flow leads to", "No list of the Admin API has them, and no login runs them."),
    ("Organizations of a realm that has them switched off", "Keycloak answers 404 for all of them."),
)
"""What the reader does not read, and why."""


def page() -> str:
    """Return the tables of docs/round-trips.md."""
    rows = [("Not compared", "Why"), *((f"`{one.pattern}`", one.reason) for one in EXCLUSIONS)]
    equal = [("Read as equal", "Why"), *READ_AS_EQUAL]
    unread = [("Not read", "Why"), *NOT_READ]
    order = "In order: " + ", ".join(f"`{pattern}`" for pattern in ORDERED) + "."
    return "\n\n".join((*map(_table, (rows, equal, unread)), order))


def _table(rows: list[tuple[str, str]]) -> str:
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join((head, "|---|---|", *body))


if __name__ == "__main__":
    sys.stdout.write(page() + "\n")
