"""Findings that mention no secret: its reference stands in place of each value.

Must not know about: what is found, and by which check.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from realmctl.config.loader.interpolation import Part
from realmctl.errors import Finding

_SHORTEST = 4
"""Characters from which on a value in a sentence is no coincidence."""


class Mentions:
    """The values of secrets that findings must not mention, and what stands for each of them."""

    def __init__(self) -> None:
        self._references: dict[str, str] = {}

    def learn(self, resolved: Iterable[Part]) -> None:
        """Note the secrets among the references."""
        for part in resolved:
            if part.private:
                self._references.setdefault(part.value, f"$({part.name})")

    def without(self, finding: Finding) -> Finding:
        """Return the finding with references in place of secrets."""
        return replace(finding, message=self._clean(finding.message), advice=self._clean(finding.advice))

    def _clean(self, text: str) -> str:
        for value in sorted(self._references, key=len, reverse=True):
            if len(value) >= _SHORTEST and value in text:
                text = text.replace(value, self._references[value])
        return text
