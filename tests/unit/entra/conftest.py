"""The stand-in for the tests of the whole command: one for a module's tests, each with a tenant of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import standin
from standin import Standin
from tests.unit.entra.stand import REALM, Entra, good


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    """Making its keys takes longer than a test."""
    with standin.running(good(), folder=tmp_path_factory.mktemp("standin")) as entra:
        yield entra


@pytest.fixture
def entra(
    running: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Entra:
    """A tenant in which nothing is amiss, and the realm that brokers to it."""
    (tmp_path / "realm.yaml").write_text(REALM, encoding="utf-8")
    running.state.directory.tenants[:] = [good()]
    return Entra(running, tmp_path, capsys, monkeypatch)
