"""Cases of the charts' tests: values laid over a chart's least ones, and fragments of the manifests that come out.

A case is a small YAML file. `values` are what is said beyond `ci/values.yaml`; `expect` names objects as KIND/NAME, and
for each the parts that matter: maps hold at least what is written, lists of named things are searched by name, other
lists are compared as a whole. `absent` names what must not come out; `refused` is a part of the refusal's text.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from realmctl.errors import RealmctlError
from tests.charts.helm import CHARTS, Refused, Strict
from tests.gateway.tools import tool

CASES = Path(__file__).parent / "cases"

Manifests = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """One case, read from its file."""

    chart: str
    said: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Case:
        return cls(path.parent.name, yaml.safe_load(path.read_text(encoding="utf-8")))

    def wrong(self) -> list[str]:
        """What is not as the case says; empty where all is well."""
        try:
            found = rendered(self.chart, self.said.get("values"), release=self.said.get("release"))
        except Refused as refusal:
            text = self.said.get("refused")
            return [] if text and text in str(refusal) else [f"refused: {refusal}"]
        if "refused" in self.said:
            return ["it was not refused"]
        return [
            *(f"{name} is there" for name in self.said.get("absent", ()) if name in found),
            *(line for name, part in self.said.get("expect", {}).items() for line in differs(name, part, found)),
        ]


def cases(chart: str) -> list[Path]:
    """The files of a chart's cases."""
    return sorted((CASES / chart).glob("*.yaml"))


def helm(*arguments: str, values: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    """Helm, with values that it reads from standard input. Where this machine can't have it, the test is skipped."""
    try:
        program = str(tool("helm"))
    except RealmctlError as problem:
        pytest.skip(f"NOT TESTED, the charts need Helm: {problem}. {problem.advice}")
    command = [program, *arguments, "-f", "-"]
    said = json.dumps(values or {})
    return subprocess.run(command, input=said, capture_output=True, text=True, check=False, timeout=60)


def rendered(chart: str, values: Mapping[str, Any] | None = None, *, release: str | None = None) -> Manifests:
    """What the chart makes of its least values and `values`, by KIND/NAME. Raises Refused."""
    least = CHARTS / chart / "ci" / "values.yaml"
    given = ["-f", str(least)] if least.is_file() else []
    done = helm("template", release or chart, str(CHARTS / chart), "-n", "identity", *given, values=values)
    if done.returncode:
        raise Refused(done.stderr)
    return by_name(done.stdout)


def by_name(text: str) -> Manifests:
    """Manifests of a YAML stream by KIND/NAME; a name that comes twice is a mistake of the chart."""
    found: Manifests = {}
    for one in yaml.load_all(text, Strict):
        if one:
            name = f"{one['kind']}/{one['metadata']['name']}"
            assert name not in found, f"{name} is there twice"
            found[name] = one
    return found


def differs(name: str, wanted: Any, found: Manifests) -> list[str]:
    """The places at which the manifest `name` lacks what is wanted of it."""
    if name not in found:
        return [f"{name} is not there, but {', '.join(found)}"]
    return list(_part(name, wanted, found[name]))


def _part(where: str, wanted: Any, found: Any) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            if value is None and found.get(key) is None:
                continue
            if key not in found:
                yield f"{where}.{key} is missing"
            else:
                yield from _part(f"{where}.{key}", value, found[key])
    elif isinstance(wanted, dict) and isinstance(found, list):
        named = {str(one.get("name")): one for one in found if isinstance(one, dict)}
        for name, value in wanted.items():
            if value is None and name not in named:
                continue
            if name not in named:
                yield f"{where}[{name}] is missing; there are {', '.join(named)}"
            else:
                yield from _part(f"{where}[{name}]", value, named[name])
    elif wanted != found:
        yield f"{where} is {found!r}, not {wanted!r}"
