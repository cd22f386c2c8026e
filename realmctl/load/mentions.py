"""Findings that mention no secret: its reference stands in place of each value.

Must not know about: what is found, and by which check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from realmctl.errors import Finding
from realmctl.load.document import Document
from realmctl.load.interpolate import Part, names_in
from realmctl.load.text import reference_of
from realmctl.model.fields import holds_secret
from realmctl.model.secret import register

_SHORTEST = 4
"""Characters from which on a value in a sentence is no coincidence."""


class Mentions:
    """The values of secrets that findings must not mention, and what stands for each of them."""

    def __init__(self) -> None:
        self._references: dict[str, str] = {}

    def learn(self, resolved: Sequence[Part], documents: Iterable[Document]) -> None:
        """Note the secrets among the references: those that are known as such, and those in fields that hold secrets.

        The latter can be told by a field's name alone, also where the files are too wrong to be understood.
        """
        fed = {name for one in documents for reference in _fed(one.data, "") for name in names_in(reference)}
        for part in resolved:
            if part.outside and (part.secret or part.name in fed):
                register(part.value)
                self._references.setdefault(part.value, f"$({part.name})")

    def without(self, finding: Finding) -> Finding:
        """Return the finding with references in place of secrets."""
        return replace(finding, message=self._clean(finding.message), advice=self._clean(finding.advice))

    def _clean(self, text: str) -> str:
        for value in sorted(self._references, key=len, reverse=True):
            if len(value) >= _SHORTEST and value in text:
                text = text.replace(value, self._references[value])
        return text


def _fed(value: Any, key: str) -> Iterator[str]:
    """The references that stand alone in a field whose name says that it holds a secret."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _fed(item, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _fed(item, key)
    elif holds_secret(key) and (reference := reference_of(value)):
        yield reference
