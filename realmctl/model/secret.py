"""Secrets: values that can be sent and compared, and never shown.

A secret knows where it was declared to come from (`reference`), so that a saved plan can carry the reference
and never the value. Must not know about: who reads or writes it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as _random
from typing import Any

from realmctl.model.redaction import HIDDEN, is_vault, register

__all__ = ["HIDDEN", "MASK", "Secret", "register"]

MASK = "**********"
"""What Keycloak answers in place of a secret (26.7.3, by experiment). It means unknown, never empty."""


class Secret:
    """A secret text. `repr`, `str`, formatting, JSON and pickling never show the value; `reveal()` does, for the wire.

    Making one registers its value, which is then hidden in everything that leaves the process. `reference` is the text
    of the file, such as `$(env:ENTRA_CLIENT_SECRET)`, or "" when the secret stood there in clear text.
    """

    __slots__ = ("_value", "reference", "registered")

    def __init__(self, value: str, reference: str = "", *, registered: bool = True) -> None:
        """`registered=False` is for a text that is public but for parts, which are registered themselves."""
        self._value = value
        self.reference = reference
        self.registered = registered
        if registered:
            register(value)

    def reveal(self) -> str:
        """The value itself. Call it where a request body is made, nowhere else."""
        return self._value

    @property
    def vault(self) -> bool:
        """Whether this is Keycloak's own `${vault.key}` expression, which is not itself secret."""
        return is_vault(self._value)

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(HIDDEN)

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not serialisable")

    def matches(self, fingerprint: str) -> bool:
        """Whether `fingerprint` (made by `fingerprint`) was made of this value."""
        salt, _, digest = fingerprint.partition(":")
        return bool(digest) and hmac.compare_digest(_digest(self._value, salt), digest)

    def fingerprint(self) -> str:
        """`salt:digest`: enough to notice a change, useless to find the value.

        scrypt with a random salt, cut to 20 bits: who reads it and tries a dictionary is left with one candidate
        in a million being right and thousands that look right; a change goes unnoticed once in a million times.
        """
        salt = _random.token_hex(8)
        return f"{salt}:{_digest(self._value, salt)}"


def _digest(value: str, salt: str) -> str:
    return hashlib.scrypt(value.encode(), salt=salt.encode(), n=2**12, r=8, p=1, dklen=4).hex()[:5]
