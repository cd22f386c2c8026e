"""Charts as Helm renders them for one release, by the names of their manifests. Must not know about: cases."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from realmctl.errors import RealmctlError
from tests.charts.helm import CHARTS, Refused, Strict
from tooling.gateway.tools import tool

Manifests = dict[str, dict[str, Any]]


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
