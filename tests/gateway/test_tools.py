"""Tools are found, or made once; what can't be had is said with what to install."""

from __future__ import annotations

from pathlib import Path

import pytest

from tooling.gateway import tools
from tooling.gateway.tools import BUILT, Missing, tool

OF_GO = [name for name in BUILT if name != "envoy"]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it, and an empty cache."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("REALMCTL_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("name", OF_GO)
def test_without_go_it_is_said_what_to_install(bare: Path, name: str) -> None:
    with pytest.raises(Missing, match="Go is missing") as caught:
        tool(name)
    assert "Install Go (1." in (caught.value.advice or "")
    assert not list(bare.glob("cache/tools/.new-*")), "half a tool stays behind"


@pytest.mark.parametrize("name", ["redis-server", "chromium"])
def test_what_the_system_brings_is_named(bare: Path, name: str) -> None:
    with pytest.raises(Missing, match=f"{name} is missing") as caught:
        tool(name)
    assert f"apt-get install {name}" in (caught.value.advice or "")


def test_what_is_there_is_not_made_again(bare: Path) -> None:
    told: list[str] = []
    with pytest.raises(Missing):
        tool("helm", told.append)
    (lock,) = bare.glob("cache/tools/helm-v3.*.lock")
    program = lock.with_suffix("") / "helm"
    program.parent.mkdir()
    program.touch()
    assert tool("helm", told.append) == program
    assert told == [f"Making helm {program.parent.name.split('-')[1]} (once)"]


def test_another_pin_is_another_tool(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag of the linker as well as a file."""
    before = tools._digest("helm", "v3.22.0")
    monkeypatch.setattr(tools, "KUBERNETES", "1.38")
    assert tools._digest("helm", "v3.22.0") != before
