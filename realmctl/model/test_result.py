"""What came of tests of tokens.

Must not know about: how a token was got, or compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.errors import Place


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a test did not pass, and where that was asked for."""

    message: str
    place: Place


@dataclass(frozen=True, slots=True)
class Verdict:
    """One test's result. `asked` is False where there was no token to look at."""

    name: str
    place: Place
    client: str
    failures: tuple[Failure, ...]
    token: Mapping[str, Any]
    asked: bool = True
    changed: tuple[str, ...] = ()
    """How the token differs from what the same person gets now, where that was asked for."""
    notes: tuple[str, ...] = ()
    """What the author of the test should know, although there is a token."""

    @property
    def passed(self) -> bool:
        """Whether the token is as expected."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One realm's verdicts; `planned` says whether it was tested as it will be, or as it is."""

    realm: str
    planned: bool
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return all(verdict.passed for verdict in self.verdicts)
