"""Something that the live realm has and its files do not say.

Must not know about: how it is found, how it is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from realmctl.model.address import Address


@dataclass(frozen=True, slots=True)
class Beyond:
    """Something that is on the server and not in the files, with the object that it belongs to."""

    address: Address
    text: str
