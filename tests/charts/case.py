"""A case of the charts' tests: a chart, values, and what of the manifests is expected, or what Helm says against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.charts.helm import EXAMPLE, OF_THE_REALM, Chart, laid_over


@dataclass(frozen=True)
class Case:
    """One case, of a file that may have several."""

    name: str
    said: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> list[Case]:
        return [
            cls(f"{path.stem}-{one.get('name', index)}", one)
            for index, one in enumerate(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        ]

    def chart(self) -> Chart:
        name = self.said["chart"]
        below = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")) if name in OF_THE_REALM else {}
        values: dict[str, Any] = laid_over(below, self.said.get("values") or {})
        for path, value in (self.said.get("set") or {}).items():
            put(values, path.split("."), value)
        return Chart(name, [values], self.said.get("release", name), self.said.get("namespace", "identity"))


def put(data: dict[str, Any], path: list[str], value: Any) -> None:
    """Sets what is at a path, replacing it; a value of `$gone` takes it out."""
    *above, last = path
    for step in above:
        data = data.setdefault(step, {})
    if value == "$gone":
        del data[last]
    else:
        data[last] = value


def at(data: Any, path: str) -> Any:
    """What is at a path; numbers count from 1, `~1` is a / in a key; `?` where nothing is."""
    for step in path.split("/"):
        step = step.replace("~1", "/")
        if isinstance(data, list) and step.isdigit() and len(data) >= int(step):
            data = data[int(step) - 1]
        elif isinstance(data, list) and "=" in step:
            key, _, value = step.partition("=")
            data = next((one for one in data if str(one.get(key)) == value), "?")
        elif isinstance(data, dict) and step in data:
            data = data[step]
        else:
            return "?"
    return data
