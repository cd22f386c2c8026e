"""Made-up names that a person has on the server, while the token shows the person's own.

So two tests of one person, or a test of a person who exists, never meet; and what a killed run leaves behind is known
by its user name. Pure.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "realmctl-test-"
"""What the user names of made-up people begin with."""


def made_up() -> str:
    """Return a new user name."""
    return f"{PREFIX}{uuid.uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True)
class PersonNames:
    """User name and e-mail address on the server, each with the one that the token shows."""

    username: str
    email: str | None
    shown: Mapping[str, str]

    def restored(self, token: Any) -> Any:
        """Return a token, or a part of one, with the person's own names."""
        if isinstance(token, str):
            for name, own in self.shown.items():
                token = token.replace(name, own)
            return token
        if isinstance(token, list):
            return [self.restored(one) for one in token]
        return {key: self.restored(one) for key, one in token.items()} if isinstance(token, Mapping) else token


def names_for(profile: Mapping[str, Any]) -> PersonNames:
    """Return made-up names for a person; the address keeps its domain."""
    name, email, shown = made_up(), profile.get("email"), {}
    if email:
        _, at, domain = str(email).rpartition("@")
        made = f"{made_up()}{at}{domain if at else ''}".lower()
        email, shown[made] = made, str(email).lower()
    return PersonNames(name, email, {**shown, name: str(profile["username"]).lower()})


def own_names(profile: Mapping[str, Any]) -> PersonNames:
    """Return the person's own names, for a user profile that refuses made-up ones."""
    return PersonNames(str(profile["username"]), profile.get("email"), {})
