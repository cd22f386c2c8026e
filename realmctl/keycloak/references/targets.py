"""Everything that an object refers to: by its kind's own fields, and by texts inside its config.

Pure. Must not know about: plans, requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from realmctl.keycloak.kinds.maps import Path, laid
from realmctl.keycloak.kinds.registry import kinds
from realmctl.keycloak.references.mention import Mention, mentions
from realmctl.keycloak.references.names import Names, spell_reference
from realmctl.model.address import Address
from realmctl.model.joined_list import Joined

Fields = Mapping[str, Any]


def targets(address: Address, fields: Fields, names: Names) -> Iterator[tuple[Path, Address]]:
    """Yield path and address of each reference. A text that leads nowhere among `names` yields none."""
    yield from kinds()[address.kind].refers(address, fields)
    yield from named_targets(address, fields, names)


def named_targets(address: Address, fields: Fields, names: Names) -> Iterator[tuple[Path, Address]]:
    """Yield path and address of each reference by text that leads to another object."""
    for mention in mentions(address, fields, names.ask):
        for target in names.find(mention):
            if target != address:
                yield mention.path, target


def changed_targets(
    address: Address, fields: Fields, names: Names, renamed: Callable[[Address], Address]
) -> Iterator[tuple[Mention, Address, str]]:
    """Yield each reference by text whose object has another name now: with that object, and the text that names it.

    `names` are the objects under their former names.
    """
    for mention in mentions(address, fields, names.ask):
        for target in names.find(mention):
            now = renamed(target)
            if now != target:
                yield mention, now, spell_reference(mention.reference, now)


def follow_renames(fields: Fields, moved: Iterator[tuple[Mention, Address, str]]) -> Fields:
    """Return the fields as Keycloak leaves them after the renames: with new texts where it writes them by itself."""
    found = fields
    for mention, _, text in moved:
        old = mention.text
        # Groups are followed by the very path that Keycloak writes, and by what begins with it (26.7.3).
        if mention.reference.followed and (mention.reference.kind != "group" or old == "/" + old.strip("/")):
            found = with_text(found, mention, text)
    return found


def with_text(fields: Fields, mention: Mention, text: str) -> Fields:
    """Return the fields with another text for the one that a reference has."""
    value: Any = fields
    for step in mention.path:
        value = value[step]
    if isinstance(value, list):
        put: Any = [text if one == mention.text else one for one in value]
    elif isinstance(value, Joined):
        put = Joined.of((text if one == mention.text else one for one in value.items), value.separator)
    else:
        put = text if value == mention.text else str(value).replace(mention.text, text)
    found: Fields = laid(fields, mention.path, put)
    return found
