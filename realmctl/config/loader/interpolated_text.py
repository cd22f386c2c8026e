"""Texts that came from an interpolation, with the words of the file they came from. Must not know about: YAML."""

from __future__ import annotations

import re
from typing import Self

_PURE = re.compile(r"(\$\((env|file|var):[^():]*(:-)?\))+")


class Private(str):
    """The value of a variable from a file that git does not keep: nobody can tell whether it may be shown."""

    __slots__ = ()


class Text(str):
    """A text with its `reference`: what the file says, such as `$(env:NAME)`; "" for a text written out.

    `private`: whether a part of it came from outside of the files, and nothing says that everybody may know it.

    It behaves as the resolved text; its repr shows the reference only, so that a traceback or a log does not
    show what the reference stands for.
    """

    __slots__ = ("private", "reference")

    reference: str
    private: bool

    def __new__(cls, value: str, reference: str = "", *, private: bool = False) -> Self:
        """The resolved text, and what it was resolved from."""
        text = super().__new__(cls, value)
        text.reference = reference
        text.private = private
        return text

    @property
    def secret_reference(self) -> str:
        """The reference, where it may stand for a secret in public: no default and no other text in it; else ""."""
        return self.reference if _PURE.fullmatch(self.reference) else ""

    def __repr__(self) -> str:
        return f"Text({self.reference!r})" if self.reference else super().__repr__()


def reference_of(value: object) -> str:
    """The interpolation a value came from, or ""."""
    return value.reference if isinstance(value, Text) else ""
