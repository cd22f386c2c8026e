"""Helm and the other programs, or a loud word that something was not tested for want of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.errors import RealmctlError
from tests.charts.helm import Helm
from tooling.gateway.tools import tool


def needed(name: str) -> Path:
    """The program; the test is skipped, and says so, where this machine can't have it."""
    try:
        return tool(name)
    except RealmctlError as problem:
        pytest.skip(f"NOT TESTED, the charts need {name}: {problem}. {problem.advice}")


@pytest.fixture
def helm(tmp_path: Path) -> Helm:
    folder = tmp_path / "helm"
    folder.mkdir()
    return Helm(needed("helm"), folder)
