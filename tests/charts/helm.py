"""A chart as Helm renders it. Must not know about: what is expected of it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tooling.chart_schemas import OF_THE_REALM

ROOT = Path(__file__).parents[2]
CHARTS = ROOT / "charts"
EXAMPLE = CHARTS / "example" / "gateway.yaml"
"""What render writes of realms/platform, checked in."""

NAMES = sorted(path.parent.name for path in CHARTS.glob("*/Chart.yaml"))

Manifest = dict[str, Any]


def least(name: str) -> list[Path]:
    """The values files without which a chart says nothing: of the realm, or of its own folder `ci`."""
    own = CHARTS / name / "ci" / "values.yaml"
    return [EXAMPLE] if name in OF_THE_REALM else [own] if own.is_file() else []


class Refused(Exception):
    """Helm would not render it; the message is what it said."""


class Strict(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error: Helm would take the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key stands twice: {keys}\n{node.start_mark}"
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Helm:
    """The program, and a folder for values files."""

    program: Path
    folder: Path

    def run(self, *arguments: str | Path) -> str:
        """Its standard output. Raises Refused."""
        done = subprocess.run(
            [str(self.program), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
        )
        if done.returncode:
            raise Refused(done.stderr + done.stdout)
        return done.stdout

    def template(self, chart: Chart) -> Rendered:
        """Every manifest."""
        text = self.run("template", chart.release, CHARTS / chart.name, "-n", chart.namespace, *self.values(chart))
        found = [one for one in yaml.load_all(text, Strict) if one]
        return Rendered(found, text)

    def lint(self, chart: Chart) -> str:
        """What `helm lint --strict` says."""
        return self.run("lint", "--strict", CHARTS / chart.name, "-n", chart.namespace, *self.values(chart))

    def values(self, chart: Chart) -> Iterator[str]:
        """The options that give Helm the chart's values."""
        for index, one in enumerate(chart.values):
            path = one
            if not isinstance(path, Path):
                path = self.folder / f"values-{index}.yaml"
                path.write_text(yaml.safe_dump(one), encoding="utf-8")
            yield from ("-f", str(path))


@dataclass(frozen=True)
class Chart:
    """A chart with its values: files, or plain data."""

    name: str
    values: Sequence[Path | Mapping[str, Any]] = ()
    release: str = ""
    namespace: str = "default"

    def __post_init__(self) -> None:
        object.__setattr__(self, "release", self.release or self.name)


@dataclass(frozen=True)
class Rendered:
    """What came out."""

    manifests: list[Manifest]
    text: str = field(repr=False)

    def find(self, kind: str, name: str | None = None) -> Manifest:
        """The one of its kind, or of that kind and name."""
        found = [
            one for one in self.manifests if one["kind"] == kind and (name is None or one["metadata"]["name"] == name)
        ]
        assert len(found) == 1, f"{len(found)} of {kind} {name}: {self.names()}"
        return found[0]

    def names(self) -> list[str]:
        """Kind, namespace and name of everything."""
        return sorted(
            f"{one['kind']} {one['metadata'].get('namespace')}/{one['metadata']['name']}" for one in self.manifests
        )


def laid_over(below: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Values over values, as Helm merges files."""
    found = dict(below)
    for key, value in over.items():
        inner = found.get(key)
        found[key] = laid_over(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return found
