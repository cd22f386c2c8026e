"""Dangers: what a change puts at risk, with a severity and the id of the rule that found it.

Must not know about: how dangers are found, output formats.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from realmctl.errors import Place
from realmctl.model.address import Address
from realmctl.model.sentence import Sentence


class Severity(Enum):
    """How bad a danger is. `rank` orders severities, the worst first (0)."""

    CRITICAL = "critical"
    """Somebody gains administration or a login without proof, or a secret or token reaches another host."""
    HIGH = "high"
    """A login, a token, a gateway rule or a guard becomes weaker."""
    MEDIUM = "medium"
    """The change is usual, and worth a second look."""
    LOW = "low"
    """The change is of little consequence."""

    @property
    def rank(self) -> int:
        """The position in the order from worst to least: 0 for critical."""
        return tuple(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Danger:
    """One danger. `rule` is a stable id such as `realm-admin-gained`, which a reader can look up."""

    rule: str
    severity: Severity
    sentence: Sentence
    """What becomes possible, and for whom, for a reader who does not know Keycloak."""
    address: Address | None = None
    """The object whose change brings the danger; None where no object of the realm does (a gateway rule, a guard)."""
    place: Place | None = None
    """Where the files declare the change, as far as that is known."""
