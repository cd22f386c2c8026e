"""The keys of a realm's files that are realmctl's own: who owns the realm's objects, limits, what is left alone.

Must not know about: Keycloak's resources.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from realmctl.model.objects import Limits
from realmctl.model.service import Service
from realmctl.model.team import Team
from realmctl.model.token_test import TokenTest


def _share(value: Any) -> Any:
    if isinstance(value, str):
        percent = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", value.strip())
        if not percent:
            raise ValueError("write a share such as 25%")
        return float(percent[1]) / 100
    return value


def _prune(value: Any) -> Any:
    if isinstance(value, dict):
        wrong = [key for key, word in value.items() if word != "all"]
        if wrong:
            raise ValueError(f"write `{wrong[0]}: all`: nothing else can be said of a section")
        return list(value)
    return value


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise ValueError("write a day such as 2026-12-31") from None
    return value


class Ignored(BaseModel):
    """What drift leaves out: known, and left as it is on the server for a reason."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    address: str = Field(
        description="Of which objects: kind/name as drift tells it; * and ? as in a shell.", min_length=1
    )
    fields: list[str] | None = Field(None, description="Only these fields (* and ?); without them the whole object.")
    reason: str = Field(description="Why it is left out.", min_length=3)
    until: Annotated[date, BeforeValidator(_day)] | None = Field(
        None, description="The last day on which this counts, such as 2026-12-31."
    )


class Deletions(BaseModel):
    """How many deletions one apply may do without being told to."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    limit: int = Field(Limits().count, ge=0, description="This many deletions need no flag.")
    share: Annotated[float, BeforeValidator(_share)] = Field(
        Limits().share, ge=0, le=1, description="Nor this share of the owned objects of a kind, such as 25%."
    )


class Frame(BaseModel):
    """realmctl's own keys in a realm's files."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    realm: str = Field(description="The realm's name.", min_length=1)
    owner: str = Field(
        "realmctl",
        description="Who owns what these files declare; two repositories on one realm have an owner each.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,99}$",
    )
    deletions: Deletions = Deletions()
    prune: Annotated[list[str], BeforeValidator(_prune)] = Field(
        [], description="Sections in which even objects that nobody declared are deleted."
    )
    customProviders: list[str] = Field(
        [], description="Types of mappers, authenticators and identity providers that Keycloak does not ship."
    )
    accept: list[str] = Field(
        [], description="Rules whose findings are known and meant, by their name in brackets: told, but no errors."
    )
    services: dict[str, Service] = Field(
        {}, description="Services behind the gateway, by name: where each is reached, and who may do what there."
    )
    tests: dict[str, TokenTest] = Field({}, description="Assertions on tokens, by a name that says what holds.")
    teams: dict[str, Team] = Field(
        {},
        description="Teams, by name: which files belong to each, and what these files may declare. Stands in the file "
        "with `realm`. The team `platform` owns that file and whatever belongs to no other team; it has no bounds.",
    )
    ignore: list[Ignored] = Field([], description="What drift leaves out, each with its reason.")
    variables: list[str] | None = Field(
        None,
        description="The environment variables that the realm's files may refer to, by name or pattern (ENTRA_*).",
    )

    @property
    def limits(self) -> Limits:
        """The limits of deletions as the plan takes them."""
        return Limits(self.deletions.limit, self.deletions.share)
