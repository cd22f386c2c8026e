"""What a comparison of two policies finds: a plain sentence, or a danger.

Must not know about: what is compared.
"""

from __future__ import annotations

from dataclasses import dataclass

from realmctl.errors import Place
from realmctl.model.address import Address
from realmctl.model.danger import Danger, Severity
from realmctl.model.sentence import Sentence


@dataclass(frozen=True, slots=True)
class PolicyRemark:
    """One thing that changes. Without a rule it is worth a sentence only."""

    sentence: Sentence
    rule: str = ""
    severity: Severity = Severity.MEDIUM
    place: Place | None = None
    address: Address | None = None

    @property
    def danger(self) -> Danger | None:
        """The danger; None where there is only something to say."""
        return Danger(self.rule, self.severity, self.sentence, self.address, self.place) if self.rule else None


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A rule of the comparison: its id, the worst severity that it gives, and what it is about."""

    id: str
    severity: Severity
    about: str
