"""A field that Keycloak's representations have and the language has not, and why. Must not know about: any kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Omission:
    """Why a field cannot be declared. `decided` is False for a field that says nothing of the object."""

    why: str
    decided: bool = True


ID = Omission("The server's own key; objects are known by name.", decided=False)
MOMENT = Omission("What the asking account may do, or a count of the moment.", decided=False)
SELF = Omission("Follows from the rest, and is not taken from a request.", decided=False)
PLACE = Omission("Said by where the object stands in the file.", decided=False)
OLD = Omission("Deprecated; no answer has it (26.7.3).")
