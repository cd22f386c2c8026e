"""How a team's names are written: one name has to stay one name wherever tokens and headers list several.

oauth2-proxy joins the names in a claim with commas into one header, and scopes are separated by spaces. Must not know
about: bounds, what the names are of.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from realmctl.config.teams.subject import TeamFile
from realmctl.errors import Finding, Place
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address

_LISTED = frozenset({"role", "client-role", "client", "client-scope", "group"})
"""Kinds whose names tokens list."""
_SEPARATES = re.compile(r"[,;|\"\\]")


def check_name(look: TeamFile, address: Address, place: Place) -> Iterator[Finding]:
    """The name of an object that tokens list."""
    if address.kind in _LISTED:
        yield from check_text(look, kinds()[address.kind].title, address.name, place, blanks=address.kind == "group")


def check_text(look: TeamFile, title: str, name: str, place: Place, *, blanks: bool = False) -> Iterator[Finding]:
    """A name in a token. `blanks` allows spaces between its words."""
    is_one = name == name.strip() and (blanks or " " not in name) and not _SEPARATES.search(name)
    if not is_one or not name.isprintable() or unicodedata.normalize("NFKC", name) != name:
        message = f"the team {look.name} may not declare the {title} {name!r}: a reader may take it for several names"
        yield Finding("outside-bounds", message, place, "Use letters, digits, '-', '_' and '.' in the name.")
