"""Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats), of gauges alone.

Must not know about: what is measured, who collects it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from realmctl.model.redaction import redact
from realmctl.model.text import clean


class Sample(NamedTuple):
    """One value of a gauge. Labels without a value are left out, as Prometheus means the same by both."""

    name: str
    labels: Mapping[str, str]
    value: str

    def __str__(self) -> str:
        return f"{self.name}{label_text(self.labels)} {self.value}"


def exposition(helps: Mapping[str, str], samples: Iterable[Sample]) -> str:
    """The samples by gauge, in the order of `helps`, each gauge with its help; of one without samples nothing."""
    told: dict[str, list[str]] = {name: [] for name in helps}
    for sample in samples:
        told[sample.name].append(str(sample))
    lines = []
    for name, values in told.items():
        if values:
            lines += [f"# HELP {name} {helps[name]}", f"# TYPE {name} gauge", *values]
    return "".join(f"{line}\n" for line in lines)


def label_text(labels: Mapping[str, str]) -> str:
    r"""`{realm="shop",kind="client"}`, with `\`, `"` and line breaks escaped."""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items() if value) + "}"


def _escaped(value: str) -> str:
    value = "\n".join(map(clean, redact(value).split("\n")))
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
