"""What realmctl knows to be its own in a realm: an attribute of the realm per owner, holding addresses.

Losing it is safe: nothing owned, nothing deleted. Pure: who writes it is `apply`.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from realmctl.model.address import Address
from realmctl.model.fields import holds_secret
from realmctl.model.objects import Declared, Inventory
from realmctl.model.secret_values import secrets_in

PREFIX = "realmctl.inventory."
PROTECTED = "p"
HIDDEN_CLIENTS = "realmctl.hidden-clients"
"""The attribute of the reader's client that names the clients hidden from it, separated by ##."""
BOOTSTRAP = "realmctl-bootstrap"
"""The owner of the accounts that `realmctl bootstrap` makes: no realm's files declare them, and none delete them."""
HIDES = "s"
"""Begins the mark of a place that was ever given a secret where neither field nor key tells that it is one: remembered,
since later the files no longer say so, and its value must not be kept anywhere."""


def attribute(owner: str) -> str:
    """The name of the realm attribute that holds an owner's inventory."""
    return PREFIX + owner


def encode(owned: Mapping[Address, str], source: str = "", hidden: Mapping[Address, str] | None = None) -> str:
    """The attribute's value: compressed, since a large realm has thousands of addresses."""
    found: dict[str, Any] = {"v": 1, "source": source, "owned": _entries(owned)}
    if hidden:
        found["hidden"] = _entries(hidden)
    text = json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _entries(flags: Mapping[Address, str]) -> dict[str, str]:
    return {str(address): text for address, text in sorted(flags.items())}


def decode(text: str) -> tuple[dict[Address, str], str]:
    """Addresses with their flags, and the source; nothing at all from a text that isn't an inventory."""
    found = _decoded(text)
    return found.owned, found.source


@dataclass(frozen=True, slots=True)
class _Decoded:
    owned: dict[Address, str]
    source: str = ""
    hidden: dict[Address, str] = field(default_factory=dict)


def _decoded(text: str) -> _Decoded:
    try:
        found = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
        owned, hidden = (
            {Address.parse(address): str(flags) for address, flags in one.items()}
            for one in (found["owned"], found.get("hidden", {}))
        )
        return _Decoded(owned, str(found["source"]), hidden)
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError, AttributeError):
        return _Decoded({})


def inventory(attributes: Mapping[str, Any], owner: str) -> Inventory:
    """The inventory of `owner`, with what other owners hold, from a realm's attributes."""
    others: dict[Address, str] = {}
    mine = _Decoded({})
    for name, value in attributes.items():
        if name == attribute(owner):
            mine = _decoded(str(value))
        elif name.startswith(PREFIX):
            addresses, where = decode(str(value))
            holder = name.removeprefix(PREFIX)
            others |= dict.fromkeys(addresses, f"{holder} ({where})" if where else holder)
    return Inventory(mine.owned, others, mine.source, mine.hidden)


def held_by(owner: str, others: Mapping[Address, str]) -> set[Address]:
    """The addresses that `owner` holds, of those that other owners do (`Inventory.others`)."""
    return {address for address, holder in others.items() if holder == owner or holder.startswith(f"{owner} (")}


def flags(wanted: Iterable[Declared], held: Mapping[Address, str] | None = None) -> dict[Address, str]:
    """What is declared with its flags, as the inventory keeps them; `held` are those that it has."""
    found: dict[Address, str] = {}
    for want in wanted:
        hidden = hidden_places((held or {}).get(want.address, "")) | set(map(mark, _hidden(want.fields)))
        found[want.address] = "".join(((PROTECTED if want.protected else ""), *sorted(hidden)))
    return found


def hidden_marks(wanted: Iterable[Declared], held: Mapping[Address, str]) -> dict[Address, str]:
    """The marks of places that hold a secret, or held one, of what nobody owns; `held` are those that are kept."""
    found = {address: text for address, text in flags(wanted, held).items() if hidden_places(text)}
    return {**held, **{address: "".join(sorted(hidden_places(text))) for address, text in found.items()}}


def hidden_places(text: str) -> set[str]:
    """The marks among an object's flags; no other flag is a digit of theirs."""
    return {HIDES + digits for digits in text.replace(PROTECTED, "").split(HIDES) if digits}


def mark(path: tuple[str, ...]) -> str:
    """The mark of a place in an object's fields: short, and not the key itself, which may be anything."""
    return HIDES + sha256(json.dumps(path).encode()).hexdigest()[:8]


def _hidden(fields: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of secrets that only the files call secrets; the items of a list share its path."""
    for path, secret in secrets_in(fields):
        keys = tuple(step for step in path if isinstance(step, str))
        if not secret.vault and not holds_secret(keys[-1]):
            yield keys
