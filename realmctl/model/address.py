"""Addresses: the one name of an object inside a realm, used in plans, the inventory and error messages."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

_SAFE = " @:+,;=!$()'~.-_"
# Nearly every name is plain, and quoting costs more than all else about an address.
_PLAIN = re.compile(r"[A-Za-z0-9 @:+,;=!$()'~._-]+").fullmatch


class Address(NamedTuple):
    """`kind` is a kind's name; `names` lead from the outermost owner to the object.

    >>> str(Address("client-role", ("orders-api", "read/write")))
    'client-role/orders-api/read%2Fwrite'

    A tuple, since a plan makes, compares and looks up tens of thousands.
    """

    kind: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "/".join((self.kind, *(name if _PLAIN(name) else quote(name, safe=_SAFE) for name in self.names)))

    @classmethod
    def parse(cls, text: str) -> Address:
        """The inverse of `str`; raises ValueError on an empty text."""
        kind, *names = text.split("/")
        if not kind:
            raise ValueError(f"not an address: {text!r}")
        return cls(kind, tuple(map(unquote, names)) if "%" in text else tuple(names))

    @property
    def name(self) -> str:
        """The object's own, innermost name."""
        return self.names[-1] if self.names else ""
