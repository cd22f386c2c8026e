"""One cluster for all tests here, with the namespaces of the charts in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from realmctl.errors import RealmctlError
from tests.charts.helm import Helm
from tests.cluster import control_plane
from tests.cluster.control_plane import Cluster
from tests.cluster.release import Install, Release, in_place
from tooling.gateway import tools


@pytest.fixture(scope="session")
def programs() -> dict[str, Path]:
    """What a cluster is made of. Skipped where something can't be had."""
    try:
        return {name: tools.tool(name) for name in tools.CLUSTER}
    except RealmctlError as problem:
        pytest.skip(f"NOT TESTED, there is no cluster: {problem}. {problem.advice}")


@pytest.fixture(scope="session")
def cluster(programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    control_plane.connect()
    folder = tmp_path_factory.mktemp("cluster")
    with control_plane.control_plane(folder, programs, {}) as running:
        yield running


@pytest.fixture
def helm(programs: dict[str, Path], tmp_path: Path) -> Helm:
    folder = tmp_path / "helm"
    folder.mkdir()
    return Helm(programs["helm"], folder)


@pytest.fixture
def release(cluster: Cluster, helm: Helm) -> Iterator[Install]:
    """Makes a place for a chart's release, which is taken out of the cluster at the end."""
    made: list[Release] = []

    def install(name: str, values: Mapping[str, Any] | None = None) -> Release:
        found = Release(cluster, helm, name)
        manifests = helm.template(found.chart(values or {})).manifests
        in_place(cluster, [*manifests, {"metadata": {"namespace": found.namespace}}])
        made.append(found)
        return found

    yield install
    for one in made:
        one.uninstall()
