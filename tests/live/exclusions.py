"""The values that the comparison of two realms leaves out, each with its reason; docs/round-trips.md has this table.

Must not know about: how a realm is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.live.naming import Path, matches


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
