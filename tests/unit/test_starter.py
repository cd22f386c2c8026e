"""What `init` writes loads as it is, and with its commented part taken in."""

from __future__ import annotations

from pathlib import Path

import pytest

from realmctl.config.loader import load
from realmctl.config.starter import GATEWAY, files
from realmctl.model.address import Address

ENTRA = {"ENTRA_TENANT_ID": "00000000-0000-0000-0000-000000000001", "ENTRA_CLIENT_ID": "x", "ENTRA_CLIENT_SECRET": "y"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in files().items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_it_loads_without_anything_in_the_environment(folder: Path) -> None:
    (realm,) = load([folder], environ={})
    assert realm.findings == ()
    assert realm.name == "my-platform"
    assert Address("client", ("oauth2-proxy",)) in realm.desired.resources


@pytest.mark.parametrize("section", ["entra", "teams"])
def test_its_commented_part_loads_too(folder: Path, section: str) -> None:
    path = folder / "realm.yaml"
    before, marker, after = path.read_text(encoding="utf-8").partition(f"#{section}:")
    block, blank, rest = after.partition("\n\n")
    path.write_text(before + (marker + block).replace("\n#", "\n").removeprefix("#") + blank + rest, encoding="utf-8")
    (realm,) = load([folder], environ=ENTRA)
    assert realm.findings == ()
    assert (Address("identity-provider", ("entra",)) in realm.desired.resources) == (section == "entra")
    assert set(realm.frame.teams) == ({"platform", "hello"} if section == "teams" else set())


def test_the_secret_is_made_up_each_time_and_kept_out_of_git() -> None:
    first, second = files(), files()
    assert first[GATEWAY] != second[GATEWAY]
    assert len(first[GATEWAY].strip()) >= 32
    assert f"{Path(GATEWAY).parent}/" in first[".gitignore"]
    assert not [name for name, text in first.items() if name != GATEWAY and first[GATEWAY].strip() in text]
