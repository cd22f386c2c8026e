"""Why a plan has what it has of one object: a value, so that it can be compared, and shown in any way.

Must not know about: how it was found, or is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from realmctl.errors import Place
from realmctl.model.address import Address
from realmctl.model.change import Action, FieldChange


@dataclass(frozen=True, slots=True)
class ExplainedField:
    """One field that changes: where the files ask for its value, and through which of the platform's words."""

    field: FieldChange
    part: Address
    """The object itself, or the link that is told as a field of it."""
    place: Place | None = None
    word: str = ""
    """The path inside the word that was compiled to it, such as `tokens.audiences`; "" where no word was."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One object: why it is planned as it is, in sentences, and what hangs together with it."""

    address: Address
    verdict: str
    """What happens to it, in a few words."""
    action: Action | None = None
    """None where nothing is written to it."""
    why: tuple[str, ...] = ()
    fields: tuple[ExplainedField, ...] = ()
    requests: tuple[str, ...] = ()
    """What is sent for it; of what goes together with others, with them."""
    after: tuple[Address, ...] = ()
    """Objects of the plan that have to be written before it."""
    before: tuple[Address, ...] = ()
    """Objects of the plan that wait for it."""
    refers: tuple[Address, ...] = ()
    """What it refers to."""
    referred: tuple[Address, ...] = ()
    """What is declared and refers to it."""
    costs: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    """What would stop an apply of it, or watches over it."""
