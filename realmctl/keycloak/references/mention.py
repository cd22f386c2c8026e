"""The references by text inside the fields of one object. Must not know about: what exists in a realm."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from realmctl.keycloak.catalog import references as known
from realmctl.keycloak.catalog.key_types import AUTHENTICATOR, setting
from realmctl.keycloak.catalog.references import Reference
from realmctl.keycloak.kinds.maps import Ask, Path, unknown
from realmctl.keycloak.kinds.registry import maps
from realmctl.model.address import Address
from realmctl.model.joined_list import Joined

_CALL = re.compile(r"""([a-z-]+)\(\s*['"]?([^'")]*)['"]?\s*\)""")
_TOP = "/"
"""As the path of a group: no group, the top."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A text in the fields of `holder` that names another object. `path` leads to the field that holds the text."""

    holder: Address
    path: Path
    text: str
    reference: Reference
    place: str = ""
    """The place of the catalogue's settings, such as `authenticator.config`."""
    index: int = 0
    """Where the text stands among those of a list."""

    @property
    def at(self) -> Path:
        """The path to the text itself, for the place in a file."""
        return (*self.path, self.index)


def mentions(address: Address, fields: Mapping[str, Any], ask: Ask = unknown) -> Iterator[Mention]:
    """Yield the references by text among the fields of an object."""
    for found in maps(address, fields, ask):
        for key, value in found.values.items():
            reference = known.reference(found.place, found.provider, key)
            if reference is None or (reference.unless[0] and _is(found.values, reference.unless)):
                continue
            for index, text in enumerate(_texts(found.place, found.provider, key, value)):
                if not (reference.form == known.PATH and text == _TOP):
                    yield Mention(address, (*found.path, key), text, reference, found.place, index)
    if address.kind == "user-profile":
        yield from _of_profile(address, fields)
    elif address.kind == "workflow":
        yield from _of_workflow(address, fields)


def _is(values: Mapping[str, Any], unless: tuple[str, str]) -> bool:
    return str(values.get(unless[0])) == unless[1]


def _texts(place: str, provider: str, key: str, value: Any) -> Iterator[str]:
    """Yield the texts of a value: a list has several, in whichever form the place keeps lists."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, str) and one)
    elif isinstance(value, (Joined, str)) and value:
        meaning = setting(place, provider, key)
        separator = (meaning.separator if meaning else "") or "##"
        items = value.items if isinstance(value, Joined) else value.split(separator)
        # Keycloak takes blanks around commas away, and no others.
        yield from filter(None, (one.strip() for one in items) if separator == "," else items)


def _of_profile(address: Address, fields: Mapping[str, Any]) -> Iterator[Mention]:
    for name, attribute in (fields.get("attributes") or {}).items():
        at: Path = ("attributes", name)
        if not isinstance(attribute, Mapping):
            continue
        if isinstance(attribute.get("group"), str) and attribute["group"]:
            yield Mention(address, (*at, "group"), attribute["group"], known.GROUP_OF_ATTRIBUTE)
        for part in ("selector", "required"):
            for index, scope in enumerate((attribute.get(part) or {}).get("scopes") or ()):
                yield Mention(address, (*at, part, "scopes"), scope, known.SCOPE_OF_ATTRIBUTE, index=index)


def _of_workflow(address: Address, fields: Mapping[str, Any]) -> Iterator[Mention]:
    for name, argument in _CALL.findall(str(fields.get("if") or "")):
        if name in known.WORKFLOW_CONDITIONS and argument:
            yield Mention(address, ("if",), argument, known.WORKFLOW_CONDITIONS[name])
    for index, step in enumerate(fields.get("steps") or ()):
        key, reference = known.WORKFLOW_STEPS.get(str(step.get("uses")), ("", None))
        value = (step.get("with") or {}).get(key)
        for nth, text in enumerate(value if isinstance(value, list) else [value]):
            if reference and isinstance(text, str) and text:
                yield Mention(address, ("steps", index, "with", key), text, reference, index=nth)


def decides_logins(mention: Mention) -> bool:
    """Return whether a login takes another way where the text leads nowhere: Keycloak then only writes to its log."""
    return mention.place == AUTHENTICATOR
