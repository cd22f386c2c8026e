"""Figures beside their limits, as ratios, in a table for people. Must not know about: how anything was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement beside what it is compared with. `allowed` is the largest ratio (None: only told)."""

    what: str
    value: float
    against: str
    reference: float
    allowed: float | None = None
    unit: str = "s"
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times its reference it is."""
        return self.value / self.reference

    @property
    def missed(self) -> bool:
        """Whether it is over its limit."""
        return self.allowed is not None and self.ratio > self.allowed

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        verdict = "" if self.allowed is None else "MISS" if self.missed else "pass"
        allowed = "" if self.allowed is None else f"≤ {self.allowed:g}"
        return (
            self.what,
            _amount(self.value, self.unit),
            f"{self.against}: {_amount(self.reference, self.unit)}",
            f"{self.ratio:.2f}",
            allowed,
            verdict,
        )


_HEAD = ("figure", "measured", "beside", "ratio", "limit", "")


def table(figures: Sequence[Figure]) -> str:
    """A markdown table, its columns aligned for a terminal."""
    rows = [_HEAD, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def notes(figures: Sequence[Figure]) -> str:
    """What else is to be said of a figure: requests, parts, the slower writers."""
    return "\n".join(f"- {figure.what}: {figure.note}" for figure in figures if figure.note)


def machine(keycloak: str) -> str:
    """Where it was measured: figures of other machines compare by ratio only."""
    return (
        f"{os.cpu_count()} CPUs, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"Keycloak {keycloak}"
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:.0f} {unit}" if unit != "s" else f"{value:.3f} s" if value < 1 else f"{value:.2f} s"
